import { describe, expect, test } from '@jest/globals'
import { Converter } from '../../../src/engines/mettagrid/objects/converter.ts'
import { Random } from '../../../src/engines/mettagrid/world/random.ts'
import { act, action, holds, play, statsOf, type Sketch } from '../../support/mettagrid-game.ts'

/** Agent 0 does a resource_mod, the others nothing. */
function modify(rows: readonly string[], body: object, more: Partial<Sketch> = {}) {
  const game = play({
    rows,
    legend: { m: 'mill' },
    actions: ['noop', action('resource_mod', { ...body })],
    objects: { mill: { converter: {} } },
    ...more,
    config: { resource_names: ['ore', 'coal'], ...more.config },
  })
  const rest = game.world.agents.slice(1).map(() => 'noop')
  const go = () => act(game, 'resource_mod', ...rest).action_success[0]
  const amounts = (item = 0) => game.world.agents.map((agent) => agent.inventory.amount(item))
  const mills = (item = 0) =>
    game.world.objects.flatMap((object) => (object instanceof Converter ? [object.inventory.amount(item)] : []))
  return { game, go, amounts, mills }
}

describe('resource_mod reaches', () => {
  test('agents whose rows plus columns away are at most the radius, itself too', () => {
    const rows = ['..@..', '.@@@.', '@@@@@', '.@@@.', '..@..']
    const far = ['@@@@@', '@...@', '@...@', '@...@', '@@@@@']
    const all = modify([...rows], { modifies: { 0: 3 }, agent_radius: 2 })
    // Agent 0 is the one at the top: three rows below it is nobody in reach.
    all.go()
    expect(all.amounts()).toEqual([3, 3, 3, 3, 0, 0, 3, 0, 0, 0, 0, 0, 0])
    const corner = modify(far, { modifies: { 0: 3 }, agent_radius: 4 })
    corner.go()
    expect(corner.amounts()).toEqual([3, 3, 3, 3, 3, 3, 0, 3, 0, 3, 0, 3, 0, 0, 0, 0])
  })

  test('nobody with radius 0, and succeeds all the same', () => {
    const { go, amounts, mills } = modify(['@m@'], { modifies: { 0: 3 } })
    expect([go(), amounts(), mills()]).toEqual([true, [0, 0], [0]])
  })

  test('converters by a radius of their own, and no other objects', () => {
    const objects = { mill: { converter: {} }, box: { chest: {} } }
    const { go, amounts, mills } = modify(['@cm', 'm.#', '..m'], { modifies: { 1: 2 }, converter_radius: 2 }, {
      objects,
      legend: { m: 'mill', c: 'box' },
    }) // prettier-ignore
    go()
    expect([amounts(1), mills(1)]).toEqual([[0], [2, 2, 0]])
  })

  test('the whole map with a radius beyond it', () => {
    const { go, amounts } = modify(['@@', '@@'], { modifies: { 0: 1 }, agent_radius: 65_535 })
    expect([go(), amounts()]).toEqual([true, [1, 1, 1, 1]])
  })
})

describe('resource_mod gives', () => {
  test('less than nothing, too, as far as there is stock and room, with the stats', () => {
    const agent = { initial_inventory: { 0: 4, 1: 250 } }
    const { go, game } = modify(['@'], { modifies: { 0: -9, 1: 10 }, agent_radius: 1 }, { agents: { agent } })
    go()
    expect(holds(game)).toEqual([[1, 255]])
    expect(statsOf(game)).toMatchObject({ 'ore.lost': 4, 'ore.amount': 0, 'coal.gained': 255, 'coal.amount': 255 })
  })

  test('a share to each if it scales, agents and converters together', () => {
    const body = { modifies: { 0: 12 }, agent_radius: 9, converter_radius: 9, scales: true }
    const { go, amounts, mills } = modify(['@mm@'], body)
    go()
    expect([amounts(), mills()]).toEqual([
      [3, 3],
      [3, 3],
    ])
    const two = modify(['@m'], body)
    two.go()
    expect([two.amounts(), two.mills()]).toEqual([[6], [6]])
    const alone = modify(['@'], body)
    alone.go()
    expect(alone.amounts()).toEqual([12])
  })

  test('fractions by chance: one draw for each, agents first, resource by resource in their order', () => {
    for (let seed = 0; seed < 30; seed++) {
      const body = { modifies: { 0: 0.5, 1: -1.25 }, agent_radius: 9, converter_radius: 9 }
      const agents = { agent: { initial_inventory: { 1: 9 } } }
      const { go, amounts, mills } = modify(['m@', '@m'], body, { seed, agents })
      go()
      const random = new Random(seed)
      random.shuffle(new Uint16Array(2))
      // The map of resources lists the newest first: 1, then 0.
      const draw = (whole: number, fraction: number) => whole + (random.fraction() < fraction ? 1 : 0)
      const coal = Array.from({ length: 4 }, () => draw(1, 0.25))
      const ore = Array.from({ length: 4 }, () => draw(0, 0.5))
      expect([seed, amounts(0), mills(0)]).toEqual([seed, ore.slice(0, 2), ore.slice(2)])
      expect([seed, amounts(1), mills(1)]).toEqual([seed, coal.slice(0, 2).map((lost) => 9 - lost), [0, 0]])
    }
  })

  test('whole numbers without a draw', () => {
    const { go, game } = modify(['@@'], { modifies: { 0: 2, 1: -3 }, agent_radius: 1 })
    go()
    const random = new Random(42)
    random.shuffle(new Uint16Array(2))
    expect(game.world.random.save()).toEqual(random.save())
  })
})

test('resource_mod needs its configuration, and numbers that a byte holds', () => {
  const game = (definition: object) => () =>
    play({ rows: ['@'], actions: [definition as Record<string, unknown>], config: { resource_names: ['ore'] } })
  expect(game({ name: 'resource_mod', type: 9 })).toThrow('resource_mod action requires configuration')
  expect(game(action('resource_mod', { modifies: { 0: -255 } }))).not.toThrow()
  expect(game(action('resource_mod', { modifies: { 0: 255.5 } }))).toThrow(
    'ResourceModConfig: modifies values must have |ceil(value)| <= 255: 255.5 of resource 0.',
  )
  expect(game(action('resource_mod', { modifies: { 1: 1 } }))).toThrow(
    'The action resource_mod has resource 1 in modifies',
  )
})
