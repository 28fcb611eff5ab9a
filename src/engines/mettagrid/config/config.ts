/**
 * `GameConfig` of the wire format `mettagrid.rpc.v1`, field for field, with proto3's defaults: absent is 0, false or empty,
 * and never what the Python project would put there. So an absent `num_observation_tokens` is 0 and refused, an absent
 * `obs_width` or `obs_height` shows no cells, and an absent `freeze_duration` means that attacks never freeze.
 */
import type { z } from 'zod'
import { integer, list, object, record, text } from '../../../engine/index.ts'
import { actionSchema } from './actions.ts'
import { clipperSchema, objectSchema } from './objects.ts'
import { flag, float32, uint32 } from './types.ts'

/** Absent as a whole it is true, true, true, false; present, each absent flag is false. */
const globalObs = object({
  episode_completion_pct: flag(),
  last_action: flag(),
  last_reward: flag(),
  visitation_counts: flag(),
})

export const gameConfigSchema = object({
  num_agents: uint32().describe('Not used: the map says how many agents there are.'),
  max_steps: uint32().describe('Steps until the episode ends; 0: never.'),
  episode_truncates: flag().describe('At the end truncations are raised instead of terminals.'),
  obs_width: uint32().describe('Columns of the observation window, at most 15; 0: no cells.'),
  obs_height: uint32().describe('Rows of the observation window, at most 15; 0: no cells.'),
  resource_names: list(text()).default([]),
  num_observation_tokens: uint32().describe('Tokens of 3 bytes that each agent gets; what does not fit is left out.'),
  global_obs: globalObs.optional(),
  actions: list(actionSchema).default([]),
  objects: list(objectSchema).default([]),
  resource_loss_prob: float32().default(0).describe('Share of each held resource that is lost in a step, 0..1.'),
  tag_id_map: record(integer({ min: -2_147_483_648, max: 2_147_483_647 }), text())
    .default({})
    .describe('Names of tags; not used by the game.'),
  track_movement_metrics: flag().describe('Counts rotations.'),
  recipe_details_obs: flag().describe('Shows the recipes of assemblers.'),
  allow_diagonals: flag().describe('Moves and rotations in eight directions.'),
  reward_estimates: record(text(), float32()).default({}).describe('Not used by the game.'),
  inventory_regen_interval: uint32().describe('Steps between regenerations; 0: never.'),
  clipper: clipperSchema.optional().describe('Puts assemblers out of use, from one to the next.'),
})

export type GameConfig = z.output<typeof gameConfigSchema>

/** What is shown besides the cells, when the configuration does not say. */
export const DEFAULT_GLOBAL_OBS = {
  episode_completion_pct: true,
  last_action: true,
  last_reward: true,
  visitation_counts: false,
} as const satisfies z.output<typeof globalObs>
