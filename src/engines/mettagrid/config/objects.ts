/** `ObjectDefinition` of the wire format. */
import type { z } from 'zod'
import { list, object, record, text, value } from '../../../engine/index.ts'
import { amounts, byte, flag, float32, item } from './types.ts'

const agent = object({
  type_id: byte(),
  type_name: text().default(''),
  group_id: byte(),
  group_name: text().default(''),
  tag_ids: list(item()).default([]),
  action_failure_penalty: float32().default(0).describe('Taken from the reward for each action that fails.'),
  freeze_duration: byte().describe('Steps that an attack freezes it for; 0: never.'),
  inventory: object({
    limits: list(object({ items: list(item()).default([]), max_quantity: byte() })).default([]),
  }).optional(),
  initial_inventory: amounts(),
  soul_bound_resources: list(item()).default([]).describe('What no attacker takes.'),
  shareable_resources: list(item()).default([]).describe('What is halved with an agent that it moves into.'),
  stat_rewards: record(text(), float32()).default({}).describe('Reward for each unit of a stat.'),
  stat_reward_max: record(text(), float32()).default({}).describe('The most that a stat is worth.'),
  inventory_regen_amounts: amounts(),
  group_reward_pct: float32().default(0).describe('Share of each reward that is spread over the group, 0..1.'),
})

const wall = object({
  type_id: byte(),
  type_name: text().default(''),
  swappable: flag(),
  tag_ids: list(item()).default([]),
})

export const objectSchema = object({
  name: text().describe('What map cells call it.'),
  agent: agent.optional(),
  wall: wall.optional(),
  converter: value().optional().describe('Not supported yet.'),
  assembler: value().optional().describe('Not supported yet.'),
  chest: value().optional().describe('Not supported yet.'),
})

export const clipperSchema = object({
  unclipping_recipes: list(value()).default([]),
  length_scale: float32().default(0),
  cutoff_distance: float32().default(0),
  clip_rate: float32().default(0),
})

export type ObjectDefinition = z.output<typeof objectSchema>
export type AgentConfig = z.output<typeof agent>
export type WallConfig = z.output<typeof wall>

/** The one-of of the message: exactly one of these. */
export const OBJECT_BODIES = [
  'agent',
  'wall',
  'converter',
  'assembler',
  'chest',
] as const satisfies readonly (keyof ObjectDefinition)[]
