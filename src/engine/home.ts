/**
 * Where games live: here, beside who asks (`LocalHome`), or in other threads (`threads/`). The registry sees places only.
 * What is asked of one place is done in the order in which it was asked, and answered in that order.
 */
import type { Answer } from './answer.ts'
import type { Engine, ManySteps } from './engine.ts'

/** What a game is made of: what the engine's `create` takes, or what its `snapshot` gave. */
export type Beginning = { readonly request: unknown } | { readonly state: Uint8Array }

export interface Plan {
  readonly engine: Engine
  readonly id: string
  readonly beginning: Beginning
  /** Keep a trace of it: only of a game that begins with a request. */
  readonly record: boolean
}

export interface Home {
  /** @throws what the engine has against it; BeamcadeError `recording_full`, `game_lost` */
  make(plan: Plan): Answer<Place>
  /** Ends all places, and what answers are owed: they are rejected with `node_stopped`. */
  close(): Answer<void>
}

/** The place of one game. What the game throws comes out of these, or the promise is rejected with it. */
export interface Place {
  step(input: unknown): Answer<unknown>
  /** One step, of which only that is answered which `show` makes of the game's `view`. */
  advance<T>(input: unknown, show: (view: unknown) => T): Answer<T>
  stepMany(inputs: readonly unknown[], options: unknown): Answer<ManySteps>
  /** What `show` makes of the game's `view`. */
  look<T>(show: (view: unknown) => T): Answer<T>
  /** Calls a method of the game. */
  ask(method: string, args: readonly unknown[]): Answer<unknown>
  /**
   * Does steps of a former life, of which nothing is answered.
   * @param first number of the first of them
   * @throws BeamcadeError `not_replayable`
   */
  replay(inputs: readonly unknown[], first: number): Answer<void>
  /** What was recorded so far. @returns undefined if nothing was */
  trace(): Answer<string | undefined>
  /** Answers when all that was asked before is answered, whatever the answers. Never rejected. */
  settled(): Answer<void>
  /** Lets go of the game. Answers when all that was asked before is answered. */
  close(): Answer<void>
  /** To be set: the place is gone, and with it the game. Called once, also if it was gone before; not after `close`. */
  onLost?: (error: Error) => void
}
