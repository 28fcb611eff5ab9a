/** `describe_observations`: what agents see, in words. */
import { defineOperation, type Engine, integer, list, object, type Operation, text } from '../../engine/index.ts'
import type { MettagridGame } from './game.ts'
import { gameId } from './schemas.ts'
import type { GameRequest } from './snapshot.ts'

/** Of an engine that `mettagridEngine` made. */
export function wordsOperation(engine: Engine<GameRequest, MettagridGame>): Operation {
  return defineOperation({
    module: 'mettagrid',
    name: 'describe_observations',
    doc:
      'What agents see, in words made of the tokens of their observations: a line for the game and the last step, then one ' +
      'for each object in sight, from near to far, with its place seen from the agent.',
    reads: true,
    params: [
      gameId,
      {
        name: 'agents',
        doc: 'Which agents, by their position in the map; all unless given.',
        schema: list(integer({ min: 0 })),
        optional: true,
      },
    ],
    output: list(object({ agent: integer({ min: 0 }), sees: list(text()) })),
    handler: ({ game_id, agents }, { registry }) => registry.ask(engine, game_id, 'words', agents),
  })
}
