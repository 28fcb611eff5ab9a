/**
 * The kinds of actions, by name: it is the name of a definition that chooses. A new kind is one entry here and a file.
 */
import { ACTION_BODIES, ACTION_TYPES, type ActionDefinition } from '../config/actions.ts'
import { badGame, refused } from '../config/limits.ts'
import type { Action, ActionKind, ActionSetup } from './action.ts'
import { attack } from './attack.ts'
import { changeGlyph } from './change-glyph.ts'
import { getItems, putItems } from './items.ts'
import { move } from './move.ts'
import { noop } from './noop.ts'
import { resourceMod } from './resource-mod.ts'
import { type Cost, costOf } from './resources.ts'
import { rotate } from './rotate.ts'
import { swap } from './swap.ts'

const KINDS = new Map<string, ActionKind>([
  ['noop', noop],
  ['move', move],
  ['rotate', rotate],
  ['attack', attack],
  ['change_glyph', changeGlyph],
  ['swap', swap],
  ['put_items', putItems],
  ['get_items', getItems],
  ['resource_mod', resourceMod],
])

/** An action with all that surrounds it. */
export interface Handler extends Cost {
  readonly name: string
  readonly priority: number
  readonly action: Action
  /** Of the action: here they are at the same place for all kinds. */
  readonly maxArg: number
  readonly run: Action['run']
  /** Stats of its name. */
  readonly success: number
  readonly failed: number
}

/** The actions of a configuration, in its order: the position is the action type. @throws BeamcadeError `bad_game` */
export function handlers(definitions: readonly ActionDefinition[], setup: ActionSetup): Handler[] {
  return definitions.map((definition) => {
    const { name } = definition
    const kind = kindOf(definition)
    const bodies = ACTION_BODIES.filter((body) => definition[body] !== undefined)
    const stray = bodies.find((body) => body !== name)
    if (stray !== undefined) throw refused(`The action ${name} has the configuration of ${stray}.`)
    const base = definition[name as 'noop']?.base
    const action = kind.prepare(definition, setup)
    return {
      name,
      priority: kind.priority,
      action,
      maxArg: action.maxArg,
      run: action.run,
      ...costOf(name, base, setup.resources.length),
      success: setup.stats.id(`action.${name}.success`),
      failed: setup.stats.id(`action.${name}.failed`),
    }
  })
}

function kindOf({ name, type }: ActionDefinition): ActionKind {
  const typeName = typeof type === 'number' ? ACTION_TYPES[type] : type
  if (typeName === 'ACTION_TYPE_UNSPECIFIED') throw badGame('Unsupported action type in protobuf definition', name)
  const kind = KINDS.get(name)
  if (kind === undefined) throw badGame(`Unknown action: ${name}`)
  if (typeName !== kind.type) throw refused(`The action ${name} has type ${typeName ?? type}; it must be ${kind.type}.`)
  return kind
}

/** One entry of the list of flat actions: a type, and an argument for it. */
export interface FlatAction {
  readonly name: string
  readonly type: number
  readonly arg: number
}

export interface FlatActions {
  readonly flat: readonly FlatAction[]
  /** By action type: the flat index of its argument 0. */
  readonly flatBase: readonly number[]
}

/**
 * Handlers in order, each with its arguments from 0 up. Names that are taken get `_1`, or the next number that is free.
 * @throws BeamcadeError `bad_game` if there are more than `most`
 */
export function flatActions(handlers: readonly Handler[], most: number): FlatActions {
  const flat: FlatAction[] = []
  const flatBase: number[] = []
  const taken = new Set<string>()
  const numbers = new Map<string, number>()
  for (const [type, { name, action }] of handlers.entries()) {
    flatBase.push(flat.length)
    const after = flat.length + action.maxArg + 1
    if (after > most) throw refused(`The actions have ${after} arguments up to ${name}; maxFlatActions is ${most}.`)
    for (let arg = 0; arg <= action.maxArg; arg++) {
      const plain = action.maxArg === 0 ? name : action.variant(arg)
      let free = plain
      let number = numbers.get(plain) ?? 0
      while (taken.has(free)) free = `${plain}_${++number}`
      numbers.set(plain, number)
      taken.add(free)
      flat.push({ name: free, type, arg })
    }
  }
  return { flat, flatBase }
}
