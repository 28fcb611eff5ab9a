/**
 * The kinds of actions, by name: it is the name of a definition that chooses. A new kind is one entry here and a file.
 */
import { BeamcadeError } from '../../../errors.ts'
import { ACTION_BODIES, ACTION_TYPES, type ActionDefinition } from '../config/actions.ts'
import { badGame, refused } from '../config/limits.ts'
import type { Action, ActionKind, ActionSetup } from './action.ts'
import { attack } from './attack.ts'
import { changeGlyph } from './change-glyph.ts'
import { move } from './move.ts'
import { noop } from './noop.ts'
import { type Cost, costOf } from './resources.ts'
import { rotate } from './rotate.ts'

const KINDS = new Map<string, ActionKind | undefined>([
  ['noop', noop],
  ['move', move],
  ['rotate', rotate],
  ['attack', attack],
  ['change_glyph', changeGlyph],
  ['swap', undefined],
  ['put_items', undefined],
  ['get_items', undefined],
  ['resource_mod', undefined],
])

/** An action with all that surrounds it. */
export interface Handler extends Cost {
  readonly name: string
  readonly priority: number
  readonly action: Action
  /** Stats of its name. */
  readonly success: number
  readonly failed: number
}

/** The actions of a configuration, in its order: the position is the action type. @throws BeamcadeError `bad_game`, `not_supported` */
export function handlers(definitions: readonly ActionDefinition[], setup: ActionSetup): Handler[] {
  return definitions.map((definition) => {
    const { name } = definition
    const kind = kindOf(definition)
    const bodies = ACTION_BODIES.filter((body) => definition[body] !== undefined)
    const stray = bodies.find((body) => body !== name)
    if (stray !== undefined) throw refused(`The action ${name} has the configuration of ${stray}.`)
    const base = definition[name as 'noop']?.base
    return {
      name,
      priority: kind.priority,
      action: kind.prepare(definition, setup),
      ...costOf(name, base, setup.resources.length),
      success: setup.stats.id(`action.${name}.success`),
      failed: setup.stats.id(`action.${name}.failed`),
    }
  })
}

function kindOf({ name, type }: ActionDefinition): ActionKind {
  const typeName = typeof type === 'number' ? ACTION_TYPES[type] : type
  if (typeName === 'ACTION_TYPE_UNSPECIFIED') throw badGame('Unsupported action type in protobuf definition', name)
  if (!KINDS.has(name)) throw badGame(`Unknown action: ${name}`)
  const kind = KINDS.get(name)
  if (kind === undefined) {
    const able = [...KINDS].flatMap(([known, can]) => (can === undefined ? [] : [known]))
    throw new BeamcadeError(
      'not_supported',
      `The action ${name} is none that this version can do yet; it can do ${able.join(', ')}.`,
    )
  }
  if (typeName !== kind.type) throw refused(`The action ${name} has type ${typeName ?? type}; it must be ${kind.type}.`)
  return kind
}

/** One entry of the list of flat actions: a type, and an argument for it. */
export interface FlatAction {
  readonly name: string
  readonly type: number
  readonly arg: number
}

/** Handlers in order, each with its arguments from 0 up. Names that would come twice get `_1`, `_2`, … */
export function flatActions(handlers: readonly Handler[]): FlatAction[] {
  const seen = new Map<string, number>()
  return handlers.flatMap(({ name, action }, type) =>
    Array.from({ length: action.maxArg + 1 }, (_, arg) => {
      const plain = action.maxArg === 0 ? name : action.variant(arg)
      const before = seen.get(plain) ?? 0
      seen.set(plain, before + 1)
      return { name: before === 0 ? plain : `${plain}_${before}`, type, arg }
    }),
  )
}
