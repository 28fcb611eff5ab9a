/** The order of what happens in a step, as far as agents can tell, and how an episode ends. */
import { describe, expect, test } from '@jest/globals'
import { act, holds, play, seen, tokens } from '../../support/mettagrid-game.ts'

const config = { resource_names: ['ore', 'coal'] }

/** What agent 0 is shown of a feature. */
const shown = (game: ReturnType<typeof play>, feature: number) =>
  tokens(game).flatMap(([, of, value]) => (of === feature ? [value] : []))

describe('a step', () => {
  test('takes losses, then lets things grow, then shows both', () => {
    const game = play({
      rows: ['@'],
      agents: { agent: { initial_inventory: { 0: 5 }, inventory_regen_amounts: { 0: 2, 1: 1 } } },
      config: { ...config, resource_loss_prob: 1, inventory_regen_interval: 2 },
    })
    const course = [1, 2, 3, 4].map(() => {
      act(game, 'noop')
      return [shown(game, 17), shown(game, 18)]
    })
    expect(course).toEqual([
      [[], []],
      [[2], [1]],
      [[], []],
      [[2], [1]],
    ])
  })

  test('lets things grow for frozen agents, within their limits, with the stats', () => {
    const game = play({
      rows: ['@'],
      agents: {
        agent: {
          inventory_regen_amounts: { 0: 2, 1: 9 },
          inventory: { limits: [{ items: [0, 1], max_quantity: 12 }] },
        },
      },
      config: { ...config, inventory_regen_interval: 1 },
    })
    const [agent] = game.world.agents
    if (agent === undefined) throw new Error('there is an agent')
    agent.frozen = 9
    act(game, 'noop')
    // The one with the higher number first: maps list the newest first.
    expect(holds(game)).toEqual([[0, 2], [1, 9]]) // prettier-ignore
    act(game, 'noop')
    expect(holds(game)).toEqual([[0, 2], [1, 10]]) // prettier-ignore
    expect(Object.fromEntries(agent.stats.entries())).toMatchObject({ 'coal.gained': 10, 'ore.gained': 2 })
  })

  test('shows what the clipper did in it', () => {
    const game = play({
      rows: ['@a'],
      legend: { a: 'altar' },
      objects: { altar: { assembler: {} } },
      config: { clipper: { unclipping_recipes: [{}], clip_rate: 1 } },
    })
    expect(seen(game, 0x23)).toEqual([[0, 10]])
    act(game, 'noop')
    expect(seen(game, 0x23)).toEqual([[0, 10], [15, 1]]) // prettier-ignore
  })

  test('shows penalties as the last reward, and never what stats are worth', () => {
    const agent = { action_failure_penalty: 0.5, stat_rewards: { 'action.noop.success': 0.25 }, group_reward_pct: 0.5 }
    const game = play({ rows: ['#@'], agents: { agent } })
    expect(act(game, 'noop').rewards).toEqual([0.25])
    expect(shown(game, 10)).toEqual([0])
    expect(act(game, 'move_west').rewards).toEqual([-0.5])
    expect(shown(game, 10)).toEqual([206])
    expect(act(game, 'noop').rewards).toEqual([0.25])
    expect(shown(game, 10)).toEqual([0])
  })

  test('counts what it shows before it pays for stats', () => {
    const game = play({ rows: ['@'], agents: { agent: { stat_rewards: { tokens_written: 1 } } } })
    // Eight tokens were shown before the first step, and eight more in it.
    expect(act(game, 'noop').rewards).toEqual([16])
    expect(act(game, 'noop').rewards).toEqual([8])
  })
})

describe('the end of an episode', () => {
  test.each([
    [true, 'truncations', 'terminals'],
    [false, 'terminals', 'truncations'],
  ] as const)('with episode_truncates %s raises the %s of all, and the game goes on', (truncates, raised, other) => {
    const game = play({ rows: ['@@'], config: { max_steps: 2, episode_truncates: truncates } })
    const course = [1, 2, 3, 4].map(() => {
      const result = act(game, 'noop', 'noop')
      expect(result[other]).toEqual([false, false])
      return [result.current_step, result[raised], shown(game, 7)]
    })
    // Completion goes on beyond 255, of which the low byte is shown: 382.5 is 383.
    expect(course).toEqual([
      [1, [false, false], [128]],
      [2, [true, true], [255]],
      [3, [true, true], [383 - 256]],
      [4, [true, true], [510 - 256]],
    ])
  })

  test('never comes with 0 steps', () => {
    const game = play({ rows: ['@'], config: { max_steps: 0 } })
    for (let i = 0; i < 9; i++) {
      expect(act(game, 'noop')).toMatchObject({ terminals: [false], truncations: [false] })
      expect(shown(game, 7)).toEqual([0])
    }
  })

  test('may be so far away that its number of steps is no float32: it is rounded to one', () => {
    const game = play({ rows: ['@'], config: { max_steps: 4_294_967_295 } })
    // As floats 25,264,512 of 2^32: just less than one and a half of 255.
    game.world.step = 25_264_512
    act(game, 'noop')
    expect(shown(game, 7)).toEqual([1])
  })
})
