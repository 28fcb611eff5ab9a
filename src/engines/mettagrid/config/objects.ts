/** `ObjectDefinition` of the wire format. */
import type { z } from 'zod'
import { integer, list, object, record, text } from '../../../engine/index.ts'
import { amounts, byte, flag, float32, int16, item, uint16, uint32 } from './types.ts'

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

const recipe = object({
  inputs: amounts(),
  outputs: amounts(),
  cooldown: uint16().describe('Steps until the next use.'),
})

const glyph = integer({ min: 1, max: 255 })
const assembler = object({
  type_id: byte(),
  type_name: text().default(''),
  tag_ids: list(item()).default([]),
  recipes: list(
    recipe.extend({
      vibes: list(glyph)
        .optional()
        .describe(
          'Glyphs of the agents around that ask for it; absent: one glyph, the number of its place in the list.',
        ),
    }),
  )
    .default([])
    .describe('The first one holds when no other does.'),
  allow_partial_usage: flag().describe('While it cools down it takes and gives a part.'),
  max_uses: uint32().describe('How often it can be used; 0: no limit.'),
  exhaustion: float32().default(0).describe('How much longer each use makes the cooldowns after it, as a share.'),
  clip_immune: flag().describe('The clipper leaves it alone.'),
  start_clipped: flag().describe('It is clipped from the start, if there is a clipper.'),
})

const int32 = { min: -2_147_483_648, max: 2_147_483_647 }
const chest = object({
  type_id: byte(),
  type_name: text().default(''),
  tag_ids: list(item()).default([]),
  resource_type: byte().describe('The resource that it keeps.'),
  position_deltas: record(integer(int32), integer({ min: -32_767, max: 32_767 }))
    .default({})
    .describe('By where the agent stands, 0 NW, N, NE, W, E, SW, S, 7 SE: what it puts in, or takes out if negative.'),
  initial_inventory: integer({ min: int32.min, max: 32_767 }).default(0),
  max_inventory: integer(int32).default(0).describe('What does not fit is destroyed; 0: everything, -1: no limit.'),
})

const converter = object({
  type_id: byte(),
  type_name: text().default(''),
  tag_ids: list(item()).default([]),
  input_resources: amounts().describe('What a conversion takes.'),
  output_resources: amounts().describe('What it gives.'),
  max_output: int16().describe('It does not begin with that many outputs in it; 0: never, -1: no limit.'),
  max_conversions: int16().describe('How often it converts; 0: never, -1: no limit.'),
  conversion_ticks: uint16().describe('Steps that a conversion takes.'),
  cooldown_schedule: list(integer({ min: 0, max: 65_535 }))
    .default([])
    .describe('Steps to cool down after each conversion, in turns.'),
  initial_resource_count: byte().describe('How much of each output it has at first.'),
  recipe_details_obs: flag().describe('Shows what it takes and gives.'),
})

export const objectSchema = object({
  name: text().describe('What map cells call it.'),
  agent: agent.optional(),
  wall: wall.optional(),
  converter: converter.optional(),
  assembler: assembler.optional(),
  chest: chest.optional(),
})

export const clipperSchema = object({
  unclipping_recipes: list(recipe).default([]).describe('One of them, by chance, frees an assembler that was clipped.'),
  length_scale: float32().default(0).describe('Cells over which it spreads; 0: from the number of assemblers.'),
  cutoff_distance: float32().default(0).describe('Cells over which it cannot spread; 0: three times the scale.'),
  clip_rate: float32().default(0).describe('Chance that a step clips an assembler.'),
})

export type ObjectDefinition = z.output<typeof objectSchema>
export type AgentConfig = z.output<typeof agent>
export type WallConfig = z.output<typeof wall>
export type ConverterConfig = z.output<typeof converter>
export type RecipeConfig = z.output<typeof recipe>
export type AssemblerConfig = z.output<typeof assembler>
export type ChestConfig = z.output<typeof chest>
export type ClipperConfig = z.output<typeof clipperSchema>

/** The one-of of the message: exactly one of these. */
export const OBJECT_BODIES = [
  'agent',
  'wall',
  'converter',
  'assembler',
  'chest',
] as const satisfies readonly (keyof ObjectDefinition)[]
