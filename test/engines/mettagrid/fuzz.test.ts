import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isBeamcadeError } from '../../../src/errors.ts'
import { readerOf } from '../../../src/engine/index.ts'
import { gameConfigSchema, MettagridGame, type GameRequest } from '../../../src/engines/mettagrid/index.ts'
import { action } from '../../support/mettagrid-game.ts'
import { valueOf } from '../../support/mettagrid-trace.ts'

const RESOURCES = 15
const byte = fc.nat(255)
const small = fc.nat(20)
const float = fc.float({ noNaN: true, min: -4, max: 4 })
const share = fc.float({ noNaN: true, min: 0, max: 1 })
const item = fc.nat(RESOURCES - 1)
const amounts = fc.dictionary(item.map(String), small, { maxKeys: 5 })
const base = fc.record({ required: amounts, consumed: fc.constant({}) })

const agent = (group_id: number) =>
  fc.record(
    {
      type_id: fc.constant(0),
      type_name: fc.constant('agent'),
      group_id: fc.constant(group_id),
      group_name: fc.constantFrom('red', 'blue'),
      tag_ids: fc.array(byte, { maxLength: 3 }),
      action_failure_penalty: float,
      freeze_duration: fc.nat(5),
      inventory: fc.record({
        limits: fc.array(fc.record({ items: fc.array(item), max_quantity: byte }), { maxLength: 4 }),
      }),
      initial_inventory: amounts,
      soul_bound_resources: fc.array(item, { maxLength: 3 }),
      shareable_resources: fc.array(item, { maxLength: 3 }),
      stat_rewards: fc.dictionary(
        fc.constantFrom('r0.amount', 'action.move.success', 'constructor', 'tokens_written'),
        float,
      ),
      stat_reward_max: fc.dictionary(fc.constantFrom('r0.amount', 'action.move.success'), float),
      inventory_regen_amounts: amounts,
      group_reward_pct: share,
    },
    { requiredKeys: ['type_id', 'type_name'] },
  )

const config = fc.record({
  max_steps: fc.nat(30),
  episode_truncates: fc.boolean(),
  obs_width: fc.nat(15),
  obs_height: fc.nat(15),
  resource_names: fc.constant(Array.from({ length: RESOURCES }, (_, i) => `r${i}`)),
  num_observation_tokens: fc.integer({ min: 1, max: 80 }),
  actions: fc.array(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('noop', 'move', 'rotate', 'attack'), base)
        .map(([name, cost]) => action(name, { base: cost })),
      fc.nat(4).map((num_glyphs) => action('change_glyph', { num_glyphs })),
    ),
    { minLength: 1, maxLength: 6 },
  ),
  objects: fc.tuple(agent(0), agent(3)).map(([a, b]) => [
    { name: 'agent', agent: a },
    { name: 'other', agent: b },
    { name: 'wall', wall: { type_id: 1, type_name: 'wall', swappable: true, tag_ids: [1, 2] } },
  ]),
  resource_loss_prob: share,
  track_movement_metrics: fc.boolean(),
  allow_diagonals: fc.boolean(),
  inventory_regen_interval: fc.nat(3),
})

const map = fc
  .record({ height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }) })
  .chain(({ height, width }) => {
    const cell = fc.record({
      row: fc.nat(height - 1),
      col: fc.nat(width - 1),
      object_type: fc.constantFrom('agent', 'other', 'wall', 'empty', '.'),
    })
    return fc.record({
      height: fc.constant(height),
      width: fc.constant(width),
      cells: fc.array(cell, { maxLength: 40 }),
    })
  })

/** What must be true of every world. */
function check(game: MettagridGame): void {
  const { world } = game
  const { grid, objects, agents, rules } = world
  const standing = objects.filter((object) => object !== undefined)
  expect(standing.every((object) => grid.at(object.row, object.col, object.type.layer) === object.id)).toBe(true)
  expect(grid.cells.filter((id) => id !== 0)).toHaveLength(standing.length)
  const { observations, rewards } = game.state()
  expect(rewards.every(Number.isFinite)).toBe(true)
  for (const { index } of agents) {
    const size = rules.config.num_observation_tokens * 3
    const unused = observations.subarray(index * size + 3 * (world.written[index] ?? 0), (index + 1) * size)
    expect(unused.every((byte) => byte === 255)).toBe(true)
  }
}

test('any configuration makes a game that stays whole, or is refused with a sentence', () => {
  const read = readerOf(gameConfigSchema)
  const numbers = fc.array(fc.tuple(fc.integer({ min: -2, max: 7 }), fc.integer({ min: -2, max: 10 })), {
    maxLength: 120,
  })
  fc.assert(
    fc.property(config, map, fc.nat(0xffffffff), numbers, (json, gameMap, seed, actions) => {
      const request = { config: read(valueOf(json), ['config']), map: gameMap, seed } as GameRequest
      let game: MettagridGame
      try {
        game = new MettagridGame(request)
      } catch (error) {
        if (!isBeamcadeError(error)) throw error
        expect(error.message).toMatch(/^[A-Z].*\.$/)
        return
      }
      check(game)
      const { length } = game.world.agents
      for (let at = 0; at + length <= actions.length; at += length) {
        const now = actions.slice(at, at + length)
        game.advance({ types: now.map(([type]) => type), args: now.map(([, arg]) => arg) })
      }
      check(game)
    }),
    { numRuns: 60 },
  )
})
