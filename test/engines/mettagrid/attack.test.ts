/** Attacks: whom they hit, what they take, and what is counted of them. */
import { describe, expect, test } from '@jest/globals'
import { act, action, holds, play, statsOf, tokens, type Sketch } from '../../support/mettagrid-game.ts'

describe('attack', () => {
  const field: Sketch = {
    rows: ['.......', '@.b.b.b', '.......'],
    legend: { b: 'blue' },
    actions: ['noop', 'rotate', 'attack', 'move'],
    agents: {
      agent: { action_failure_penalty: 1, inventory: { limits: [{ items: [0], max_quantity: 8 }] } },
      blue: {
        group_id: 1,
        group_name: 'blue',
        freeze_duration: 2,
        action_failure_penalty: 1,
        initial_inventory: { 0: 5, 1: 4, 2: 3 },
        soul_bound_resources: [1],
      },
    },
    config: { resource_names: ['ore', 'soul', 'heart'] },
  }
  /** A game in which the agent `@` looks east, and what makes it attack while the others do nothing. */
  const facing = (what: Sketch = field) => {
    const game = play(what)
    const all = (name: string) => game.world.agents.map(({ type }) => (type.name === 'agent' ? name : 'noop'))
    act(game, ...all('rotate_east'))
    return { game, attack: (arg: number) => act(game, ...all(`attack_${arg}`)) }
  }

  test('freezes the first agent ahead and takes all that is not bound to it', () => {
    const { game, attack } = facing()
    // The frozen one cannot act in the same step, and pays no penalty for it.
    expect(attack(0)).toMatchObject({ action_success: [true, false, true, true], rewards: [0, 0, 0, 0] })
    expect(holds(game, 0)).toEqual([
      [2, 3],
      [0, 5],
    ])
    expect(holds(game, 1)).toEqual([[1, 4]])
    expect(game.world.agents[1]?.frozen).toBe(1)
    expect(statsOf(game, 0)).toMatchObject({
      'action.attack.success': 1,
      'action.attack.red.hit.blue': 1,
      'action.attack.red.steals.ore.from.blue': 5,
      'action.attack.red.steals.heart.from.blue': 3,
      'ore.gained': 5,
      'ore.amount': 5,
    })
    expect(statsOf(game, 1)).toMatchObject({
      'action.attack.blue.hit_by.red': 1,
      'status.frozen.ticks': 1,
      'status.frozen.ticks.blue': 1,
      'ore.lost': 5,
      'ore.amount': 0,
    })
    const frozen = tokens(game, 0).filter(([, feature]) => feature === 2)
    expect(frozen).toEqual([
      [0x22, 2, 0],
      [0x24, 2, 1],
    ])
  })

  test('takes only as much as there is room for', () => {
    const { game, attack } = facing()
    attack(0)
    attack(1) // The second one ahead stands four cells away, out of reach: the first is hit once more.
    expect(statsOf(game, 0)).toMatchObject({ 'action.attack.red.wasted_on_frozen': 1 })
    const near = facing({ ...field, rows: ['.......', '@bb....', '.......'] })
    near.attack(0)
    near.attack(1)
    expect(holds(near.game, 0)).toEqual([
      [2, 6],
      [0, 8],
    ])
    expect(holds(near.game, 2)).toEqual([
      [0, 2],
      [1, 4],
    ])
  })

  test('scans ahead, left, right, row by row', () => {
    // Distances 1 to 3 ahead; at each straight, then left, then right.
    const order = ['1,0', '1,-1', '1,1', '2,0', '2,-1', '2,1', '3,0', '3,-1', '3,1']
    const rows = ['.bbb', '@bbb', '.bbb']
    for (const [arg, cell] of order.entries()) {
      const { game, attack } = facing({ ...field, rows })
      attack(arg)
      const hit = game.world.agents.find((agent) => agent.frozen > 0)
      expect(`${hit?.col ?? ''},${(hit?.row ?? 0) - 1}`).toBe(cell)
    }
  })

  test('scans in a pattern of its own where diagonals are allowed', () => {
    const rows = ['.bbb', '.bbb', '@bbb', '.bbb', '.bbb']
    const order = ['1,0', '2,-1', '1,1', '2,0', '3,-2', '1,2', '3,-1', '2,1', '3,0']
    for (const [arg, cell] of order.entries()) {
      const { game, attack } = facing({ ...field, rows, config: { ...field.config, allow_diagonals: true } })
      attack(arg)
      const hit = game.world.agents.find((agent) => agent.frozen > 0)
      expect(`${hit?.col ?? ''},${(hit?.row ?? 0) - 2}`).toBe(cell)
    }
  })

  test('at the edge of the map can hit the one who attacks: what lies beyond is taken for the edge', () => {
    const game = play({
      rows: ['@'],
      actions: ['attack'],
      agents: { agent: { freeze_duration: 2, initial_inventory: { 0: 9 }, inventory: { limits: [{ items: [0], max_quantity: 12 }] } } }, // prettier-ignore
      config: { resource_names: ['ore'] },
    })
    expect(act(game, 'attack_0').action_success).toEqual([true])
    expect(game.world.agents[0]?.frozen).toBe(2)
    // It takes three from itself, for which there was room, and loses them as the one it took them from.
    expect(holds(game)).toEqual([[0, 9]])
    expect(statsOf(game)).toMatchObject({
      'action.attack.red.friendly_fire': 1,
      'action.attack.red.steals.ore.from.red': 3,
      'ore.gained': 12,
      'ore.lost': 3,
    })
    expect(act(game, 'attack_0').action_success).toEqual([false])
  })

  test('fails when nobody is in reach', () => {
    const game = play({ ...field, rows: ['....', '.@..', '....', '....'] })
    expect(act(game, 'attack_8')).toMatchObject({ action_success: [false], rewards: [-1] })
    expect(statsOf(game)).toMatchObject({ 'action.attack.failed': 1 })
  })

  test('is warded off by a full defense, which is used up', () => {
    const defended = { ...field, actions: ['noop', 'rotate', action('attack', { defense: { 0: 2, 2: 3 } })] }
    const { game, attack } = facing(defended)
    expect(attack(0).action_success).toEqual([true, true, true, true])
    expect(holds(game, 1)).toEqual([
      [0, 3],
      [1, 4],
    ])
    expect(statsOf(game, 0)).toMatchObject({ 'action.attack.red.blocked_by.blue': 1 })
    attack(0)
    expect(game.world.agents[1]?.frozen).toBe(1)
    expect(holds(game, 0)).toEqual([[0, 3]])
  })

  test('within a group is friendly fire', () => {
    const { game, attack } = facing({ ...field, agents: { ...field.agents, blue: { freeze_duration: 1 } } })
    attack(0)
    expect(statsOf(game, 0)).toMatchObject({ 'action.attack.red.friendly_fire': 1 })
    expect(statsOf(game, 1)).not.toHaveProperty('action.attack.red.hit_by.red')
  })

  test('without a freeze duration freezes nobody, and takes all the same', () => {
    const { game, attack } = facing({
      ...field,
      agents: { ...field.agents, blue: { group_name: 'blue', initial_inventory: { 2: 7 } } },
    })
    expect(attack(0).action_success).toEqual([true, true, true, true])
    expect(holds(game, 0)).toEqual([[2, 7]])
  })
})
