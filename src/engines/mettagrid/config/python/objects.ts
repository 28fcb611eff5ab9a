/** Objects of the Python project's configuration: what each is says its `type`. */
import type { z } from 'zod'
import { boolean, integer, list, name, object, text, union } from '../../../../engine/index.ts'
import { float32, named, names, uint16, uint32, uint8 } from './types.ts'

const INT16_MAX = 32_767
const INT32 = { min: -2_147_483_648, max: 2_147_483_647 }

/** The cells around a chest, in the order of their numbers. */
export const POSITIONS = ['NW', 'N', 'NE', 'W', 'E', 'SW', 'S', 'SE'] as const

/** What every object has; how it looks in Python's own maps and pictures plays no part here. */
const common = {
  name: text().default(''),
  type_id: uint8(),
  map_char: text().default('?'),
  render_symbol: text().default(''),
  tags: names(),
}

export const recipeSchema = object({
  input_resources: named(),
  output_resources: named(),
  cooldown: uint16().default(0),
})

const wall = object({ ...common, type: name(['wall']), swappable: boolean().default(false) })

const converter = object({
  ...common,
  type: name(['converter']),
  input_resources: named(),
  output_resources: named(),
  max_output: integer({ min: -1, max: INT16_MAX }).default(5),
  max_conversions: integer({ min: -1, max: INT16_MAX }).default(-1),
  conversion_ticks: uint16().default(1),
  cooldown: union([list(uint16()), uint16()])
    .default([0])
    .describe('Steps of rest; of several the next each time.'),
  initial_resource_count: uint8().default(0),
})

const assembler = object({
  ...common,
  type: name(['assembler']),
  recipes: list(list(union([list(union([text(), uint8()])), recipeSchema]), { min: 2, max: 2 }))
    .default([])
    .describe('Pairs: the glyphs that agents around it show, by number or by name, and the recipe that they mean.'),
  allow_partial_usage: boolean().default(false),
  max_uses: uint32().default(0),
  exhaustion: float32().default(0),
  clip_immune: boolean().default(false),
  start_clipped: boolean().default(false),
})

const chest = object({
  ...common,
  type: name(['chest']),
  resource_type: text(),
  position_deltas: list(list(union([name(POSITIONS), integer(INT32)]), { min: 2, max: 2 }))
    .default([])
    .describe('Pairs: where the agent stands, and how much it puts in; out, if negative.'),
  initial_inventory: integer({ min: 0, max: INT32.max }).default(0),
  max_inventory: integer({ min: -1, max: INT32.max }).default(255),
})

export const pythonObjectSchema = union([wall, converter, assembler, chest])

export type PythonObject = z.output<typeof pythonObjectSchema>
export type PythonRecipe = z.output<typeof recipeSchema>
export type PythonAssembler = z.output<typeof assembler>
export type PythonChest = z.output<typeof chest>
