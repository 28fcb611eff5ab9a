import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { deflateSync } from 'node:zlib'
import { Channel } from '../../../src/erlang/dist/channel.ts'
import { FLAGS, ourFlags } from '../../../src/erlang/dist/flags.ts'
import type { Signal } from '../../../src/erlang/dist/signal.ts'
import type { ChannelLimits, ChannelOptions } from '../../../src/erlang/dist/types.ts'
import { encode } from '../../../src/erlang/etf/encode.ts'
import { atom, Pid, Ref, type Term, tuple } from '../../../src/erlang/etf/terms.ts'
import type { BeamcadeError } from '../../../src/errors.ts'
import { createEvents, type EventMap } from '../../../src/events.ts'
import { memoryPair, MemoryWire } from '../../support/memory-wire.ts'

const theirs = new Pid('peer@h', 1, 0, 5)
const ours = new Pid('ours@h', 2, 0, 6)
const none = atom('')

/** A frame: length, 112, and the parts. */
function frame(...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat([Uint8Array.of(112), ...parts])
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

const regSend = (message: Term): Buffer => frame(encode(tuple(6, theirs, none, atom('name'))), encode(message))

interface Opened {
  channel: Channel
  wire: MemoryWire
  signals: Signal[]
  closed: (BeamcadeError | undefined)[]
  events: { [N in keyof EventMap]?: EventMap[N][] }
}

interface Setup {
  wire?: MemoryWire
  flags?: bigint
  leftover?: Uint8Array
  name?: string
}

const NOTHING = new Uint8Array(0)

async function open(
  options: Partial<ChannelOptions<Channel>> = {},
  { wire = new MemoryWire(), flags = ourFlags(), leftover = NOTHING, name = 'peer@h' }: Setup = {},
): Promise<Opened> {
  const signals: Signal[] = []
  const closed: (BeamcadeError | undefined)[] = []
  const events: Record<string, unknown[]> = {}
  const bus = createEvents()
  bus.subscribeAll((event, payload) => (events[event] ??= []).push(payload))
  const peer = { name, creation: 5, flags, hidden: true, address: wire.address }
  const channel = new Channel(
    { wire, peer, leftover, direction: 'in', replaces: false },
    {
      events: bus,
      tickMs: 0,
      onSignal: (signal) => signals.push(signal),
      onClose: (_, reason) => closed.push(reason),
      ...options,
    },
  )
  await Promise.resolve()
  return { channel, wire, signals, closed, events: events }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const link: Signal = { kind: 'link', from: ours, to: theirs }
const LINK = frame(encode(tuple(1, ours, theirs)))

describe('input', () => {
  test('signals come out of frames, in order; empty frames are ticks', async () => {
    const { wire, signals, closed } = await open()
    wire.deliver(
      Buffer.concat([
        Buffer.alloc(4),
        frame(encode(tuple(1, theirs, ours))),
        regSend(1),
        Buffer.alloc(4),
        regSend([2]),
      ]),
    )
    expect(signals).toEqual([
      { kind: 'link', from: theirs, to: ours },
      { kind: 'reg_send', from: theirs, name: 'name', message: 1 },
      { kind: 'reg_send', from: theirs, name: 'name', message: [2] },
    ])
    expect(closed).toEqual([])
  })

  test('binaries of a message outlive the read buffer, however the bytes are cut', async () => {
    const binary = new Uint8Array(300).map((_, i) => i)
    for (const size of [1, 7, 100, 1000]) {
      const { wire, signals } = await open()
      const bytes = Buffer.concat([regSend(binary), regSend(tuple(binary))])
      for (let i = 0; i < bytes.length; i += size) wire.deliver(bytes.subarray(i, i + size))
      const messages = signals.map((signal) => ('message' in signal ? signal.message : null))
      expect(messages).toHaveLength(2)
      expect(Buffer.from(messages[0] as Uint8Array)).toEqual(Buffer.from(binary))
    }
  })

  test('what came with the last packet of the handshake comes first, and not before the owner is ready', async () => {
    const wire = new MemoryWire()
    wire.deliver(regSend(2))
    const opening = open({}, { wire, leftover: regSend(1) })
    const { signals } = await opening
    expect(signals.map((signal) => ('message' in signal ? signal.message : null))).toEqual([1, 2])
  })

  test('NODE_LINK is passed over', async () => {
    const { wire, signals, closed } = await open()
    wire.deliver(frame(encode(tuple(5))))
    expect([signals, closed]).toEqual([[], []])
  })
})

describe('output', () => {
  test('leaves in one write at the end of the turn', async () => {
    const { channel, wire } = await open()
    expect(channel.send(link)).toBe(true)
    channel.send(link)
    expect(channel.queuedBytes).toBe(2 * LINK.length)
    expect(wire.writes).toHaveLength(0)
    await turn()
    expect(wire.writes).toEqual([Buffer.concat([LINK, LINK])])
    expect(channel.queuedBytes).toBe(0)
  })

  test('leaves at once, in one write, when it answers what came in one chunk', async () => {
    let answer: () => void = () => undefined
    const { channel, wire } = await open({
      onSignal: () => {
        answer()
      },
    })
    answer = () => channel.send(link)
    wire.deliver(Buffer.concat([regSend(1), regSend(2), regSend(3)]))
    expect(wire.writes).toEqual([Buffer.concat([LINK, LINK, LINK])])
  })

  test('gathers while a write is under way, and its memory is left alone', async () => {
    const { channel, wire } = await open()
    wire.taking = false
    const held: Uint8Array[] = []
    const write = wire.write.bind(wire)
    wire.write = (parts) => {
      held.push(...parts)
      return write(parts)
    }
    channel.send(link)
    await turn()
    for (let i = 0; i < 1000; i += 1) channel.send(link)
    await turn()
    expect(wire.writes).toHaveLength(1)
    expect(channel.queuedBytes).toBe(1001 * LINK.length)
    expect(Buffer.concat(held)).toEqual(LINK)
    wire.take()
    expect(wire.writes).toHaveLength(2)
    expect(wire.writes[1]).toHaveLength(1000 * LINK.length)
    wire.take()
    expect(channel.queuedBytes).toBe(0)
  })

  test('a long binary is not copied', async () => {
    const parts: Uint8Array[] = []
    const { channel, wire } = await open()
    wire.write = (all) => {
      parts.push(...all)
      return true
    }
    const binary = new Uint8Array(100_000)
    channel.send({ kind: 'reg_send', from: ours, name: 'x', message: tuple(binary, 1) })
    await turn()
    expect(parts.some((part) => part === binary)).toBe(true)
    expect(Buffer.concat(parts)).toEqual(frame(encode(tuple(6, ours, none, atom('x'))), encode(tuple(binary, 1))))
  })

  test('a term that is none throws, and leaves nothing behind', async () => {
    const { channel, wire } = await open()
    channel.send(link)
    const message = tuple(1, Symbol('x') as unknown as Term)
    expect(() => channel.send({ kind: 'reg_send', from: ours, name: 'x', message })).toThrow(
      expect.objectContaining({ code: 'bad_argument' }),
    )
    channel.send(link)
    await turn()
    expect(wire.takeWritten()).toEqual(Buffer.concat([LINK, LINK]))
  })

  test('what the peer cannot take is dropped with an event', async () => {
    const { channel, wire, events } = await open({}, { flags: ourFlags() & ~FLAGS.SPAWN })
    expect(
      channel.send({ kind: 'spawn_reply', ref: new Ref('peer@h', 5, [1]), to: theirs, flags: 0, result: ours }),
    ).toBe(false)
    expect(events['dist.dropped']).toEqual([
      { peer: 'peer@h', kind: 'spawn_reply', code: 'peer_lacks', message: expect.stringContaining('spawn_reply') },
    ])
    await turn()
    expect(wire.writes).toHaveLength(0)
  })

  test('two channels understand each other', async () => {
    const [a, b] = memoryPair()
    const left = await open({}, { wire: a })
    const right = await open({}, { wire: b, name: 'ours@h' })
    const signal: Signal = { kind: 'reg_send', from: ours, name: 'x', message: tuple('text', 1.5, [1, 2, 300]) }
    left.channel.send(signal)
    left.channel.send(link)
    await turn()
    await turn()
    expect(right.signals).toEqual([{ ...signal, message: tuple(Buffer.from('text'), 1.5, [1, 2, 300]) }, link])
  })
})

describe('closes', () => {
  const nested = (levels: number): Uint8Array =>
    Buffer.concat([Uint8Array.of(131), Buffer.from('6c00000001'.repeat(levels), 'hex'), Buffer.alloc(levels + 1, 106)])
  const bomb = (): Uint8Array => {
    const data = Buffer.alloc(4)
    data.writeUInt32BE(200_000_000)
    return Buffer.concat([Uint8Array.of(131, 80), data, deflateSync(Buffer.alloc(1000))])
  }
  const lyingBomb = (): Uint8Array => {
    const data = Buffer.alloc(4)
    data.writeUInt32BE(1000)
    return Buffer.concat([Uint8Array.of(131, 80), data, deflateSync(Buffer.alloc(50_000_000))])
  }
  const control = encode(tuple(6, theirs, none, atom('name')))
  const tooLong = Buffer.from('7fffffff', 'hex')

  test.each<[string, Uint8Array, string, RegExp]>([
    ['a frame over its limit', tooLong, 'frame_too_large', /2147483647 bytes/],
    ['a frame with an atom cache', frame().fill(131, 4), 'bad_frame', /begins with the byte 131/],
    [
      'a header that was not negotiated',
      Buffer.from('00000003834400', 'hex'),
      'bad_frame',
      /distribution header \(131, 68\)/,
    ],
    ['a fragment that was not negotiated', Buffer.from('00000003834500', 'hex'), 'bad_frame', /\(131, 69\)/],
    ['a frame with nothing in it', frame(), 'bad_term', /./],
    ['an unknown operation', frame(encode(tuple(77))), 'bad_control', /operation 77/],
    ['a control message that is no tuple', frame(encode([1])), 'bad_control', /tuple/],
    ['a control message without its message', frame(control), 'bad_term', /./],
    [
      'bytes behind the control message',
      frame(encode(tuple(1, theirs, ours)), Uint8Array.of(1)),
      'bad_frame',
      /1 bytes too many behind LINK/,
    ],
    ['bytes behind the message', frame(control, encode(1), encode(2)), 'bad_frame', /too many behind REG_SEND/],
    ['a wrong version byte', frame(Uint8Array.of(130, 97, 1)), 'bad_term', /131/],
    ['a list with a lying length', frame(control, Buffer.from('836cffffffff6101', 'hex')), 'bad_term', /./],
    ['a binary with a lying length', frame(control, Buffer.from('836d7fffffff01', 'hex')), 'bad_term', /./],
    ['1,000,000 nested lists', frame(control, nested(1_000_000)), 'too_deep', /maxDepth = 131072/],
    ['a term that wants to inflate beyond the limit', frame(control, bomb()), 'too_large', /200000000 bytes/],
    ['a zip bomb that lies about its size', frame(control, lyingBomb()), 'bad_term', /./],
    ['a node-local term', frame(control, Buffer.from('837900000000000000006101', 'hex')), 'bad_term', /LOCAL/],
    [
      'a signal of another node',
      frame(encode(tuple(1, ours, ours))),
      'forged_sender',
      /LINK in the name of a process of "ours@h"/,
    ],
  ])('%s', async (_, bytes, code, message) => {
    const bad = await open()
    const other = await open()
    // The good one before is still handled, the one after is not.
    bad.wire.deliver(Buffer.concat([regSend(1), bytes, regSend(2)]))
    expect(bad.signals).toHaveLength(1)
    expect(bad.closed).toEqual([expect.objectContaining({ code, message: expect.stringMatching(message) })])
    expect(bad.wire.destroyed).toBe(true)
    expect(bad.events['dist.closed']).toEqual([
      { peer: 'peer@h', address: 'memory:0', code, message: bad.closed[0]?.message },
    ])
    expect(bad.channel.send(link)).toBe(false)
    other.wire.deliver(regSend(1))
    expect(other.signals).toHaveLength(1)
    expect(other.closed).toEqual([])
  })

  test('honest depth and compression pass', async () => {
    const { wire, signals, closed } = await open()
    const data = encode(new Uint8Array(1_000_000)).subarray(1)
    const head = Buffer.alloc(4)
    head.writeUInt32BE(data.length)
    const compressed = Buffer.concat([Uint8Array.of(131, 80), head, deflateSync(data)])
    wire.deliver(Buffer.concat([frame(control, nested(100_000)), frame(control, compressed)]))
    expect(closed).toEqual([])
    expect(signals).toHaveLength(2)
  })

  test('when handling fails', async () => {
    const { wire, closed } = await open({
      onSignal: () => {
        throw new TypeError('oops')
      },
    })
    wire.deliver(regSend(1))
    expect(closed).toEqual([
      expect.objectContaining({ code: 'internal', message: 'A signal could not be handled: oops' }),
    ])
  })

  test('and lives through an owner that fails when it hears of it', async () => {
    const { channel, events } = await open({
      onClose: () => {
        throw new Error('oops')
      },
    })
    channel.close()
    expect(events['events.subscriber_failed']).toHaveLength(1)
  })

  test('when it is told to: what was sent still leaves, and it is said once', async () => {
    const { channel, wire, closed, events } = await open()
    wire.taking = false
    channel.send(link)
    await turn()
    channel.send(link)
    channel.close()
    channel.close(undefined)
    wire.finish()
    expect(wire.takeWritten()).toEqual(Buffer.concat([LINK, LINK]))
    expect(wire.ended).toBe(true)
    expect(closed).toEqual([undefined])
    expect(events['dist.closed']).toEqual([{ peer: 'peer@h', address: 'memory:0' }])
  })

  test('from within a signal: the rest of the chunk is not handled', async () => {
    let close: () => void = () => undefined
    const seen: Signal[] = []
    const { channel, wire } = await open({
      onSignal: (signal) => {
        seen.push(signal)
        close()
      },
    })
    close = () => {
      channel.close()
    }
    wire.deliver(Buffer.concat([regSend(1), regSend(2)]))
    expect(seen).toHaveLength(1)
  })

  test('when the other end closes, breaks, or cuts a frame', async () => {
    const clean = await open()
    clean.wire.finish()
    expect(clean.closed).toEqual([undefined])
    const broken = await open()
    broken.wire.finish(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
    expect(broken.closed).toEqual([
      expect.objectContaining({ code: 'connection_lost', details: { system: 'ECONNRESET' } }),
    ])
    const cut = await open()
    cut.wire.deliver(regSend(1).subarray(0, 9))
    cut.wire.finish()
    expect(cut.closed).toEqual([
      expect.objectContaining({ code: 'connection_lost', message: 'peer@h closed in the middle of a frame.' }),
    ])
  })
})

describe('back-pressure', () => {
  const limits = { highWaterBytes: 10_000, maxQueuedBytes: 1_000_000 }
  const reply: Signal = { kind: 'reg_send', from: ours, name: 'x', message: new Uint8Array(1000) }

  async function echoing(limited: Partial<ChannelLimits> = limits): Promise<Opened & { answered: () => number }> {
    let answer: () => void = () => undefined
    let count = 0
    const opened = await open({
      limits: limited,
      onSignal: () => {
        answer()
      },
    })
    answer = () => {
      count += 1
      opened.channel.send(reply)
    }
    return { ...opened, answered: () => count }
  }

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  test('who does not read our answers is not asked for more questions, not even those that came', async () => {
    const { wire, channel, answered, events } = await echoing()
    wire.taking = false
    wire.deliver(Buffer.concat(Array.from({ length: 100 }, () => regSend(1))))
    expect(answered()).toBeLessThan(15)
    expect(wire.paused).toBe(true)
    expect(channel.busy).toBe(true)
    expect(events['dist.busy']).toEqual([{ peer: 'peer@h', busy: true, queuedBytes: channel.queuedBytes }])
    // It reads on: the rest is answered, in order and completely.
    wire.taking = true
    wire.take()
    expect(answered()).toBe(100)
    expect(wire.paused).toBe(false)
    expect(channel.queuedBytes).toBe(0)
    expect(events['dist.busy']?.at(-1)?.busy).toBe(false)
  })

  test('a peer that does not move at all is given a little more room from time to time: it may wait for us', async () => {
    const { wire, answered } = await echoing()
    wire.taking = false
    wire.deliver(Buffer.concat(Array.from({ length: 100 }, () => regSend(1))))
    const first = answered()
    jest.advanceTimersByTime(9)
    expect(answered()).toBe(first)
    jest.advanceTimersByTime(1)
    const second = answered()
    expect(second).toBeGreaterThan(first)
    expect(second).toBeLessThan(2 * first + 2)
    jest.advanceTimersByTime(10)
    expect(answered()).toBeGreaterThan(second)
  })

  test('but not without end', async () => {
    const { wire, channel, closed } = await echoing({ highWaterBytes: 10_000, maxQueuedBytes: 1_000_000 })
    wire.taking = false
    wire.deliver(Buffer.concat(Array.from({ length: 2000 }, () => regSend(1))))
    jest.advanceTimersByTime(1000)
    expect(channel.queuedBytes).toBeGreaterThan(200_000)
    expect(channel.queuedBytes).toBeLessThan(400_000)
    expect(closed).toEqual([])
    // Each write that is taken makes room for as much again, and no more.
    for (let i = 0; i < 20; i += 1) {
      wire.take()
      jest.advanceTimersByTime(1000)
      expect(channel.queuedBytes).toBeLessThan(400_000)
    }
    expect(closed).toEqual([])
  })

  test('drained() waits for little to be waiting', async () => {
    const { wire, channel } = await open({ limits })
    await channel.drained()
    wire.taking = false
    for (let i = 0; i < 20; i += 1) channel.send(reply)
    await turn()
    let drained = false
    const waiting = channel.drained().then(() => (drained = true))
    await turn()
    expect(drained).toBe(false)
    wire.take()
    await waiting
    expect(channel.busy).toBe(false)
  })

  test('drained() ends when the channel does, or the caller wants', async () => {
    const { wire, channel } = await open({ limits })
    wire.taking = false
    for (let i = 0; i < 20; i += 1) channel.send(reply)
    const abort = new AbortController()
    const aborted = channel.drained(abort.signal)
    const ended = channel.drained()
    abort.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    channel.close()
    await expect(ended).rejects.toMatchObject({ code: 'connection_closed' })
    await expect(channel.drained()).rejects.toMatchObject({ code: 'connection_closed' })
  })

  test('more than the limit closes the connection', async () => {
    const { wire, channel, closed } = await open({ limits })
    wire.taking = false
    let sent = 0
    while (channel.send(reply) && sent < 5000) sent += 1
    expect(sent).toBeLessThan(1000)
    await turn()
    expect(closed).toEqual([
      expect.objectContaining({ code: 'slow_reader', message: expect.stringContaining('maxQueuedBytes is 1000000') }),
    ])
  })
})

describe('ticks', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })
  const TICK = Buffer.alloc(4)

  test('are sent when nothing else was since the last one', async () => {
    const { channel, wire } = await open({ tickMs: 1000, tickIntensity: 100 })
    jest.advanceTimersByTime(1000)
    expect(wire.writes).toEqual([])
    jest.advanceTimersByTime(1000)
    expect(wire.takeWritten()).toEqual(TICK)
    channel.send(link)
    jest.advanceTimersByTime(1000)
    expect(wire.takeWritten()).toEqual(LINK)
    jest.advanceTimersByTime(2000)
    expect(wire.writes).toEqual([TICK, TICK])
  })

  test('are not sent behind output that waits', async () => {
    const { channel, wire } = await open({ tickMs: 1000, tickIntensity: 100 })
    wire.taking = false
    channel.send(link)
    jest.advanceTimersByTime(5000)
    expect(wire.writes).toEqual([LINK])
  })

  test('a peer that says nothing for four of them is down; any byte counts', async () => {
    const { wire, closed } = await open({ tickMs: 1000 })
    jest.advanceTimersByTime(4500)
    wire.deliver(Uint8Array.of(0))
    jest.advanceTimersByTime(4400)
    expect(closed).toEqual([])
    jest.advanceTimersByTime(600)
    expect(closed).toEqual([
      expect.objectContaining({ code: 'peer_silent', message: 'Nothing came from peer@h for 4 ticks.' }),
    ])
  })

  test('after a block of our own, what came meanwhile is read before the peer is judged', async () => {
    const { wire, closed } = await open({ tickMs: 1000 })
    jest.advanceTimersByTime(4000)
    // The fifth tick, the fourth without a byte since the one before; the event loop then looks at the sockets, and only then are immediates run.
    jest.advanceTimersToNextTimer()
    wire.deliver(TICK)
    jest.advanceTimersByTime(10)
    expect(closed).toEqual([])
  })

  test('a peer whose input is held back is looked at before it is judged', async () => {
    let answer: () => void = () => undefined
    const { channel, wire, closed } = await open({
      tickMs: 1000,
      limits: { highWaterBytes: 100 },
      onSignal: () => {
        answer()
      },
    })
    answer = () => {
      for (let i = 0; i < 10_000; i += 1) channel.send(link)
    }
    wire.taking = false
    wire.deliver(Buffer.concat([regSend(1), regSend(2)]))
    expect(wire.paused).toBe(true)
    // It ticks as it should, but nothing of it is read while we wait for it to read.
    for (let i = 0; i < 20; i += 1) {
      wire.deliver(TICK)
      jest.advanceTimersByTime(1000)
    }
    expect(closed).toEqual([])
    // Those that the wire still has, one for each look, and then nothing.
    jest.advanceTimersByTime(200_000)
    expect(closed).toEqual([expect.objectContaining({ code: 'peer_silent' })])
  })
})
