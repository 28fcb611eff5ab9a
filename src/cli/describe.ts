/** `beamcade describe`: what can be called. */
import { describeOperation, summarizeOperation, type Operation } from '../engine/index.ts'
import { loadConfig } from '../config.ts'
import { BeamcadeError } from '../errors.ts'
import { describeTable } from '../server.ts'
import { boolFlag, textFlag, type Command } from './command.ts'
import { flagSettings, settingOptions } from './options.ts'

export const describe: Command = {
  name: 'describe',
  usage: '[MODULE[:NAME]]',
  summary: 'lists the operations, with their parameters and docs',
  doc: 'A running node tells the same by beamcade:describe/0 and /1: `beamcade call NODE beamcade describe`.',
  arguments: [0, 1],
  options: {
    ...settingOptions(['load']),
    config: { type: 'string', argument: 'FILE', doc: 'settings as JSON (else BEAMCADE_CONFIG)' },
    json: { type: 'boolean', doc: 'the list as JSON, with the types as trees' },
  },
  examples: [
    ['beamcade describe', 'everything, a line each'],
    ['beamcade describe mettagrid:step_game', 'one operation: parameters, types, answer'],
    ['beamcade describe --load ./my-game.js --json', 'with operations of your own; for programs'],
  ],
  exits: [0, 2],
  async run(given, io) {
    const [of] = given.positionals
    const flags = { ...flagSettings(given, ['load']), cookie: 'none', config: textFlag(given, 'config') }
    const { load } = loadConfig({ flags, env: io.env, cwd: io.cwd })
    const table = await describeTable(load)
    const [module, ...rest] = (of ?? '').split(':')
    const operations =
      of === undefined
        ? table.list()
        : rest.length === 0
          ? table.list(module)
          : table.named(module ?? '', rest.join(':'))
    if (operations.length === 0) {
      const names = [...new Set(table.list(module).map(({ name }) => name))]
      const hint =
        names.length === 0
          ? `Modules are ${table.modules().join(', ')}; of one operation, give MODULE:NAME.`
          : `${module ?? ''} has ${names.join(', ')}.`
      throw new BeamcadeError('bad_usage', `There is nothing called "${of ?? ''}".`, { hint })
    }
    if (boolFlag(given, 'json')) io.stdout.write(`${JSON.stringify(operations.map(describeOperation), jsonValue)}\n`)
    else io.stdout.write(of === undefined ? summary(operations) : operations.map(details).join('\n'))
    return 0
  },
}

/** The trees of types are made of maps. */
function jsonValue(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value
}

function summary(operations: readonly Operation[]): string {
  const rows = operations.map(summarizeOperation)
  const width = Math.max(...rows.map(({ usage }) => usage.length))
  return rows.map(({ usage, doc }) => `${usage.padEnd(width)}  ${doc}\n`).join('')
}

function details(operation: Operation): string {
  const { module, name, doc, params, returns, reply } = describeOperation(operation)
  const list = params.map((param) => (param.optional ? `[${param.name}]` : param.name)).join(', ')
  return [
    `${module}:${name}(${list})`,
    `  ${doc}`,
    ...params.map((param) => `  ${param.name} :: ${param.type}\n      ${param.doc}`),
    `  answers ${reply === 'tagged' ? `{ok, ${returns}}` : returns}`,
    '',
  ].join('\n')
}
