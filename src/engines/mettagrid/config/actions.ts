/** `ActionDefinition` of the wire format. */
import { z } from 'zod'
import { integer, name, object, record, text, union } from '../../../engine/index.ts'
import { amounts, byte, flag, float32, item, uint16 } from './types.ts'

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
  name: text().describe('Chooses what the action does: noop, move, rotate, attack, …'),
  type: union([name(ACTION_TYPES), integer({ min: 0, max: ACTION_TYPES.length - 1 })])
    .default('ACTION_TYPE_UNSPECIFIED')
    .describe('Must agree with the name; absent is ACTION_TYPE_UNSPECIFIED, which is refused.'),
  noop: plain(),
  move: plain(),
  rotate: plain(),
  attack: object({ base, defense: amounts().describe('What keeps an agent from being frozen.') }).optional(),
  change_glyph: object({ base, num_glyphs: byte() }).optional(),
  swap: plain(),
  put_items: plain(),
  get_items: plain(),
  resource_mod: object({
    base,
    modifies: record(item(), float32())
      .default({})
      .describe('What each one in reach gets; a fraction is drawn by chance.'),
    agent_radius: uint16().describe('How far agents are in reach, rows plus columns; 0: none is.'),
    converter_radius: uint16().describe('The same for converters.'),
    scales: flag().describe('Divides by the number of those in reach.'),
  }).optional(),
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
