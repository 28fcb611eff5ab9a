/** `beamcade doctor`: what is missing on this machine, and how to get it. */
import { loadConfig, type Config } from '../config.ts'
import type { SettingName } from '../config/settings.ts'
import {
  checkCompiler,
  checkCookie,
  checkElixir,
  checkEpmd,
  checkErlang,
  checkMcp,
  checkNative,
  checkNode,
  checkPort,
  cookieSource,
  type Finding,
} from './checks.ts'
import { boolFlag, textFlag, type Command } from './command.ts'
import { iexLine } from './iex.ts'
import { flagSettings, settingOptions } from './options.ts'

const LOOKED_AT: readonly SettingName[] = ['name', 'sname', 'host', 'distPort', 'epmdPort', 'epmd']

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  summary: 'says what is missing on this machine, and how to get it',
  arguments: [0, 0],
  options: {
    ...settingOptions(LOOKED_AT),
    config: { type: 'string', argument: 'FILE', doc: 'settings as JSON (else BEAMCADE_CONFIG)' },
    json: { type: 'boolean', doc: 'the findings as JSON' },
  },
  examples: [
    ['beamcade doctor', 'all that `beamcade start` and its friends need'],
    ['beamcade doctor --sname game --dist-port 9100', 'with the flags that start shall get'],
  ],
  exits: [0, 2, 3],
  async run(given, io) {
    const flags = { ...flagSettings(given, LOOKED_AT), cookie: 'none', config: textFlag(given, 'config') }
    const config = loadConfig({ flags, env: io.env, cwd: io.cwd })
    const [mcp, erl, elixir, epmd, port] = await Promise.all([
      checkMcp(),
      checkErlang(io.env),
      checkElixir(io.env),
      checkEpmd(config, io.env),
      checkPort(config),
    ])
    const findings = [
      checkNode(),
      checkNative(io.env),
      checkCompiler(io.env),
      erl,
      elixir,
      ...epmd,
      port,
      checkCookie(io.env),
      mcp,
    ]
    const broken = findings.some(({ state }) => state === 'missing')
    if (boolFlag(given, 'json')) io.stdout.write(`${JSON.stringify({ ok: !broken, findings })}\n`)
    else io.stdout.write(`${report(findings)}\n${refusals(config, cookieSource(io.env))}`)
    return broken ? 3 : 0
  },
}

const MARKS = { ok: 'ok      ', optional: 'optional', missing: 'MISSING ' } as const

function report(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ name, state, found, fix }) => [
      `${MARKS[state]}  ${name.padEnd(13)} ${found}`,
      ...(fix === undefined ? [] : [`${' '.repeat(24)} -> ${fix}`]),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

/** The two ways in which nodes that both run do not connect, as they look from both sides. */
function refusals(config: Config, cookie: string): string {
  const { node, nameKind } = config
  const other = nameKind === 'long' ? '--sname me' : '--name me@127.0.0.1'
  const name = nameKind === 'long' ? 'a long name (its host has a dot)' : 'a short name (its host has no dot)'
  const host = node.slice(node.indexOf('@') + 1)
  const not = nameKind === 'long' ? 'NOT ' : ''
  return [
    `If iex does not connect to ${node}:`,
    '',
    `  The kinds of names differ. ${node} is ${name}, and nodes connect only to their kind.`,
    `    right:  ${iexLine(config, cookie)}`,
    `    wrong:  iex ${other}`,
    `            iex> Node.connect(:"${node}")`,
    '            false',
    `            [error] ** System ${not}running to use fully qualified hostnames **`,
    `            ** Hostname ${host} is illegal **`,
    '',
    '  The cookies differ. iex says false, and beamcade start prints, with the address of who tried:',
    '    warn  me@127.0.0.1 (127.0.0.1:40966) refused: … [bad_cookie]',
    '    right:  give both the same --cookie, or none: then both read ~/.erlang.cookie',
    '',
    `  It is connected, but Node.list() does not show it: the node is hidden. Node.list(:hidden) does.`,
    '',
  ].join('\n')
}
