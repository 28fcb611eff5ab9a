/** Configurations as the Python project writes them, beside what they are in the wire format. */
import { describe, expect, test } from '@jest/globals'
import { isBeamcadeError } from '../../../src/errors.ts'
import { describeSchema, readerOf, typeText } from '../../../src/engine/index.ts'
import {
  configInputSchema,
  gameConfigSchema,
  mapOrNullSchema,
  MettagridGame,
  toRequest,
  type GameRequest,
  type GivenGame,
} from '../../../src/engines/mettagrid/index.ts'
import { valueOf } from '../../support/mettagrid-trace.ts'

function request(config: unknown, map: unknown = ['@'], seed = 42): GameRequest {
  return toRequest({
    config: readerOf(configInputSchema)(valueOf(config), ['config']) as GivenGame['config'],
    map: readerOf(mapOrNullSchema)(valueOf(map), ['map']) as GivenGame['map'],
    seed,
  })
}

const wire = (config: unknown) => gameConfigSchema.parse(config)

function refusal(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (isBeamcadeError(error) && ['bad_game', 'bad_argument'].includes(error.code)) return error.message
    throw error
  }
  throw new Error('it was not refused')
}

const wall = { type: 'wall', type_id: 1 }

describe('the defaults of the Python project', () => {
  const { objects, ...game } = request({ game: {} }).config

  test('are those of the game', () => {
    const resource_names = [
      ...['ore_red', 'ore_blue', 'ore_green', 'battery_red', 'battery_blue', 'battery_green'],
      ...['heart', 'armor', 'laser', 'blueprint'],
    ]
    const expected = wire({
      ...{ num_agents: 24, max_steps: 1000, obs_width: 11, obs_height: 11, num_observation_tokens: 200 },
      resource_names,
      global_obs: { episode_completion_pct: true, last_action: true, last_reward: true },
      actions: [{ name: 'noop', type: 'ACTION_NOOP', noop: { base: {} } }],
      track_movement_metrics: true,
    })
    expect({ ...game, objects: [] }).toEqual(expected)
  })

  test('are those of the agents, which are of team 0 and have a limit for each resource', () => {
    expect(objects.map(({ name }) => name)).toEqual(['agent.red', 'agent.team_0', 'agent.default', 'agent.agent'])
    const limits = Array.from({ length: 10 }, (_, item) => ({ items: [item], max_quantity: 255 }))
    const agent = { type_name: 'agent', group_name: 'red', freeze_duration: 10, inventory: { limits } }
    const [expected] = wire({ objects: [{ name: 'agent.red', agent }] }).objects
    expect(objects[0]).toEqual(expected)
  })

  test('are those of objects', () => {
    const objects = {
      box: { type: 'chest', type_id: 5, resource_type: 'heart' },
      mine: { type: 'converter', type_id: 3 },
      shop: { type: 'assembler', type_id: 4 },
      wall,
    }
    const made = request({ game: { objects } }).config.objects.slice(4)
    const converter = { max_output: 5, max_conversions: -1, conversion_ticks: 1, cooldown_schedule: [0] }
    expect(made).toMatchObject([
      { name: 'box', chest: { type_id: 5, type_name: 'box', resource_type: 6, max_inventory: 255 } },
      { name: 'mine', converter: { type_id: 3, type_name: 'mine', ...converter } },
      { name: 'shop', assembler: { type_id: 4, type_name: 'shop', recipes: [], exhaustion: 0 } },
      { name: 'wall', wall: { type_id: 1, type_name: 'wall', swappable: false } },
    ])
  })
})

describe('what Python leaves open', () => {
  test('is null in its JSON, and as if it were not there', () => {
    const none = { clipper: null, reward_estimates: null, params: null, agents: [] }
    expect(request({ label: 'x', desync_episodes: true, game: none })).toEqual(request({ game: {} }))
  })

  test('of actions that are named: they are enabled, cost nothing and do nothing', () => {
    const actions = { attack: {}, change_glyph: {}, resource_mod: {}, swap: {} }
    const base = { required: {}, consumed: {} }
    expect(request({ game: { actions } }).config.actions.slice(1)).toEqual([
      { name: 'attack', type: 'ACTION_ATTACK', attack: { base, defense: {} } },
      { name: 'swap', type: 'ACTION_SWAP', swap: { base } },
      { name: 'change_glyph', type: 'ACTION_CHANGE_GLYPH', change_glyph: { base, num_glyphs: 0 } },
      {
        name: 'resource_mod',
        type: 'ACTION_RESOURCE_MOD',
        resource_mod: { base, modifies: {}, agent_radius: 0, converter_radius: 0, scales: false },
      },
    ])
  })
})

describe('what is said by name becomes what is said by number', () => {
  const game = { resource_names: ['ore', 'battery', 'heart'] }
  const agentOf = (agent: object) => request({ game: { ...game, agent } }).config.objects[0]?.agent

  test('limits: one each, several that share, and the rest', () => {
    const agent = agentOf({ default_resource_limit: 9, resource_limits: { heart: 3, 'ore,battery': 7 } })
    expect(agent?.inventory?.limits).toEqual([
      { items: [2], max_quantity: 3 },
      { items: [0, 1], max_quantity: 7 },
    ])
    expect(agentOf({ default_resource_limit: 9, resource_limits: { heart: 3 } })?.inventory?.limits).toEqual([
      { items: [2], max_quantity: 3 },
      { items: [0], max_quantity: 9 },
      { items: [1], max_quantity: 9 },
    ])
  })

  test('rewards for what is held are rewards for its stat', () => {
    const rewards = { inventory: { heart: 1 }, inventory_max: { heart: 5 }, stats: { 'ore.get': 0.5 } }
    expect(agentOf({ rewards })).toMatchObject({
      stat_rewards: { 'heart.amount': 1, 'ore.get': 0.5 },
      stat_reward_max: { 'heart.amount': 5 },
    })
  })

  test('lists and amounts of resources', () => {
    const agent = agentOf({
      initial_inventory: { battery: 4 },
      inventory_regen_amounts: { ore: 1 },
      soul_bound_resources: ['heart'],
      shareable_resources: ['battery', 'ore'],
    })
    expect(agent).toMatchObject({
      initial_inventory: { 1: 4 },
      inventory_regen_amounts: { 0: 1 },
      soul_bound_resources: [2],
      shareable_resources: [1, 0],
    })
  })

  test('teams are groups, each under all its names; tags are numbered by the alphabet', () => {
    const agents = [{ team_id: 1, tags: ['slow'] }, { team_id: 1, tags: ['slow'], freeze_duration: 3 }, { team_id: 7 }]
    const objects = { wall: { ...wall, tags: ['stone', 'grey'] } }
    const { config } = request({ game: { ...game, agents, objects } })
    expect(config.tag_id_map).toEqual({ 0: 'grey', 1: 'slow', 2: 'stone' })
    const [blue] = config.objects
    expect(config.objects.map(({ name, agent }) => [name, agent?.group_id, agent?.group_name])).toEqual([
      ['agent.blue', 1, 'blue'],
      ['agent.team_1', 1, 'blue'],
      ['agent.team_7', 7, 'team_7'],
      ['wall', undefined, undefined],
    ])
    expect(blue?.agent).toMatchObject({ tag_ids: [1], freeze_duration: 10 })
    expect(config.objects.at(-1)?.wall?.tag_ids).toEqual([2, 0])
  })

  test('the first six teams have names of their own', () => {
    const agents = [0, 1, 2, 3, 4, 5].map((team_id) => ({ team_id }))
    const names = request({ game: { agents } }).config.objects.flatMap(({ agent }) => agent?.group_name ?? [])
    expect([...new Set(names)]).toEqual(['red', 'blue', 'green', 'yellow', 'purple', 'orange'])
  })

  test('actions come in the order of flat actions; what they need is what they cost, rounded up, unless it is said', () => {
    const actions = {
      attack: { consumed_resources: { ore: 0.5 }, defense_resources: { heart: 1 } },
      change_glyph: { number_of_glyphs: 4 },
      move: { required_resources: { ore: 3 }, consumed_resources: { ore: 1 } },
      rotate: { enabled: false },
      resource_mod: { modifies: { heart: -1 }, agent_radius: 2, converter_radius: 1, scales: true },
    }
    expect(request({ game: { ...game, actions } }).config.actions).toEqual(
      wire({
        actions: [
          { name: 'noop', type: 'ACTION_NOOP', noop: { base: {} } },
          { name: 'move', type: 'ACTION_MOVE', move: { base: { required: { 0: 3 }, consumed: { 0: 1 } } } },
          {
            name: 'attack',
            type: 'ACTION_ATTACK',
            attack: { base: { required: { 0: 1 }, consumed: { 0: 0.5 } }, defense: { 2: 1 } },
          },
          { name: 'change_glyph', type: 'ACTION_CHANGE_GLYPH', change_glyph: { base: {}, num_glyphs: 4 } },
          {
            name: 'resource_mod',
            type: 'ACTION_RESOURCE_MOD',
            resource_mod: {
              base: { required: {}, consumed: {} },
              ...{ modifies: { 2: -1 }, agent_radius: 2, converter_radius: 1, scales: true },
            },
          },
        ],
      }).actions,
    )
    expect(request({ game: { actions: { noop: { enabled: false } } } }).config.actions).toEqual([])
  })

  test('recipes, of assemblers with the glyphs that ask for them', () => {
    const inputs = { input_resources: { ore: 2 }, output_resources: { heart: 1 }, cooldown: 8 }
    const objects = {
      mine: { type: 'converter', type_id: 3, ...inputs, cooldown: 10 },
      altar: {
        type: 'assembler',
        type_id: 4,
        recipes: [
          [[], inputs],
          [['b', 3, 'a', 0], inputs],
        ],
      },
      chest: {
        type: 'chest',
        type_id: 5,
        resource_type: 'heart',
        position_deltas: [
          ['N', 1],
          ['SE', -2],
        ],
      },
    }
    const clipper = { unclipping_recipes: [inputs], clip_rate: 0.25 }
    const { config } = request({ game: { ...game, vibe_names: ['none', 'a', 'b'], objects, clipper } })
    const recipe = { inputs: { 0: 2 }, outputs: { 2: 1 }, cooldown: 8 }
    expect(config.objects.slice(4)).toMatchObject([
      { converter: { input_resources: { 0: 2 }, output_resources: { 2: 1 }, cooldown_schedule: [10] } },
      {
        assembler: {
          recipes: [
            { ...recipe, vibes: [] },
            { ...recipe, vibes: [1, 2, 3] },
          ],
        },
      },
      { chest: { resource_type: 2, position_deltas: { 1: 1, 7: -2 } } },
    ])
    expect(config.clipper).toMatchObject({ unclipping_recipes: [recipe], clip_rate: 0.25, length_scale: 0 })
  })
})

describe('the map of a Python configuration', () => {
  const rows = [
    ['#', '#', '#'],
    ['#', '@', 'b'],
  ]
  const builder = (more: object = {}) => ({
    type: 'mettagrid.map_builder.ascii.AsciiMapBuilder.Config',
    map_data: rows,
    char_to_name_map: { '#': 'wall', '.': 'empty', '@': 'agent.agent', b: 'block' },
    ...more,
  })
  const withBuilder = (map_builder: unknown) => ({ game: { map_builder, objects: { wall } } })
  const legend = { '#': 'wall', '.': 'empty', '@': 'agent.agent', b: 'block' }

  test('is taken where no other is given', () => {
    expect(request(withBuilder(builder()), null).map).toEqual({ rows: ['###', '#@b'], legend })
    expect(request(withBuilder(builder({ map_data: '###\n#@b\n' })), null).map).toMatchObject({ rows: ['###', '#@b'] })
    expect(request(withBuilder(builder({ map_data: ['###', '#@b'] })), null).map).toMatchObject({
      rows: ['###', '#@b'],
    })
    expect(request(withBuilder({ agents: 24 }), ['@']).map).toEqual(['@'])
    expect(request({ game: {} }, builder()).map).toEqual({ rows: ['###', '#@b'], legend })
  })

  test.each([
    [{ game: {} }, 'There is no map, and the configuration has no game.map_builder: give a map.'],
    [{}, 'There is no map: only a configuration of the Python project can bring one along.'],
    [
      withBuilder({ type: 'mettagrid.map_builder.random.RandomMapBuilder.Config', agents: 24 }),
      'config.game.map_builder: a map of mettagrid.map_builder.random.RandomMapBuilder.Config cannot be made here.',
    ],
    [withBuilder(builder({ rows: 3 })), 'config.game.map_builder: unknown key "rows"'],
    [withBuilder(builder({ map_data: [['#', 'ab']] })), 'Row 0, column 1 of the map: "ab" is not one character.'],
  ])('%j is refused', (config, message) => {
    expect(refusal(() => request(config, null))).toContain(message)
  })
})

describe('what is wrong is said with its path', () => {
  const altar = (recipes: unknown) => ({ game: { objects: { altar: { type: 'assembler', type_id: 4, recipes } } } })
  test.each<[unknown, string]>([
    [{ game: { obs_with: 5 } }, 'config.game: unknown key "obs_with"; known are resource_names'],
    [{ game: {}, objects: [] }, 'config: unknown key "objects"; known are label, desync_episodes, game.'],
    [{ game: { objects: { w: { ...wall, swapable: true } } } }, 'config.game.objects.w: unknown key "swapable"'],
    [
      { game: { objects: { m: { type: 'converter', type_id: 3, inputs: {} } } } },
      'config.game.objects.m: unknown key "inputs"; known are name, type_id, map_char, render_symbol, tags, type, input_resources',
    ],
    [{ game: { objects: { w: { type: 'wall' } } } }, 'config.game.objects.w.type_id is missing'],
    [
      { game: { agent: { freeze_duration: -1 } } },
      'config.game.agent.freeze_duration: expected an integer from 0 to 255',
    ],
    [
      { game: { agent: { initial_inventory: { gold: 1 } } } },
      'config.game.agent of team 0, initial_inventory: there is no resource "gold"; resource_names are ore_red',
    ],
    [
      { game: { agent: { resource_limits: { 'heart,gold': 1 } } } },
      'config.game.agent of team 0, resource_limits: there is no resource "gold"',
    ],
    [
      { game: { agent: { rewards: { inventory: { heart: 1 }, stats: { 'heart.amount': 1 } } } } },
      'the stat heart.amount is there twice',
    ],
    [
      { game: { agents: [{ tags: ['a'] }, { tags: ['b'] }] } },
      'config.game.agents[1]: agents of team 0 differ in their tags: [a] and [b].',
    ],
    [
      { game: { actions: { move: { consumed_resources: { gold: 1 } } } } },
      'config.game.actions.move.required_resources: there is no resource "gold"',
    ],
    [{ game: { actions: { dance: {} } } }, 'config.game.actions: unknown key "dance"; known are noop, move'],
    [
      { game: { objects: { c: { type: 'chest', type_id: 5, resource_type: 'gold' } } } },
      'config.game.objects.c.resource_type: there is no resource "gold"',
    ],
    [
      { game: { objects: { c: { type: 'chest', type_id: 5, resource_type: 'heart', position_deltas: [[1, 'N']] } } } },
      'config.game.objects.c.position_deltas[0]: expected a pair',
    ],
    [altar([[{}, []]]), 'config.game.objects.altar.recipes[0]: expected a pair'],
    [altar([[['joy'], {}]]), 'config.game.objects.altar.recipes[0][0]: which glyph the vibe "joy" is, is not said'],
    [
      altar([
        [[1, 2], {}],
        [[2, 0, 1], {}],
      ]),
      'config.game.objects.altar.recipes[1]: recipe 0 is asked for by the same vibes.',
    ],
    [altar([[[1]]]), 'config.game.objects.altar.recipes[0]: expected a list of 2'],
    [{ objects: { wall } }, 'config.objects: expected a list, got a map of 1.'],
  ])('%j', (config, message) => {
    expect(refusal(() => request(config))).toContain(message)
  })
})

test('both forms of one game play the same, bit for bit', () => {
  const game = {
    ...{ resource_names: ['heart'], max_steps: 50, obs_width: 5, obs_height: 5, num_observation_tokens: 40 },
    agent: { initial_inventory: { heart: 2 }, rewards: { stats: { 'action.move.success': 0.5 } } },
    actions: { move: {} },
    objects: { wall: { ...wall, tags: ['x'] } },
  }
  const config = {
    ...{ max_steps: 50, obs_width: 5, obs_height: 5, num_observation_tokens: 40, resource_names: ['heart'] },
    actions: [
      { name: 'noop', type: 'ACTION_NOOP' },
      { name: 'move', type: 'ACTION_MOVE' },
    ],
    objects: [
      {
        name: 'agent.agent',
        agent: {
          ...{ type_name: 'agent', freeze_duration: 10, initial_inventory: { 0: 2 } },
          stat_rewards: { 'action.move.success': 0.5 },
          inventory: { limits: [{ items: [0], max_quantity: 255 }] },
        },
      },
      { name: 'wall', wall: { type_id: 1, type_name: 'wall', tag_ids: [0] } },
    ],
  }
  const map = ['#####', '#@.@#', '#####']
  const [python, wire] = [{ label: 'x', game }, config].map((form) => new MettagridGame(request(form, map)))
  for (let step = 0; step < 20; step++) {
    expect(python?.step({ flat: [step % 5, (step * 3) % 5] })).toEqual(wire?.step({ flat: [step % 5, (step * 3) % 5] }))
  }
  expect(python?.state().rewards).toHaveLength(2)
})

test('both forms may come as the text of a file', () => {
  for (const config of [{ game: { max_steps: 7 } }, { max_steps: 7 }]) {
    expect(request(JSON.stringify(config))).toEqual(request(config))
  }
  expect(refusal(() => request('{"game": '))).toContain('config: a text must be JSON: ')
  expect(refusal(() => request('{"game": {"obs_with": 5}}'))).toContain('config.game: unknown key "obs_with"')
  expect(refusal(() => request('[]'))).toContain('config: expected a map')
  const deep = 100_000
  expect(() => request('['.repeat(deep) + ']'.repeat(deep))).toThrow('JSON nested deeper than 512 levels')
})

test('both forms are described to callers', () => {
  const text = typeText(describeSchema(configInputSchema))
  expect(text).toContain('num_observation_tokens?: integer 0..4294967295')
  expect(text).toContain('game: {resource_names?')
})
