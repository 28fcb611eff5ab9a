import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { loadConfig, parseAddress, type Sources } from '../src/config.ts'
import { SETTINGS, flagOf, settingNames, variableOf } from '../src/config/settings.ts'
import { isBeamcadeError } from '../src/errors.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'beamcade-config-'))
})
afterEach(() => {
  rmSync(home, { recursive: true })
})

const load = (sources: Sources = {}) => loadConfig({ env: {}, home, cwd: home, ...sources })
const withCookie = (flags: NonNullable<Sources['flags']> = {}, rest: Sources = {}) =>
  load({ flags: { cookie: 'secret', ...flags }, ...rest })

function refusal(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (isBeamcadeError(error) && error.code === 'bad_config') return `${error.message} ${error.hint}`
    throw error
  }
  throw new Error('nothing was refused')
}

function file(name: string, content: unknown): string {
  const path = join(home, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('settings', () => {
  test('defaults', () => {
    const config = withCookie()
    expect(config).toMatchObject({
      node: 'godot@127.0.0.1',
      nameKind: 'long',
      epmdPort: 4369,
      distPort: 0,
      retry: false,
    })
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.register)).toBe(true)
    // The table's own lists are not what was frozen, and not shared with a later config.
    expect(withCookie({ register: ['a'] }).register).toEqual(['a'])
  })

  test('flags win over variables, variables over the file, the file over defaults', () => {
    const config = file('beamcade.json', { epmdPort: 1, distPort: 2, register: ['file'], debug: true })
    const env = { BEAMCADE_DIST_PORT: '3', BEAMCADE_REGISTER: 'x,y', ERL_EPMD_PORT: '9', BEAMCADE_RETRY: '1' }
    const result = withCookie({ config, register: ['flag'] }, { env })
    expect(result).toMatchObject({ epmdPort: 9, distPort: 3, register: ['flag'], debug: true, retry: true })
    expect(withCookie({}, { env: { ...env, BEAMCADE_CONFIG: config } })).toMatchObject({ register: ['x', 'y'] })
    expect(withCookie({}, { env: { ...env, BEAMCADE_EPMD_PORT: '10' } }).epmdPort).toBe(10)
  })

  test('paths in the file are meant from where it lies', () => {
    const config = file('beamcade.json', { load: ['./game.js'], data: 'data' })
    expect(withCookie({ config }, { cwd: '/' })).toMatchObject({
      load: [join(home, 'game.js')],
      data: join(home, 'data'),
    })
  })

  test('every setting has a flag and a variable of its own, and a sentence', () => {
    const names = settingNames()
    expect(new Set(names.map(flagOf)).size).toBe(names.length)
    expect(new Set(names.map(variableOf)).size).toBe(names.length)
    for (const name of names) expect(SETTINGS[name].doc.length).toBeGreaterThan(15)
  })

  test.each([
    ['an unknown key of the file', { nmae: 'a' }, 'There is no setting "nmae" in '],
    ['a cookie in the file', { cookie: 'x' }, 'A cookie does not belong into a config file.'],
    ['a wrong type', { epmdPort: '1' }, '"epmdPort" in'],
    ['no object', [1], 'must hold one JSON object'],
    ['no JSON', '{', 'cannot be read'],
  ])('%s is refused', (_, content, sentence) => {
    expect(refusal(() => withCookie({ config: file('c.json', content) }))).toContain(sentence)
  })

  test('a file that is not there, an unknown variable, wrong values are refused', () => {
    expect(refusal(() => withCookie({ config: 'none.json' }))).toContain('there is no such file')
    expect(refusal(() => withCookie({}, { env: { BEAMCADE_DIST_PROT: '1' } }))).toContain(
      'BEAMCADE_DIST_PROT is no setting',
    )
  })

  test.each<[Sources, string]>([
    [{ env: { BEAMCADE_DIST_PROT: '1' } }, 'Did you mean BEAMCADE_DIST_PORT?'],
    [{ flags: { 'dist-port': 1 } as never }, 'Did you mean distPort?'],
  ])('what was meant by a slip is named: %j', (sources, hint) => {
    expect(() => withCookie({}, sources)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) as unknown }),
    )
  })

  const path = (): string => join(home, 'c.json')
  test.each<[where: string, sources: () => Sources, sentence: string | (() => string)]>([
    [
      'a flag',
      () => ({ flags: { distPort: 'abc' as never } }),
      "--dist-port must be a whole number from 0 to 65535, not 'abc'.",
    ],
    [
      'a flag',
      () => ({ flags: { distPort: 65536 } }),
      '--dist-port must be a whole number from 0 to 65535, not 65536.',
    ],
    [
      'a limit',
      () => ({ flags: { maxFrameBytes: 0 } }),
      '--max-frame-bytes must be a whole number of bytes from 1, not 0.',
    ],
    [
      'a time',
      () => ({ flags: { tickMs: 2 ** 31 } }),
      '--tick-ms must be a whole number of ms from 1 to 2147483647, not 2147483648.',
    ],
    [
      'a variable',
      () => ({ env: { BEAMCADE_EPMD_PORT: '0' } }),
      'BEAMCADE_EPMD_PORT must be a whole number from 1 to 65535, not 0.',
    ],
    [
      'a variable',
      () => ({ env: { BEAMCADE_MAX_GAMES: '1.5' } }),
      "BEAMCADE_MAX_GAMES must be a whole number of games from 1, not '1.5'.",
    ],
    ['a variable', () => ({ env: { BEAMCADE_MAX_GAMES: '9007199254740993' } }), "not '9007199254740993'."],
    [
      "OTP's variable",
      () => ({ env: { ERL_EPMD_PORT: 'x' } }),
      "ERL_EPMD_PORT must be a whole number from 1 to 65535, not 'x'.",
    ],
    [
      'a variable',
      () => ({ env: { BEAMCADE_RETRY: 'perhaps' } }),
      "BEAMCADE_RETRY must be true or false, not 'perhaps'.",
    ],
    [
      'a variable',
      () => ({ env: { BEAMCADE_EPMD: 'no' } }),
      "BEAMCADE_EPMD must be one of if-needed, never, always, not 'no'.",
    ],
    [
      'the file',
      () => ({ flags: { config: file('c.json', { maxGames: '1' }) } }),
      () => `"maxGames" in ${path()} must be a whole number of games from 1, not '1'.`,
    ],
    [
      'the file',
      () => ({ flags: { config: file('c.json', { host: '' }) } }),
      () => `"host" in ${path()} must be text that is not empty, not ''.`,
    ],
    [
      'the file',
      () => ({ flags: { config: file('c.json', { register: ['x'.repeat(256)] }) } }),
      'must be a list of texts that are not empty, each of at most 255 characters, not [',
    ],
  ])('%s with a wrong value is refused in words of ours', (_, sources, sentence) => {
    const { flags, ...rest } = sources()
    const said = refusal(() => withCookie(flags, rest))
    expect(said).toContain(typeof sentence === 'string' ? sentence : sentence())
    expect(said).not.toMatch(/invalid|received/i)
  })

  test('no setting leaves the words to the schema library', () => {
    for (const name of settingNames()) {
      const said = refusal(() => withCookie({ [name]: { no: 'value' } }))
      expect(said).toMatch(/^--[a-z-]+ must be (a whole number|a list of|one of|text|true or false)/)
    }
  })
})

describe('the socket', () => {
  test.each([
    ['127.0.0.1:5858', '127.0.0.1', 5858],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['7000', '127.0.0.1', 7000],
    [':7000', '127.0.0.1', 7000],
    ['10.0.0.5', '10.0.0.5', 5858],
    ['example.org:1', 'example.org', 1],
    ['[::1]:2', '::1', 2],
    ['[::]', '::', 5858],
  ])('%s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port })
  })

  test.each(['', ':', '127.0.0.1:65536', '::1', 'a b', '-x:1', '1:2:3', 'host:', '127.0.0.1:x'])('not %j', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  test('its token comes by flag or variable, never from a file, and never prints', () => {
    const config = withCookie({}, { env: { BEAMCADE_SOCKET_TOKEN: 'sesame' } })
    expect(config.socketToken?.reveal()).toBe('sesame')
    expect(inspect(config) + JSON.stringify(config) + String(config.socketToken)).not.toContain('sesame')
    expect(
      withCookie({ socketToken: 'other' }, { env: { BEAMCADE_SOCKET_TOKEN: 'sesame' } }).socketToken?.reveal(),
    ).toBe('other')
    expect(withCookie().socketToken).toBeUndefined()
    const inFile = refusal(() => withCookie({ config: file('c.json', { socketToken: 'sesame' }) }))
    expect(inFile).toBe('"socketToken" does not belong into a config file. Use BEAMCADE_SOCKET_TOKEN.')
    const long = 'sesame'.repeat(100)
    expect(refusal(() => withCookie({ socketToken: long }))).not.toContain('sesame')
  })
})

describe('node name', () => {
  test('long and short, with and without host', () => {
    expect(withCookie({ name: 'a@10.0.0.1' })).toMatchObject({ node: 'a@10.0.0.1', nameKind: 'long' })
    expect(withCookie({ name: 'a' }).node).toBe('a@127.0.0.1')
    expect(withCookie({ sname: 'a' })).toMatchObject({ node: `a@${hostname().split('.')[0]}`, nameKind: 'short' })
    expect(withCookie({ sname: 'a@box' }).node).toBe('a@box')
  })

  test('a flag of one kind replaces a variable of the other', () => {
    expect(withCookie({ sname: 'a@box' }, { env: { BEAMCADE_NAME: 'b' } })).toMatchObject({
      node: 'a@box',
      nameKind: 'short',
    })
  })

  test('mixed kinds and malformed names are refused', () => {
    expect(refusal(() => withCookie({ name: 'a', sname: 'b' }))).toContain('not both')
    expect(refusal(() => withCookie({ sname: 'a@b.c' }))).toContain('must not have a dot')
    expect(refusal(() => withCookie({ name: 'a@box' }))).toContain('Use --sname')
    for (const name of ['@', 'a@', '@b.c', 'a b@c.d', 'a@b@c.d'])
      expect(refusal(() => withCookie({ name }))).toContain('no node name')
  })
})

describe('cookie', () => {
  test('flag, then variables, then the file', () => {
    const env = { BEAMCADE_COOKIE: 'one', GODOT_CNODE_COOKIE: 'two' }
    expect(load({ flags: { cookie: 'flag' }, env }).cookie.reveal()).toBe('flag')
    expect(load({ env }).cookie.reveal()).toBe('one')
    expect(load({ env: { GODOT_CNODE_COOKIE: 'two' } }).cookie.reveal()).toBe('two')
    file('.erlang.cookie', 'three\n')
    chmodSync(join(home, '.erlang.cookie'), 0o400)
    expect(load().cookie).toMatchObject({ source: join(home, '.erlang.cookie') })
    expect(load().cookie.reveal()).toBe('three')
  })

  test('is made with 20 random characters and mode 0400 if there is none, and used the next time', () => {
    const first = load().cookie
    expect(first.reveal()).toMatch(/^[A-Z]{20}$/)
    expect(statSync(join(home, '.erlang.cookie')).mode & 0o777).toBe(0o400)
    expect(readFileSync(join(home, '.erlang.cookie'), 'latin1')).toBe(first.reveal())
    expect(load().cookie.reveal()).toBe(first.reveal())
  })

  test('a file that others can read is refused, as OTP does', () => {
    file('.erlang.cookie', 'three')
    chmodSync(join(home, '.erlang.cookie'), 0o644)
    expect(refusal(() => load())).toMatch(/can be read by others \(mode 644\).*chmod 400/)
  })

  test('what is no cookie is refused without being printed', () => {
    for (const bad of ['', 'ä', 'a\nb']) {
      const sentence = refusal(() => load({ flags: { cookie: bad } }))
      expect(sentence).toContain('from --cookie must be')
    }
    expect(existsSync(join(home, '.erlang.cookie'))).toBe(false)
  })

  test('never prints', () => {
    const config = withCookie()
    const printed = [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true }), String(config.cookie)]
    for (const text of printed) {
      expect(text).not.toContain('secret')
      expect(text).toContain('[cookie]')
    }
    expect(Object.values(config.cookie)).not.toContain('secret')
  })
})
