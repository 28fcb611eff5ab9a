import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mettagridEngine, mettagridOperations, render, type GameRequest } from '../../../src/engines/mettagrid/index.ts'
import { createEvents } from '../../../src/events.ts'
import { OperationTable, Registry, Router, type Args, type Value } from '../../../src/engine/index.ts'
import { act, action, flat, play, sketch, type Sketch } from '../../support/mettagrid-game.ts'
import { stateOf, valueOf } from '../../support/mettagrid-trace.ts'

const engine = mettagridEngine()

/** Everything at once: chance, sharing, limits, attacks, glyphs, regeneration, groups, all objects, the clipper. */
const busy: Sketch = {
  rows: ['########', '#@.b.s@#', '#m#bac.#', '#@...b.#', '########'],
  legend: { b: 'blue', m: 'mill', a: 'altar', s: 'started', c: 'box' },
  actions: [
    'noop',
    'move',
    'rotate',
    'attack',
    action('change_glyph', { num_glyphs: 4 }),
    'put_items',
    'get_items',
    action('resource_mod', { modifies: { 0: 0.5, 1: -0.5 }, agent_radius: 3, converter_radius: 2 }),
  ],
  objects: {
    mill: { converter: { input_resources: { 0: 2 }, output_resources: { 1: 1, 3: 1 }, max_output: -1, max_conversions: -1, conversion_ticks: 2, cooldown_schedule: [1, 3] } },
    altar: { assembler: { recipes: [{ inputs: { 0: 1 }, outputs: { 2: 3 }, cooldown: 3 }, { outputs: { 0: 4 } }], exhaustion: 0.25, allow_partial_usage: true } },
    started: { assembler: { start_clipped: true, recipes: [{ outputs: { 0: 2 }, cooldown: 1 }], max_uses: 9 } },
    box: { chest: { resource_type: 0, position_deltas: { 1: -2, 3: 1, 4: 2, 6: -1 }, initial_inventory: 6, max_inventory: 9 } },
  }, // prettier-ignore
  agents: {
    agent: {
      action_failure_penalty: 0.1,
      initial_inventory: { 0: 40, 1: 9, 13: 3 },
      shareable_resources: [0],
      inventory: { limits: [{ items: [0, 1], max_quantity: 60 }] },
      inventory_regen_amounts: { 2: 1 },
      stat_rewards: { 'ore0.amount': 0.3, 'action.move.success': 0.7 },
      stat_reward_max: { 'ore0.amount': 10 },
      group_reward_pct: 0.3,
    },
    blue: { group_id: 4, group_name: 'blue', freeze_duration: 3, initial_inventory: { 0: 9, 2: 8 }, tag_ids: [1] },
  },
  config: {
    max_steps: 50,
    resource_names: Array.from({ length: 14 }, (_, i) => `ore${i}`),
    resource_loss_prob: 0.02,
    inventory_regen_interval: 3,
    track_movement_metrics: true,
    clipper: { unclipping_recipes: [{ inputs: { 0: 1 } }, { outputs: { 5: 1 } }], clip_rate: 0.2 },
  },
}

const inputs = (agents: number, actions: number, maxLength: number) =>
  fc.array(fc.array(fc.integer({ min: -1, max: actions }), { minLength: agents, maxLength: agents }), { maxLength })

describe('a game', () => {
  test('refuses the wrong number of actions and steps nothing', () => {
    const game = play({ rows: ['@@'] })
    const before = game.snapshot()
    const reference = (input: Parameters<typeof game.step>[0]) => {
      try {
        game.step(input)
      } catch (error) {
        return error
      }
      throw new Error('it was not refused')
    }
    expect(reference({ flat: [0] })).toMatchObject({
      code: 'wrong_number_of_actions',
      message: 'flat_actions length does not match number of agents: 1 for 2; nothing was stepped.',
      details: { reference: 'flat_actions length does not match number of agents', agents: 2 },
    })
    expect(reference({ types: [0, 0], args: [0] })).toMatchObject({
      code: 'wrong_number_of_actions',
      message:
        'action_types/action_args must match number of agents: 2 types and 1 arguments for 2; nothing was stepped.',
    })
    expect(game.snapshot()).toEqual(before)
  })

  test('answers arrays that later steps leave alone', () => {
    const game = play({ rows: ['@.'] })
    const first = game.step({ flat: [flat(game, 'move_east')] })
    const copy = structuredClone(first)
    act(game, 'noop')
    expect(first).toEqual(copy)
    expect(first.observations).toHaveLength(180)
    expect(first).toMatchObject({ terminals: [false], truncations: [false], action_success: [true], current_step: 1 })
  })

  test('does the same for the same request and inputs', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), inputs(6, 28, 30), (seed, steps) => {
        const [one, two] = [play({ ...busy, seed }), play({ ...busy, seed })]
        for (const step of steps) expect(two.step({ flat: step })).toEqual(one.step({ flat: step }))
      }),
      { numRuns: 10 },
    )
  })

  test('continues from its snapshot with the same bits, whatever it did before', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), inputs(6, 28, 60), inputs(6, 28, 30), (seed, before, after) => {
        const game = play({ ...busy, seed })
        for (const step of before) game.advance({ flat: step })
        const copy = engine.restore(game.snapshot())
        expect(stateOf(copy)).toEqual(stateOf(game))
        expect(copy.snapshot()).toEqual(game.snapshot())
        for (const step of after) expect(copy.step({ flat: step })).toEqual(game.step({ flat: step }))
        expect(copy.snapshot()).toEqual(game.snapshot())
      }),
      { numRuns: 12 },
    )
  })

  test('is not made from bytes that are no snapshot', () => {
    const bytes = play(busy).snapshot()
    const text = Buffer.from(bytes).toString()
    const spoilt: [string, Uint8Array][] = [
      ['empty', new Uint8Array()],
      ['no text', new Uint8Array([0xff, 0xfe])],
      ['cut', bytes.subarray(0, bytes.length - 1)],
      ['newer', Buffer.from(text.replace('"format":2', '"format":3'))],
      ['two in one place', Buffer.from(text.replace(/"positions":\[0,0,0,1,/, '"positions":[0,0,0,0,'))],
      ['out of the map', Buffer.from(text.replace(/"positions":\[0,0,0,1,/, '"positions":[0,0,9,9,'))],
      ['with a smaller map', Buffer.from(text.replace('########', '#####.##'))],
      ['with an item that is none', Buffer.from(text.replace('"items":[0,', '"items":[200,'))],
      ['with an item twice', Buffer.from(text.replace('"items":[0,13,', '"items":[0,0,'))],
      ['with a device too few', Buffer.from(text.replace(/"devices":\[\{[^}]*\},/, '"devices":['))],
      [
        'with devices of other kinds',
        Buffer.from(text.replace(/"devices":\[(\{[^}]*\}),(\{[^}]*\})/, '"devices":[$2,$1')),
      ],
      [
        'with a recipe that is none',
        Buffer.from(text.replace('"clipped":0', '"clipped":2').replace('"clipped":1', '"clipped":2')),
      ],
      ['without the clipper', Buffer.from(text.replace(/"clipper":\{"random[^}]*\},/, ''))],
      ['with a clipper too small', Buffer.from(text.replace(/"border":"[^"]*"/, '"border":"AA=="'))],
      ['with random numbers that are none', Buffer.from(text.replace(/"random":\[\d+,/, '"random":[-1,'))],
      ['with a float that is none', Buffer.from(text.replace(/"slowness":"[^"]*"/, '"slowness":"x"'))],
      ['with a buffer too short', Buffer.from(text.replace(/"rewards":"[^"]*"/, '"rewards":"AAAA"'))],
    ]
    for (const [what, spoiled] of spoilt) {
      let code = `${what} was taken`
      try {
        engine.restore(spoiled)
      } catch (error) {
        code = String((error as { code?: unknown }).code)
      }
      expect([what, code]).toEqual([what, 'bad_snapshot'])
    }
  })

  test('is drawn as text', () => {
    const rows = ['####', '#@.#', '#.@#', '####']
    const game = play({ rows })
    act(game, 'move_south', 'noop')
    const drawn = ['####', '#..#', '#01#', '####']
    const house = hosted(sketch({ rows }))
    expect(house('render_game', ['g'])).toEqual(['####', '#0.#', '#.1#', '####'])
    void house('step_game', ['g', [flat(game, 'move_south'), 0]])
    expect(house('render_game', ['g'])).toEqual(drawn)
    const things = play({
      rows: ['@b.m', 'asc#'],
      legend: { b: 'block', m: 'mill', a: 'altar', s: 'started', c: 'box' },
      objects: {
        block: { wall: { swappable: true } },
        mill: { converter: {} },
        altar: { assembler: {} },
        started: { assembler: { start_clipped: true } },
        box: { chest: {} },
      },
      config: { resource_names: ['ore'], clipper: { unclipping_recipes: [{}] } },
    })
    expect(render(things.world)).toEqual(['0+.%', '&!$#'])
  })
})

/** A router with one game, `g`, in it. */
function hosted(request: GameRequest) {
  const events = createEvents()
  const registry = new Registry({ events })
  const router = new Router({
    operations: new OperationTable(mettagridOperations(engine)),
    registry,
    events,
    checkOutput: true,
  })
  void registry.create(engine, 'g', request)
  return (name: string, args: Args) => router.call({ module: 'mettagrid', name, args, wire: 'test' })
}

describe('operations', () => {
  const config = valueOf({
    obs_width: 3,
    obs_height: 3,
    num_observation_tokens: 20,
    actions: [action('noop'), action('move')],
    objects: [
      { name: 'agent', agent: {} },
      { name: 'wall', wall: { type_id: 1, type_name: 'wall' } },
    ],
  })

  test('make, drive and end a game', () => {
    const call = hosted(sketch({ rows: ['@'] }))
    const rows: Value = ['#@.@']
    const made = call('create_game', ['new', config, rows, 42])
    expect(made).toEqual(new Map<string, Value>([['game_id', 'new'], ['pid', null]])) // prettier-ignore
    const first = call('get_state', ['new']) as ReadonlyMap<string, Value>
    expect([...first.keys()]).toEqual([
      'observations',
      'rewards',
      'terminals',
      'truncations',
      'action_success',
      'current_step',
    ])
    expect(first.get('current_step')).toBe(0)
    expect(first.get('observations')).toHaveLength(2 * 20 * 3)
    const stepped = call('step_game', ['new', [4, 0]]) as ReadonlyMap<string, Value>
    expect(stepped.get('action_success')).toEqual([true, true])
    expect(call('get_state', ['new'])).toEqual(stepped)
    const typed: Value = new Map([['action_types', [0, 1]], ['action_args', [0, 3]]]) // prettier-ignore
    expect((call('step_game', ['new', typed]) as ReadonlyMap<string, Value>).get('action_success')).toEqual([
      true,
      false,
    ])
    const named = new Map<Value, Value>([['game_id', 'new'], ['action_types', [0, 0]], ['action_args', [0, 0]]]) // prettier-ignore
    expect((call('step_game', named) as ReadonlyMap<string, Value>).get('current_step')).toBe(3)
    expect(call('delete_game', ['new'])).toEqual(new Map([['game_id', 'new']]))
    expect(() => call('get_state', ['new'])).toThrow('game_id not found: "new".')
  })

  test('leave a game alone that is created twice, unless they take it over', () => {
    const call = hosted(sketch({ rows: ['@'] }))
    void call('step_game', ['g', [0]])
    expect(() => call('create_game', ['g', config, ['@'], 1])).toThrow('game_id already exists: "g".')
    expect((call('get_state', ['g']) as ReadonlyMap<string, Value>).get('current_step')).toBe(1)
    void call('create_game', ['g', config, ['@'], 1, new Map([['if_exists', 'take_over']])])
    expect((call('get_state', ['g']) as ReadonlyMap<string, Value>).get('current_step')).toBe(0)
    expect(() => call('create_game', ['h', config, ['@'], 1, new Map([['link', true]])])).toThrow(
      'link: there is nobody to link to',
    )
  })

  test('say what is wrong with actions', () => {
    const call = hosted(sketch({ rows: ['@'] }))
    expect(() => call('step_game', ['g', [0, 'x']])).toThrow(
      'flat_actions[1]: expected an integer from -2147483648 to 2147483647, got a string "x".',
    )
    expect(() => call('step_game', ['g', [0, 0]])).toThrow('flat_actions length does not match number of agents')
  })
})
