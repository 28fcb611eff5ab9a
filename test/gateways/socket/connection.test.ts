/** One connection over a wire without a socket: order, promised replies, back-pressure, the end. */
import { fromBinary } from '@bufbuild/protobuf'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { CORE_OPERATIONS, OperationTable, Registry, Router } from '../../../src/engine/index.ts'
import { mettagridEngine, mettagridOperations } from '../../../src/engines/mettagrid/index.ts'
import { MettaGridResponseSchema } from '../../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { Connection } from '../../../src/gateways/socket/connection.ts'
import { SOCKET_LIMITS, type SocketLimits } from '../../../src/gateways/socket/limits.ts'
import { Service } from '../../../src/gateways/socket/service.ts'
import { recordEvents } from '../../support/events.ts'
import { MemoryWire } from '../../support/memory-wire.ts'
import {
  createGame,
  deleteGame,
  framed,
  getState,
  requestFrame,
  stepGame,
  wordsOf,
} from '../../support/socket-gateway.ts'
import { ToyJournal } from '../../support/toy-journal.ts'

function start(limits: Partial<SocketLimits> = {}, journal?: ToyJournal) {
  const events = recordEvents()
  const engine = mettagridEngine()
  const registry = new Registry({ events, engines: [engine], journal })
  const operations = new OperationTable([...CORE_OPERATIONS, ...mettagridOperations(engine)])
  const router = new Router({ operations, registry, events })
  const service = new Service({ router, engine, events, limits: { ...SOCKET_LIMITS, ...limits } })
  const wire = new MemoryWire()
  const closed: Connection[] = []
  const connection = new Connection(wire, {
    service,
    events,
    limits: { ...SOCKET_LIMITS, awakeTurns: 0, ...limits },
    onClose: (one) => closed.push(one),
  })
  return { events, registry, wire, connection, closed }
}

/** What was written so far, as texts `request id: words`. */
function replies(wire: MemoryWire): string[] {
  const bytes = wire.takeWritten()
  const found: string[] = []
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    const response = fromBinary(MettaGridResponseSchema, bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)))
    found.push(`${response.requestId}: ${wordsOf(response)}`)
  }
  return found
}

/** Promises settle in this turn of the event loop, and what they led to leaves at its end. */
const turn = async () => {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
}

afterEach(() => {
  jest.useRealTimers()
})

describe('requests of one client', () => {
  test('that come in one chunk are answered in one write, in order', () => {
    const { wire } = start()
    const frames = [
      requestFrame(createGame('g'), 'a'),
      requestFrame(stepGame('g', [0, 0]), 'b'),
      requestFrame(getState('g'), 'c'),
      requestFrame(stepGame('g', [0]), 'd'),
      requestFrame(deleteGame('g'), 'e'),
      requestFrame(getState('g'), 'f'),
    ]
    wire.deliver(Buffer.concat(frames))
    expect(wire.writes).toHaveLength(1)
    expect(replies(wire)).toEqual([
      'a: createResult: ',
      'b: stepResult',
      'c: stateResult',
      'd: error: flat_actions length does not match number of agents',
      'e: deleteResult: ',
      'f: error: game_id not found',
    ])
  })

  test('may come a byte at a time', () => {
    const { wire } = start()
    for (const frame of [requestFrame(createGame('g'), 'a'), requestFrame(stepGame('g', [0, 0]), 'b')]) {
      for (const byte of frame) wire.deliver(Uint8Array.of(byte))
    }
    expect(replies(wire)).toEqual(['a: createResult: ', 'b: stepResult'])
  })

  test('wait for the journal and are answered in order; steps go on meanwhile, and stay what they were', async () => {
    const journal = new ToyJournal()
    const { wire, registry } = start({}, journal)
    wire.deliver(Buffer.concat([requestFrame(createGame('g'), 'a'), requestFrame(stepGame('g', [4, 0]), 'b')]))
    // Whatever follows a request that makes a game waits until it is made.
    expect(registry.get('g')).toBeDefined()
    expect(journal.log.filter((line) => line.startsWith('stepped'))).toEqual([])
    journal.write()
    await turn()
    expect(replies(wire)).toEqual(['a: createResult: '])
    wire.deliver(Buffer.concat([requestFrame(stepGame('g', [0, 0]), 'c'), requestFrame(getState('nowhere'), 'd')]))
    expect(journal.log.filter((line) => line.startsWith('stepped'))).toHaveLength(2)
    await turn()
    expect(replies(wire)).toEqual([])
    journal.write()
    await turn()
    const bytes = wire.takeWritten()
    expect(bytes.length).toBeGreaterThan(0)
    const first = fromBinary(MettaGridResponseSchema, bytes.subarray(4, 4 + bytes.readUInt32BE(0)))
    // The step of b, not that of c which came after it and before it left.
    expect(first).toMatchObject({ requestId: 'b', payload: { case: 'stepResult', value: { currentStep: 1n } } })
    wire.writes.push(bytes)
    expect(replies(wire)).toEqual(['b: stepResult', 'c: stepResult', 'd: error: game_id not found'])
  })

  test('whose journal fails are told so', async () => {
    const journal = new ToyJournal()
    const { wire, registry } = start({}, journal)
    wire.deliver(requestFrame(createGame('g'), 'a'))
    journal.write(new Error('no space left'))
    await turn()
    expect(replies(wire)).toEqual([expect.stringMatching(/^a: createResult: .*no space left/)])
    expect(registry.list()).toEqual([])
  })

  test('more than maxPending of them are not read until earlier ones are answered', async () => {
    const journal = new ToyJournal()
    const { wire } = start({ maxPending: 2 }, journal)
    wire.deliver(requestFrame(createGame('g')))
    journal.write()
    await turn()
    wire.takeWritten()
    const steps = Array.from({ length: 5 }, (_, i) => requestFrame(stepGame('g', [0, 0]), String(i)))
    wire.deliver(Buffer.concat(steps))
    const stepped = () => journal.log.filter((line) => line.startsWith('stepped')).length
    expect([stepped(), wire.paused]).toEqual([2, true])
    const seen: string[] = []
    for (const expected of [4, 5, 5]) {
      journal.write()
      await turn()
      expect(stepped()).toBe(expected)
      seen.push(...replies(wire))
    }
    expect(seen).toEqual(['0: stepResult', '1: stepResult', '2: stepResult', '3: stepResult', '4: stepResult'])
    expect(wire.paused).toBe(false)
  })

  test('whose replies are long are fewer: those that wait hold no more than highWaterBytes, and one', async () => {
    const journal = new ToyJournal()
    const { wire } = start({ highWaterBytes: 1000 }, journal)
    wire.deliver(requestFrame(createGame('g')))
    journal.write()
    await turn()
    wire.takeWritten()
    // 140 bytes each.
    wire.deliver(Buffer.concat(Array.from({ length: 40 }, (_, i) => requestFrame(stepGame('g', [0, 0]), String(i)))))
    const stepped = () => journal.log.filter((line) => line.startsWith('stepped')).length
    expect(wire.paused).toBe(true)
    const first = stepped()
    expect(first).toBeGreaterThan(4)
    expect(first).toBeLessThan(12)
    const seen: string[] = []
    for (let i = 0; i < 40 && seen.length < 40; i += 1) {
      journal.write()
      await turn()
      seen.push(...replies(wire))
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => `${i}: stepResult`))
    expect(wire.paused).toBe(false)
  })

  test('that are outstanding when the client goes are dropped, and nothing is written any more', async () => {
    const journal = new ToyJournal()
    const { wire, closed, registry } = start({}, journal)
    wire.deliver(requestFrame(createGame('g')))
    wire.finish(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    journal.write()
    await turn()
    expect([wire.writes, closed.length, wire.destroyed]).toEqual([[], 1, true])
    // The game does not belong to the connection.
    expect(registry.get('g')).toBeDefined()
  })
})

describe('a client that closes its side', () => {
  test('still gets what it asked for', async () => {
    const journal = new ToyJournal()
    const { wire, closed, events } = start({}, journal)
    wire.deliver(requestFrame(createGame('g'), 'a'))
    wire.finish()
    expect(wire.ended).toBe(false)
    journal.write()
    await turn()
    expect(replies(wire)).toEqual(['a: createResult: '])
    expect([wire.ended, closed.length]).toEqual([true, 1])
    expect(events.all('socket.closed')).toEqual([{ address: 'memory:0' }])
  })

  test('in the middle of a frame is a loss', () => {
    const { wire, events } = start()
    wire.deliver(requestFrame(createGame('g')).subarray(0, 20))
    wire.finish()
    expect(events.all('socket.closed')).toMatchObject([{ code: 'connection_lost' }])
  })
})

describe('a client that does not read', () => {
  const limits = { highWaterBytes: 4096, maxQueuedBytes: 65_536, stallMs: 1000 }
  const steps = (count: number) =>
    Buffer.concat(Array.from({ length: count }, () => requestFrame(stepGame('g', [0, 0]))))

  function stuck(more: Partial<SocketLimits> = {}) {
    const parts = start({ ...limits, ...more })
    parts.wire.deliver(requestFrame(createGame('g')))
    parts.wire.takeWritten()
    parts.wire.taking = false
    return parts
  }

  test('is not read from, until it has taken most of what waits', () => {
    const { wire, events, registry } = stuck()
    const done = () =>
      Number(registry.info('g') instanceof Map) || (registry.info('g') as Record<string, number>)['current_step']
    wire.deliver(steps(500))
    const first = done() ?? 0
    expect(wire.paused).toBe(true)
    expect(first).toBeGreaterThan(10)
    expect(first).toBeLessThan(100)
    expect(events.all('socket.busy')).toMatchObject([{ busy: true }])
    // It takes one write after the other; what was held back goes on by that.
    wire.taking = true
    for (let i = 0; i < 1000 && done() !== 500; i++) wire.take()
    expect(done()).toBe(500)
    expect(wire.paused).toBe(false)
    expect(replies(wire)).toHaveLength(500)
    expect(events.all('socket.busy').at(-1)).toMatchObject({ busy: false })
  })

  test('is cut off when it takes nothing for stallMs', () => {
    jest.useFakeTimers()
    const { wire, events, closed } = stuck()
    wire.deliver(steps(1))
    jest.advanceTimersByTime(900)
    wire.take()
    wire.deliver(steps(1))
    jest.advanceTimersByTime(900)
    expect(closed).toHaveLength(0)
    jest.advanceTimersByTime(200)
    expect([closed.length, wire.destroyed]).toEqual([1, true])
    expect(events.all('socket.closed')).toMatchObject([{ code: 'slow_reader' }])
  })

  test('is cut off when more than maxQueuedBytes wait', () => {
    const { wire, events } = stuck({ maxQueuedBytes: 5000, highWaterBytes: 10_000 })
    wire.deliver(steps(500))
    expect(events.all('socket.closed')).toMatchObject([{ code: 'slow_reader' }])
    expect(wire.destroyed).toBe(true)
  })
})

describe('a frame over the limit', () => {
  test('gets a sentence, and the connection is closed', () => {
    const { wire, events } = start({ maxFrameBytes: 1000 })
    wire.deliver(Buffer.concat([requestFrame(getState('x'), 'a'), framed(Buffer.alloc(1001))]))
    expect(replies(wire)).toEqual([
      'a: error: game_id not found',
      ': error: A frame of 1001 bytes came; the limit is 1000.',
    ])
    expect(wire.ended).toBe(true)
    expect(events.all('socket.closed')).toMatchObject([{ code: 'frame_too_large' }])
  })
})

test('finish() reads no more, and closes when the client has what it is owed', async () => {
  const journal = new ToyJournal()
  const { wire, connection, closed } = start({}, journal)
  wire.deliver(requestFrame(createGame('g'), 'a'))
  connection.finish()
  wire.deliver(requestFrame(getState('g'), 'b'))
  expect(closed).toHaveLength(0)
  journal.write()
  await turn()
  expect(replies(wire)).toEqual(['a: createResult: '])
  expect([closed.length, wire.ended]).toEqual([1, true])
})
