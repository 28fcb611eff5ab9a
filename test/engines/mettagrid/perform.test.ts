/** What surrounds every action: what is counted of moving and turning, and what being frozen comes before. */
import { expect, test } from '@jest/globals'
import { act, action, play, statsOf } from '../../support/mettagrid-game.ts'

test('the longest rest of an agent is counted, failures included, not what was no action', () => {
  const game = play({ rows: ['@..'], actions: ['noop', 'move'] })
  const rest = () => statsOf(game)['status.max_steps_without_motion'] ?? 0
  const course = ['noop', 'move_north', 'move_east', 'noop', 'noop', 'move_east', 'noop', 'noop', 'noop'].map(
    (name) => {
      act(game, name)
      return rest()
    },
  )
  expect(course).toEqual([1, 2, 2, 2, 2, 2, 2, 2, 3])
  game.step({ types: [7], args: [0] })
  game.step({ types: [1], args: [9] })
  expect(rest()).toBe(3)
  act(game, 'noop')
  expect(rest()).toBe(4)
})

test('an agent that others moved has moved', () => {
  const game = play({
    rows: ['@@'],
    actions: ['noop', 'attack', 'swap'],
    agents: { agent: { freeze_duration: 1 } },
  })
  game.world.turn(game.world.agents[0] as never, 3)
  act(game, 'noop', 'noop')
  act(game, 'attack_0', 'noop')
  // Its own last step without motion was the first: the second one was spent frozen, which counts nothing.
  expect(statsOf(game, 1)).toMatchObject({ 'status.max_steps_without_motion': 1, 'status.frozen.ticks': 1 })
  const [agent, other] = game.world.agents
  if (agent === undefined || other === undefined) throw new Error('there are two agents')
  other.frozen = 1
  act(game, 'swap', 'noop')
  expect([agent.col, other.col]).toEqual([1, 0])
  act(game, 'noop', 'noop')
  expect([agent.stepsWithoutMotion, other.stepsWithoutMotion]).toEqual([1, 0])
})

test('turns in a row are counted behind one that failed, too, and only if the game counts movements', () => {
  const turns = (track_movement_metrics: boolean) => {
    const game = play({
      rows: ['@'],
      actions: ['noop', action('rotate', { base: { required: { 0: 1 } } })],
      agents: { agent: { inventory_regen_amounts: { 0: 1 } } },
      config: { resource_names: ['ore'], inventory_regen_interval: 1, track_movement_metrics },
    })
    // The first one fails for want of what only comes at the end of the step.
    expect(act(game, 'rotate_east').action_success).toEqual([false])
    expect(game.world.agents[0]?.orientation).toBe(0)
    expect(act(game, 'rotate_east').action_success).toEqual([true])
    return Object.fromEntries(Object.entries(statsOf(game)).filter(([name]) => name.startsWith('movement.')))
  }
  expect(turns(true)).toEqual({ 'movement.rotation.to_E': 1, 'movement.sequential_rotations': 1 })
  expect(turns(false)).toEqual({})
})

test('a frozen agent waits whatever it tries and can pay for, but what is no action costs it the penalty', () => {
  const game = play({
    rows: ['@'],
    actions: ['noop', action('rotate', { base: { required: { 0: 1 } } })],
    agents: { agent: { action_failure_penalty: 1, freeze_duration: 9 } },
    config: { resource_names: ['ore'] },
  })
  const [agent] = game.world.agents
  if (agent === undefined) throw new Error('there is an agent')
  agent.frozen = 3
  // It could not pay, and is not asked to.
  expect(act(game, 'rotate_south').rewards).toEqual([0])
  expect([agent.frozen, agent.orientation]).toEqual([2, 0])
  expect(game.step({ types: [1], args: [4] }).rewards).toEqual([-1])
  expect(game.step({ types: [2], args: [0] }).rewards).toEqual([-1])
  expect(agent.frozen).toBe(2)
  act(game, 'noop')
  act(game, 'noop')
  expect(agent.frozen).toBe(0)
  expect(act(game, 'rotate_south').rewards).toEqual([-1])
  expect(statsOf(game)).toEqual({
    'status.frozen.ticks': 3,
    'status.frozen.ticks.red': 3,
    'action.invalid_arg': 1,
    'action.invalid_arg.1.4': 1,
    'action.invalid_type': 1,
    'action.invalid_type.2.0': 1,
    'action.rotate.failed': 1,
    'action.failure_penalty': 1,
    'status.max_steps_without_motion': 1,
  })
})
