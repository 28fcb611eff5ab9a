/** What can be called of MettaGrid. */
import {
  andThen,
  boolean,
  defineOperation,
  type Engine,
  integer,
  list,
  name,
  nullable,
  object,
  opaque,
  type Operation,
  text,
} from '../../engine/index.ts'
import { configInputSchema, mapOrNullSchema, toRequest } from './config/request.ts'
import type { MettagridGame } from './game.ts'
import { manyOperations } from './many-operations.ts'
import { actionsSchema, gameId, inputOf, int32, stepSchema } from './schemas.ts'
import type { GameRequest } from './snapshot.ts'
import { wordsOperation } from './words-operation.ts'

const options = object({
  link: boolean().default(false).describe('Link the game to the calling process: if either ends, so does the other.'),
  if_exists: name(['error', 'take_over'])
    .default('error')
    .describe('What to do if the id is taken; take_over ends the game that has it.'),
  record: boolean().default(false).describe('Record it in memory, for games:trace/1.'),
})

/** The operations of an engine that `mettagridEngine` made. */
export function mettagridOperations(engine: Engine<GameRequest, MettagridGame>): Operation[] {
  const module = 'mettagrid'

  const createGame = defineOperation({
    module,
    name: 'create_game',
    doc: 'Makes a game. The same configuration, map and seed give the same game, bit for bit.',
    params: [
      gameId,
      {
        name: 'config',
        doc: 'GameConfig of mettagrid.rpc.v1, field for field; or, with the key `game`, MettaGridConfig of the Python project.',
        schema: configInputSchema,
      },
      {
        name: 'map',
        doc: 'A MapDefinition, or rows of text: # wall, . empty, @ agent; null: the one in a Python configuration.',
        schema: mapOrNullSchema,
      },
      { name: 'seed', doc: 'Of all chance in the game.', schema: integer({ min: 0, max: 4_294_967_295 }) },
      { name: 'options', doc: 'How it lives.', schema: options, optional: true },
    ],
    output: object({ game_id: text(), pid: nullable(opaque()).describe('Its process.') }),
    handler({ game_id, config, map, seed, options }, { registry, caller }) {
      const { link = false, if_exists: ifExists = 'error', record = false } = options ?? {}
      const game = registry.create(engine, game_id, toRequest({ config, map, seed }), {
        link,
        ifExists,
        record,
        caller,
      })
      return andThen(game, ({ process }) => ({ game_id, pid: process ?? null }))
    },
  })

  const stepGame = defineOperation({
    module,
    name: 'step_game',
    doc: 'One step: one action for each agent. Numbers that are no action fail in the game, and cost its penalty.',
    params: [
      gameId,
      {
        name: 'flat_actions',
        doc: 'By agent: position in the list of flat actions, which games:info/1 names; or a map of types and arguments.',
        schema: actionsSchema,
      },
    ],
    output: stepSchema,
    handler: ({ game_id, flat_actions: actions }, { registry }) => registry.step(engine, game_id, inputOf(actions)),
  })

  const stepTyped = defineOperation({
    module,
    name: 'step_game',
    doc: 'One step, with types and arguments.',
    params: [
      gameId,
      { name: 'action_types', doc: 'By agent: position of the action in the configuration.', schema: list(int32) },
      { name: 'action_args', doc: 'By agent: its argument.', schema: list(int32) },
    ],
    output: stepSchema,
    handler: ({ game_id, action_types: types, action_args: args }, { registry }) =>
      registry.step(engine, game_id, { types, args }),
  })

  const getState = defineOperation({
    module,
    name: 'get_state',
    doc: 'What the last step showed; before the first, what there is to see.',
    reads: true,
    params: [gameId],
    output: stepSchema,
    handler: ({ game_id }, { registry }) => registry.ask(engine, game_id, 'state'),
  })

  const deleteGame = defineOperation({
    module,
    name: 'delete_game',
    doc: 'Ends a game.',
    params: [gameId],
    output: object({ game_id: text() }),
    handler: ({ game_id }, { registry }) => andThen(registry.delete(game_id, engine), () => ({ game_id })),
  })

  const renderGame = defineOperation({
    module,
    name: 'render_game',
    doc: 'The board as text, a line for each row: # wall, + swappable, % converter, & assembler, ! clipped, $ chest, . empty, agents as 0 to 9 and letters.',
    reads: true,
    params: [gameId],
    output: list(text()),
    handler: ({ game_id }, { registry }) => registry.ask(engine, game_id, 'render'),
  })

  return [
    createGame,
    stepGame,
    stepTyped,
    ...manyOperations(engine),
    getState,
    deleteGame,
    renderGame,
    wordsOperation(engine),
  ]
}
