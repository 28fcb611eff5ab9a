/** Observations in words. */
import { describe, expect, test } from '@jest/globals'
import { MettagridGame } from '../../../src/engines/mettagrid/index.ts'
import { inWords, vocabularyOf } from '../../../src/engines/mettagrid/observe/words.ts'
import { action, sketch, type Sketch } from '../../support/mettagrid-game.ts'

/** What an agent sees, before the first step and after each. */
function seen(what: Sketch, agent: number, steps: readonly (readonly number[])[] = []): string[][] {
  const game = new MettagridGame(sketch(what))
  const { rules, window } = game.world
  const size = rules.config.num_observation_tokens * 3
  const words = (bytes: Uint8Array): string[] =>
    inWords(bytes.subarray(agent * size, (agent + 1) * size), window, vocabularyOf(rules))
  return [game.state(), ...steps.map((flat) => game.step({ flat }))].map(({ observations }) => words(observations))
}

describe('an observation in words', () => {
  test('tells of the last step, then of each object, from near to far', () => {
    const what: Sketch = {
      rows: ['.....', '.@.#.', '..@..'],
      actions: ['noop', 'move', action('change_glyph', { num_glyphs: 4 })],
      agents: {
        'agent.agent': { initial_inventory: { 1: 3 }, tag_ids: [5], action_failure_penalty: 0.25, group_id: 2 },
      },
      config: { resource_names: ['ore', 'heart'], max_steps: 10 },
    }
    // The second agent comes next to the first one.
    expect(seen(what, 0, [[7, 1]])).toEqual([
      [
        '0% of the episode are over, last action noop, its argument 0, last reward 0',
        'here: agent, group red, facing north, has heart 3, tag 5',
        '2 east: wall',
        '1 south, 1 east: agent, group red, facing north, has heart 3, tag 5',
      ],
      [
        '10% of the episode are over, last action change_glyph_2, its argument 2, last reward 0',
        'here: agent, group red, facing north, glyph 2, has heart 3, tag 5',
        '1 east: agent, group red, facing north, has heart 3, tag 5',
        '2 east: wall',
      ],
    ])
  })

  test('a penalty is a negative reward, and a window at the edge shows what is there', () => {
    const what: Sketch = { rows: ['@'], agents: { 'agent.agent': { action_failure_penalty: 0.25 } } }
    expect(seen(what, 0, [[1]])[1]).toEqual([
      '0% of the episode are over, last action move_north, its argument 0, last reward -0.25',
      'here: agent, group red, facing north',
    ])
  })

  test('devices tell what they hold, take and give', () => {
    const converter = {
      name: 'mine',
      converter: {
        type_id: 4,
        type_name: 'mine',
        input_resources: { 0: 2 },
        output_resources: { 1: 1 },
        max_output: 5,
        max_conversions: -1,
        conversion_ticks: 3,
        initial_resource_count: 1,
        recipe_details_obs: true,
      },
    }
    const objects = [
      converter,
      { name: 'wall', wall: { type_id: 1, type_name: 'block', swappable: true } },
      { name: 'agent.agent', agent: { type_name: 'agent', group_name: 'red' } },
    ]
    const [lines = []] = seen(
      { rows: ['c@#'], legend: { c: 'mine' }, config: { objects, resource_names: ['ore', 'heart'] } },
      0,
    )
    expect(lines.slice(2)).toEqual([
      '1 west: mine, has heart 1, takes ore 2, gives heart 1',
      '1 east: block, can be swapped',
    ])
  })

  test('says when there was no room for more', () => {
    const [lines = []] = seen({ rows: ['@##'], config: { num_observation_tokens: 7 } }, 0)
    expect(lines.at(-1)).toBe('all tokens are used: there may be more to see')
    expect(lines.filter((line) => line.includes('wall'))).toEqual([])
  })
})
