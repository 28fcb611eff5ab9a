/**
 * Memory stays within the limit, whatever another node sends: measured from outside, at its peak, in a server whose
 * engine may have little. Each attack is made by a node that knows the cookie (the last one by none), and names the
 * limit that holds it; afterwards the server still answers.
 */
import net from 'node:net'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Wire } from '../src/erlang/dist/index.ts'
import { atom, encode, Pid, Ref, TermMap, tuple, isAtom, type Term, type Tuple } from '../src/erlang/index.ts'
import { bytes, u32 } from './support/etf.ts'
import { errorOf, fieldOf, okOf, smallGame } from './support/gateway.ts'
import { describeWithPeaks, MemoryNode, MIB } from './support/memory.ts'

/**
 * What may come on top of a limit: garbage that the engine has not collected yet, stacks, the allocator's own. The
 * attacks below would take several times as much without their limits.
 */
const SLACK = 16 * MIB
/** For tests that move hundreds of megabytes, on a machine that does other things as well. */
const LONG_MS = 90_000
const LIMITS = {
  maxFrameBytes: 16 * MIB,
  maxInflatedBytes: 32 * MIB,
  maxTermMemory: 48 * MIB,
}

const PASS_THROUGH = 112
/** A message to a process that is not there: it is decoded as any other. */
const CONTROL = encode(tuple(6, new Pid('attacker@h', 1, 0, 5), atom(''), atom('nobody')))

function frame(...payload: (number | Uint8Array)[]): Uint8Array {
  const body = bytes(PASS_THROUGH, CONTROL, ...payload)
  return bytes(u32(body.length), body)
}

function repeated(count: number, ...unit: number[]): Buffer {
  return Buffer.alloc(count * unit.length, Buffer.from(unit))
}

const list = (count: number, ...unit: number[]): Uint8Array =>
  bytes(131, 108, u32(count), repeated(count, ...unit), 106)

/** A compressed term that says it has `claimed` bytes. */
const compressed = (claimed: number, content: Uint8Array): Uint8Array =>
  frame(131, 80, u32(claimed), deflateSync(content, { level: 1 }))

/** A map whose keys are numbers, of six bytes an entry. */
function numbers(count: number): Uint8Array {
  const all = repeated(count, 98, 0, 0, 0, 0, 106)
  for (let i = 0; i < count; i += 1) all.writeUInt32BE(i, 6 * i + 1)
  return bytes(131, 116, u32(count), all)
}

/** Atoms that are all different, each of six bytes. */
function atoms(count: number): Uint8Array {
  const all = Buffer.alloc(6 * count)
  for (let i = 0; i < count; i += 1) all.write(`w\u0004${i.toString(36).padStart(4, '0')}`, 6 * i, 'latin1')
  return bytes(131, 108, u32(count), all, 106)
}

interface Attack {
  readonly name: string
  /** What is sent over a connection of its own. */
  readonly sends: () => Uint8Array
  /** Why the connection is closed. */
  readonly code: string
  /** What may be held meanwhile: the limits that the attack runs into. */
  readonly limits: readonly (keyof typeof LIMITS)[]
}

/** Closes the connection, by a rule of its own: what came before was taken. */
const END = bytes(u32(1), 0)
const zeros = (size: number): Uint8Array => bytes(109, u32(size - 5), Buffer.alloc(size - 5))
const { maxFrameBytes, maxInflatedBytes } = LIMITS

const ATTACKS: readonly Attack[] = [
  { name: 'a frame of 4 GiB', sends: () => u32(0xffffffff), code: 'frame_too_large', limits: [] },
  { name: 'a frame one byte too long', sends: () => u32(maxFrameBytes + 1), code: 'frame_too_large', limits: [] },
  {
    name: 'a zip bomb that says it is small',
    sends: () => compressed(8, zeros(128 * MIB)),
    code: 'bad_term',
    limits: [],
  },
  { name: 'a zip bomb of 4 GiB', sends: () => compressed(0xffffffff, zeros(128 * MIB)), code: 'too_large', limits: [] },
  {
    name: 'a zip bomb that says what it may have, and has more',
    sends: () => compressed(maxInflatedBytes, zeros(128 * MIB)),
    code: 'bad_term',
    limits: ['maxInflatedBytes'],
  },
  {
    name: 'a zip bomb that says what it may have, and has nothing',
    sends: () => compressed(maxInflatedBytes, bytes(106)),
    code: 'bad_term',
    limits: [],
  },
  {
    name: 'a zip bomb that has what it may have',
    sends: () => bytes(compressed(maxInflatedBytes, zeros(maxInflatedBytes)), END),
    code: 'bad_frame',
    limits: ['maxInflatedBytes'],
  },
  {
    name: 'a zip bomb of small terms',
    sends: () => compressed(maxInflatedBytes, list((maxInflatedBytes - 6) / 2, 104, 0).subarray(1)),
    code: 'too_large',
    limits: ['maxInflatedBytes', 'maxTermMemory'],
  },
  {
    name: 'a list that says it has 4,294,967,295 elements',
    sends: () => frame(131, 108, u32(0xffffffff), 106),
    code: 'bad_term',
    limits: [],
  },
  {
    name: 'a tuple that says it has 4,294,967,295 elements',
    sends: () => frame(131, 105, u32(0xffffffff), 106),
    code: 'bad_term',
    limits: [],
  },
  {
    name: 'a binary that says it has 4,294,967,295 bytes',
    sends: () => frame(131, 109, u32(0xffffffff), 0),
    code: 'bad_term',
    limits: [],
  },
  {
    name: '8000 lists in each other that each say they have 4096 elements',
    sends: () => frame(131, repeated(8000, 108, 0, 0, 16, 0), repeated(8192, 106)),
    code: 'too_large',
    limits: ['maxTermMemory'],
  },
  {
    name: '8000 tuples in each other that each say they have 255 elements',
    sends: () => frame(131, repeated(8000, 104, 255), repeated(8192, 106)),
    code: 'bad_term',
    limits: ['maxTermMemory'],
  },
  {
    name: 'tuples of nothing',
    sends: () => frame(list(4_000_000, 104, 0)),
    code: 'too_large',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'binaries of one byte',
    sends: () => frame(list(1_200_000, 109, 0, 0, 0, 1, 0)),
    code: 'too_large',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'empty lists',
    sends: () => bytes(frame(list(6_000_000, 106)), END),
    code: 'bad_frame',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'floats after an atom',
    sends: () =>
      bytes(
        frame(131, 108, u32(1_600_001), 119, 1, 97, repeated(1_600_000, 70, 64, 9, 33, 251, 84, 68, 45, 24), 106),
        END,
      ),
    code: 'too_large',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'floats',
    sends: () => bytes(frame(list(900_000, 70, 64, 9, 33, 251, 84, 68, 45, 24)), END),
    code: 'bad_frame',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'integers of nine bytes',
    sends: () => frame(list(900_000, 110, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
    code: 'too_large',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'atoms that are all different',
    sends: () => frame(atoms(1_600_000)),
    code: 'too_large',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'a map of 1,600,000 keys',
    sends: () => frame(numbers(1_600_000)),
    code: 'too_large',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'lists in each other, a million',
    sends: () => frame(131, repeated(1_000_000, 108, 0, 0, 0, 1), repeated(1_000_001, 106)),
    code: 'too_deep',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'tuples in each other, a million',
    sends: () => frame(131, repeated(1_000_000, 104, 1), 106),
    code: 'too_deep',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
  {
    name: 'maps in each other, a million',
    sends: () => frame(131, repeated(1_000_000, 116, 0, 0, 0, 1, 106), 106),
    code: 'too_deep',
    limits: ['maxFrameBytes', 'maxTermMemory'],
  },
]

describeWithPeaks('memory stays within the limit, whatever one connection sends', () => {
  let node: MemoryNode
  beforeAll(async () => {
    node = await MemoryNode.start(LIMITS)
  })
  afterAll(() => node.stop())

  test.each(ATTACKS.map((attack) => [attack.name, attack] as const))('%s', async (_, { sends, code, limits }) => {
    const sent = sends()
    const growth = await node.growth(() => sendUntilClosed(node, sent, code))
    let held = 0
    for (const limit of limits) held += LIMITS[limit]
    expect(growth).toBeLessThan(held + SLACK)
    expect(await node.ask('test', 'ping')).toEqual(atom('pong'))
  })

  test('zip bombs one after the other, over connections of their own', async () => {
    const sent = bytes(compressed(maxInflatedBytes, zeros(maxInflatedBytes)), END)
    const growth = await node.growth(async () => {
      for (let i = 0; i < 10; i += 1) await sendUntilClosed(node, sent, 'bad_frame')
    })
    // The engine collects the one before when the next one wants its memory.
    expect(growth).toBeLessThan(2 * maxInflatedBytes + SLACK)
  })
})

async function sendUntilClosed(node: MemoryNode, sent: Uint8Array, code: string): Promise<void> {
  const attacker = await node.attacker()
  attacker.write([sent])
  const [closed] = await node.said((said) => said.event === 'dist.closed' && said.peer === attacker.name)
  expect(closed?.code).toBe(code)
}

describeWithPeaks('with the limits that are there without any setting', () => {
  test(
    'a message that would take more than the engine has is refused, and 128 MiB of data pass',
    async () => {
      await using node = await MemoryNode.start()
      await sendUntilClosed(node, frame(list(30_000_000, 106)), 'too_large')
      const data = Buffer.alloc(128 * MIB, 'data')
      const growth = await node.growth(async () => {
        expect(Buffer.compare((await node.ask('test', 'echo', [data])) as Buffer, data)).toBe(0)
      })
      // The frame is read to where it stays, but for the first 32 MiB, and leaves from there.
      expect(growth).toBeLessThan((129 + 32) * MIB + SLACK)
    },
    LONG_MS,
  )

  test(
    'frames of 128 MiB that are promised and not sent',
    async () => {
      await using node = await MemoryNode.start()
      const promised = bytes(u32(128 * MIB), PASS_THROUGH, Buffer.alloc(60_000))
      const COUNT = 64
      const growth = await node.growth(() => promise(node, COUNT, promised))
      // What came, and the buffer that each connection reads into.
      expect(growth).toBeLessThan(COUNT * (promised.length + 65_536) + SLACK)
    },
    LONG_MS,
  )

  test(
    'frames of 128 MiB of which a third is sent',
    async () => {
      await using node = await MemoryNode.start()
      const part = bytes(u32(128 * MIB), PASS_THROUGH, Buffer.alloc(43 * MIB, 1))
      const growth = await node.growth(() => promise(node, 4, part))
      expect(growth).toBeGreaterThan(4 * 43 * MIB)
      // Nobody is believed more than 32 MiB: these are copied once, when more really comes.
      expect(growth).toBeLessThan(4 * (43 + 32) * MIB + SLACK)
    },
    LONG_MS,
  )
})

describeWithPeaks('a peer that asks and never reads', () => {
  /** Output that waits before no more is read, and what gathers while a node is given that waits for us: `pressure.ts`. */
  const HELD = 36 * MIB
  const highWaterBytes = MIB
  const asked = call('mettagrid', 'get_state', ['large'])

  test.each<[what: string, server: string, request: Tuple, count: number]>([
    ['large answers to large questions', 'godot_server', call('test', 'echo', [Buffer.alloc(MIB, 1)]), 200],
    ['large answers to small questions', 'godot_server', asked, 700],
    ['the same by rpc', 'rex', tuple(atom('call'), ...asked.elements, new Pid('attacker@h', 1, 0, 5)), 700],
    ['the same by erpc', 'erpc', asked, 700],
  ])(
    'is not asked for more: %s',
    async (_, server, request, count) => {
      await using node = await MemoryNode.start({ highWaterBytes })
      await largeGame(node)
      const attacker = await node.attacker()
      const question = (number: number): Uint8Array =>
        server === 'erpc' ? erpc(attacker.name, number, request) : genCall(attacker.name, server, request)
      const growth = await node.growth(async () => {
        // 200 MiB of questions, or of answers. Most of the questions stay with us.
        attacker.write(Array.from({ length: count }, (_, i) => question(i)))
        await stuck(node, attacker.name)
      })
      expect(growth).toBeLessThan(HELD + SLACK)
      attacker.destroy()
    },
    LONG_MS,
  )

  test(
    'is cut off where answers wait for an earlier one, and then come all at once',
    async () => {
      const maxQueuedBytes = 64 * MIB
      await using node = await MemoryNode.start({ highWaterBytes, maxQueuedBytes })
      await largeGame(node)
      const attacker = await node.attacker()
      const first = genCall(attacker.name, 'godot_server', call('test', 'sleep', [500]))
      const others = Array.from({ length: 2000 }, () => genCall(attacker.name, 'godot_server', asked))
      const growth = await node.growth(async () => {
        attacker.write([bytes(first, ...others)])
        const [closed] = await node.said((said) => said.event === 'dist.closed' && said.peer === attacker.name)
        expect(closed?.code).toBe('slow_reader')
      })
      expect(growth).toBeGreaterThan(maxQueuedBytes / 2)
      expect(growth).toBeLessThan(maxQueuedBytes + SLACK)
      expect(await node.ask('test', 'ping')).toEqual(atom('pong'))
    },
    LONG_MS,
  )
})

describeWithPeaks('a peer whose messages have to wait', () => {
  const maxWaitingBytes = 64 * MIB
  const COUNT = 60
  const FOREVER = 2 ** 31 - 1
  const sleep = call('test', 'sleep', [FOREVER])
  const large = (): Uint8Array => Buffer.alloc(4 * MIB, 1)
  const fromOf = (peer: string, tag: Term): Tuple => tuple(new Pid(peer, 1, 0, 5), tag)
  const rexCall = (kind: string, peer: string): Tuple => tuple(atom(kind), ...sleep.elements, new Pid(peer, 1, 0, 5))
  const first = (peer: string, server: string, request: Term): Uint8Array => genCall(peer, server, request)

  /** 240 MiB of messages. What is not asked for keeps them: each is answered by a refusal, or the connection ends. */
  test.each<[what: string, code: string | undefined, send: (peer: string) => Iterable<Uint8Array>]>([
    [
      'behind a call that is not answered',
      undefined,
      function* (peer) {
        yield first(peer, 'godot_server', sleep)
        for (let i = 0; i < COUNT; i += 1) yield genCall(peer, 'godot_server', call('test', 'echo', [large()]))
      },
    ],
    [
      'for answers with large tags',
      undefined,
      function* (peer) {
        for (let i = 0; i < COUNT; i += 1) {
          const from = tuple(new Pid(peer, i, 0, 5), large())
          yield regSend(peer, 'godot_server', tuple(atom('$gen_call'), from, sleep))
        }
      },
    ],
    [
      'for answers whose small tags keep large frames',
      undefined,
      function* (peer) {
        for (let i = 0; i < COUNT; i += 1) {
          const from = tuple(new Pid(peer, i, 0, 5), Buffer.from('tag'))
          const control = encode(tuple(6, new Pid(peer, i, 0, 5), large(), atom('godot_server')))
          yield framed(control, encode(tuple(atom('$gen_call'), from, sleep)))
        }
      },
    ],
    [
      'for answers of rpc',
      undefined,
      function* (peer) {
        const request = rexCall('call', peer)
        for (let i = 0; i < COUNT; i += 1)
          yield regSend(peer, 'rex', tuple(atom('$gen_call'), fromOf(peer, large()), request))
      },
    ],
    [
      'for answers of erpc',
      undefined,
      function* (peer) {
        for (let i = 0; i < COUNT; i += 1) yield erpc(peer, i, sleep, large())
      },
    ],
    [
      'for rex, while it is blocked',
      'mailbox_full',
      function* (peer) {
        yield first(peer, 'rex', rexCall('block_call', peer))
        for (let i = 0; i < COUNT; i += 1) yield genCall(peer, 'rex', large())
      },
    ],
    [
      'for a server that is suspended',
      'mailbox_full',
      function* (peer) {
        yield regSend(peer, 'godot_server', tuple(atom('system'), fromOf(peer, 1), atom('suspend')))
        for (let i = 0; i < COUNT; i += 1) yield genCall(peer, 'godot_server', large())
      },
    ],
  ])(
    '%s',
    async (_, code, send) => {
      await using node = await MemoryNode.start({ maxWaitingBytes })
      const attacker = await node.attacker()
      const growth = await node.growth(async () => {
        // It reads what it is answered, or it would be held back for that.
        attacker.resume()
        const sent = (async () => {
          for (const part of send(attacker.name)) await written(attacker, part)
        })()
        if (code === undefined) {
          await sent
          expect(errorOf(await node.ask('test', 'ping'))[':code']).toBe(':overloaded')
          return
        }
        await sent.catch(() => undefined)
        const [closed] = await node.said(({ event, peer }) => event === 'dist.closed' && peer === attacker.name)
        expect(closed).toMatchObject({ code, message: expect.stringContaining('maxWaitingBytes') as unknown })
      })
      expect(growth).toBeGreaterThan(maxWaitingBytes / 2)
      // The frames of what is refused are garbage until the engine collects it.
      expect(growth).toBeLessThan(2 * maxWaitingBytes + SLACK)
      attacker.destroy()
    },
    LONG_MS,
  )
})

function call(module: string, name: string, args: Term[]): Tuple {
  return tuple(atom(module), atom(name), args)
}

/** A gen_call of `request` to a process by its name. */
function genCall(peer: string, server: string, request: Term): Uint8Array {
  const from = tuple(new Pid(peer, 1, 0, 5), new Ref(peer, 5, [1, 2, 3]))
  return regSend(peer, server, tuple(atom('$gen_call'), from, request))
}

/** A message to a process by its name. */
function regSend(peer: string, server: string, message: Term): Uint8Array {
  return framed(encode(tuple(6, new Pid(peer, 1, 0, 5), atom(''), atom(server))), encode(message))
}

/** The spawn request that `erpc:call` makes, and the mark that its answer is known by. */
function erpc(peer: string, number: number, request: Tuple, mark?: Term): Uint8Array {
  const pid = new Pid(peer, 1, 0, 5)
  const ref = new Ref(peer, 5, [number, 2, 3])
  const mfa = tuple(atom('erpc'), atom('execute_call'), 4)
  const control = tuple(29, ref, pid, pid, mfa, [atom('monitor')])
  return framed(encode(control), encode([mark ?? ref, ...request.elements]))
}

function framed(control: Uint8Array, message: Uint8Array): Uint8Array {
  const body = bytes(PASS_THROUGH, control, message)
  return bytes(u32(body.length), body)
}

/** A game whose state is of 300 KB. */
async function largeGame(node: MemoryNode): Promise<void> {
  const [, config, ...rest] = smallGame('') as [Term, TermMap, ...Term[]]
  const large = [...config].map(
    ([key, value]) => [key, isAtom(key, 'num_observation_tokens') ? 100_000 : value] as const,
  )
  okOf(await node.ask('mettagrid', 'create_game', ['large', TermMap.from(large), ...rest]))
  expect(fieldOf(okOf(await node.ask('mettagrid', 'get_state', ['large'])), 'observations')).toHaveLength(300_000)
}

/** Waits until the node takes nothing more from a peer, and a while longer, in which it serves the others. */
async function stuck(node: MemoryNode, peer: string): Promise<void> {
  await node.said(
    ({ event, peer: who, queuedBytes = 0 }) => event === 'dist.busy' && who === peer && queuedBytes > 34 * MIB,
  )
  for (let i = 0; i < 5; i += 1) expect(await node.ask('test', 'sleep', [100])).toEqual(atom('ok'))
}

/** `count` connections send `part` of a frame and wait; they end when all of it was read. */
async function promise(node: MemoryNode, count: number, part: Uint8Array): Promise<void> {
  const attackers = await Promise.all(Array.from({ length: count }, () => node.attacker()))
  await Promise.all(attackers.map((attacker) => written(attacker, part)))
  // What lies in the buffers of the system is read in the turns of the event loop that these take.
  for (let i = 0; i < 100; i += 1) await node.ask('test', 'ping')
  for (const attacker of attackers) attacker.end()
  const names = new Set(attackers.map(({ name }) => name))
  const closed = await node.said((said) => said.event === 'dist.closed' && names.has(said.peer ?? ''), count)
  expect(new Set(closed.map(({ code }) => code))).toEqual(new Set(['connection_lost']))
}

/** Writes, and waits until the system has taken all of it. */
function written(wire: Wire, part: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    wire.handlers = {
      onBytes: () => undefined,
      onWritten: resolve,
      onEnd: (error) => {
        reject(error ?? new Error('The server closed.'))
      },
    }
    if (wire.write([part])) resolve()
  })
}

describeWithPeaks('who knows no cookie', () => {
  test('half handshakes, more than may be', async () => {
    const maxPending = 64
    await using node = await MemoryNode.start({ maxPending })
    const COUNT = 500
    // The length of the longest packet that is taken, and half of it.
    const half = bytes(4, 0, Buffer.alloc(512, 'N'))
    const growth = await node.growth(async () => {
      const sockets = Array.from({ length: COUNT }, () => net.connect(node.port, '127.0.0.1'))
      for (const socket of sockets) {
        socket.on('error', () => undefined)
        socket.write(half)
      }
      await node.said(({ event }) => event === 'dist.refused', COUNT - maxPending)
      for (const socket of sockets) socket.destroy()
      await node.said(({ event }) => event === 'dist.refused', COUNT)
    })
    // A read buffer and a packet each; and what the sockets that were refused leave to the engine.
    expect(growth).toBeLessThan(maxPending * (65_536 + 1024) + SLACK)
    expect(await node.ask('test', 'ping')).toEqual(atom('pong'))
  })
})
