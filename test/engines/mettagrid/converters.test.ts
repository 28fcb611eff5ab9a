import { describe, expect, test } from '@jest/globals'
import { Converter } from '../../../src/engines/mettagrid/objects/converter.ts'
import { act, action, found, holds, play, seen, statsOf, type Sketch } from '../../support/mettagrid-game.ts'

const config = { resource_names: ['ore', 'coal', 'iron'] }

/** A converter to the east of an agent that looks there. */
function beside(converter: object, more: Partial<Sketch> = {}) {
  const game = play({
    rows: ['@m'],
    legend: { m: 'mill' },
    actions: ['noop', 'put_items', 'get_items', 'rotate'],
    objects: { mill: { converter: { max_output: -1, max_conversions: -1, ...converter } } },
    ...more,
    config: { ...config, ...more.config },
  })
  for (const agent of game.world.agents) game.world.turn(agent, 3)
  const mill = found(game, Converter)
  const state = () => (mill.converting ? 'converts' : mill.coolingDown ? 'cools' : 'rests')
  return { game, mill, state, inside: (item: number) => mill.inventory.amount(item) }
}

describe('a converter', () => {
  test('converts from the start, cools down in turns, and begins again', () => {
    const { game, state, inside } = beside({
      output_resources: { 2: 1 },
      conversion_ticks: 2,
      cooldown_schedule: [3, 0],
    })
    const course = [`0 ${state()}`]
    for (let step = 1; step <= 12; step++) {
      act(game, 'noop')
      course.push(`${inside(2)} ${state()}`)
    }
    expect(course).toEqual([
      '0 converts',
      '0 converts',
      '1 cools', // begun at 0, two steps
      '1 cools',
      '1 cools',
      '1 converts', // three steps
      '1 converts',
      '2 converts', // no cooldown this time
      '2 converts',
      '3 cools',
      '3 cools',
      '3 cools',
      '3 converts',
    ])
  })

  test('never converts unless it may: absent numbers are 0', () => {
    for (const never of [{ max_output: 0 }, { max_conversions: 0 }]) {
      const { game, inside } = beside({ output_resources: { 2: 1 }, ...never })
      for (let i = 0; i < 5; i++) act(game, 'noop')
      expect(inside(2)).toBe(0)
    }
  })

  test('rests when it holds as many outputs as it may, all kinds together, and when it has converted often enough', () => {
    const full = beside({ output_resources: { 0: 2, 2: 1 }, conversion_ticks: 1, max_output: 7 })
    const worn = beside({ output_resources: { 2: 1 }, conversion_ticks: 1, max_conversions: 2 })
    for (const { game } of [full, worn]) for (let i = 0; i < 9; i++) act(game, 'noop')
    expect([full.inside(0), full.inside(2), full.state()]).toEqual([6, 3, 'rests'])
    expect([worn.inside(2), worn.state()]).toEqual([2, 'rests'])
    act(full.game, 'get_items')
    expect([full.inside(0), full.inside(2), full.state()]).toEqual([0, 0, 'converts'])
  })

  test('that takes no time finishes what an action began at the start of the next step', () => {
    const { game, inside, state } = beside(
      { input_resources: { 0: 1 }, output_resources: { 2: 1 } },
      { agents: { agent: { initial_inventory: { 0: 5 } } } },
    )
    act(game, 'put_items')
    expect([inside(0), inside(2), state()]).toEqual([0, 0, 'converts'])
    act(game, 'get_items')
    expect([inside(2), state(), holds(game)]).toEqual([
      0,
      'rests',
      [
        [2, 1],
        [0, 4],
      ],
    ])
  })

  test('that takes no time and needs nothing does not hang: 256 conversions are a step', () => {
    const { game, mill } = beside({ output_resources: { 2: 1 } })
    act(game, 'noop')
    expect([mill.conversions, mill.inventory.amount(2)]).toEqual([256, 255])
    act(game, 'noop')
    expect(mill.conversions).toBe(512)
  })

  test('has some of each output at first, and shows what it does, holds and is tagged with', () => {
    const { game } = beside({
      input_resources: { 1: 2, 0: 0 },
      output_resources: { 2: 3 },
      initial_resource_count: 9,
      tag_ids: [6, 5],
      recipe_details_obs: true,
    })
    // Inputs follow the three resources, outputs follow these; nothing is shown of what it takes none of.
    const recipe = [[17 + 3 + 1, 2], [17 + 6 + 2, 3]] // prettier-ignore
    expect(seen(game, 0x23)).toEqual([[0, 10], [5, 0], [17 + 2, 9], ...recipe, [13, 6], [13, 5]]) // prettier-ignore
  })

  test('shows that it is busy while it converts and while it cools down', () => {
    const { game } = beside({ output_resources: { 2: 1 }, conversion_ticks: 1, cooldown_schedule: [1], max_output: 1 })
    const busy = [seen(game, 0x23)[1]]
    for (let i = 0; i < 3; i++) {
      act(game, 'noop')
      busy.push(seen(game, 0x23)[1])
    }
    expect(busy).toEqual([[5, 1], [5, 1], [5, 0], [5, 0]]) // prettier-ignore
  })
})

describe('put_items', () => {
  const mill = { input_resources: { 0: 3, 1: 2 }, output_resources: { 2: 1 }, conversion_ticks: 9 }

  test('puts what one conversion takes, or what there is of it', () => {
    const { game, inside, state } = beside(mill, { agents: { agent: { initial_inventory: { 0: 5, 1: 1, 2: 7 } } } })
    expect(act(game, 'put_items').action_success).toEqual([true])
    expect([inside(0), inside(1), state()]).toEqual([3, 1, 'rests'])
    expect(statsOf(game)).toMatchObject({
      'ore.put': 3,
      'ore.lost': 3,
      'ore.amount': 2,
      'coal.put': 1,
      'coal.amount': 0,
    })
    expect(act(game, 'put_items').action_success).toEqual([true])
    expect([inside(0), inside(1), holds(game)]).toEqual([5, 1, [[2, 7]]])
    expect(act(game, 'put_items').action_success).toEqual([false])
  })

  test('starts a conversion, which takes its inputs at once', () => {
    const { game, inside, state } = beside(mill, { agents: { agent: { initial_inventory: { 0: 3, 1: 2 } } } })
    act(game, 'put_items')
    expect([inside(0), inside(1), state()]).toEqual([0, 0, 'converts'])
  })

  test('puts no more than a byte holds', () => {
    const { game, inside } = beside(
      { input_resources: { 0: 200, 1: 1 } },
      { agents: { agent: { initial_inventory: { 0: 255 } } } },
    )
    act(game, 'put_items')
    game.world.agents[0]?.change(0, 200)
    act(game, 'put_items')
    expect([inside(0), holds(game)]).toEqual([255, [[0, 200]]])
  })

  test('and get_items fail where there is no converter', () => {
    for (const rows of [['@#'], ['@.'], ['@@'], ['@']]) {
      const game = play({ rows, actions: ['noop', 'put_items', 'get_items'], agents: { agent: {} } })
      for (const agent of game.world.agents) game.world.turn(agent, 3)
      const rest = game.world.agents.slice(1).map(() => 'noop')
      expect(act(game, 'put_items', ...rest).action_success[0]).toBe(false)
      expect(act(game, 'get_items', ...rest).action_success[0]).toBe(false)
    }
  })
})

describe('get_items', () => {
  test('takes all of each output as far as there is room', () => {
    const limits = [{ items: [1], max_quantity: 4 }]
    const { game, inside } = beside(
      { input_resources: { 0: 9 }, output_resources: { 1: 1, 2: 1 }, initial_resource_count: 6 },
      { agents: { agent: { inventory: { limits } } } },
    )
    expect(act(game, 'get_items').action_success).toEqual([true])
    expect([inside(1), inside(2)]).toEqual([2, 0])
    expect(statsOf(game)).toMatchObject({ 'coal.get': 4, 'coal.gained': 4, 'iron.get': 6, 'iron.amount': 6 })
    expect(act(game, 'get_items').action_success).toEqual([false])
  })

  test('does not take inputs', () => {
    const { game, inside } = beside(
      { input_resources: { 0: 9 }, output_resources: { 1: 1 } },
      { agents: { agent: { initial_inventory: { 0: 4 } } } },
    )
    act(game, 'put_items')
    expect([inside(0), act(game, 'get_items').action_success]).toEqual([4, [false]])
  })

  test('lets a full converter go on', () => {
    const { game, state } = beside({ output_resources: { 1: 1 }, initial_resource_count: 2, max_output: 2 })
    expect(state()).toBe('rests')
    act(game, 'get_items')
    expect(state()).toBe('converts')
  })
})

test('a resource_mod that reaches a converter can start it', () => {
  const modify = action('resource_mod', { modifies: { 0: 1 }, converter_radius: 1 })
  const { game, state } = beside({ input_resources: { 0: 1 }, conversion_ticks: 5 }, { actions: [modify] })
  expect(state()).toBe('rests')
  act(game, 'resource_mod')
  expect(state()).toBe('converts')
})
