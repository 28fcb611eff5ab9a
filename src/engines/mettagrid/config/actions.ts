/** `ActionDefinition` of the wire format. */
import { z } from 'zod'
import { integer, name, object, record, text, union, value } from '../../../engine/index.ts'
import { amounts, byte, float32, item } from './types.ts'

/** The enum of action types, by number. */
export const ACTION_TYPES = [
  'ACTION_TYPE_UNSPECIFIED',
  'ACTION_NOOP',
  'ACTION_MOVE',
  'ACTION_ROTATE',
  'ACTION_ATTACK',
  'ACTION_SWAP',
  'ACTION_PUT_ITEMS',
  'ACTION_GET_ITEMS',
  'ACTION_CHANGE_GLYPH',
  'ACTION_RESOURCE_MOD',
] as const

const base = object({
  required: amounts().describe('What the agent must hold.'),
  consumed: record(item(), float32()).default({}).describe('What a success costs; a fraction is drawn by chance.'),
}).optional()

const plain = () => object({ base }).optional()

export const actionSchema = object({
  name: text().describe('Chooses what the action does: noop, move, rotate, attack, change_glyph.'),
  type: union([name(ACTION_TYPES), integer({ min: 0, max: ACTION_TYPES.length - 1 })])
    .default('ACTION_TYPE_UNSPECIFIED')
    .describe('Must agree with the name; absent is ACTION_TYPE_UNSPECIFIED, which is refused.'),
  noop: plain(),
  move: plain(),
  rotate: plain(),
  attack: object({ base, defense: amounts().describe('What keeps an agent from being frozen.') }).optional(),
  change_glyph: object({ base, num_glyphs: byte() }).optional(),
  swap: value().optional().describe('Not supported yet.'),
  put_items: value().optional().describe('Not supported yet.'),
  get_items: value().optional().describe('Not supported yet.'),
  resource_mod: value().optional().describe('Not supported yet.'),
})

export type ActionDefinition = z.output<typeof actionSchema>

/** The one-of of the message: at most one of these. */
export const ACTION_BODIES = [
  'noop',
  'move',
  'rotate',
  'attack',
  'change_glyph',
  'swap',
  'put_items',
  'get_items',
  'resource_mod',
] as const satisfies readonly (keyof ActionDefinition)[]
