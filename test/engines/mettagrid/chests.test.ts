import { describe, expect, test } from '@jest/globals'
import { Chest } from '../../../src/engines/mettagrid/objects/chest.ts'
import { act, found, gameStats, holds, play, seen, statsOf } from '../../support/mettagrid-game.ts'

/** An agent to the west of a chest, which is position 3 for it. */
function beside(delta: number, chest: object, held: number, limits: object[] = []) {
  const game = play({
    rows: ['@c'],
    legend: { c: 'box' },
    agents: { agent: { initial_inventory: { 1: held }, inventory: { limits } } },
    objects: { box: { chest: { resource_type: 1, position_deltas: { 3: delta }, ...chest } } },
    config: { resource_names: ['ore', 'heart'] },
  })
  const box = found(game, Chest)
  return {
    game,
    use: () => act(game, 'move_east').action_success[0],
    amounts: () => [holds(game)[0]?.[1] ?? 0, box.inventory.amount(1)],
  }
}

const stats = (game: ReturnType<typeof play>) =>
  Object.fromEntries(Object.entries(gameStats(game)).filter(([name]) => name.startsWith('chest.')))

describe('a chest takes', () => {
  test('as much as its position says, and counts it for the game', () => {
    const { game, use, amounts } = beside(2, { max_inventory: -1, initial_inventory: 1 }, 5)
    expect([use(), amounts()]).toEqual([true, [3, 3]])
    expect([use(), amounts()]).toEqual([true, [1, 5]])
    expect(stats(game)).toEqual({ 'chest.heart.deposited': 4, 'chest.heart.amount': 5 })
    expect(statsOf(game)).toMatchObject({ 'heart.lost': 4, 'heart.amount': 1 })
    expect(game.world.agents[0]?.col).toBe(0)
  })

  test('what there is when that is less, and counts what is missing as destroyed', () => {
    const { game, use, amounts } = beside(5, { max_inventory: -1 }, 3)
    expect([use(), amounts()]).toEqual([true, [0, 3]])
    expect(stats(game)).toEqual({
      'chest.heart.deposited': 3,
      'chest.heart.amount': 3,
      'chest.heart.destroyed': 2,
    })
    expect([use(), amounts()]).toEqual([false, [0, 3]])
  })

  test('no more than it has room for: the rest is destroyed', () => {
    const { game, use, amounts } = beside(4, { max_inventory: 5, initial_inventory: 3 }, 9)
    expect([use(), amounts()]).toEqual([true, [5, 5]])
    expect(stats(game)).toEqual({ 'chest.heart.deposited': 2, 'chest.heart.amount': 5, 'chest.heart.destroyed': 2 })
    // Full: all of it.
    expect([use(), amounts()]).toEqual([true, [1, 5]])
    expect(stats(game)).toEqual({ 'chest.heart.deposited': 2, 'chest.heart.amount': 5, 'chest.heart.destroyed': 6 })
    // The agent has less than that left; it is counted in full all the same.
    expect([use(), amounts()]).toEqual([true, [0, 5]])
    expect(stats(game)).toMatchObject({ 'chest.heart.destroyed': 10 })
  })

  test('nothing at all with no maximum given, which is 0', () => {
    const { game, use, amounts } = beside(2, {}, 5)
    expect([use(), amounts()]).toEqual([true, [3, 0]])
    expect(stats(game)).toEqual({ 'chest.heart.destroyed': 2 })
  })

  test('less than nothing when it began with too much: that comes out', () => {
    const { game, use, amounts } = beside(3, { max_inventory: 4, initial_inventory: 6 }, 1)
    // Two come out, and five are destroyed, of which the agent has three.
    expect([use(), amounts()]).toEqual([true, [0, 4]])
    expect(stats(game)).toEqual({ 'chest.heart.deposited': -2, 'chest.heart.amount': 4, 'chest.heart.destroyed': 5 })
    expect(statsOf(game)).toMatchObject({ 'heart.gained': 3, 'heart.lost': 3 })
  })

  test('more than a byte holds, and loses it', () => {
    const { use, amounts } = beside(9, { max_inventory: -1, initial_inventory: 250 }, 20)
    expect([use(), amounts()]).toEqual([true, [11, 255]])
  })
})

describe('a chest gives', () => {
  test('as much as its position says, or what there is', () => {
    const { game, use, amounts } = beside(-2, { initial_inventory: 3 }, 0)
    expect([use(), amounts()]).toEqual([true, [2, 1]])
    expect([use(), amounts()]).toEqual([true, [3, 0]])
    expect([use(), amounts()]).toEqual([false, [3, 0]])
    expect(stats(game)).toEqual({ 'chest.heart.withdrawn': 3, 'chest.heart.amount': 0 })
    expect(statsOf(game)).toMatchObject({ 'heart.gained': 3, 'heart.amount': 3 })
  })

  test('only what the agent has room for', () => {
    const { use, amounts } = beside(-5, { initial_inventory: 9 }, 2, [{ items: [1], max_quantity: 4 }])
    expect([use(), amounts()]).toEqual([true, [4, 7]])
    expect([use(), amounts()]).toEqual([false, [4, 7]])
  })
})

describe('a chest', () => {
  test('looks at where the agent stands: eight positions, with diagonals', () => {
    const around = ['NW', 'N', 'NE', 'W', 'E', 'SW', 'S', 'SE']
    const towards = ['southeast', 'south', 'southwest', 'east', 'west', 'northeast', 'north', 'northwest']
    const rows = ['@@@', '@c@', '@@@']
    for (const position of around.keys()) {
      const game = play({
        rows,
        legend: { c: 'box' },
        objects: { box: { chest: { initial_inventory: 9, position_deltas: { [position]: -1, 8: -1, '-1': -1 } } } },
        config: { resource_names: ['heart'], allow_diagonals: true },
      })
      const { action_success } = act(game, ...towards.map((way) => `move_${way}`))
      expect(action_success).toEqual(around.map((_, i) => i === position))
    }
  })

  test('does nothing where its position has no number, or 0', () => {
    for (const position_deltas of [{}, { 3: 0 }, { 4: -1 }]) {
      const game = play({
        rows: ['@c'],
        legend: { c: 'box' },
        objects: { box: { chest: { initial_inventory: 5, position_deltas } } },
        config: { resource_names: ['heart'] },
      })
      expect(act(game, 'move_east').action_success).toEqual([false])
      expect(stats(game)).toEqual({})
    }
  })

  test('shows what it holds and its tags', () => {
    const { game, use } = beside(-3, { initial_inventory: 3, tag_ids: [8] }, 0)
    expect(seen(game, 0x23)).toEqual([[0, 10], [18, 3], [13, 8]]) // prettier-ignore
    use()
    expect(seen(game, 0x23)).toEqual([[0, 10], [13, 8]]) // prettier-ignore
  })

  test('begins with nothing when the number is negative, and with a byte at most', () => {
    expect(beside(1, { initial_inventory: -7 }, 0).amounts()).toEqual([0, 0])
    expect(beside(1, { initial_inventory: 700 }, 0).amounts()).toEqual([0, 255])
  })
})
