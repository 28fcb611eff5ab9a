/** The texts of `--help`. */
import type { Command, Option } from './command.ts'
import { EXITS, type ExitCode } from './exit.ts'

/** `beamcade --help`. */
export function overview(commands: readonly Command[]): string {
  const rows = commands
    .filter((one) => one.hidden !== true)
    .map((one) => [`${one.name} ${one.usage}`, one.summary] as const)
  return [
    'beamcade: an Erlang/Elixir cluster node that hosts games.',
    '',
    'Usage: beamcade COMMAND …',
    '',
    ...table(rows),
    '',
    'Flags of all commands:',
    ...table([
      ['-h, --help', 'how to use a command, with examples and exit codes'],
      ['-V, --version', 'the version'],
    ]),
    '',
    'Exit codes:',
    ...exits(Object.keys(EXITS).map(Number) as ExitCode[]),
    '',
    'Try: npx beamcade demo',
    '',
  ].join('\n')
}

/** `beamcade COMMAND --help`. */
export function helpOf(command: Command): string {
  const all = Object.entries(command.options)
  const limits = all.filter(([, option]) => option.limit === true)
  const others = all.filter(([, option]) => option.limit !== true)
  return [
    `Usage: beamcade ${`${command.name} ${command.usage}`.trim()}`,
    '',
    `${command.summary[0]?.toUpperCase() ?? ''}${command.summary.slice(1)}.`,
    ...(command.doc === undefined ? [] : ['', command.doc]),
    '',
    'Flags:',
    ...table([...others.map(row), ['-h, --help', 'this text']]),
    ...(limits.length === 0 ? [] : ['', 'Limits:', ...table(limits.map(row))]),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`]),
    '',
    'Exit codes:',
    ...exits(command.exits),
    '',
  ].join('\n')
}

function row([name, option]: readonly [string, Option]): readonly [string, string] {
  const short = option.short === undefined ? '' : `-${option.short}, `
  return [`${short}--${name}${option.argument === undefined ? '' : ` ${option.argument}`}`, option.doc]
}

const exits = (codes: readonly ExitCode[]): string[] => table(codes.map((code) => [String(code), EXITS[code]]))

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
