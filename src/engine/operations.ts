/** The operations that every server has, whatever games it hosts. */
import { BeamcadeError } from '../errors.ts'
import { describeOperation, summarizeOperation } from './describe.ts'
import type { GameHandle } from './host.ts'
import { andThen } from './answer.ts'
import { defineOperation, type Operation } from './operation.ts'
import { boolean, bytes, list, name, nullable, object, opaque, record, text, value } from './schema.ts'

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
  reads: true,
  params: [],
  output: list(object(gameFields)),
  handler: (_, { registry }) => registry.settled(() => registry.list().map(gameFacts)),
})

const gameInfo = defineOperation({
  module: 'games',
  name: 'info',
  doc: 'What is known about one game. `facts` are those that its engine tells.',
  reads: true,
  params: [{ name: 'game_id', doc: 'The id of the game.', schema: text() }],
  output: object({ ...gameFields, facts: record(text(), value()) }),
  handler({ game_id }, { registry }) {
    return andThen(registry.find(game_id), (game) =>
      andThen(registry.info(game_id), (facts) => ({ ...gameFacts(game), facts: { ...facts } })),
    )
  },
})

const snapshotGame = defineOperation({
  module: 'games',
  name: 'snapshot',
  doc: 'A game as bytes: all that games:restore needs to go on with it, here or on another node.',
  reads: true,
  params: [{ name: 'game_id', doc: 'The id of the game.', schema: text() }],
  output: bytes(),
  handler: ({ game_id }, { registry }) => registry.snapshot(game_id),
})

const restoreGame = defineOperation({
  module: 'games',
  name: 'restore',
  doc: 'Makes a game that goes on where a snapshot was taken, bit for bit.',
  params: [
    { name: 'game_id', doc: 'Any text of at most 255 bytes, also the empty one.', schema: text({ maxBytes: 255 }) },
    { name: 'snapshot', doc: 'What games:snapshot gave, on any node.', schema: bytes() },
    {
      name: 'options',
      doc: 'How it lives.',
      schema: object({
        link: boolean()
          .default(false)
          .describe('Link the game to the calling process: if either ends, so does the other.'),
        if_exists: name(['error', 'take_over'])
          .default('error')
          .describe('What to do if the id is taken; take_over ends the game that has it.'),
      }),
      optional: true,
    },
  ],
  output: object(gameFields),
  handler({ game_id, snapshot, options }, { registry, caller }) {
    const { link = false, if_exists: ifExists = 'error' } = options ?? {}
    return andThen(registry.restore(game_id, snapshot, { link, ifExists, caller }), gameFacts)
  },
})

const traceGame = defineOperation({
  module: 'games',
  name: 'trace',
  doc: 'What a game that was created with `record: true` did so far, as JSON: for `beamcade replay`, or for a file.',
  reads: true,
  params: [{ name: 'game_id', doc: 'The id of the game.', schema: text() }],
  output: text(),
  handler: ({ game_id }, { registry }) => registry.trace(game_id),
})

const describeAll = defineOperation({
  module: 'beamcade',
  name: 'describe',
  doc: 'Everything that can be called, in short.',
  reads: true,
  params: [],
  output: list(object({ module: name(), name: name(), usage: text(), doc: text() })),
  handler: (_, { operations, wire }) => served(operations.list(), wire).map(summarizeOperation),
})

const describeSome = defineOperation({
  module: 'beamcade',
  name: 'describe',
  doc: 'The operations of one module, or of one name in it, with parameters, types and answers.',
  reads: true,
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
      reads: boolean().describe('It only looks: nothing is other than before.'),
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
export const CORE_OPERATIONS: readonly Operation[] = [
  listGames,
  gameInfo,
  snapshotGame,
  restoreGame,
  traceGame,
  describeAll,
  describeSome,
]
