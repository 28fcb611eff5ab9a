import { describe, expect, test } from '@jest/globals'
import { act, play, seen, tokens, type Sketch } from '../../support/mettagrid-game.ts'

const quiet = { episode_completion_pct: false, last_action: false, last_reward: false, visitation_counts: false }

/** Locations of the walls that agent 0 sees, in order. */
function walls(what: Sketch): string[] {
  const seen = tokens(play({ ...what, config: { global_obs: quiet, ...what.config } }))
  return seen
    .filter(([, feature, value]) => feature === 0 && value === 1)
    .map(([at]) => at.toString(16).padStart(2, '0'))
}

describe('the window', () => {
  const crowd = { rows: ['#######', '#######', '#######', '###@###', '#######', '#######', '#######'] }

  test('shows cells by distance, then by row, left before right', () => {
    const seen = walls({ ...crowd, config: { obs_width: 5, obs_height: 3 } })
    // Row and column of the location; the agent itself is at 12.
    expect(seen).toEqual(['02', '11', '13', '22', '01', '03', '10', '14', '21', '23', '00', '04', '20', '24'])
  })

  test('of even size shows as many cells as it has, of the next larger one', () => {
    const seen = walls({ ...crowd, config: { obs_width: 4, obs_height: 4 } })
    const larger = walls({ ...crowd, config: { obs_width: 5, obs_height: 5 } })
    expect(seen).toEqual(larger.slice(0, 15))
  })

  test('of even size one way shows as many cells as it has, too, and where they are in the larger one', () => {
    expect(walls({ ...crowd, config: { obs_width: 4, obs_height: 3 } })).toEqual(
      ['02', '11', '13', '22', '01', '03', '10', '14', '21', '23', '00'],
    ) // prettier-ignore
    expect(walls({ ...crowd, config: { obs_width: 2, obs_height: 2 } })).toEqual(['01', '10', '12'])
    expect(walls({ ...crowd, config: { obs_width: 1, obs_height: 3 } })).toEqual(['00', '20'])
    expect(walls({ ...crowd, config: { obs_width: 1, obs_height: 1 } })).toEqual([])
    expect(walls({ ...crowd, config: { obs_width: 5, obs_height: 0 } })).toEqual([])
  })

  test('of no size shows no cell', () => {
    expect(walls({ ...crowd, config: { obs_width: 0, obs_height: 0 } })).toEqual([])
    expect(tokens(play({ ...crowd, config: { obs_width: 0, obs_height: 0 } })).map(([at]) => at)).toEqual([0, 0, 0, 0])
  })

  test('ends at the edge of the map', () => {
    expect(walls({ rows: ['@#'], config: { obs_width: 15, obs_height: 15 } })).toEqual(['78'])
  })
})

describe('what does not fit', () => {
  const stats = (num_observation_tokens: number) => {
    const tags = { tag_ids: [1, 2, 3] }
    const game = play({ rows: ['#@#'], agents: { agent: tags }, config: { num_observation_tokens } })
    const all = Object.fromEntries(game.world.stats.entries())
    return [all['tokens_written'], all['tokens_dropped'], all['tokens_free_space']]
  }

  test('is left out and counted, but nothing after the object that filled the room', () => {
    expect(stats(20)).toEqual([13, 0, 7]) // 4 global tokens, 7 of the agent, 1 of each wall
    expect(stats(12)).toEqual([12, 0, 0]) // the second wall is not looked at
    expect(stats(9)).toEqual([9, 2, 0])
    expect(stats(3)).toEqual([3, 1, 0])
  })

  test('leaves unused room as 255, also after a step with less to see', () => {
    const game = play({ rows: ['@....', '...##'], config: { obs_width: 7, obs_height: 3 } })
    const seen = [tokens(game).length]
    for (const way of ['east', 'west']) {
      act(game, `move_${way}`)
      seen.push(tokens(game).length)
    }
    expect(seen).toEqual([9, 10, 9])
    expect(
      game
        .state()
        .observations.subarray(9 * 3)
        .every((byte) => byte === 255),
    ).toBe(true)
  })
})

describe('global tokens', () => {
  const globals = (game: ReturnType<typeof play>) =>
    tokens(game)
      .filter(([, feature]) => feature >= 7 && feature <= 12 && feature !== 11)
      .map(([, feature, value]) => [feature, value])

  test('are completion, last action and last reward unless the configuration says otherwise', () => {
    const game = play({ rows: ['#@'], agents: { agent: { action_failure_penalty: 0.1 } }, config: { max_steps: 4 } })
    act(game, 'move_west')
    expect(globals(game)).toEqual([
      [7, 64],
      [8, 3],
      [9, 2],
      [10, 246],
    ])
    game.step({ types: [-5], args: [258] })
    expect(globals(game)).toEqual([
      [7, 128],
      [8, 0],
      [9, 2],
      [10, 246],
    ])
  })

  test('that the configuration leaves out in a message that is there are not shown', () => {
    expect(globals(play({ rows: ['@'], config: { global_obs: {} } }))).toEqual([])
    const all = play({ rows: ['@'], config: { global_obs: { visitation_counts: true } } })
    expect(globals(all)).toEqual([1, 2, 3, 4, 5].map(() => [12, 0]))
  })

  test('show the low byte of the position of an action among the flat ones, and none for a wrong argument', () => {
    const glyphs = { name: 'change_glyph', type: 8, change_glyph: { num_glyphs: 255 } }
    const game = play({ rows: ['@'], actions: [glyphs, 'noop', 'move'] })
    const last = (type: number, arg: number) => {
      game.step({ types: [type], args: [arg] })
      return globals(game).slice(1, 3)
    }
    expect(last(0, 254)).toEqual([[8, 254], [9, 254]]) // prettier-ignore
    expect(last(1, 0)).toEqual([[8, 255], [9, 0]]) // prettier-ignore
    expect(last(2, 3)).toEqual([[8, 3], [9, 3]]) // prettier-ignore
    expect(last(2, 4)).toEqual([[8, 0], [9, 4]]) // prettier-ignore
    expect(last(2, -1)).toEqual([[8, 0], [9, 255]]) // prettier-ignore
    expect(last(3, 1)).toEqual([[8, 0], [9, 1]]) // prettier-ignore
    // Before the first step all have done action 0, which here is not the one with index 0.
    expect(globals(play({ rows: ['@'], actions: ['move', 'noop'] })).slice(1)).toEqual([[8, 0], [9, 0], [10, 0]]) // prettier-ignore
  })

  test('show rewards that no byte can hold by their low byte, and what no 32 bits can hold as 0', () => {
    const shown = (penalty: number) => {
      const game = play({ rows: ['#@'], agents: { agent: { action_failure_penalty: penalty } } })
      act(game, 'move_west')
      return globals(game).at(-1)?.[1]
    }
    expect([3, -3, 0.005, -0.005, 1e9, -1e9].map(shown)).toEqual([212, 44, 255, 1, 0, 0])
  })
})

test('an agent shows what it is, holds and is tagged with', () => {
  const game = play({
    rows: ['@'],
    agents: {
      agent: { type_id: 7, group_id: 3, tag_ids: [9, 4], initial_inventory: { 0: 1, 1: 2, 14: 3 } },
    },
    config: { global_obs: quiet, resource_names: Array.from({ length: 15 }, (_, i) => `r${i}`) },
  })
  expect(tokens(game).map(([, feature, value]) => [feature, value])).toEqual([
    [0, 7],
    [1, 3],
    [2, 0],
    [3, 0],
    [17, 1],
    [18, 2],
    [31, 3],
    [13, 9],
    [13, 4],
  ])
})

test('what an agent holds is listed as a hash map lists it, whose order growth turns round', () => {
  const resource_names = Array.from({ length: 20 }, (_, i) => `r${i}`)
  const held = (items: number[], more: object = {}) =>
    play({
      rows: ['@'],
      agents: { agent: { initial_inventory: Object.fromEntries(items.map((item) => [item, 1])), ...more } },
      config: { global_obs: quiet, resource_names, inventory_regen_interval: 1 },
    })
  const listed = (game: ReturnType<typeof play>) =>
    tokens(game).flatMap(([, feature]) => (feature >= 17 ? [feature - 17] : []))
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
  // The configuration is a map of its own, inserted by ascending numbers; what it lists goes into that of the agent.
  expect(listed(held([0, 1, 2]))).toEqual([0, 1, 2])
  expect(listed(held([1, 2, 14, 15]))).toEqual([1, 14, 2, 15])
  expect(listed(held(upTo(13)))).toEqual(upTo(13))
  // Grown at the fourteenth, 13, 0, 1, … 12 in the configuration; these go in in that order, and 12 makes that grow.
  expect(listed(held(upTo(14)))).toEqual([12, 13, ...upTo(12)])
  // One that is asked for, but stays at nothing, makes it grow as well, and that is seen.
  const growing = held(upTo(13), { inventory_regen_amounts: { 19: 0 } })
  expect(listed(growing)).toEqual(upTo(13))
  act(growing, 'noop')
  expect(listed(growing)).toEqual(upTo(13).reverse())
})

test('what a converter holds is listed that way as well', () => {
  const thirteen = Array.from({ length: 13 }, (_, item) => item)
  const game = play({
    rows: ['@m'],
    legend: { m: 'mill' },
    actions: [
      'noop',
      'put_items',
      { name: 'resource_mod', type: 9, resource_mod: { modifies: { 19: -1 }, converter_radius: 1 } },
    ],
    objects: {
      mill: {
        converter: {
          input_resources: { 18: 1 },
          output_resources: Object.fromEntries(thirteen.map((item) => [item, 1])),
          initial_resource_count: 1,
        },
      },
    },
    config: { resource_names: Array.from({ length: 20 }, (_, i) => `r${i}`) },
  })
  const listed = () => seen(game, 0x23).flatMap(([feature]) => (feature >= 17 ? [feature - 17] : []))
  expect(listed()).toEqual(thirteen)
  act(game, 'noop')
  expect(listed()).toEqual(thirteen)
  // Of an input that the agent has none of nothing is put, and so nothing asked for.
  game.world.turn(game.world.agents[0] as never, 3)
  expect(act(game, 'put_items').action_success).toEqual([false])
  expect(listed()).toEqual(thirteen)
  // There is none of the nineteenth to take: asking for it made the map grow.
  act(game, 'resource_mod')
  expect(listed()).toEqual([...thirteen].reverse())
})

test('a swappable wall says so', () => {
  const game = play({
    rows: ['@b'],
    legend: { b: 'block' },
    config: {
      global_obs: quiet,
      objects: [
        { name: 'agent', agent: {} },
        { name: 'block', wall: { type_id: 2, swappable: true, tag_ids: [5] } },
      ],
    },
  })
  expect(tokens(game).slice(4)).toEqual([
    [0x23, 0, 2],
    [0x23, 6, 1],
    [0x23, 13, 5],
  ])
})
