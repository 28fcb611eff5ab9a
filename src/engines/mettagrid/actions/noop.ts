/** Does nothing, with success. */
import type { ActionKind } from './action.ts'

export const noop: ActionKind = {
  type: 'ACTION_NOOP',
  priority: 0,
  prepare: () => ({ maxArg: 0, run: () => true, variant: () => 'noop' }),
}
