/** Actions of the Python form as actions of the wire format, in the order of the list of flat actions. */
import { ACTION_BODIES } from '../actions.ts'
import type { PythonAction, PythonActions } from './actions.ts'
import type { Names } from './names.ts'

const ORDER = [
  'noop',
  'move',
  'rotate',
  'put_items',
  'get_items',
  'attack',
  'swap',
  'change_glyph',
  'resource_mod',
] as const satisfies readonly (typeof ACTION_BODIES)[number][]

type Name = (typeof ORDER)[number]

/** What an action has besides what it costs. */
const MORE: Partial<Record<Name, (actions: PythonActions, names: Names) => object>> = {
  attack: ({ attack }, names) => ({
    defense: names.byResource(attack?.defense_resources ?? {}, 'game.actions.attack.defense_resources'),
  }),
  change_glyph: ({ change_glyph: glyphs }) => ({ num_glyphs: glyphs?.number_of_glyphs }),
  resource_mod: ({ resource_mod: mod }, names) => ({
    modifies: names.byResource(mod?.modifies ?? {}, 'game.actions.resource_mod.modifies'),
    agent_radius: mod?.agent_radius,
    converter_radius: mod?.converter_radius,
    scales: mod?.scales,
  }),
}

/** @throws BeamcadeError `bad_game` */
export function actionDefinitions(actions: PythonActions, names: Names): object[] {
  return ORDER.flatMap((name) => definition(name, actions, names) ?? [])
}

function definition(name: Name, actions: PythonActions, names: Names): object | undefined {
  const action = actions[name] ?? (name === 'noop' ? NOOP : undefined)
  if (action?.enabled !== true) return undefined
  const base = costOf(action, names, `game.actions.${name}`)
  return { name, type: `ACTION_${name.toUpperCase()}`, [name]: { base, ...MORE[name]?.(actions, names) } }
}

const NOOP: PythonAction = { enabled: true, required_resources: {}, consumed_resources: {} }

function costOf(
  { required_resources: required, consumed_resources: consumed }: PythonAction,
  names: Names,
  where: string,
) {
  const wholes = Object.entries(consumed).map(([name, amount]) => [name, Math.ceil(amount)] as const)
  const needed = Object.keys(required).length > 0 ? required : Object.fromEntries(wholes)
  return {
    required: names.byResource(needed, `${where}.required_resources`),
    consumed: names.byResource(consumed, `${where}.consumed_resources`),
  }
}
