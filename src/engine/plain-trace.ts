/**
 * The form in which games are written down whose engine has none of its own: `beamcade-trace/1`.
 *
 * | key            | what                                                                                |
 * | -------------- | ----------------------------------------------------------------------------------- |
 * | `engine`       | name of the engine                                                                  |
 * | `name`         | id of the game                                                                      |
 * | `request`      | what it was made of, as `plain-json.ts` writes it                                   |
 * | `sha256`       | of the output before the first step                                                 |
 * | `steps`        | by step: `input` as `plain-json.ts` writes it, and `sha256` of the output           |
 * | `complete`     | false if later steps were left out, because recorded games took too much memory     |
 *
 * The hash is that of the output's JSON, again as `plain-json.ts` writes it, without spaces and with sorted keys.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { BeamcadeError } from '../errors.ts'
import type { AnyGame, Engine } from './engine.ts'
import { fromPlainJson, toPlainJson } from './plain-json.ts'
import type { Comparison, Recording, TraceFormat } from './trace.ts'

export const PLAIN_TRACE = 'beamcade-trace/1'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

const documentSchema = z.strictObject({
  format: z.literal(PLAIN_TRACE),
  engine: z.string(),
  name: z.string(),
  complete: z.boolean(),
  request: z.unknown(),
  sha256: hash,
  steps: z.array(z.strictObject({ input: z.unknown(), sha256: hash })),
})

/** The plain form, for the games of one engine. */
export function plainTrace<R>(engine: Pick<Engine<R>, 'name' | 'create' | 'restore'>): TraceFormat<R, AnyGame> {
  return {
    name: PLAIN_TRACE,
    write(name, request, game) {
      const head = { format: PLAIN_TRACE, engine: engine.name, name }
      const body = JSON.stringify({ request: toPlainJson(request), sha256: hashOf(game.state()) }).slice(1, -1)
      const steps: string[] = []
      return {
        bytes: body.length,
        step(input, output) {
          const line = JSON.stringify({ input: toPlainJson(input), sha256: hashOf(output) })
          steps.push(line)
          return line.length
        },
        text: (complete) =>
          `${JSON.stringify({ ...head, complete }).slice(0, -1)},${body},"steps":[\n${steps.join(',\n')}\n]}\n`,
      }
    },
    read: (document) => recordingOf(engine, document),
  }
}

function recordingOf<R>(engine: Pick<Engine<R>, 'name' | 'create' | 'restore'>, given: object): Recording {
  const read = documentSchema.safeParse(given)
  if (!read.success) {
    throw new BeamcadeError('bad_trace', `This is no ${PLAIN_TRACE}: ${z.prettifyError(read.error)}.`)
  }
  const { name, complete, request, sha256, steps } = read.data
  const step = (number: number) => steps[number - 1]
  return {
    name,
    complete,
    steps: steps.length,
    begin: () => engine.create(plain(request) as R),
    resume: (snapshot) => engine.restore(snapshot),
    input: (number) => plain(step(number)?.input),
    inputText: (number) => JSON.stringify(step(number)?.input),
    draw: (game) => ({ board: [], notes: JSON.stringify(toPlainJson(game.state()), null, 2).split('\n') }),
    comparison: (game): Comparison => ({
      after(number) {
        const expected = number === 0 ? sha256 : step(number)?.sha256
        const is = hashOf(game.state())
        return is === expected ? undefined : `the hash of the output was ${String(expected)} and is ${is}`
      },
      end: () => undefined,
    }),
  }
}

function plain(json: unknown): unknown {
  try {
    return fromPlainJson(json)
  } catch (error) {
    throw new BeamcadeError('bad_trace', 'The trace has data that cannot be read.', { cause: error })
  }
}

function hashOf(output: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(toPlainJson(output)))
    .digest('hex')
}
