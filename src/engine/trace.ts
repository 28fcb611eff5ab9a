/**
 * A trace: a recorded game as one JSON object, with what it was made of, every input, and a hash of what each step showed.
 * Whoever has one can play the game again, and see whether it is the same. An engine may write traces in a form of its own;
 * the games of all others are written in the plain form, `plain-trace.ts`.
 */
import { gunzipSync } from 'node:zlib'
import { BeamcadeError, messageOf } from '../errors.ts'
import type { AnyGame } from './engine.ts'

/** Writes one game down while it runs. */
export interface TraceWriter {
  /** What the beginning takes. */
  readonly bytes: number
  /** A step was done: its input, and what the game shows after it. @returns how many bytes that takes */
  step(input: unknown, output: unknown): number
  /** The trace so far. @param complete false if steps are missing at the end */
  text(complete: boolean): string
}

/** A trace that was read: the game can be played again. */
export interface Recording {
  /** What it is called. */
  readonly name: string
  /** How many steps it has. */
  readonly steps: number
  /** False if the game went on and its recording did not. */
  readonly complete: boolean
  /** Makes the game as it was at first. @throws BeamcadeError what the engine has against it */
  begin(): AnyGame
  /** Makes the game as it was when `snapshot` was taken. */
  resume(snapshot: Uint8Array): AnyGame
  /** What was done in a step; the first is step 1. */
  input(step: number): unknown
  /** What was done, in a few words for people. */
  inputText(step: number): string
  /** What the game looks like. @param focus which of its agents to look at, where it has any */
  draw(game: AnyGame, focus?: number): Picture
  /** Compares a game that was begun with what was recorded. */
  comparison(game: AnyGame): Comparison
}

/** What a game looks like, for people. */
export interface Picture {
  /** A line for each row, a character a cell; none where a game has no board. */
  readonly board: readonly string[]
  /** What else there is to say, in lines. */
  readonly notes: readonly string[]
  /** What to keep in sight where the board is larger than the screen. */
  readonly centre?: { readonly row: number; readonly col: number }
}

/** To be asked in order: before the first step, after each, and at the end. */
export interface Comparison {
  /** What differs after a step, in a sentence; undefined if nothing does. Step 0 is the beginning. */
  after(step: number): string | undefined
  /** What differs in the whole. */
  end(): string | undefined
}

/** The form in which an engine writes its games down. */
export interface TraceFormat<Request, G> {
  /** What stands in the field `format`. */
  readonly name: string
  /** @param name of the game */
  write(name: string, request: Request, game: G): TraceWriter
  /** @param document a JSON object with this format @throws BeamcadeError `bad_trace` */
  read(document: object): Recording
}

/** What came of playing a recorded game again. */
export interface Verdict {
  /** Steps that were the same. */
  readonly steps: number
  /** The first thing that was not: where, and what. */
  readonly difference?: string
}

/** Plays a recorded game from its beginning to its end and compares everything that was recorded. */
export function verify(recording: Recording): Verdict {
  const game = recording.begin()
  try {
    const comparison = recording.comparison(game)
    const first = comparison.after(0)
    if (first !== undefined) return { steps: 0, difference: `before the first step: ${first}` }
    for (let step = 1; step <= recording.steps; step++) {
      const difference = take(game, recording.input(step)) ?? comparison.after(step)
      if (difference !== undefined) return { steps: step - 1, difference: `step ${step}: ${difference}` }
    }
    const difference = comparison.end()
    return { steps: recording.steps, ...(difference !== undefined && { difference: `at the end: ${difference}` }) }
  } finally {
    game.close()
  }
}

/** Does one step. @returns why it could not be done */
function take(game: AnyGame, input: unknown): string | undefined {
  try {
    if (game.advance === undefined) game.step(input as never)
    else game.advance(input as never)
    return undefined
  } catch (error) {
    return `it was done once, and cannot be done any more: ${messageOf(error)}`
  }
}

/** What a file that was packed may become: more than any server records. */
const MAX_UNPACKED = 1024 * 1024 * 1024

/**
 * The JSON object in a file, which may be packed by gzip: `Engine.trace.read` takes it, of the engine that knows its format.
 * @throws BeamcadeError `bad_trace`
 */
export function traceDocument(file: Uint8Array): { readonly format: string } {
  let document: unknown
  try {
    const packed = file[0] === 0x1f && file[1] === 0x8b
    const bytes = packed ? gunzipSync(file, { maxOutputLength: MAX_UNPACKED }) : Buffer.from(file)
    document = JSON.parse(bytes.toString())
  } catch (error) {
    throw new BeamcadeError('bad_trace', `This is no recorded game, which is JSON: ${messageOf(error)}.`, {
      cause: error,
    })
  }
  if (
    typeof document === 'object' &&
    document !== null &&
    'format' in document &&
    typeof document.format === 'string'
  ) {
    return { ...document, format: document.format }
  }
  throw new BeamcadeError('bad_trace', 'This is no recorded game: it has no field "format".')
}
