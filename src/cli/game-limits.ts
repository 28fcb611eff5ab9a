/** The limits of games as flags of commands that play games themselves. */
import { loadConfig, type Config } from '../config.ts'
import type { SettingName } from '../config/settings.ts'
import { DEFAULT_LIMITS, type Limits } from '../engines/mettagrid/index.ts'
import { textFlag, type Given, type Io, type Option } from './command.ts'
import { flagSettings, settingOptions } from './options.ts'

const NAMES = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]

/** Flags for the limits, for some other settings, and for the file that they may stand in. */
export function gameOptions(others: readonly SettingName[] = []): Record<string, Option> {
  return {
    config: { type: 'string', argument: 'FILE', doc: 'settings as JSON (else BEAMCADE_CONFIG)' },
    ...settingOptions([...others, ...NAMES]),
  }
}

export interface GameSettings {
  readonly config: Config
  readonly limits: Limits
}

/** What was set. @throws BeamcadeError `bad_config` */
export function gameSettings(given: Given, io: Io, others: readonly SettingName[] = []): GameSettings {
  // No cookie is needed to play, so none is looked for.
  const flags = { ...flagSettings(given, [...others, ...NAMES]), cookie: 'none', config: textFlag(given, 'config') }
  const config = loadConfig({ flags, env: io.env, cwd: io.cwd })
  const limits = Object.fromEntries(NAMES.map((name) => [name, config[name]])) as Record<keyof Limits, number>
  return { config, limits }
}
