/** Requests and replies: the answers and the words of the reference server. */
import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { MettaGridRequestSchema } from '../../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
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
  type MapInit,
} from '../../support/socket-gateway.ts'

let house: Awaited<ReturnType<typeof startSocketGateway>>
let client: RawClient
beforeAll(async () => {
  house = await startSocketGateway()
  client = house.client
})
afterAll(() => {
  house.gateway.stop()
})

describe('a game from its first request to its last', () => {
  test('create, state, step, state, delete: the results, and the request ids', async () => {
    const made = await client.ask(createGame('life'), 'req_1')
    expect(made).toMatchObject({
      requestId: 'req_1',
      payload: { case: 'createResult', value: { ok: true, message: '' } },
    })

    const { requestId, payload } = await client.ask(getState('life'), 'é – any text')
    expect(requestId).toBe('é – any text')
    if (payload.case !== 'stateResult') throw new Error(wordsOf({ payload } as never))
    const before = payload.value.snapshot
    expect(before?.currentStep).toBe(0n)
    expect(before?.rewards).toEqual(new Uint8Array(8))
    expect(before?.observations).toHaveLength(2 * 20 * 3)
    expect(before?.observations.subarray(-3)).toEqual(Uint8Array.of(255, 255, 255))

    // Agent 0 moves east, agent 1 does nothing.
    const stepped = await client.ask(stepGame('life', [4, 0]), '')
    if (stepped.payload.case !== 'stepResult') throw new Error(wordsOf(stepped))
    const after = stepped.payload.value
    expect(stepped.requestId).toBe('')
    expect(after.currentStep).toBe(1n)
    // float32, little-endian: 0.25 and 0.
    expect(Buffer.from(after.rewards).toString('hex')).toBe('0000803e00000000')
    expect([...after.actionSuccess]).toEqual([1, 1])
    expect([...after.terminals, ...after.truncations]).toEqual([0, 0, 0, 0])

    const state = await client.ask(getState('life'))
    expect(state.payload).toEqual({
      case: 'stateResult',
      value: expect.objectContaining({ snapshot: after }) as unknown,
    })
    expect(wordsOf(await client.ask(deleteGame('life')))).toBe('deleteResult: ')
    expect(wordsOf(await client.ask(getState('life')))).toBe('error: game_id not found')
  })

  test('an empty id is an id like others', async () => {
    expect(wordsOf(await client.ask(createGame('')))).toBe('createResult: ')
    expect(wordsOf(await client.ask(stepGame('', [0, 0])))).toBe('stepResult')
    expect(wordsOf(await client.ask(deleteGame('')))).toBe('deleteResult: ')
  })

  test('games belong to all connections, and to all gateways', async () => {
    const other = await RawClient.connect(house.port)
    expect(await client.words(createGame('shared'))).toBe('createResult: ')
    client.socket.pause()
    expect(await other.words(stepGame('shared', [0, 0]))).toBe('stepResult')
    client.socket.resume()
    const call = { module: 'mettagrid', name: 'step_game', args: ['shared', [0, 0]], wire: 'test' } as const
    expect(await house.router.call(call)).toEqual(new Map(Object.entries(expectStep(2))))
    other.socket.destroy()
    await other.closed
    expect(house.registry.list().map(({ id }) => id)).toContain('shared')
    expect(await client.words(deleteGame('shared'))).toBe('deleteResult: ')
  })

  test('steps go on behind the end, and its flags stay up', async () => {
    await client.ask(createGame('short', { maxSteps: 1, episodeTruncates: true }))
    for (const step of [1n, 2n]) {
      const { payload } = await client.ask(stepGame('short', [0, 0]))
      expect(payload).toMatchObject({ case: 'stepResult', value: { currentStep: step } })
      if (payload.case === 'stepResult') expect([...payload.value.truncations]).toEqual([1, 1])
    }
    await client.ask(deleteGame('short'))
  })
})

function expectStep(step: number): Record<string, unknown> {
  return {
    observations: expect.anything(),
    rewards: [0, 0],
    terminals: [false, false],
    truncations: [false, false],
    action_success: [true, true],
    current_step: step,
  }
}

describe('what is refused, in the words of the reference', () => {
  const agent = smallConfig().objects?.[0] ?? {}
  const action = (name: string, type: number, config?: object): ConfigInit => ({
    actions: [{ name, type: type as never, ...(config !== undefined && { config: config as never }) }],
  })
  const costs = (base: object): ConfigInit => action('move', 2, { case: 'move', value: { base } })
  const refusals: [what: string, config: ConfigInit, map: MapInit, words: string][] = [
    ['no height', {}, { height: 0 }, 'Map definition must include positive width and height'],
    ['a cell outside', {}, { cells: [{ row: 3, col: 0, objectType: 'wall' }] }, 'Map cell coordinates out of bounds'],
    ['an unknown object', {}, { cells: [{ row: 0, col: 0, objectType: 'door' }] }, 'Unknown object type: door'],
    ['no agents', {}, { cells: [] }, 'Cannot set buffers before agents are initialized'],
    ['an unknown action', action('jump', 1, { case: 'noop', value: {} }), {}, 'Unknown action: jump'],
    ['an action without type', action('noop', 0), {}, 'Unsupported action type in protobuf definition'],
    ['a type that is none', action('noop', 77), {}, 'Unsupported action type in protobuf definition'],
    ['change_glyph without its part', action('change_glyph', 8), {}, 'change_glyph action requires configuration'],
    ['resource_mod without its part', action('resource_mod', 9), {}, 'resource_mod action requires configuration'],
    ['an object without its part', { objects: [{ name: 'x' }] }, {}, 'Object definition missing configuration'],
    ['no tokens', { numObservationTokens: 0 }, {}, 'Observations buffer must be set'],
    [
      'a window that is too large',
      { obsWidth: 200, obsHeight: 200 },
      {},
      'Observation window size (200x200) exceeds maximum packable size',
    ],
    [
      'one type with two names',
      { objects: [agent, { name: 'w', config: { case: 'wall', value: { typeId: 0, typeName: 'wall' } } }] },
      {},
      'Object type_id 0 already exists with type_name agent. Trying to add wall.',
    ],
    [
      'a cost that is not required',
      { ...costs({ consumed: { 0: 1 } }), resourceNames: ['ore'] },
      {},
      'Consumed resource item 0 not found in required resources',
    ],
    [
      'a cost that is larger than what is required',
      { ...costs({ consumed: { 0: 1.5 }, required: { 0: 1 } }), resourceNames: ['ore'] },
      {},
      'Required resources must be >= ceil(consumed resources)',
    ],
    [
      'a negative cost',
      { ...costs({ consumed: { 0: -1 }, required: { 0: 1 } }), resourceNames: ['ore'] },
      {},
      'Consumed resources must be non-negative and finite',
    ],
    [
      'a cost that is no number',
      { ...costs({ consumed: { 0: Number.NaN }, required: { 0: 1 } }), resourceNames: ['ore'] },
      {},
      'Consumed resources must be non-negative and finite',
    ],
    ['a clipper without recipes', { clipper: {} }, {}, 'Clipper config provided but unclipping_recipes is empty'],
  ]

  test.each(refusals)('create: %s', async (_, config, map, words) => {
    expect(await client.words(createGame('refused', config, map))).toBe(`createResult: ${words}`)
    expect(await client.words(getState('refused'))).toBe('error: game_id not found')
  })

  test('create: a request without config and map', async () => {
    const empty = { case: 'createGame', value: { gameId: 'empty' } } as const
    expect(await client.words(empty)).toMatch(/^createResult: \S/)
  })

  test('create: an id that is taken; the game goes on', async () => {
    await client.ask(createGame('taken'))
    await client.ask(stepGame('taken', [0, 0]))
    expect(await client.words(createGame('taken'))).toBe('createResult: game_id already exists')
    expect((await client.ask(getState('taken'))).payload).toMatchObject({ value: { snapshot: { currentStep: 1n } } })
    await client.ask(deleteGame('taken'))
  })

  test('games that are not there', async () => {
    expect(await client.words(stepGame('nowhere', [0]))).toBe('error: game_id not found')
    expect(await client.words(stepGame('nowhere', []))).toBe('error: game_id not found')
    expect(await client.words(getState('nowhere'))).toBe('error: game_id not found')
    expect(await client.words(deleteGame('nowhere'))).toBe('deleteResult: game_id not found')
  })

  test('steps with other actions than agents, after which nothing was stepped', async () => {
    await client.ask(createGame('count'))
    const step = (value: object) => client.words({ case: 'stepGame', value: { gameId: 'count', ...value } })
    const flat = 'error: flat_actions length does not match number of agents'
    const typed = 'error: action_types/action_args must match number of agents'
    expect(await step({ flatActions: [0] })).toBe(flat)
    expect(await step({ flatActions: [0, 0, 0] })).toBe(flat)
    expect(await step({ actionTypes: [0, 0], actionArgs: [0] })).toBe(typed)
    expect(await step({ actionTypes: [0] })).toBe(typed)
    expect(await step({})).toBe('error: step_game request missing actions')
    expect((await client.ask(getState('count'))).payload).toMatchObject({ value: { snapshot: { currentStep: 0n } } })
    // If both kinds are there, the flat ones count.
    expect(await step({ flatActions: [0, 0], actionTypes: [9] })).toBe('stepResult')
    expect(await step({ actionTypes: [0, 1], actionArgs: [0, 2] })).toBe('stepResult')
    await client.ask(deleteGame('count'))
  })

  test('a flat action that is none is no error: it fails in the game', async () => {
    await client.ask(createGame('invalid'))
    for (const none of [99, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      const { payload } = await client.ask(stepGame('invalid', [none, 0]))
      expect(payload.case === 'stepResult' && [...payload.value.actionSuccess]).toEqual([0, 1])
    }
    await client.ask(deleteGame('invalid'))
  })

  test('what is no request: an error each, and the connection stays', async () => {
    const other = await RawClient.connect(house.port)
    const words = async (bytes: Uint8Array) => {
      other.write(framed(bytes))
      const response = await other.response()
      return [response.requestId, wordsOf(response)]
    }
    expect(await words(Buffer.alloc(0))).toEqual(['', 'error: request payload is empty'])
    const alone = toBinary(MettaGridRequestSchema, create(MettaGridRequestSchema, { requestId: 'r' }))
    expect(await words(alone)).toEqual(['r', 'error: request payload is empty'])
    const unreadable = ['', 'error: failed to parse request']
    expect(await words(Buffer.from('ffffff', 'hex'))).toEqual(unreadable)
    expect(await words(requestFrame(stepGame('g', [1]), 'r').subarray(4, -1))).toEqual(unreadable)
    // Not UTF-8; a group that is never closed; groups in groups.
    expect(await words(Buffer.from([0x0a, 1, 0xff]))).toEqual(unreadable)
    expect(await words(Buffer.from([0x0b]))).toEqual(unreadable)
    expect(await words(Buffer.alloc(100_000, 0x0b))).toEqual(unreadable)
    // A field that nobody knows is skipped.
    expect(await words(Buffer.concat([alone, Buffer.from([0xfa, 0x3f, 1, 0])]))).toEqual([
      'r',
      'error: request payload is empty',
    ])
    expect(await other.words(getState('nowhere'))).toBe('error: game_id not found')
    other.socket.destroy()
  })

  test('its only code is 1', async () => {
    expect((await client.ask(getState('nowhere'))).payload).toMatchObject({ case: 'error', value: { code: 1 } })
  })
})
