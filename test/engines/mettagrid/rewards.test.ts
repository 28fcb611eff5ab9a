import { describe, expect, test } from '@jest/globals'
import { act, play } from '../../support/mettagrid-game.ts'

const float32 = (values: number[]) => values.map(Math.fround)

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
