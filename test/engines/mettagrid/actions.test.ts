import { describe, expect, test } from '@jest/globals'
import { act, action, flat, holds, play, statsOf, tokens, type Sketch } from '../../support/mettagrid-game.ts'

describe('flat actions', () => {
  const names = (actions: Sketch['actions'] = []) =>
    play({ rows: ['@'], actions }).world.rules.flat.map(({ name }) => name)

  test('are the actions in order, each with its arguments', () => {
    expect(names(['noop', 'rotate', action('change_glyph', { num_glyphs: 2 })])).toEqual([
      'noop',
      'rotate_north',
      'rotate_south',
      'rotate_west',
      'rotate_east',
      'change_glyph_0',
      'change_glyph_1',
    ])
  })

  test('with one argument have just the name, a second time with a number', () => {
    expect(names(['noop', action('change_glyph', { num_glyphs: 1 }), 'noop', 'noop'])).toEqual([
      'noop',
      'change_glyph',
      'noop_1',
      'noop_2',
    ])
  })
})

describe('names of flat actions', () => {
  test('that are taken get the next number that is free', () => {
    const glyphs = (num_glyphs: number) => action('change_glyph', { num_glyphs })
    const { flat } = play({ rows: ['@'], actions: [glyphs(2), glyphs(1), glyphs(1), glyphs(2), 'move', 'move'] }).world
      .rules
    expect(flat.map(({ name }) => name).slice(0, 10)).toEqual([
      'change_glyph_0',
      'change_glyph_1',
      'change_glyph',
      'change_glyph_2',
      'change_glyph_0_1',
      'change_glyph_1_1',
      'move_north',
      'move_south',
      'move_west',
      'move_east',
    ])
    expect(flat.at(-1)).toEqual({ name: 'move_east_1', type: 5, arg: 3 })
  })
})

describe('a move', () => {
  test('turns even if it fails, and costs the penalty if it does', () => {
    const game = play({ rows: ['#@'], agents: { agent: { action_failure_penalty: 0.5 } } })
    const west = act(game, 'move_west')
    expect(west.action_success).toEqual([false])
    expect(west.rewards).toEqual([-0.5])
    expect(game.world.agents[0]?.orientation).toBe(2)
    expect(act(game, 'move_east').action_success).toEqual([false])
    expect(statsOf(game)).toMatchObject({ 'action.move.failed': 2, 'action.failure_penalty': 2 })
  })

  test('into an agent gives it half of what may be shared', () => {
    const game = play({
      rows: ['@1'],
      legend: { 1: 'poor' },
      agents: {
        agent: { initial_inventory: { 0: 9, 1: 9 }, shareable_resources: [0] },
        poor: { inventory: { limits: [{ items: [0], max_quantity: 3 }] } },
      },
      config: { resource_names: ['ore', 'heart'] },
    })
    expect(act(game, 'move_east', 'noop').action_success).toEqual([true, true])
    expect([holds(game, 0), holds(game, 1)]).toEqual([
      [
        [0, 6],
        [1, 9],
      ],
      [[0, 3]],
    ])
    expect(game.world.agents[0]?.col).toBe(0)
    expect(statsOf(game, 0)).toMatchObject({ 'ore.lost': 3, 'ore.amount': 6 })
    expect(statsOf(game, 1)).toMatchObject({ 'ore.gained': 3, 'ore.amount': 3 })
  })
})

test('a move into an agent that it has nothing for succeeds; of an odd number it keeps the greater half', () => {
  const game = play({
    rows: ['@@'],
    agents: { agent: { initial_inventory: { 0: 9, 1: 1 }, shareable_resources: [1, 0] } },
    config: { resource_names: ['ore', 'heart'] },
  })
  expect(act(game, 'move_east', 'noop').action_success).toEqual([true, true])
  expect([holds(game, 0), holds(game, 1)]).toEqual([
    [[0, 5], [1, 1]],
    [[0, 13], [1, 1]],
  ]) // prettier-ignore
  const none = play({ rows: ['@@'] })
  expect(act(none, 'move_east', 'move_west').action_success).toEqual([true, true])
})

describe('what an action needs and costs', () => {
  const config = { resource_names: ['fuel'] }
  const move = (consumed: number, required = Math.ceil(consumed)) =>
    action('move', { base: { required: { 0: required }, consumed: { 0: consumed } } })

  test('fails it if it is not there', () => {
    const game = play({
      rows: ['@..'],
      actions: [move(2, 3)],
      agents: { agent: { initial_inventory: { 0: 5 } } },
      config,
    })
    expect(act(game, 'move_east').action_success).toEqual([true])
    expect(act(game, 'move_east').action_success).toEqual([true])
    expect(act(game, 'move_west').action_success).toEqual([false])
    expect(holds(game)).toEqual([[0, 1]])
  })

  test('in fractions is drawn by chance', () => {
    const game = play({ rows: ['@'], actions: [move(0), action('rotate', { base: { required: { 0: 1 }, consumed: { 0: 0.25 } } })], agents: { agent: { initial_inventory: { 0: 200 } } }, config }) // prettier-ignore
    for (let i = 0; i < 400; i++) act(game, 'rotate_east')
    const left = holds(game)[0]?.[1] ?? 0
    expect(left).toBeGreaterThan(70)
    expect(left).toBeLessThan(130)
  })
})

describe('change_glyph', () => {
  test('shows the glyph to everybody, 0 not at all', () => {
    const game = play({ rows: ['@@'], actions: ['noop', action('change_glyph', { num_glyphs: 3 })] })
    act(game, 'change_glyph_2', 'noop')
    const glyphs = () => [tokens(game, 0), tokens(game, 1)].map((seen) => seen.filter(([, feature]) => feature === 11))
    expect(glyphs()).toEqual([[[0x22, 11, 2]], [[0x21, 11, 2]]])
    act(game, 'change_glyph_0', 'noop')
    expect(glyphs()).toEqual([[], []])
  })
})

describe('rotate', () => {
  test('counts where it turned to, and turns in a row', () => {
    const game = play({ rows: ['@'], actions: ['noop', 'rotate'], config: { track_movement_metrics: true } })
    for (const name of ['rotate_east', 'rotate_west', 'noop', 'rotate_west']) act(game, name)
    expect(statsOf(game)).toMatchObject({
      'movement.rotation.to_E': 1,
      'movement.rotation.to_W': 2,
      'movement.sequential_rotations': 1,
    })
  })
})

test('an invalid type is charged at every priority, an invalid argument once', () => {
  const agents = { agent: { action_failure_penalty: 1 } }
  const plain = play({ rows: ['@'], agents })
  expect(plain.step({ types: [9], args: [0] }).rewards).toEqual([-1])
  const armed = play({ rows: ['@'], agents, actions: ['noop', 'attack'] })
  expect(armed.step({ types: [9], args: [0] }).rewards).toEqual([-2])
  expect(armed.step({ types: [1], args: [9] }).rewards).toEqual([-1])
  expect(armed.step({ flat: [flat(armed, 'attack_8') + 1] }).rewards).toEqual([-2])
  expect(statsOf(armed)).toMatchObject({
    'action.invalid_type': 4,
    'action.invalid_type.9.0': 2,
    'action.invalid_type.-1.0': 2,
    'action.invalid_arg.1.9': 1,
  })
})
