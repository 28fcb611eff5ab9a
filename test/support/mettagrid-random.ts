/** Random MettaGrid games of every kind: all objects, all actions, limits, chance, clippers, and what makes no sense. */
import fc from 'fast-check'
import { readerOf } from '../../src/engine/index.ts'
import { gameConfigSchema, type GameRequest, type MettagridGame } from '../../src/engines/mettagrid/index.ts'
import { action } from './mettagrid-game.ts'
import { valueOf } from './mettagrid-trace.ts'

const RESOURCES = 15
const byte = fc.nat(255)
const small = fc.nat(20)
const float = fc.float({ noNaN: true, min: -4, max: 4 })
const share = fc.float({ noNaN: true, min: 0, max: 1 })
const item = fc.nat(RESOURCES - 1)
/** Few kinds more often: what one makes another one should take. */
const often = fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, item)
const few = fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, small)
const amounts = fc.dictionary(often.map(String), few, { maxKeys: 3 })
const tags = fc.array(byte, { maxLength: 3 })
const floats = fc.dictionary(often.map(String), float, { maxKeys: 4 })

const agent = (group_id: number) =>
  fc.record(
    {
      type_id: fc.constant(0),
      type_name: fc.constant('agent'),
      group_id: fc.constant(group_id),
      group_name: fc.constantFrom('red', 'blue'),
      tag_ids: tags,
      action_failure_penalty: float,
      freeze_duration: fc.nat(5),
      inventory: fc.record({
        limits: fc.array(fc.record({ items: fc.array(item), max_quantity: byte }), { maxLength: 4 }),
      }),
      initial_inventory: fc.dictionary(often.map(String), byte, { maxKeys: 8 }),
      soul_bound_resources: fc.array(item, { maxLength: 3 }),
      shareable_resources: fc.array(item, { maxLength: 3 }),
      stat_rewards: fc.dictionary(
        fc.constantFrom('r0.amount', 'action.move.success', 'constructor', 'tokens_written', 'chest.r0.amount'),
        float,
      ),
      stat_reward_max: fc.dictionary(fc.constantFrom('r0.amount', 'action.move.success'), float),
      inventory_regen_amounts: amounts,
      group_reward_pct: share,
    },
    { requiredKeys: ['type_id', 'type_name', 'group_id'] },
  )

const recipe = fc.record({ inputs: amounts, outputs: amounts, cooldown: fc.nat(6) })

const converter = (type_id: number) =>
  fc.record({
    type_id: fc.constant(type_id),
    type_name: fc.constant('converter'),
    tag_ids: tags,
    input_resources: amounts,
    output_resources: amounts,
    max_output: fc.integer({ min: -1, max: 30 }),
    max_conversions: fc.constantFrom(-1, -1, 0, 3),
    conversion_ticks: fc.nat(3),
    cooldown_schedule: fc.array(fc.nat(3), { maxLength: 3 }),
    initial_resource_count: small,
    recipe_details_obs: fc.boolean(),
  })

const assembler = fc.record({
  type_id: fc.constant(4),
  type_name: fc.constant('assembler'),
  tag_ids: tags,
  recipes: fc.array(recipe, { maxLength: 3 }),
  allow_partial_usage: fc.boolean(),
  max_uses: fc.constantFrom(0, 0, 3),
  exhaustion: fc.constantFrom(0, 0.5, -1, 3e38),
  clip_immune: fc.boolean(),
  start_clipped: fc.boolean(),
})

const delta = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -300, max: 300 }))
const chest = fc.record({
  type_id: fc.constant(5),
  type_name: fc.constant('chest'),
  tag_ids: tags,
  resource_type: often,
  position_deltas: fc.dictionary(fc.integer({ min: -1, max: 8 }).map(String), delta, { minKeys: 3 }),
  initial_inventory: fc.integer({ min: -5, max: 300 }),
  max_inventory: fc.constantFrom(-1, 0, 5, 255, 1000),
})

const base = fc.record({ required: fc.dictionary(often.map(String), fc.nat(2), { maxKeys: 1 }), consumed: fc.constant({}) }) // prettier-ignore
const paid = fc.tuple(often, fc.float({ noNaN: true, min: 0, max: 2 })).map(([what, amount]) => ({
  required: { [what]: Math.ceil(amount) },
  consumed: { [what]: amount },
}))

const cost = fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, base, paid)
const anyAction = fc.oneof(
  fc.tuple(fc.constantFrom('noop', 'move', 'rotate', 'attack'), cost).map(([name, base]) => action(name, { base })),
  amounts.map((defense) => action('attack', { defense })),
  fc.nat(4).map((num_glyphs) => action('change_glyph', { num_glyphs })),
  fc
    .record({ modifies: floats, agent_radius: fc.nat(9), converter_radius: fc.nat(9), scales: fc.boolean() })
    .map((body) => action('resource_mod', body)),
)
const ALWAYS = ['move', 'move', 'put_items', 'get_items', 'swap', 'rotate']
const actions = fc
  .tuple(fc.array(cost, { minLength: ALWAYS.length, maxLength: ALWAYS.length }), fc.array(anyAction, { maxLength: 5 }))
  .map(([costs, more]) => [...ALWAYS.map((name, i) => action(name, { base: costs[i] })), ...more])

const clipper = fc.record({
  unclipping_recipes: fc.array(recipe, { minLength: 1, maxLength: 3 }),
  length_scale: fc.constantFrom(0, 0.5, 2.5),
  cutoff_distance: fc.constantFrom(0, 3, 100),
  clip_rate: fc.constantFrom(0, 0.3, 1),
})

const globalObs = fc.record({
  episode_completion_pct: fc.boolean(),
  last_action: fc.boolean(),
  visitation_counts: fc.boolean(),
})

const config = fc.record(
  {
    max_steps: fc.nat(30),
    episode_truncates: fc.boolean(),
    obs_width: fc.nat(15),
    obs_height: fc.nat(15),
    resource_names: fc.constant(Array.from({ length: RESOURCES }, (_, i) => `r${i}`)),
    num_observation_tokens: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.constant(400)),
    global_obs: globalObs,
    actions,
    objects: fc
      .tuple(agent(0), agent(3), converter(2), converter(3), assembler, assembler, chest)
      .map(([red, blue, mine, mill, altar, lab, box]) => [
        { name: 'agent', agent: red },
        { name: 'other', agent: blue },
        { name: 'wall', wall: { type_id: 1, type_name: 'wall' } },
        { name: 'block', wall: { type_id: 6, type_name: 'block', swappable: true, tag_ids: [1, 2] } },
        { name: 'mine', converter: mine },
        { name: 'mill', converter: mill },
        { name: 'altar', assembler: altar },
        { name: 'lab', assembler: { ...lab, type_id: 7, type_name: 'lab' } },
        { name: 'box', chest: box },
      ]),
    resource_loss_prob: fc.oneof(fc.constant(0), share),
    track_movement_metrics: fc.boolean(),
    allow_diagonals: fc.boolean(),
    recipe_details_obs: fc.boolean(),
    inventory_regen_interval: fc.nat(3),
    clipper,
  },
  {
    requiredKeys: [
      'obs_width',
      'obs_height',
      'resource_names',
      'num_observation_tokens',
      'global_obs',
      'actions',
      'objects',
    ],
  },
)

const map = fc
  .record({ height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }) })
  .chain(({ height, width }) => {
    const cell = fc.record({
      row: fc.nat(height - 1),
      col: fc.nat(width - 1),
      object_type: fc.constantFrom('agent', 'other', 'wall', 'block', 'empty', '.', 'mine', 'mill', 'altar', 'lab', 'box'), // prettier-ignore
    })
    // An agent, unless another object comes later.
    const cells = fc
      .array(cell, { maxLength: 60, size: 'max' })
      .map((some) => [{ row: 0, col: width - 1, object_type: 'agent' }, ...some])
    return fc.record({ height: fc.constant(height), width: fc.constant(width), cells })
  })

/** A request that an engine takes or refuses with a sentence. Rewards are not shown: they change after the observations. */
export const anyRequest: fc.Arbitrary<GameRequest> = fc
  .record({ config, map, seed: fc.nat(0xffffffff) })
  .map((json) => {
    const read = readerOf(gameConfigSchema)
    return { ...json, config: read(valueOf(json.config), ['config']) as GameRequest['config'] }
  })

/** Numbers that {@link steps} makes actions of. */
export const anyActions = (maxLength: number): fc.Arbitrary<[type: number, arg: number, odd: number][]> =>
  fc.array(fc.tuple(fc.nat(999), fc.nat(999), fc.nat(19)), { maxLength, size: 'max' })

/** The inputs of steps, as many actions at a time as there are agents: each type as often, one in twenty perhaps invalid. */
export function* steps({ world }: MettagridGame, numbers: readonly (readonly [number, number, number])[]) {
  const { agents, rules } = world
  for (let at = 0; at + agents.length <= numbers.length; at += agents.length) {
    const now = numbers.slice(at, at + agents.length).map(([first, second, odd]): [type: number, arg: number] => {
      if (odd === 0) return [(first % 20) - 2, (second % 12) - 2]
      const type = first % rules.handlers.length
      const most = rules.handlers[type]?.action.maxArg ?? 0
      return [type, second % Math.max(1, most + 1)]
    })
    yield { types: now.map(([type]) => type), args: now.map(([, arg]) => arg) }
  }
}
