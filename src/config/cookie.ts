/** The cookie: a secret that never prints, and where it is looked for. */
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BeamcadeError, isBeamcadeError, messageOf, systemCode } from '../errors.ts'
import { Secret } from './secret.ts'

const refuse = (sentence: string, hint: string): BeamcadeError => new BeamcadeError('bad_config', sentence, { hint })

/** The secret that nodes share. */
export class Cookie extends Secret {
  /** Where it came from: `--cookie`, the name of a variable, or the path of a file. */
  readonly source: string
  constructor(text: string, source: string) {
    if (!/^[\x20-\x7e]{1,255}$/.test(text)) {
      throw refuse(`The cookie from ${source} must be 1 to 255 printable ASCII characters.`, 'Use letters and digits.')
    }
    super(text, 'cookie')
    this.source = source
  }
}

/** The cookie: flag, variables, then the file that OTP uses; made there if there is none. */
export function findCookie(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Cookie {
  if (flag !== undefined) return new Cookie(flag, '--cookie')
  for (const variable of ['BEAMCADE_COOKIE', 'GODOT_CNODE_COOKIE']) {
    const value = env[variable]
    if (value !== undefined && value !== '') return new Cookie(value, variable)
  }
  const file = join(home, '.erlang.cookie')
  const second = join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'erlang', '.erlang.cookie')
  if (!existsSync(file) && existsSync(second)) return readCookie(second)
  return existsSync(file) ? readCookie(file) : (createCookie(file) ?? readCookie(file))
}

/** Refuses a file that others can read, as OTP does: the cookie is all that protects the node. */
function readCookie(path: string): Cookie {
  try {
    const mode = statSync(path).mode & 0o777
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const sentence = `The cookie file ${path} can be read by others (mode ${mode.toString(8)}); OTP refuses it too.`
      throw refuse(sentence, `Run chmod 400 ${path}, and change the cookie if others may have read it.`)
    }
    return new Cookie(readFileSync(path, 'latin1').replace(/[\r\n]+$/, ''), path)
  } catch (error) {
    if (isBeamcadeError(error)) throw error
    throw refuse(`The cookie file ${path} cannot be read: ${messageOf(error)}.`, 'Give a cookie with --cookie.')
  }
}

/** Makes the file whole or not at all; undefined if another program was first. */
function createCookie(path: string): Cookie | undefined {
  const cookie = Array.from({ length: 20 }, () => String.fromCharCode(65 + randomInt(26))).join('')
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, cookie, { mode: 0o400, flag: 'wx' })
    linkSync(draft, path)
    return new Cookie(cookie, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined
    throw refuse(`No cookie was given, and ${path} cannot be made: ${messageOf(error)}.`, 'Give one with --cookie.')
  } finally {
    rmSync(draft, { force: true })
  }
}
