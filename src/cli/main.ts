/** Finds the command, reads its arguments, turns whatever it throws into a sentence and an exit code. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearest } from '../config/nearest.ts'
import { BeamcadeError, ERROR_CODES, messageOf, systemCode } from '../errors.ts'
import type { Command, Given, Io } from './command.ts'
import { COMMANDS } from './commands.ts'
import { describeError, exitOf, type ExitCode } from './exit.ts'
import { helpOf, overview } from './help.ts'
import { version } from './version.ts'

/** Runs `beamcade …argv`. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name = '--help', ...rest] = argv
  if (name === '--version' || name === '-V') return print(io, `${version()}\n`)
  if (name === '--help' || name === '-h' || name === 'help') {
    const about = COMMANDS.find((command) => command.name === rest[0])
    return print(io, about === undefined ? overview(COMMANDS) : helpOf(about))
  }
  const command = commandOf(name, rest)
  const json = rest.includes('--json')
  try {
    if (command === undefined) {
      const names = COMMANDS.filter((one) => one.hidden !== true).map((one) => one.name)
      const meant = nearest(name, names)
      const hint = meant === undefined ? 'Try `beamcade --help`.' : `Did you mean \`beamcade ${meant}\`?`
      throw usage(`There is no command "${name}"; there are ${names.join(', ')}.`, hint)
    }
    const given = parse(command, rest)
    if (given.flags['help'] === true) return print(io, helpOf(command))
    return await command.run(given, io)
  } catch (error) {
    const { code, message, hint: told } = describeError(error)
    const hint = told === ERROR_CODES.bad_usage[1] && command !== undefined ? helpHint(command) : told
    if (json) io.stdout.write(`${JSON.stringify({ event: 'failed', code, message, hint })}\n`)
    io.stderr.write(`beamcade: ${message}${hint === undefined ? '' : `\n  ${hint}`}\n`)
    return command?.failsWith ?? exitOf(error)
  }
}

/** The command that is meant: a flag may make another one of it. */
function commandOf(name: string, args: readonly string[]): Command | undefined {
  const command = COMMANDS.find((one) => one.name === name)
  const mode = Object.entries(command?.modes ?? {}).find(([flag]) => args.includes(`--${flag}`))
  return mode?.[1] ?? command
}

/** @throws BeamcadeError `bad_usage` */
export function parse(command: Command, args: readonly string[]): Given {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } }
  for (const [name, { type, multiple, short }] of Object.entries(command.options)) {
    options[name] = { type, multiple: multiple === true, ...(short !== undefined && { short }) }
  }
  const hint = helpHint(command)
  let parsed
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    if (systemCode(error)?.startsWith('ERR_PARSE_ARGS') !== true) throw error
    // Node's sentence may end in advice about its own rules: the first sentence is what happened.
    const sentence = `${
      messageOf(error)
        .split(/\. |\n/)[0]
        ?.replace(/\.$/, '') ?? 'A flag is wrong'
    }.`
    const unknown = /^Unknown option '--([^']+)'/.exec(sentence)?.[1]
    const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(options))
    throw usage(sentence, meant === undefined ? hint : `Did you mean --${meant}? ${hint}`)
  }
  const { positionals } = parsed
  const flags = parsed.values as Given['flags']
  const [least, most] = command.arguments
  if (flags['help'] !== true && (positionals.length < least || positionals.length > most)) {
    const few = positionals.length < least
    const line = `beamcade ${command.name} ${command.usage}`.trim()
    throw usage(`Too ${few ? 'few' : 'many'} arguments: the usage is \`${line}\`.`, hint)
  }
  return { positionals, flags }
}

const helpHint = (command: Command): string => `Try \`beamcade ${command.name} --help\`.`
const usage = (sentence: string, hint: string): BeamcadeError => new BeamcadeError('bad_usage', sentence, { hint })

function print(io: Io, text: string): ExitCode {
  io.stdout.write(text)
  return 0
}
