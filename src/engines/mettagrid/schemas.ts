/** Words that several operations of MettaGrid use. */
import { boolean, bytes, float, integer, list, object, text, union } from '../../engine/index.ts'
import type { StepInput } from './game.ts'

export const gameId = {
  name: 'game_id',
  doc: 'Any text of at most 255 bytes, also the empty one.',
  schema: text({ maxBytes: 255 }),
} as const

export const int32 = integer({ min: -2_147_483_648, max: 2_147_483_647 })

/** The actions of one step, in either form. */
export const actionsSchema = union([
  list(int32),
  object({
    action_types: list(int32).describe('By agent: position of the action in the configuration.'),
    action_args: list(int32).describe('By agent: its argument.'),
  }),
])

export type Actions =
  readonly number[] | { readonly action_types: readonly number[]; readonly action_args: readonly number[] }

/** What the game takes. */
export function inputOf(actions: Actions): StepInput {
  return 'action_types' in actions ? { types: actions.action_types, args: actions.action_args } : { flat: actions }
}

export const OBSERVATIONS_DOC = 'location, feature, value; unused tokens are 255, 255, 255.'

/** What a step shows. */
export const stepSchema = object({
  observations: bytes().describe(`[agent][token][3]: ${OBSERVATIONS_DOC}`),
  rewards: list(float()).describe('By agent, of this step.'),
  terminals: list(boolean()),
  truncations: list(boolean()),
  action_success: list(boolean()),
  current_step: integer({ min: 0 }),
})
