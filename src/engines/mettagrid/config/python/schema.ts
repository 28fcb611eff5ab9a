/**
 * The configuration as the Python project writes it: `MettaGridConfig` as JSON, with its names and its defaults. It is told
 * from a `GameConfig` of the wire format by its key `game`, which the wire format has not. Bounds are those of the engine,
 * which keeps amounts in bytes. `translate.ts` makes the wire format of it.
 */
import type { z } from 'zod'
import { boolean, list, object, record, text, value } from '../../../../engine/index.ts'
import { pythonActionsSchema } from './actions.ts'
import { pythonObjectSchema, recipeSchema } from './objects.ts'
import { float32, named, names, uint32, uint8 } from './types.ts'

const RESOURCES = [
  'ore_red',
  'ore_blue',
  'ore_green',
  'battery_red',
  'battery_blue',
  'battery_green',
  'heart',
  'armor',
  'laser',
  'blueprint',
]

const weights = () => record(text(), float32()).default({})

const rewardsSchema = object({
  inventory: weights().describe('Reward for each unit of a resource that is held.'),
  inventory_max: weights(),
  stats: weights().describe('Reward for each unit of a stat.'),
  stats_max: weights(),
})

export const pythonAgentSchema = object({
  default_resource_limit: uint8().default(255).describe('For resources that resource_limits does not name.'),
  resource_limits: named().describe('By resource; names joined by commas share one limit, as tuples do in Python.'),
  freeze_duration: uint8().default(10),
  rewards: rewardsSchema.optional(),
  action_failure_penalty: float32().default(0),
  initial_inventory: named(),
  team_id: uint8().default(0),
  tags: names(),
  soul_bound_resources: names(),
  shareable_resources: names(),
  inventory_regen_amounts: named(),
})

const globalObsSchema = object({
  episode_completion_pct: boolean().default(true),
  last_action: boolean().default(true),
  last_reward: boolean().default(true),
  visitation_counts: boolean().default(false),
})

const clipperSchema = object({
  unclipping_recipes: list(recipeSchema).default([]),
  length_scale: float32().default(0),
  cutoff_distance: float32().default(0),
  clip_rate: float32().default(0),
})

export const pythonGameSchema = object({
  resource_names: list(text()).default(RESOURCES),
  num_agents: uint32().default(24).describe('Not used: the map says how many agents there are.'),
  max_steps: uint32().default(1000),
  episode_truncates: boolean().default(false),
  obs_width: uint32().default(11),
  obs_height: uint32().default(11),
  num_observation_tokens: uint32().default(200),
  agent: pythonAgentSchema.optional().describe('What every agent is, where `agents` says nothing.'),
  agents: list(pythonAgentSchema).default([]).describe('The first of each team says what the agents of the team are.'),
  actions: pythonActionsSchema.optional(),
  global_obs: globalObsSchema.optional(),
  objects: record(text(), pythonObjectSchema).default({}),
  params: value().optional().describe('Not used by the game.'),
  resource_loss_prob: float32().default(0),
  inventory_regen_interval: uint32().default(0),
  clipper: clipperSchema.optional(),
  map_builder: value().optional().describe('Used where no map is given; only an AsciiMapBuilder can be read here.'),
  track_movement_metrics: boolean().default(true),
  recipe_details_obs: boolean().default(false),
  allow_diagonals: boolean().default(false),
  reward_estimates: record(text(), float32()).optional(),
  vibe_names: names().describe('Names of the glyphs, from glyph 0 on, for recipes that call them by name.'),
})

export const pythonConfigSchema = object({
  label: text().default('mettagrid'),
  desync_episodes: boolean().default(true).describe('Not used by a single game.'),
  game: pythonGameSchema,
}).describe('MettaGridConfig of the Python project.')

export type PythonConfig = z.output<typeof pythonConfigSchema>
export type PythonGame = z.output<typeof pythonGameSchema>
export type PythonAgent = z.output<typeof pythonAgentSchema>

/** What stands for a part of which nothing is said. */
export const pythonDefaults = () => ({
  agent: pythonAgentSchema.parse({}),
  rewards: rewardsSchema.parse({}),
  actions: pythonActionsSchema.parse({}),
  globalObs: globalObsSchema.parse({}),
})
