/** Shows a sign to those who see the agent. */
import { badGame } from '../config/limits.ts'
import type { ActionKind } from './action.ts'

export const changeGlyph: ActionKind = {
  type: 'ACTION_CHANGE_GLYPH',
  priority: 0,
  prepare({ change_glyph: config }) {
    if (config === undefined) throw badGame('change_glyph action requires configuration')
    return {
      maxArg: config.num_glyphs - 1,
      variant: (arg) => `change_glyph_${arg}`,
      run(_, agent, glyph) {
        agent.glyph = glyph
        agent.stale = true
        return true
      },
    }
  },
}
