import { describe, expect, test } from '@jest/globals'
import { isBeamcadeError } from '../../../src/errors.ts'
import { readerOf } from '../../../src/engine/index.ts'
import {
  gameConfigSchema,
  mapSchema,
  MettagridGame,
  type GameRequest,
  type Limits,
} from '../../../src/engines/mettagrid/index.ts'
import { DEFAULT_LIMITS } from '../../../src/engines/mettagrid/index.ts'
import { action, play, sketch, type Sketch } from '../../support/mettagrid-game.ts'
import { valueOf } from '../../support/mettagrid-trace.ts'

interface Refusal {
  code: string
  message: string
  reference: unknown
}

function refusal(make: () => unknown): Refusal {
  try {
    make()
  } catch (error) {
    if (isBeamcadeError(error))
      return { code: error.code, message: error.message, reference: error.details['reference'] }
    throw error
  }
  throw new Error('it was not refused')
}

const one: Sketch = { rows: ['@'] }
const withObjects = (...objects: unknown[]): Sketch => ({ ...one, config: { objects } })
const agent = { name: 'agent', agent: {} }

describe('what the reference has a text for', () => {
  const cases: [reference: string, Sketch][] = [
    ['Map definition must include positive width and height', { rows: [] }],
    ['Map definition must include positive width and height', { rows: [''] }],
    ['Unknown object type: altar', { rows: ['@_'] }],
    ['Cannot set buffers before agents are initialized', { rows: ['#.'] }],
    ['Unknown action: dance', { ...one, actions: [{ name: 'dance', type: 'ACTION_NOOP' }] }],
    ['Unsupported action type in protobuf definition', { ...one, actions: [{ name: 'noop' }] }],
    ['change_glyph action requires configuration', { ...one, actions: [{ name: 'change_glyph', type: 8 }] }],
    ['Object definition missing configuration', withObjects(agent, { name: 'wall' })],
    [
      'Observation window size (200x3) exceeds maximum packable size',
      { ...one, config: { obs_width: 200, obs_height: 3 } },
    ],
    ['Observations buffer must be set', { ...one, config: { num_observation_tokens: 0 } }],
    [
      'Object type_id 1 already exists with type_name wall. Trying to add rock.',
      withObjects(
        agent,
        { name: 'w', wall: { type_id: 1, type_name: 'wall' } },
        { name: 'r', wall: { type_id: 1, type_name: 'rock' } },
      ),
    ],
    ['Consumed resource item 0 not found in required resources', withCost({}, { 0: 1 })],
    ['Required resources must be >= ceil(consumed resources)', withCost({ 0: 1 }, { 0: 1.5 })],
    ['Consumed resources must be non-negative and finite', withCost({ 0: 1 }, { 0: -1 })],
    ['Clipper config provided but unclipping_recipes is empty', { ...one, config: { clipper: {} } }],
  ]

  function withCost(required: object, consumed: object): Sketch {
    const move = action('move', { base: { required, consumed } })
    return { ...one, actions: [move], config: { resource_names: ['ore'] } }
  }

  test.each(cases)('%s', (reference, what) => {
    const { code, message, reference: said } = refusal(() => play(what))
    expect(code).toBe('bad_game')
    expect(said).toBe(reference)
    expect(message.startsWith(reference)).toBe(true)
  })

  test('Map cell coordinates out of bounds', () => {
    const map = { height: 1, width: 1, cells: [{ row: 0, col: 1, object_type: 'agent' }] }
    const request = { ...sketch(one), map } as GameRequest
    expect(refusal(() => new MettagridGame(request))).toEqual({
      code: 'bad_game',
      message: 'Map cell coordinates out of bounds: row 0, column 1 on a map of 1 x 1.',
      reference: 'Map cell coordinates out of bounds',
    })
  })
})

describe('what the reference does not look at', () => {
  const device = (mill: Record<string, object>, resources = 1): Sketch => ({
    rows: ['@m'],
    legend: { m: 'mill' },
    objects: { mill: mill as Record<string, Record<string, unknown>> },
    config: { resource_names: Array.from({ length: resources }, (_, i) => `r${i}`) },
  })

  const cases: [string, Sketch][] = [
    ['The object agent has resource 3 in initial_inventory; there are 0 resource_names.', { ...one, agents: { agent: { initial_inventory: { 3: 1 } } } }],
    ['The object agent has resource 0 in shareable_resources; there are 0 resource_names.', { ...one, agents: { agent: { shareable_resources: [0] } } }],
    ['The object agent has resource 2 in inventory.limits; there are 0 resource_names.', { ...one, agents: { agent: { inventory: { limits: [{ items: [2] }] } } } }],
    ['The object agent has resource 1 in inventory_regen_amounts; there are 0 resource_names.', { ...one, agents: { agent: { inventory_regen_amounts: { 1: 0 } } } }],
    ['The object agent has resource 255 in soul_bound_resources; there are 0 resource_names.', { ...one, agents: { agent: { soul_bound_resources: [255] } } }],
    ['The action move has resource 1 in required; there are 0 resource_names.', { ...one, actions: [action('move', { base: { required: { 1: 1 } } })] }],
    ['The action move has resource 1 in consumed; there are 0 resource_names.', { ...one, actions: [action('move', { base: { consumed: { 1: 1 } } })] }],
    ['The action attack has resource 2 in defense; there are 0 resource_names.', { ...one, actions: [action('attack', { defense: { 2: 1 } })] }],
    ['The action attack has type ACTION_NOOP; it must be ACTION_ATTACK.', { ...one, actions: [{ name: 'attack', type: 'ACTION_NOOP' }] }],
    ['The action move has the configuration of noop.', { ...one, actions: [{ name: 'move', type: 'ACTION_MOVE', noop: {} }] }],
    ['The object agent is agent and wall; it can be one only.', withObjects({ ...agent, wall: {} })],
    ['The object mill has resource 1 in output_resources; there are 1 resource_names.', device({ converter: { output_resources: { 1: 1 } } })],
    ['The object mill has resource 1 in input_resources; there are 1 resource_names.', device({ converter: { input_resources: { 0: 1, 1: 1 } } })],
    ['The object mill has resource 7 in recipes[0].outputs; there are 1 resource_names.', device({ assembler: { recipes: [{ outputs: { 7: 2 } }] } })],
    ['The clipper has resource 4 in unclipping_recipes[1].inputs; there are 0 resource_names.', { ...one, config: { clipper: { unclipping_recipes: [{}, { inputs: { 4: 1 } }] } } }],
    ['The object mill has resource 2 in recipes[1].inputs; there are 1 resource_names.', device({ assembler: { recipes: [{}, { inputs: { 2: 1 } }] } })],
    ['The object mill has resource 9 in resource_type; there are 1 resource_names.', device({ chest: { resource_type: 9 } })],
    ['The clipper has resource 3 in unclipping_recipes[0].outputs; there are 0 resource_names.', { ...one, config: { clipper: { unclipping_recipes: [{ outputs: { 3: 1 } }] } } }],
    ['There are 80 resource_names; with recipe_details_obs at most 79 have features.', device({ converter: { recipe_details_obs: true } }, 80)],
    ['Two objects of the configuration are called agent.', withObjects(agent, agent)],
    ['resource_loss_prob is 2; it is a share, 0 to 1.', { ...one, config: { resource_loss_prob: 2 } }],
    ['There are 240 resource_names; 239 have a feature in observations.', { ...one, config: { resource_names: Array.from({ length: 240 }, String) } }],
  ] // prettier-ignore

  test.each(cases)('%s', (message, what) => {
    expect(refusal(() => play(what))).toEqual({ code: 'bad_game', message, reference: undefined })
  })

  const unread: [string, object][] = [
    ['config.obs_width: expected an integer from 0 to 4294967295, got the integer -1.', { obs_width: -1 }],
    ['config.resource_loss_prob: expected a number', { resource_loss_prob: NaN }],
    ['config.objects[0].agent.type_id: expected an integer from 0 to 255, got the integer 256.', { objects: [{ name: 'a', agent: { type_id: 256 } }] }],
    ['config.objects[0].agent.initial_inventory: expected an integer', { objects: [{ name: 'a', agent: { initial_inventory: { 1: 1, 300: 1 } } }] }],
    ['config.actions[0].type: expected one of ACTION_TYPE_UNSPECIFIED', { actions: [{ name: 'noop', type: 'NOOP' }] }],
    ['config.objects[0].converter.max_output: expected an integer from -32768 to 32767, got the integer 32768.', { objects: [{ name: 'm', converter: { max_output: 32768 } }] }],
    ['config.objects[0].converter.cooldown_schedule[1]: expected an integer from 0 to 65535, got the integer -1.', { objects: [{ name: 'm', converter: { cooldown_schedule: [1, -1] } }] }],
    ['config.objects[0].chest.position_deltas["1"]: expected an integer from -32767', { objects: [{ name: 'c', chest: { position_deltas: { 1: 40000 } } }] }],
    ['config: unknown key "obs_with"; known are num_agents', { obs_with: 5 }],
  ] // prettier-ignore
  test.each(unread)('%s', (message, config) => {
    expect(refusal(() => readerOf(gameConfigSchema)(valueOf(config), ['config'])).message).toContain(
      message.slice(0, 60),
    )
  })
})

describe('limits', () => {
  const refusedWith = (limits: Partial<Limits>, what: Sketch) =>
    refusal(() => new MettagridGame(sketch(what), { ...DEFAULT_LIMITS, ...limits })).message

  test('hold before memory is taken', () => {
    const cells = (height: number, width: number) => ({ ...sketch(one), map: { height, width, cells: [] } })
    expect(refusal(() => new MettagridGame(cells(31_623, 31_623))).message).toBe(
      'A map of 31623 x 31623 has 1000014129 cells; maxCells is 1048576.',
    )
    expect(refusal(() => new MettagridGame(cells(1, 70_000))).message).toBe('A map has at most 65535 rows and columns.')
    expect(refusedWith({ maxAgents: 2 }, { rows: ['@@@'] })).toBe('There are 3 agents on the map; maxAgents is 2.')
    expect(refusedWith({}, { ...one, config: { num_observation_tokens: 4_294_967_295 } })).toBe(
      '1 agents with 4294967295 tokens take 12884901885 bytes; maxObservationBytes is 67108864.',
    )
  })

  test('bound the counters that callers can make', () => {
    const game = new MettagridGame(sketch(one), { ...DEFAULT_LIMITS, maxInvalidStats: 3 })
    for (let type = 10; type < 20; type++) game.step({ types: [type], args: [0] })
    game.step({ types: [11], args: [0] })
    const stats = Object.fromEntries(game.world.agents[0]?.stats.entries() ?? [])
    expect(stats).toMatchObject({ 'action.invalid_type': 11, 'action.invalid_type.11.0': 2 })
    expect(Object.keys(stats).filter((name) => name.startsWith('action.invalid_type.'))).toHaveLength(3)
  })
})

describe('maps as rows of text', () => {
  const names = ({ rows, legend, agents }: Sketch) => {
    const game = play({ rows, ...(legend && { legend }), ...(agents && { agents }) })
    return game.world.objects.flatMap((object) => (object ? [`${object.type.name} ${object.row},${object.col}`] : []))
  }

  test('have characters for walls, nothing and agents', () => {
    expect(names({ rows: ['#.', ' @'] })).toEqual(['wall 0,0', 'agent 1,1'])
    expect(names({ rows: ['@'], agents: { 'agent.agent': {}, agent: {} } })).toEqual(['agent.agent 0,0'])
    expect(names({ rows: ['@'], agents: { 'agent.default': {} } })).toEqual(['agent.default 0,0'])
    expect(names({ rows: ['1p'], agents: { 'agent.team_1': {}, 'agent.prey': {} } })).toEqual([
      'agent.team_1 0,0',
      'agent.prey 0,1',
    ])
  })

  test('may have a legend, which leaves the fixed characters alone', () => {
    expect(names({ rows: ['🐜x'], legend: { '🐜': 'agent', x: 'empty' } })).toEqual(['agent 0,0'])
    expect(refusal(() => play({ rows: ['@'], legend: { '#': 'agent' } })).message).toBe(
      'The legend gives # another meaning: "agent".',
    )
    expect(refusal(() => play({ rows: ['@'], legend: { ab: 'agent' } })).message).toBe(
      'The legend explains "ab", which is not one character.',
    )
  })

  test('are refused where they make no sense', () => {
    expect(refusal(() => play({ rows: ['@?'] })).message).toBe('Row 0, column 1 of the map: "?" is not in the legend.')
    expect(refusal(() => play({ rows: ['@.', '.'] })).message).toBe('Row 1 of the map has 1 characters, row 0 has 2.')
  })

  test('come as a list of texts in any form, as a map of rows and legend, or as a MapDefinition', () => {
    const read = readerOf(mapSchema)
    expect(read([new Uint8Array([35, 64]), [35, 46]], ['map'])).toEqual(['#@', '#.'])
    expect(read(valueOf({ height: 1, width: 2 }), ['map'])).toEqual({ height: 1, width: 2, cells: [] })
    expect(refusal(() => read(valueOf({ rows: ['#'], legent: {} }), ['map'])).message).toBe(
      'map: unknown key "legent"; known are rows, legend.',
    )
    expect(refusal(() => read(valueOf({ height: 1, cells: [{ row: 'x' }] }), ['map'])).message).toBe(
      'map.cells[0].row: expected an integer from 0 to 4294967295, got a string "x".',
    )
  })
})
