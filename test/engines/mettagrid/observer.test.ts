import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readerOf } from '../../../src/engine/index.ts'
import {
  DEFAULT_LIMITS,
  gameConfigSchema,
  MettagridGame,
  type GameRequest,
} from '../../../src/engines/mettagrid/index.ts'
import { action } from '../../support/mettagrid-game.ts'
import { expectedObservation, standing } from '../../support/mettagrid-observer.ts'
import { valueOf } from '../../support/mettagrid-trace.ts'

const flags = fc.record({
  episode_completion_pct: fc.boolean(),
  last_action: fc.boolean(),
  last_reward: fc.boolean(),
  visitation_counts: fc.boolean(),
})

const config = fc
  .record({
    max_steps: fc.nat(12),
    obs_width: fc.nat(15),
    obs_height: fc.nat(15),
    num_observation_tokens: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 30, max: 250 })),
    allow_diagonals: fc.boolean(),
    global_obs: fc.option(flags, { nil: undefined }),
    wallTags: fc.array(fc.nat(255), { maxLength: 7 }),
    agentTags: fc.array(fc.nat(255), { maxLength: 3 }),
    penalty: fc.float({ noNaN: true, min: -4, max: 4 }),
    held: fc.dictionary(fc.nat(4).map(String), fc.nat(9), { maxKeys: 4 }),
  })
  .map(({ wallTags, agentTags, penalty, held, global_obs, ...rest }) => ({
    ...rest,
    ...(global_obs && { global_obs }),
    resource_names: ['a', 'b', 'c', 'd', 'e'],
    actions: [
      action('move'),
      action('noop'),
      action('rotate'),
      action('attack'),
      action('change_glyph', { num_glyphs: 3 }),
    ],
    objects: [
      {
        name: '@',
        agent: {
          type_name: 'agent',
          group_name: 'red',
          tag_ids: agentTags,
          action_failure_penalty: penalty,
          initial_inventory: held,
          freeze_duration: 2,
        },
      },
      { name: '#', wall: { type_id: 1, type_name: 'wall' } },
      { name: 'b', wall: { type_id: 2, type_name: 'block', swappable: true, tag_ids: wallTags } },
    ],
  }))

const map = fc
  .record({ height: fc.integer({ min: 1, max: 16 }), width: fc.integer({ min: 1, max: 36 }), empty: fc.nat(12) })
  .chain(({ height, width, empty }) =>
    fc
      .array(fc.constantFrom('@', '#', 'b', ...Array<string>(empty).fill('')), {
        minLength: height * width - 1,
        maxLength: height * width - 1,
      })
      .map((names) => ({ height, width, names: ['@', ...names] })),
  )
  .map(({ height, width, names }) => ({
    height,
    width,
    cells: names.flatMap((object_type, i) =>
      object_type === '' ? [] : [{ row: Math.floor(i / width), col: i % width, object_type }],
    ),
  }))

/** What all agents must see, beside what they see; sums of tokens are those of the stats. */
function compare(game: MettagridGame, sums: number[]): void {
  const { world } = game
  const { observations, rewards } = game.state()
  const cells = standing(world)
  const size = 3 * world.rules.config.num_observation_tokens
  for (const { index } of world.agents) {
    const { bytes, written, dropped, free } = expectedObservation(world, index, rewards[index] ?? 0, cells)
    const shown = Buffer.from(observations.subarray(index * size, (index + 1) * size)).toString('hex')
    expect(shown).toBe(Buffer.from(bytes).toString('hex'))
    for (const [i, count] of [written, dropped, free].entries()) sums[i] = Math.fround((sums[i] ?? 0) + count)
  }
  const stats = Object.fromEntries(world.stats.entries())
  expect([stats['tokens_written'], stats['tokens_dropped'], stats['tokens_free_space']]).toEqual(sums)
}

/** A wall moves to where there is none, agent or not: more than a swap can do. */
function shift(game: MettagridGame, which: number): void {
  const { objects, grid } = game.world
  const walls = objects.filter((object) => object?.type.layer === 1)
  const wall = walls[which % walls.length]
  const free = grid.height * grid.width
  for (let i = 0; i < free && wall !== undefined; i++) {
    const cell = (which + i) % free
    const [row, col] = [Math.floor(cell / grid.width), cell % grid.width]
    if (grid.at(row, col, 1) !== 0) continue
    grid.put(wall.row, wall.col, 1, 0)
    grid.put(row, col, 1, wall.id)
    Object.assign(wall, { row, col })
    return
  }
}

const turn = fc.record({
  actions: fc.infiniteStream(fc.tuple(fc.integer({ min: -1, max: 5 }), fc.integer({ min: -1, max: 4 }))),
  shifts: fc.array(fc.nat(800), { maxLength: 40, size: 'medium' }),
})

test('every agent sees what a plain look from cell to cell finds, in worlds of any kind', () => {
  const read = readerOf(gameConfigSchema)
  // Little memory for what is to be seen from each cell: it is used up often.
  const maxSightBytes = fc.constantFrom(0, 2_000, DEFAULT_LIMITS.maxSightBytes)
  fc.assert(
    fc.property(
      config,
      map,
      fc.nat(0xffffffff),
      maxSightBytes,
      fc.array(turn, { maxLength: 6 }),
      (json, cells, seed, bytes, turns) => {
        const request = { config: read(valueOf(json), ['config']), map: cells, seed } as GameRequest
        const game = new MettagridGame(request, { ...DEFAULT_LIMITS, maxSightBytes: bytes })
        const sums = [0, 0, 0]
        compare(game, sums)
        for (const { actions, shifts } of turns) {
          for (const which of shifts) shift(game, which)
          const now = [...actions.take(game.world.agents.length)]
          game.advance({ types: now.map(([type]) => type), args: now.map(([, arg]) => arg) })
          compare(game, sums)
        }
      },
    ),
    { numRuns: 30 },
  )
})
