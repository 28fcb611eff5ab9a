/** The operations that every server has, whatever games it hosts. */
import { BeamcadeError } from '../errors.ts'
import { describeOperation, summarizeOperation } from './describe.ts'
import type { GameHandle } from './host.ts'
import { defineOperation, type Operation } from './operation.ts'
import { boolean, list, name, nullable, object, opaque, record, text, value } from './schema.ts'

const gameFields = {
  game_id: text().describe('The id it was created with.'),
  engine: name().describe('What kind of game it is.'),
  pid: nullable(opaque()).describe('Its process; null where games have none.'),
}

function gameFacts({ id, engine, process }: GameHandle) {
  return { game_id: id, engine, pid: process ?? null }
}

const listGames = defineOperation({
  module: 'games',
  name: 'list',
  doc: 'All games, oldest first.',
  params: [],
  output: list(object(gameFields)),
  handler: (_, { registry }) => registry.list().map(gameFacts),
})

const gameInfo = defineOperation({
  module: 'games',
  name: 'info',
  doc: 'What is known about one game. `facts` are those that its engine tells.',
  params: [{ name: 'game_id', doc: 'The id of the game.', schema: text() }],
  output: object({ ...gameFields, facts: record(text(), value()) }),
  handler: ({ game_id }, { registry }) => ({
    ...gameFacts(registry.get(game_id)),
    facts: { ...registry.info(game_id) },
  }),
})

const describeAll = defineOperation({
  module: 'beamcade',
  name: 'describe',
  doc: 'Everything that can be called, in short.',
  params: [],
  output: list(object({ module: name(), name: name(), usage: text(), doc: text() })),
  handler: (_, { operations, wire }) => served(operations.list(), wire).map(summarizeOperation),
})

const describeSome = defineOperation({
  module: 'beamcade',
  name: 'describe',
  doc: 'The operations of one module, or of one name in it, with parameters, types and answers.',
  params: [{ name: 'of', doc: 'A module (`mettagrid`) or an operation (`mettagrid:step_game`).', schema: text() }],
  output: list(
    object({
      module: name(),
      name: name(),
      doc: text(),
      params: list(object({ name: name(), doc: text(), optional: boolean(), type: text(), schema: value() })),
      returns: text().describe('The type of the answer, on one line.'),
      output: value().describe('The same as a tree.'),
      reply: name(['tagged', 'bare']),
      wires: name(['all', 'erlang']),
    }),
  ),
  handler: ({ of }, { operations, wire }) => {
    const [module = '', ...rest] = of.split(':')
    const found = rest.length === 0 ? operations.list(module) : operations.named(module, rest.join(':'))
    const shown = served(found, wire)
    if (shown.length > 0) return shown.map(describeOperation)
    const known = operations.modules().join(', ')
    throw new BeamcadeError('unknown_operation', `There is nothing called ${JSON.stringify(of)}; modules are ${known}.`)
  },
})

function served(operations: readonly Operation[], wire: string): Operation[] {
  return operations.filter((operation) => operation.wires === 'all' || operation.wires === wire)
}

/** `games:*` and `beamcade:*`. */
export const CORE_OPERATIONS: readonly Operation[] = [listGames, gameInfo, describeAll, describeSome]
