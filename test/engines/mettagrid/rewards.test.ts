import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { act, play } from '../../support/mettagrid-game.ts'

const float32 = (values: number[]) => values.map(Math.fround)
/** Numbers of like size that are no float32: the bounds of `fc.double` are full of tiny ones. */
const amount = fc.integer({ min: -9_999_999, max: 9_999_999 }).map((n) => n / 997)
const weight = fc.integer({ min: -2_999_999, max: 2_999_999 }).map((n) => n / 999_983)

describe('rewards of stats', () => {
  test('pay what a stat gained since the last step, up to its maximum', () => {
    const agents = {
      agent: { stat_rewards: { 'action.move.success': 0.5 }, stat_reward_max: { 'action.move.success': 0.75 } },
    }
    const game = play({ rows: ['@...'], agents })
    const rewards = [1, 2, 3].map(() => act(game, 'move_east').rewards[0])
    expect(rewards).toEqual([0.5, 0.25, 0])
    expect([...game.world.episodeRewards]).toEqual([0.75])
  })

  test('count what the game counts as well, and an inventory from the start', () => {
    const agents = {
      agent: { stat_rewards: { 'ore.amount': 0.1, 'objects.wall': 2 }, initial_inventory: { 0: 3 } },
    }
    const game = play({ rows: ['@##'], agents, config: { resource_names: ['ore'] } })
    expect(game.state().rewards).toEqual([0])
    expect(act(game, 'noop').rewards).toEqual(float32([Math.fround(3 * Math.fround(0.1)) + 4]))
    expect(act(game, 'noop').rewards).toEqual([0])
  })

  test('are float32 in each sum and product, in the order of their names', () => {
    const stat = fc.record({ own: amount, all: amount, weight, max: fc.option(weight, { nil: undefined }) })
    const later = fc.array(fc.tuple(amount, amount, amount), { maxLength: 3 })
    fc.assert(
      fc.property(fc.tuple(stat, stat, stat), later, weight, ([moth, zeal, ant], later, cost) => {
        // Not the order in which they are said.
        const said = Object.entries({ moth, zeal, ant })
        const agent = {
          action_failure_penalty: cost,
          stat_rewards: Object.fromEntries(said.map(([name, { weight }]) => [name, weight])),
          stat_reward_max: Object.fromEntries(
            said.flatMap(([name, { max }]) => (max === undefined ? [] : [[name, max]])),
          ),
        }
        const game = play({ rows: ['#@'], agents: { agent } })
        const { world } = game
        for (const [name, { all }] of said) world.stats.set(world.stat(name), all)
        let before = 0
        for (const own of [said.map(([, { own }]) => own), ...later]) {
          for (const [i, [name]] of said.entries()) world.agents[0]?.stats.set(world.stat(name), own[i] ?? 0)
          let sum = 0
          for (const [{ all, weight, max = Infinity }, mine = 0] of [
            [ant, own[2]],
            [moth, own[0]],
            [zeal, own[1]],
          ] as const) {
            const value = Math.fround(Math.fround(mine) + Math.fround(all))
            sum = Math.fround(sum + Math.min(Math.fround(value * Math.fround(weight)), Math.fround(max)))
          }
          const paid = Math.fround(Math.fround(-Math.fround(cost)) + Math.fround(sum - before))
          expect(act(game, 'move_west').rewards.map((reward) => reward + 0)).toEqual([paid + 0])
          before = sum
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('groups', () => {
  const groups = {
    agents: {
      agent: { group_id: 0, group_reward_pct: 0.5, stat_rewards: { 'action.move.success': 1 } },
      blue: { group_id: 9, group_name: 'blue', group_reward_pct: 0, stat_rewards: { 'action.move.success': 1 } },
    },
    legend: { b: 'blue' },
  }

  test('spread their share of each reward evenly', () => {
    const game = play({ rows: ['@.', '@.', 'b.', 'b.'], ...groups })
    expect(act(game, 'move_east', 'noop', 'move_east', 'noop').rewards).toEqual([0.75, 0.25, 1, 0])
    // The sum of an episode is that of the rewards before sharing.
    expect([...game.world.episodeRewards]).toEqual([1, 0, 1, 0])
    expect(act(game, 'noop', 'noop', 'noop', 'noop').rewards).toEqual([0, 0, 0, 0])
  })

  test('are float32 in each sum and share, agent by agent; their numbers may have gaps', () => {
    const team = fc.record({ weight, cost: weight, share: weight.map(Math.abs) })
    const moves = fc.array(fc.boolean(), { minLength: 9, maxLength: 9 })
    fc.assert(
      fc.property(fc.tuple(team, team, team), moves, (teams, moving) => {
        const numbers = [200, 0, 7]
        const agents = teams.map(({ weight, cost, share }, i) => ({
          group_id: numbers[i],
          group_reward_pct: share,
          action_failure_penalty: cost,
          stat_rewards: { 'action.noop.success': weight },
        }))
        const [agent, blue, green] = agents
        const game = play({ rows: ['@bg#@', 'gb@bb'], legend: { b: 'b', g: 'g' }, agents: { agent, b: blue, g: green } as never }) // prettier-ignore
        // Those who move have no room to: it costs them the penalty; the others are worth their weight.
        const step = act(game, ...game.world.agents.map((_, i) => (moving[i] === true ? 'move_north' : 'noop')))
        const earned = [...game.world.episodeRewards]
        const pools = new Map<number, number>()
        const kept = game.world.agents.map(({ type }, i) => {
          const reward = earned[i] ?? 0
          const share = Math.fround(reward * Math.fround(teams[numbers.indexOf(type.group)]?.share ?? 0))
          const size = game.world.agents.filter((other) => other.type.group === type.group).length
          pools.set(type.group, Math.fround((pools.get(type.group) ?? 0) + Math.fround(share / size)))
          return Math.fround(reward - share)
        })
        const expected = kept.map((reward, i) =>
          Math.fround(reward + (pools.get(game.world.agents[i]?.type.group ?? 0) ?? 0)),
        )
        expect(step.rewards.map((reward) => reward + 0)).toEqual(expected.map((reward) => reward + 0))
      }),
      { numRuns: 200 },
    )
  })

  test('share penalties too', () => {
    const agents = { agent: { group_reward_pct: 1, action_failure_penalty: 1 } }
    const game = play({ rows: ['#@', '.@'], agents })
    expect(act(game, 'move_west', 'noop').rewards).toEqual([-0.5, -0.5])
  })

  test('must agree on their share', () => {
    const agents = { agent: { group_reward_pct: 0.5 }, other: { group_reward_pct: 0.25 } }
    expect(() => play({ rows: ['@'], agents })).toThrow(
      'The agents of group 0 differ in group_reward_pct: agent 0.5, other 0.25.',
    )
  })
})
