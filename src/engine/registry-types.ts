/** What the registry takes, and what its generic methods make of the type of a game. */
import type { Events } from '../events.ts'
import type { Engine } from './engine.ts'
import type { Parts } from './games.ts'
import type { Home } from './home.ts'
import type { GameLog, Journal } from './journal.ts'
import type { Opaque } from './value.ts'

export interface RegistryOptions {
  events: Events
  /** Games at one time (default 10,000): a caller in a loop must not fill the memory. */
  maxGames?: number
  journal?: Journal | undefined
  /** What the recordings of all games may take in memory, in bytes (default 64 MiB): each step adds a few hundred. */
  maxRecordedBytes?: number
  /** The engines whose games can be made from snapshots, and taken back from a journal. */
  engines?: Iterable<Engine>
  /** Where games live; beside their callers unless given. */
  home?: Home | undefined
}

export interface CreateOptions {
  /** What to do if the id is taken: refuse (default), or end that game and put this one in its place. */
  ifExists?: 'error' | 'take_over'
  /** Link the game to the caller. */
  link?: boolean
  /** Keep a trace of it, see `Registry.trace`. */
  record?: boolean
  caller?: Opaque | undefined
}

/** A game that was made already, in a former life: see `Registry.readmit`. */
export interface Returning extends Parts {
  readonly log: GameLog
}

/** What the games of an engine take. */
export type InputOf<G> = G extends { step(input: infer I): unknown } ? I : never
/** What they answer. */
export type OutputOf<G> = G extends { step(input: never): infer O } ? O : never
/** What there is to see of them where it lies. */
export type ViewOf<G> = G extends { view(): infer V } ? V : never

/** How their answer to several steps can be asked for, and that answer. */
export type ManyOptionsOf<G> = G extends { stepMany(inputs: never, options: infer O): unknown } ? O : never
export type ManyOutputOf<G> = G extends { stepMany(inputs: never, options: never): infer O } ? O : never

/** The names of their methods. */
export type QuestionOf<G> = { [K in keyof G]: G[K] extends (...args: never[]) => unknown ? K : never }[keyof G] & string
/** What a method takes and answers. */
export type ParamsOf<M> = M extends (...args: infer A) => unknown ? A : never
export type ReturnOf<M> = M extends (...args: never[]) => infer R ? R : never
