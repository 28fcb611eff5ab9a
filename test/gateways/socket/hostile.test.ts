/** Input that is wrong, clients that are rude: an answer or a closed connection, and the others notice nothing. */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from '@jest/globals'
import { defineEngine } from '../../../src/engine/index.ts'
import type { SteppedEngine, SteppedGame } from '../../../src/gateways/socket/index.ts'
import { BeamcadeError } from '../../../src/errors.ts'
import {
  createGame,
  deleteGame,
  framed,
  getState,
  RawClient,
  requestFrame,
  smallConfig,
  startSocketGateway,
  stepGame,
  wordsOf,
  type ConfigInit,
} from '../../support/socket-gateway.ts'

let house: Awaited<ReturnType<typeof startSocketGateway>>
/** A client that behaves, with a game of its own. */
let other: RawClient
let steps = 0n
beforeAll(async () => {
  house = await startSocketGateway({ limits: { maxConnections: 8, maxParts: 100_000, stallMs: 60_000 } })
  other = house.client
  await other.ask(createGame('other'))
})
afterAll(() => {
  house.gateway.stop()
})

let client: RawClient
beforeEach(async () => {
  client = await RawClient.connect(house.port)
})
afterEach(async () => {
  client.socket.destroy()
  await client.closed
  // Whatever happened, the game of the other client is where it was, and takes the next step.
  steps += 1n
  const { payload } = await other.ask(stepGame('other', [0, 0]))
  expect(payload).toMatchObject({ case: 'stepResult', value: { currentStep: steps } })
})

describe('frames', () => {
  test.each([
    ['of 4 GiB', 0xffff_ffff],
    ['one byte longer than the limit', 16 * 1024 * 1024 + 1],
  ])('%s: a sentence, and the end; no memory is taken for it', async (_, length) => {
    const before = process.memoryUsage().rss
    const prefix = Buffer.alloc(4)
    prefix.writeUInt32BE(length)
    client.write(Buffer.concat([prefix, Buffer.alloc(100_000)]))
    const words = `error: A frame of ${length} bytes came; the limit is 16777216.`
    expect(wordsOf(await client.response())).toBe(words)
    expect(await client.frame()).toBeUndefined()
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('of the longest length are taken', async () => {
    // A text of 16 MiB less the bytes around it is a game id, though too long for a game.
    const frame = requestFrame(getState('x'.repeat(16 * 1024 * 1024 - 10)))
    expect(frame.readUInt32BE(0)).toBe(16 * 1024 * 1024)
    client.write(frame)
    expect(wordsOf(await client.response())).toBe('error: game_id not found')
  })

  test('that promise more than comes hold up nobody else, and end with their client', async () => {
    client.write(Buffer.from([0, 0, 4, 0, 1, 2, 3]))
    await other.ask(getState('other'))
    client.socket.end()
    expect(await client.frame()).toBeUndefined()
    const lost = house.events.all('socket.closed').filter(({ code }) => code === 'connection_lost')
    expect(lost.length).toBeGreaterThan(0)
  })
})

describe('clients', () => {
  test('that reset the connection with a thousand requests outstanding', async () => {
    await client.ask(createGame('reset'))
    client.write(Buffer.concat(Array.from({ length: 1000 }, () => requestFrame(stepGame('reset', [0, 0])))))
    client.socket.resetAndDestroy()
    await client.closed
    expect(await other.words(deleteGame('reset'))).toBe('deleteResult: ')
  })

  test('that close their side with requests outstanding get their answers', async () => {
    const frames = [
      createGame('half'),
      ...Array.from({ length: 200 }, () => stepGame('half', [0, 0])),
      deleteGame('half'),
    ]
    client.socket.end(Buffer.concat(frames.map((payload, i) => requestFrame(payload, String(i)))))
    for (let i = 0; i < frames.length; i++) expect((await client.response()).requestId).toBe(String(i))
    expect(await client.frame()).toBeUndefined()
  })

  test('that never read are not read from; when they do, they get everything', async () => {
    await client.ask(createGame('deaf', { numObservationTokens: 10_000 }))
    client.socket.pause()
    const begun = house.events.all('socket.busy').length
    const count = 400
    // 60 KB each, more than the buffers of the system hold.
    client.write(Buffer.concat(Array.from({ length: count }, () => requestFrame(stepGame('deaf', [0, 0])))))
    expect(await house.events.next('socket.busy', begun + 1)).toMatchObject({ busy: true })
    const done = async () => {
      const { payload } = await other.ask(getState('deaf'))
      return payload.case === 'stateResult' ? Number(payload.value.snapshot?.currentStep) : -1
    }
    const held = await done()
    expect(held).toBeLessThan(count)
    expect(await done()).toBe(held)
    client.socket.resume()
    for (let step = 1; step <= count; step++) {
      const { payload } = await client.response()
      expect(payload).toMatchObject({ case: 'stepResult', value: { currentStep: BigInt(step) } })
    }
    await other.ask(deleteGame('deaf'))
  })

  test('that are too many are refused', async () => {
    const more = await Promise.all(Array.from({ length: 7 }, () => RawClient.connect(house.port)))
    await Promise.race(more.map((one) => one.closed))
    expect(house.events.all('socket.refused')).toMatchObject([{ code: 'too_many_connections' }])
    for (const one of more) one.socket.destroy()
    await Promise.all(more.map((one) => one.closed))
  })
})

describe('games that cannot be', () => {
  const refusal = async (config: ConfigInit, map = {}): Promise<string> => {
    const words = await client.words(createGame('impossible', config, map))
    expect(words).toMatch(/^createResult: \S/)
    return words.slice('createResult: '.length)
  }

  test('a map of 10^9 cells, of 2^64, and one with a million entries', async () => {
    const before = process.memoryUsage().rss
    expect(await refusal({}, { height: 31_623, width: 31_623 })).toMatch(/maxCells/)
    expect(await refusal({}, { height: 2 ** 32 - 1, width: 2 ** 32 - 1 })).toMatch(/at most 65535/)
    // Empty cells of two bytes each: 8 million of them are one frame.
    const cells = Buffer.alloc(2 * 8_000_000)
    for (let i = 0; i < cells.length; i += 2) cells[i] = 0x1a
    const map = Buffer.concat([tagged(0x1a, cells.length), cells])
    client.write(framed(Buffer.concat([tagged(0x52, map.length), map])))
    expect(wordsOf(await client.response())).toMatch(/^error: .* more than maxSocketParts = 100000 /)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  })

  test.each<[string, Buffer]>([
    ['elements of a list', Buffer.alloc(4_000_000, Buffer.from([0x18, 1]))],
    ['a list in one piece', Buffer.concat([tagged(0x12, 4_000_000), Buffer.alloc(4_000_000, 1)])],
  ])('a step with millions of actions: %s', async (_, actions) => {
    client.write(framed(Buffer.concat([tagged(0x5a, actions.length), actions])))
    const words = wordsOf(await client.response())
    expect(words).toMatch(/^error: .* more than maxSocketParts = 100000 /)
  })

  test('a number that is none, wherever a float can be', async () => {
    for (const none of [Number.NaN, Infinity, -Infinity]) {
      const agent = (value: object): ConfigInit => ({
        objects: [{ name: 'agent', config: { case: 'agent', value: { typeName: 'agent', ...value } } }],
      })
      const configs: ConfigInit[] = [
        { resourceLossProb: none },
        { rewardEstimates: { x: none } },
        agent({ actionFailurePenalty: none }),
        agent({ groupRewardPct: none }),
        agent({ statRewards: { x: none } }),
        agent({ statRewardMax: { x: none } }),
        { clipper: { unclippingRecipes: [{}], clipRate: none } },
        {
          resourceNames: ['ore'],
          actions: [
            { name: 'resource_mod', type: 9, config: { case: 'resourceMod', value: { modifies: { 0: none } } } },
          ],
        },
        {
          objects: [
            ...(smallConfig().objects ?? []),
            { name: 'a', config: { case: 'assembler', value: { exhaustion: none } } },
          ],
        },
      ]
      for (const config of configs) expect(await refusal(config)).toMatch(/NaN|Infinity|infinity|number|float/i)
    }
  })

  test('items, groups and names that do not fit', async () => {
    const agent = (value: object): ConfigInit => ({
      resourceNames: ['ore'],
      objects: [{ name: 'agent', config: { case: 'agent', value: { typeName: 'agent', ...value } } }],
    })
    await refusal(agent({ initialInventory: { 1: 5 } }))
    await refusal(agent({ initialInventory: { 4_000_000_000: 5 } }))
    await refusal(agent({ initialInventory: { 0: 256 } }))
    await refusal(agent({ groupId: 256 }))
    await refusal(agent({ typeId: 4_294_967_295 }))
    await refusal(agent({ inventory: { limits: [{ items: [7], maxQuantity: 1 }] } }))
    await refusal({ actions: [{ name: 'attack', type: 2, config: { case: 'move', value: {} } }] })
    await refusal({ actions: [{ name: 'move', type: 4, config: { case: 'attack', value: {} } }] })
    expect(await client.words(createGame('x'.repeat(256)))).toMatch(/^createResult: .*game_id/)
  })

  test('groups with gaps are groups like others', async () => {
    const objects = [3, 200].map((groupId, i) => ({
      name: i === 0 ? 'agent' : 'rival',
      config: {
        case: 'agent' as const,
        value: { typeName: 'agent', groupId, groupRewardPct: 0.5, statRewards: { 'action.move.success': 1 } },
      },
    }))
    const cells = ['agent', 'rival'].map((objectType, row) => ({ row, col: 0, objectType }))
    expect(await client.words(createGame('gaps', { objects }, { cells }))).toBe('createResult: ')
    expect(await client.words(stepGame('gaps', [4, 0]))).toBe('stepResult')
    await client.ask(deleteGame('gaps'))
  })
})

test('a game that breaks ends alone, and its client is told', async () => {
  const engine = brokenEngine()
  const { client: here, registry, gateway } = await startSocketGateway({ engine })
  for (const id of ['breaks', 'lives']) void registry.create(engine, id, undefined)
  expect(await here.words(stepGame('breaks', [666]))).toMatch(/^error: .*it fell over/)
  expect(await here.words(stepGame('breaks', [1]))).toBe('error: game_id not found')
  expect(await here.words(stepGame('lives', [1]))).toBe('stepResult')
  gateway.stop()
})

function brokenEngine(): SteppedEngine {
  const none = new Uint8Array(1)
  const game: SteppedGame = {
    advance: ({ flat }: { flat: number[] }) => {
      if (flat[0] === 666) throw new TypeError('it fell over')
      if (flat[0] === 0) throw new BeamcadeError('bad_argument')
    },
    view: () => ({
      observations: none,
      rewards: new Float32Array(1),
      terminals: none,
      truncations: none,
      success: none,
      step: 1,
    }),
    step: () => undefined,
    state: () => undefined,
    snapshot: () => none,
    info: () => ({}),
    close: () => undefined,
  }
  return defineEngine({ name: 'broken', doc: 'Breaks.', create: () => game, restore: () => game })
}

/** A tag and a length of up to 2^28. */
function tagged(tag: number, length: number): Buffer {
  const bytes = [tag]
  let rest = length
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}
