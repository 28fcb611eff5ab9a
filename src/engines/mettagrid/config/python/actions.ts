/** Actions of the Python project's configuration: by name, in the order of the list of flat actions. */
import type { z } from 'zod'
import { boolean, object, record, text } from '../../../../engine/index.ts'
import { float32, named, uint8 } from './types.ts'

const base = {
  enabled: boolean().default(true),
  required_resources: named().describe('Without any: what is consumed, rounded up.'),
  consumed_resources: record(text(), float32()).default({}),
}

const plain = object(base)

export const pythonActionsSchema = object({
  noop: plain.optional().describe('The only action that is there without being named.'),
  move: plain.optional(),
  rotate: plain.optional(),
  put_items: plain.optional(),
  get_items: plain.optional(),
  attack: object({ ...base, defense_resources: named() }).optional(),
  swap: plain.optional(),
  change_glyph: object({ ...base, number_of_glyphs: uint8().default(0) }).optional(),
  resource_mod: object({
    ...base,
    modifies: record(text(), float32()).default({}),
    agent_radius: uint8().default(0),
    converter_radius: uint8().default(0),
    scales: boolean().default(false),
  }).optional(),
})

export type PythonActions = z.output<typeof pythonActionsSchema>
export type PythonAction = z.output<typeof plain>
