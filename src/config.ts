/**
 * Reads the settings from a file, the environment and flags (the later wins) into one frozen {@link Config}. Unknown
 * names are refused. The settings themselves are a table: `config/settings.ts`.
 */
import { readFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { inspect } from 'node:util'
import { findCookie, type Cookie } from './config/cookie.ts'
import { expected } from './config/expected.ts'
import { nearest } from './config/nearest.ts'
import { Secret } from './config/secret.ts'
import { SETTINGS, flagOf, isSetting, variableOf } from './config/settings.ts'
import type { GivenSettings, Setting, SettingName, Settings } from './config/settings.ts'
import { BeamcadeError, messageOf, systemCode } from './errors.ts'

/** What a server is made of. Frozen, lists included. */
export interface Config extends Omit<Settings, 'name' | 'sname' | 'socketToken'> {
  /** `alive@host` */
  readonly node: string
  readonly nameKind: 'long' | 'short'
  readonly cookie: Cookie
  readonly socketToken: Secret | undefined
}

/** Where settings come from. All but `flags` have the process's own as default, so that a test can give others. */
export interface Sources {
  /** Settings by flag. `cookie` and `config` (a path) are flags only. */
  flags?: GivenSettings & { cookie?: string | undefined; config?: string | undefined }
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** The home folder: `~/.erlang.cookie` is looked for there. */
  home?: string
}

/** Variables that begin with BEAMCADE_ and are no settings: read by the installer, the tests, and here. */
const OTHER_VARIABLES = ['BEAMCADE_COOKIE', 'BEAMCADE_CONFIG', 'BEAMCADE_CLI', 'BEAMCADE_NATIVE', 'BEAMCADE_PEERS']

export { parseAddress, SOCKET_ADDRESS, type Address } from './config/address.ts'
export { Cookie } from './config/cookie.ts'
export { Secret } from './config/secret.ts'
export { SETTINGS } from './config/settings.ts'

const DEFAULT_NODE = 'godot@127.0.0.1'
const refuse = (sentence: string, hint?: string): BeamcadeError =>
  new BeamcadeError('bad_config', sentence, hint === undefined ? {} : { hint })

/**
 * Reads all sources.
 * @throws BeamcadeError `bad_config` with a sentence that names the setting and where it came from
 */
export function loadConfig(sources: Sources = {}): Config {
  const env = sources.env ?? process.env
  const cwd = sources.cwd ?? process.cwd()
  const { cookie: cookieFlag, config: configFlag, ...flags } = sources.flags ?? {}
  const file = configFlag ?? env['BEAMCADE_CONFIG']
  const given = [
    file === undefined ? {} : readConfigFile(resolve(cwd, file)),
    readEnvironment(env),
    checked(flags, (name: string) => (isSetting(name) ? `--${flagOf(name)}` : `"${name}"`)),
  ]
  const merged: GivenSettings = {}
  for (const source of given) {
    // A name in a later source replaces the other kind of name of an earlier one.
    if (source.name !== undefined) delete merged.sname
    if (source.sname !== undefined) delete merged.name
    Object.assign(merged, source)
  }
  const initial = Object.fromEntries(Object.entries(SETTINGS).map(([name, { initial }]) => [name, initial]))
  // What flags and variables name is meant from where the program was started; paths of the file are absolute by now.
  if (merged.data !== undefined) merged.data = resolve(cwd, merged.data)
  if (merged.load !== undefined) merged.load = merged.load.map((path) => resolve(cwd, path))
  if (merged.durability !== undefined && merged.durability !== 'none' && merged.data === undefined) {
    throw refuse(`Durability ${merged.durability} needs a folder to keep games in.`, 'Name one with --data.')
  }
  const { name, sname, socketToken: token, ...rest } = { ...(initial as unknown as Settings), ...merged }
  for (const value of Object.values(rest)) if (Array.isArray(value)) Object.freeze(value)
  const cookie = findCookie(cookieFlag, env, sources.home ?? homedir())
  const socketToken = token === undefined ? undefined : new Secret(token, 'token')
  return Object.freeze({ ...rest, ...nodeName(name, sname), cookie, socketToken })
}

function readConfigFile(path: string): GivenSettings {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw refuse(`The config file ${path} cannot be read: ${why}.`)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw refuse(`The config file ${path} must hold one JSON object.`)
  }
  const settings = checked(content, (name) => `"${name}" in ${path}`)
  for (const name of Object.keys(settings) as SettingName[]) {
    if ((SETTINGS[name] as Setting<unknown>).secret !== true) continue
    throw refuse(`"${name}" does not belong into a config file.`, `Use ${variableOf(name)}.`)
  }
  // Paths in a file are meant from where the file lies, so that it works from every folder.
  const from = (one: string): string => resolve(dirname(path), one)
  if (settings.data !== undefined) settings.data = from(settings.data)
  if (settings.load !== undefined) settings.load = settings.load.map(from)
  return settings
}

function readEnvironment(env: Readonly<Record<string, string | undefined>>): GivenSettings {
  const byVariable = new Map((Object.keys(SETTINGS) as SettingName[]).map((name) => [variableOf(name), name]))
  const found: Record<string, unknown> = {}
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('BEAMCADE_') || value === undefined || OTHER_VARIABLES.includes(variable)) continue
    const name = byVariable.get(variable)
    if (name === undefined) {
      const meant = nearest(variable.slice('BEAMCADE_'.length), Object.keys(SETTINGS)) as SettingName | undefined
      const hint = known([...byVariable.keys()], meant && variableOf(meant))
      throw refuse(`The variable ${variable} is no setting.`, hint)
    }
    found[name] = fromText(name, value)
  }
  const { ERL_EPMD_PORT: port } = env
  const otp = found['epmdPort'] === undefined && port !== undefined ? { epmdPort: fromText('epmdPort', port) } : {}
  return { ...checked(otp, () => 'ERL_EPMD_PORT'), ...checked(found, variableOf) }
}

/** The value that a flag or a variable means. What cannot be converted stays text, and the schema refuses it. */
export function fromText(name: SettingName, value: string): unknown {
  const { kind } = SETTINGS[name]
  if (kind === 'number') return /^-?\d+$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (kind === 'boolean') return { true: true, '1': true, false: false, '0': false }[value] ?? value
  return kind === 'list' ? value.split(',').filter((part) => part !== '') : value
}

function checked(values: object, label: (name: SettingName) => string): GivenSettings {
  const settings: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    if (value === undefined) continue
    if (!isSetting(name)) {
      if (name === 'cookie') {
        throw refuse('A cookie does not belong into a config file.', 'Use BEAMCADE_COOKIE or ~/.erlang.cookie.')
      }
      throw refuse(
        `There is no setting ${label(name as SettingName)}.`,
        known(Object.keys(SETTINGS), nearest(name, Object.keys(SETTINGS))),
      )
    }
    const setting: Setting<unknown> = SETTINGS[name]
    const result = setting.schema.safeParse(value)
    if (!result.success) {
      const got = setting.secret === true ? 'what was given' : inspect(value)
      throw refuse(`${label(name)} must be ${expected(setting)}, not ${got}.`)
    }
    settings[name] = result.data
  }
  if (settings['name'] !== undefined && settings['sname'] !== undefined) {
    throw refuse('A node has a long name (--name) or a short one (--sname), not both.')
  }
  return settings
}

/** All there are, and before them the one that was meant. */
function known(names: readonly string[], meant: string | undefined): string {
  return `${meant === undefined ? '' : `Did you mean ${meant}? `}Known are ${names.join(', ')}.`
}

/** OTP's rule: the host of a long name has a dot, that of a short one has none; the two kinds cannot connect. */
function nodeName(name: string | undefined, sname: string | undefined): Pick<Config, 'node' | 'nameKind'> {
  const nameKind = sname === undefined ? 'long' : 'short'
  const given = sname ?? name ?? DEFAULT_NODE
  const host = nameKind === 'short' ? (hostname().split('.')[0] ?? 'localhost') : '127.0.0.1'
  const node = given.includes('@') ? given : `${given}@${host}`
  if (!/^[\w-]+@[\w.:-]+$/.test(node)) throw refuse(`"${node}" is no node name: it must look like name@host.`)
  const long = /[.:]/.test(node.slice(node.indexOf('@')))
  if (long && nameKind === 'short')
    throw refuse(`The short name "${node}" must not have a dot in its host.`, 'Use --name.')
  if (!long && nameKind === 'long') throw refuse(`The long name "${node}" needs a dot in its host.`, 'Use --sname.')
  return { node, nameKind }
}
