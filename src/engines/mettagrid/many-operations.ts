/** Several steps in one call: of one game, and of several games. */
import {
  allOf,
  type Answer,
  boolean,
  bytes,
  defineOperation,
  type Engine,
  failureOf,
  failureSchema,
  float,
  integer,
  isPromise,
  list,
  name,
  object,
  type Operation,
  text,
  union,
} from '../../engine/index.ts'
import { BeamcadeError } from '../../errors.ts'
import type { MettagridGame, StepResult } from './game.ts'
import { type Actions, actionsSchema, gameId, inputOf, OBSERVATIONS_DOC, stepSchema } from './schemas.ts'
import type { GameRequest } from './snapshot.ts'

const allOrLast = ['all', 'last'] as const

const manyOptions = object({
  observations: name(['all', 'last', 'none'])
    .default('all')
    .describe('Which are answered: of all steps, of the last one, or none.'),
  results: name(allOrLast)
    .default('all')
    .describe('Which rewards, flags and successes are answered; the sum of the rewards always is.'),
  format: name(['lists', 'packed'])
    .default('lists')
    .describe('packed: rewards as float32, low byte first, flags as bytes of 0 and 1; all [step][agent].'),
  stop_at_end: boolean().default(false).describe("Do no step more once every agent's episode has ended."),
})

const DEFAULTS = { observations: 'all', results: 'all', format: 'lists', stop_at_end: false } as const

const flags = union([list(list(boolean())), bytes()])

interface Outcome {
  game_id: string
  step?: StepResult
  error?: ReturnType<typeof failureOf>
}

/** `step_many` and `step_games`, of an engine that `mettagridEngine` made. */
export function manyOperations(engine: Engine<GameRequest, MettagridGame>): Operation[] {
  const module = 'mettagrid'

  const stepMany = defineOperation({
    module,
    name: 'step_many',
    doc:
      'Several steps of one game, the same as one after the other. All inputs are looked at first: if one of them has ' +
      'the wrong number of actions, nothing is stepped.',
    params: [
      gameId,
      { name: 'steps', doc: 'By step: the actions, as step_game takes them.', schema: list(actionsSchema) },
      { name: 'options', doc: 'How much is answered.', schema: manyOptions, optional: true },
    ],
    output: object({
      steps: integer({ min: 0 }).describe('How many steps were done: fewer than asked for only with stop_at_end.'),
      current_step: integer({ min: 0 }),
      observations: bytes().describe(`[step][agent][token][3]: ${OBSERVATIONS_DOC}`),
      rewards: union([list(list(float())), bytes()]).describe('By step and agent; with results: last one step.'),
      total_rewards: list(float()).describe('By agent, of all steps that were done.'),
      terminals: flags,
      truncations: flags,
      action_success: flags,
    }),
    handler: ({ game_id, steps, options = DEFAULTS }, { registry }) =>
      registry.stepMany(engine, game_id, steps.map(inputOf), options),
  })

  const stepGames = defineOperation({
    module,
    name: 'step_games',
    doc:
      'One step of each of several games, answered in the same order. A game that cannot be stepped has its error in ' +
      'the answer, and is in the way of no other.',
    params: [
      {
        name: 'games',
        doc: 'Each game once, with its actions as step_game takes them.',
        schema: list(object({ game_id: gameId.schema, actions: actionsSchema })),
      },
    ],
    output: list(
      object({
        game_id: text(),
        step: stepSchema.optional().describe('What the step showed, if it was done.'),
        error: failureSchema.optional().describe('Why it was not.'),
      }),
    ),
    handler({ games }, { registry }) {
      refuseTwice(games)
      return allOf(
        games.map(({ game_id, actions }) => outcomeOf(game_id, () => registry.step(engine, game_id, inputOf(actions)))),
      )
    },
  })

  return [stepMany, stepGames]
}

function outcomeOf(game_id: string, run: () => Answer<StepResult>): Answer<Outcome> {
  const done = (step: StepResult): Outcome => ({ game_id, step })
  const failed = (error: unknown): Outcome => ({ game_id, error: failureOf(error) })
  try {
    const step = run()
    return isPromise(step) ? step.then(done, failed) : done(step)
  } catch (error) {
    return failed(error)
  }
}

/** Each answer is as large as what its game holds already, so each game once keeps the whole answer within bounds. */
function refuseTwice(games: readonly { game_id: string; actions: Actions }[]): void {
  const seen = new Set<string>()
  for (const [i, { game_id }] of games.entries()) {
    if (seen.has(game_id)) {
      const sentence = `games[${i}].game_id: ${JSON.stringify(game_id)} is there twice; nothing was stepped.`
      throw new BeamcadeError('bad_argument', sentence, { hint: 'step_many does several steps of one game.' })
    }
    seen.add(game_id)
  }
}
