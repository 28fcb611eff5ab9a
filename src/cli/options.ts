/** Settings as flags, and back: `config/settings.ts` is the one table. */
import { fromText } from '../config.ts'
import { SETTINGS, flagOf, type Setting, type SettingName } from '../config/settings.ts'
import type { Sources } from '../config.ts'
import type { Given, Option } from './command.ts'

/** The flags of some settings. */
export function settingOptions(names: readonly SettingName[]): Record<string, Option> {
  const options: Record<string, Option> = {}
  for (const name of names) {
    const { kind, argument, doc, limit } = SETTINGS[name] as Setting<unknown>
    options[flagOf(name)] = {
      type: kind === 'boolean' ? 'boolean' : 'string',
      doc,
      ...(kind === 'list' && { multiple: true }),
      ...(argument !== undefined && { argument }),
      ...(limit === true && { limit }),
    }
  }
  return options
}

/** The flags that are no settings but say where settings come from. */
export const SOURCE_OPTIONS: Record<string, Option> = {
  cookie: {
    type: 'string',
    argument: 'COOKIE',
    doc: 'the cookie (else BEAMCADE_COOKIE, GODOT_CNODE_COOKIE, ~/.erlang.cookie)',
  },
  config: { type: 'string', argument: 'FILE', doc: 'settings as JSON (else BEAMCADE_CONFIG)' },
}

/** What was typed, as `loadConfig` takes it. */
export function flagSettings(given: Given, names: readonly SettingName[]): NonNullable<Sources['flags']> {
  const flags: Record<string, unknown> = { cookie: given.flags['cookie'], config: given.flags['config'] }
  for (const name of names) {
    const value = given.flags[flagOf(name)]
    if (value === undefined) continue
    if (typeof value === 'string') flags[name] = fromText(name, value)
    else if (typeof value === 'boolean') flags[name] = flagOf(name).startsWith('no-') ? !value : value
    else flags[name] = value.flatMap((one) => one.split(',')).filter((one) => one !== '')
  }
  return flags
}
