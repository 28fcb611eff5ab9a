/**
 * Random and mutated frames: 200,000 through decoder and channel without a socket, 500 over real connections. The seed is
 * printed; BEAMCADE_FUZZ_SEED sets it.
 */
import { afterEach, expect, test } from '@jest/globals'
import { deflateSync } from 'node:zlib'
import { Channel } from '../../../src/erlang/dist/channel.ts'
import { dial, ourFlags } from '../../../src/erlang/dist/index.ts'
import { startInitiator } from '../../../src/erlang/dist/handshake.ts'
import { compare } from '../../../src/erlang/etf/compare.ts'
import { decode } from '../../../src/erlang/etf/decode.ts'
import { encode } from '../../../src/erlang/etf/encode.ts'
import { TermMap } from '../../../src/erlang/etf/term-map.ts'
import {
  atom,
  BitString,
  ExportFun,
  Float,
  ImproperList,
  Pid,
  Ref,
  type Term,
  tuple,
} from '../../../src/erlang/etf/terms.ts'
import { type BeamcadeError, ERROR_CODES, isBeamcadeError } from '../../../src/errors.ts'
import { createEvents } from '../../../src/events.ts'
import { DistNode } from '../../support/dist-node.ts'
import { Fuzz, fuzzSeed } from '../../support/fuzz.ts'
import { MemoryWire } from '../../support/memory-wire.ts'
import { SocketWire } from '../../../src/sockets/socket-wire.ts'
import type { Wire } from '../../../src/sockets/wire.ts'

const FRAMES = 200_000
const CONNECTIONS = 500
/** Limits small enough that reaching them would show. */
const LIMITS = { maxFrameBytes: 1 << 20, maxInflatedBytes: 1 << 20, maxTermMemory: 64 << 20 }

const theirs = new Pid('peer@h', 1, 0, 5)
const ours = new Pid('ours@h', 2, 0, 6)
const ref = new Ref('peer@h', 5, [1, 2, 3])
const none = atom('')

const TERMS: Term[] = [
  tuple(
    atom('$gen_call'),
    tuple(theirs, new ImproperList([atom('alias')], ref)),
    tuple(atom('erlang'), atom('node'), []),
  ),
  new TermMap([atom('a'), 1, 'key', 2.5, tuple(), [1, 2, 3]]),
  [1, 255, 256, -1, 2 ** 40, 1n << 80n, new Float(1), 0.1, true, null],
  ['text', new BitString(Uint8Array.of(1, 128), 3), new ExportFun(atom('m'), atom('f'), 2), 'x'.repeat(300)],
  Array.from({ length: 40 }, (_, i) => tuple(i, atom(`atom${i}`))),
]
for (let i = 0, deep: Term = []; i < 60; i += 1) TERMS.push((deep = [deep, i]))

const CONTROLS: Term[] = [
  tuple(1, theirs, ours),
  tuple(2, none, ours),
  tuple(3, theirs, ours, atom('normal')),
  tuple(6, theirs, none, atom('rex')),
  tuple(19, theirs, atom('net_kernel'), ref),
  tuple(20, theirs, ours, ref),
  tuple(22, theirs, ours),
  tuple(26, theirs, ours),
  tuple(28, theirs, ours, ref),
  tuple(29, ref, theirs, ours, tuple(atom('erpc'), atom('execute_call'), 4), [atom('monitor')]),
  tuple(33, theirs, ref),
  tuple(35, 77, theirs, ours),
]

function compressed(term: Term): Buffer {
  const data = encode(term).subarray(1)
  const head = Buffer.from([131, 80, 0, 0, 0, 0])
  head.writeUInt32BE(data.length, 2)
  return Buffer.concat([head, deflateSync(data)])
}

const CORPUS: Uint8Array[] = CONTROLS.flatMap((control) =>
  [...TERMS.slice(0, 8).map((term) => encode(term)), compressed(TERMS[4] ?? []), Buffer.alloc(0)].map((payload) =>
    Buffer.concat([Uint8Array.of(112), encode(control), payload]),
  ),
)

/** The body of a frame: mostly a mutated one, sometimes a whole one, sometimes noise. */
function body(fuzz: Fuzz): Uint8Array {
  const kind = fuzz.below(20)
  if (kind === 0) return fuzz.bytes(fuzz.below(80))
  if (kind === 1) return Buffer.concat([Uint8Array.of(112, 131), fuzz.bytes(fuzz.below(80))])
  const base = fuzz.pick(CORPUS)
  return kind === 2 ? base : fuzz.mutate(base)
}

function framed(fuzz: Fuzz, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  // Now and then the length lies.
  head.writeUInt32BE(fuzz.below(50) === 0 ? fuzz.pick([0, 1, bytes.length + 7, 2 ** 31]) : bytes.length)
  return Buffer.concat([head, bytes])
}

const codes = new Set<string>(Object.keys(ERROR_CODES))

/** A reason names a rule, and is no fault of our own. Without `expect`, which would take most of the time. */
function checkReason(reason: BeamcadeError | undefined): void {
  if (reason === undefined) return
  if (isBeamcadeError(reason) && codes.has(reason.code) && reason.code !== 'internal') return
  throw new Error(`closed for ${reason.code}: ${reason.message}`, { cause: reason })
}

test(`${FRAMES} frames through decoder and channel`, async () => {
  const seed = fuzzSeed('frames')
  const fuzz = new Fuzz(seed)
  const events = createEvents()
  let signals = 0
  const reasons = new Map<string, number>()
  let wire: MemoryWire | undefined
  let channel: Channel | undefined

  const open = (): MemoryWire => {
    wire = new MemoryWire()
    const peer = { name: 'peer@h', creation: 5, flags: ourFlags(), hidden: true, address: wire.address }
    channel = new Channel(
      { wire, peer, leftover: new Uint8Array(0), direction: 'in', replaces: false },
      {
        events,
        tickMs: 0,
        limits: LIMITS,
        onSignal: () => (signals += 1),
        onClose: (_, reason) => {
          checkReason(reason)
          reasons.set(reason?.code ?? 'none', (reasons.get(reason?.code ?? 'none') ?? 0) + 1)
          wire = undefined
        },
      },
    )
    wire.paused = false
    return wire
  }

  let largest = 0
  for (let i = 0; i < FRAMES; i += 1) {
    const bytes = body(fuzz)
    const stream = framed(fuzz, bytes)
    const target = wire ?? open()
    const cut = fuzz.below(stream.length + 1)
    target.deliver(stream.subarray(0, cut))
    target.deliver(stream.subarray(cut))
    if (i % 4 === 0) alone(bytes.subarray(1), seed)
    // Let go of the channels that were closed.
    if (i % 100 === 0) await Promise.resolve()
    if (i % 5000 === 0) {
      // A frame that lied about its length waits for the rest: begin anew.
      channel?.close()
      largest = Math.max(largest, process.memoryUsage.rss())
    }
  }
  process.stderr.write(`frames: ${signals} signals; closed: ${JSON.stringify(Object.fromEntries(reasons))}\n`)
  expect(signals).toBeGreaterThan(FRAMES / 50)
  expect(reasons.size).toBeGreaterThan(5)
  expect(largest).toBeLessThan(1500 * 1024 * 1024)
}, 180_000)

/** A term by itself: if it is one, it stays the same on its way out and in again. */
function alone(bytes: Uint8Array, seed: number): void {
  let term: Term
  try {
    term = decode(bytes, { maxInflated: LIMITS.maxInflatedBytes, maxMemory: LIMITS.maxTermMemory })
  } catch (error) {
    if (!isBeamcadeError(error))
      throw new Error(`seed ${seed}: ${Buffer.from(bytes).toString('hex')}`, { cause: error })
    return
  }
  const again = decode(encode(term))
  if (compare(term, again) !== 0) throw new Error(`seed ${seed}: ${Buffer.from(bytes).toString('hex')} changes`)
}

const nodes: DistNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

async function node(name: string): Promise<DistNode> {
  const started = await DistNode.start({ name, channel: { limits: LIMITS } })
  nodes.push(started)
  return started
}

test(`${CONNECTIONS} connections, half of them broken in the handshake`, async () => {
  const fuzz = new Fuzz(fuzzSeed('connections'))
  const victim = await node('victim@h')
  const port = victim.listener?.port ?? 0
  const good = await node('good@h')
  const channel = await good.dial('victim@h', port)
  const attacker = await node('attacker@h')

  const afterHandshake = async (bytes: Uint8Array): Promise<void> => {
    const { local, events } = attacker
    sendAndEnd((await dial({ local, events, peer: 'victim@h', host: '127.0.0.1', port })).wire, bytes)
  }
  const inHandshake = async (bytes: Uint8Array): Promise<void> => {
    sendAndEnd(await SocketWire.dial('127.0.0.1', port, 1024, new AbortController().signal), bytes)
  }
  const [hello = new Uint8Array()] = startInitiator(
    { name: 'attacker@h', creation: 1, flags: ourFlags(), cookie: () => 'cookie', challenge: 1 },
    'victim@h',
  ).send
  const greeting = Buffer.concat([Uint8Array.of(0, hello.length), hello, Uint8Array.of(0, 21, 0x72), fuzz.bytes(20)])

  for (let i = 0; i < CONNECTIONS; i += 20) {
    const batch = Array.from({ length: 20 }, (_, j) =>
      j % 2 === 0
        ? afterHandshake(Buffer.concat([framed(fuzz, body(fuzz)), framed(fuzz, body(fuzz))]))
        : inHandshake(fuzz.mutate(greeting)),
    )
    await Promise.all(batch)
    // Each of them has its end: closed by a rule, or because the attacker closed.
    const rounds = i / 20 + 1
    await victim.closed.count(10 * rounds, isAttacker, 'ends of connections')
    await victim.happened.count(10 * rounds, isRefusal, 'ends of handshakes')
    const name = `round${i}`
    channel.send({ kind: 'reg_send', from: good.pid(1), name, message: i })
    await victim.signals.find((signal) => signal.kind === 'reg_send' && signal.name === name, name)
  }
  const ends = victim.closed.all.filter(isAttacker)
  for (const { reason } of ends) checkReason(reason)
  expect(ends.filter((one) => one.reason !== undefined).length).toBeGreaterThan(CONNECTIONS / 10)
  expect(channel.closed).toBe(false)
  expect(victim.channels.has('good@h')).toBe(true)
}, 60_000)

const isAttacker = ({ peer }: { peer: string }): boolean => peer === 'attacker@h'
const isRefusal = ({ name }: { name: string }): boolean => name === 'dist.refused'

function sendAndEnd(wire: Wire, bytes: Uint8Array): void {
  wire.write([bytes])
  wire.end()
}
