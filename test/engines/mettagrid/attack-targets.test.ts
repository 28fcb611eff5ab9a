/** What attacks do besides hitting: the cells that they look at in all directions, groups, and targets hit before. */
import { describe, expect, test } from '@jest/globals'
import { act, holds, play, statsOf, tokens, type Sketch } from '../../support/mettagrid-game.ts'

const SIDE = 11
const MIDDLE = (SIDE - 1) / 2

/** By orientation: rows and columns of one step ahead, and the direction of a quarter turn to the right. */
const DIRECTIONS: [name: string, rows: number, cols: number, right: string][] = [
  ['N', -1, 0, 'E'],
  ['S', 1, 0, 'W'],
  ['W', 0, -1, 'N'],
  ['E', 0, 1, 'S'],
  ['NW', -1, -1, 'NE'],
  ['NE', -1, 1, 'SE'],
  ['SW', 1, -1, 'NW'],
  ['SE', 1, 1, 'SW'],
]

const STRAIGHT = [[1, 0], [1, -1], [1, 1], [2, 0], [2, -1], [2, 1], [3, 0], [3, -1], [3, 1]] // prettier-ignore
const DIAGONAL = [[1, 0], [2, -1], [1, 1], [2, 0], [3, -2], [1, 2], [3, -1], [2, 1], [3, 0]] // prettier-ignore

describe('the cells that an attack looks at', () => {
  test.each<[boolean, number[][]]>([
    [false, STRAIGHT],
    [true, DIAGONAL],
  ])('turn with the agent, diagonals allowed: %s', (allow_diagonals, scan) => {
    const rows = Array.from({ length: SIDE }, (_, row) =>
      row === MIDDLE ? `${'b'.repeat(MIDDLE)}@${'b'.repeat(MIDDLE)}` : 'b'.repeat(SIDE),
    )
    const game = play({
      rows,
      legend: { b: 'blue' },
      actions: ['noop', 'attack'],
      agents: { agent: {}, blue: { group_name: 'blue', freeze_duration: 1 } },
      config: { allow_diagonals, obs_width: 1, obs_height: 1, num_observation_tokens: 10 },
    })
    const { agents } = game.world
    const self = agents.find(({ type }) => type.name === 'agent')
    if (self === undefined) throw new Error('there is nobody in the middle')
    for (const [orientation, [name, ahead, across, right]] of DIRECTIONS.entries()) {
      const [, down, along] = DIRECTIONS.find(([other]) => other === right) ?? ['', 0, 0]
      const hit = scan.map((_, arg) => {
        game.world.turn(self, orientation)
        // Frozen for one step: the target thaws within it. Its stats tell that it was hit.
        const before = agents.map((_, i) => statsOf(game, i)['action.attack.blue.hit_by.red'] ?? 0)
        act(game, ...agents.map((agent) => (agent === self ? `attack_${arg}` : 'noop')))
        const found = agents.filter(
          (_, i) => (statsOf(game, i)['action.attack.blue.hit_by.red'] ?? 0) > (before[i] ?? 0),
        )
        return found.map(({ row, col }) => `${row - MIDDLE},${col - MIDDLE}`).join(' ')
      })
      const expected = scan.map(([far = 0, side = 0]) => `${far * ahead + side * down},${far * across + side * along}`)
      expect([name, ...hit]).toEqual([name, ...expected])
    }
  })

  test('beyond the edge are those of the edge: who stands there is found once for each', () => {
    const hit = [0, 1, 2, 3, 8].map((arg) => {
      // One row: two steps ahead, and beside that, are all the same cell.
      const game = play({ rows: ['@.bb'], legend: { b: 'blue' }, ...pair })
      game.world.turn(game.world.agents[0] as never, 3)
      act(game, `attack_${arg}`, 'noop', 'noop')
      return game.world.agents.findIndex(({ frozen }) => frozen > 0)
    })
    expect(hit).toEqual([1, 1, 1, 2, 2])
  })
})

const pair: Omit<Sketch, 'rows'> = {
  actions: ['noop', 'attack'],
  agents: { agent: {}, blue: { group_name: 'blue', freeze_duration: 3, initial_inventory: { 0: 2 } } },
  config: { resource_names: ['ore'] },
}

/** Agent 0 looks east, at agent 1. */
function facing(more: Partial<Sketch> = {}) {
  const game = play({ rows: ['@b'], legend: { b: 'blue' }, ...pair, ...more })
  for (const agent of game.world.agents) game.world.turn(agent, 3)
  return game
}

describe('an agent that is hit', () => {
  test('while it is frozen is frozen anew, and keeps what it has', () => {
    const regrowing = { inventory_regen_amounts: { 0: 1 } }
    const game = facing({
      agents: { ...pair.agents, blue: { ...pair.agents?.['blue'], ...regrowing } },
      config: { ...pair.config, inventory_regen_interval: 1 },
    })
    const frozen = () => game.world.agents[1]?.frozen
    act(game, 'attack_0', 'noop')
    // Three steps, of which it has spent one; what it holds is what it got after it was robbed.
    expect([frozen(), holds(game, 0), holds(game, 1)]).toEqual([2, [[0, 2]], [[0, 1]]])
    act(game, 'noop', 'noop')
    expect(frozen()).toBe(1)
    act(game, 'attack_0', 'noop')
    expect([frozen(), holds(game, 0), holds(game, 1)]).toEqual([2, [[0, 2]], [[0, 3]]])
    expect(statsOf(game, 0)).toMatchObject({
      'action.attack.red.hit.blue': 1,
      'action.attack.red.wasted_on_frozen': 1,
      'action.attack.red.steals.ore.from.blue': 2,
    })
    expect(statsOf(game, 1)).toMatchObject({ 'action.attack.blue.hit_by.red': 1 })
  })

  test('is seen as frozen until its time is over', () => {
    const game = facing()
    const shown = () => tokens(game, 0).flatMap(([at, feature, value]) => (at === 0x23 && feature === 2 ? [value] : []))
    act(game, 'attack_0', 'noop')
    const course = [shown()]
    for (let i = 0; i < 3; i++) {
      act(game, 'noop', 'noop')
      course.push(shown())
    }
    expect(course).toEqual([[1], [1], [0], [0]])
  })

  test('is a friend by the name of its group, whatever the number', () => {
    const outcome = (group_id: number, group_name: string) => {
      const game = facing({ agents: { agent: {}, blue: { group_id, group_name } } })
      act(game, 'attack_0', 'noop')
      return Object.keys(statsOf(game, 0)).filter((name) => name.startsWith('action.attack.red.'))
    }
    expect(outcome(0, 'blue')).toEqual(['action.attack.red.hit.blue'])
    expect(outcome(7, 'red')).toEqual(['action.attack.red.friendly_fire'])
  })

  test('has no priority over what hits it: of two that hit each other the first in the shuffled order wins', () => {
    for (let seed = 0; seed < 8; seed++) {
      const agents = { agent: { freeze_duration: 2 }, blue: { freeze_duration: 2, group_name: 'blue' } }
      const game = facing({ agents, seed })
      game.world.turn(game.world.agents[1] as never, 2)
      const { action_success } = act(game, 'attack_0', 'attack_0')
      const [first] = game.world.order
      expect([seed, action_success]).toEqual([seed, [first === 0, first === 1]])
      expect(game.world.agents.map(({ frozen }) => frozen)).toEqual(first === 0 ? [0, 1] : [1, 0])
    }
  })
})
