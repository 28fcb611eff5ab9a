/**
 * What a game is. An engine makes games; a game is deterministic and synchronous: the same request and the same inputs
 * give the same outputs, with no clock, no random of its own and no I/O.
 */
import { BeamcadeError } from '../errors.ts'
import { plainTrace } from './plain-trace.ts'
import type { TraceFormat } from './trace.ts'
import type { Value } from './value.ts'

/**
 * One game. A `BeamcadeError` out of a method means: refused, and the game is as it was. Anything else that is thrown
 * means that the game is broken; it is closed.
 */
export interface Game<Input, Output> {
  /** One step. What it answers is the caller's own: later steps do not change it. */
  step(input: Input): Output
  /** A step without its output, where that is cheaper: for many inputs in a row, of which only the last is shown. */
  advance?(input: Input): void
  /** The output of the last step, or what there is to see before the first. */
  state(): Output
  /** The same where it lies, in what form is best: the next step changes it. For who reads it at once. */
  view?(): unknown
  /**
   * Several steps at once, where a game can do that faster than one after the other. What is refused is refused before the
   * first step; how much is answered of each step is a matter of `options`.
   */
  stepMany?(inputs: readonly Input[], options: never): ManySteps
  /**
   * Has `watcher` told of each step from now on, right after it was done and before anything else happens. Needed only where
   * steps can be done in other ways than by `step`: so that a recording misses none.
   */
  watch?(watcher: (input: unknown) => void): void
  /** Everything that `Engine.restore` needs, on any machine, to continue with the same bits. */
  snapshot(): Uint8Array
  /** A few facts for people, by name: sizes, the current step. */
  info(): Readonly<Record<string, Value>>
  /** Lets go of what it holds. No other call follows. */
  close(): void
}

/** What is known of the answer to several steps, whatever the game. */
export interface ManySteps {
  /** How many of the inputs were taken, from the first on. */
  readonly steps: number
}

export interface EngineDefinition<Request, G> {
  readonly name: string
  /** What kind of games it makes, in a sentence or two. */
  readonly doc: string
  /**
   * @throws BeamcadeError `bad_game`: such a game cannot be; `not_supported`: it can, but not in this version of the engine.
   *   The caller gets either with its sentence.
   */
  create(request: Request): G
  /** @throws BeamcadeError `bad_snapshot` */
  restore(snapshot: Uint8Array): G
  /** How its games are written down; the plain form of `plain-trace.ts` unless given. */
  readonly trace?: TraceFormat<Request, G>
}

export interface Engine<Request = unknown, G extends AnyGame = AnyGame> extends EngineDefinition<Request, G> {
  /** Tells it from an operation, also across copies of this module. */
  readonly kind: 'engine'
  readonly trace: TraceFormat<Request, G>
}

/** A game of which nobody knows what it takes and answers. */
export type AnyGame = Game<never, unknown>

/** One that can be looked at where it lies. */
export type ViewedGame = AnyGame & Required<Pick<AnyGame, 'view'>>

/** One that does several steps at once. */
export type ManyStepsGame = AnyGame & Required<Pick<AnyGame, 'stepMany'>>

/**
 * Makes an engine. `Request` is what `create` takes: plain data that can be copied and stored. What can be called are
 * operations of their own, whose handlers find their games in `context.registry`.
 */
export function defineEngine<Request, G extends AnyGame>(definition: EngineDefinition<Request, G>): Engine<Request, G> {
  const { name, doc } = definition
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new BeamcadeError('bad_operation', `"${name}" is no name in snake_case.`)
  }
  const engine = {
    kind: 'engine',
    name,
    doc,
    create: (request: Request) => definition.create(request),
    restore: (snapshot: Uint8Array) => definition.restore(snapshot),
  } as const
  return { ...engine, trace: definition.trace ?? plainTrace(engine) }
}
