/** `describe_observations`: what agents see, in words. */
import { defineOperation, type Engine, integer, list, object, type Operation, text } from '../../engine/index.ts'
import { BeamcadeError } from '../../errors.ts'
import type { MettagridGame } from './game.ts'
import { inWords, vocabularyOf } from './observe/words.ts'
import { gameId } from './schemas.ts'
import type { GameRequest } from './snapshot.ts'
import type { World } from './world/world.ts'

interface Seen {
  agent: number
  sees: string[]
}

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
    handler: ({ game_id, agents }, { registry }) =>
      registry.use(engine, game_id, ({ world }) => describe(world, agents ?? world.agents.map(({ index }) => index))),
  })
}

function describe({ rules, window, observations, agents }: World, asked: readonly number[]): Seen[] {
  const { maxAnswerBytes: limit } = rules.limits
  const vocabulary = vocabularyOf(rules)
  const size = rules.config.num_observation_tokens * 3
  let bytes = 0
  return asked.map((agent) => {
    if (agent >= agents.length) {
      throw new BeamcadeError('bad_argument', `agents: there is no agent ${agent}; there are ${agents.length}.`)
    }
    const sees = inWords(observations.subarray(agent * size, (agent + 1) * size), window, vocabulary)
    bytes = sees.reduce((sum, line) => sum + 3 * line.length, bytes)
    if (bytes > limit) {
      throw new BeamcadeError('answer_too_large', `The words take more than ${limit} bytes (maxAnswerBytes).`, {
        hint: 'Ask for fewer agents at once, or raise the limit.',
        details: { limit },
      })
    }
    return { agent, sees }
  })
}
