/**
 * What must survive a crash of the process: how each game began, and every input since. Games are deterministic, so that
 * is the whole game. The registry tells a journal, if it has one, and answers a caller only when what it told is written.
 *
 * A promise of a journal that is rejected (`journal_failed`) means that nobody knows whether the words were kept: the
 * registry closes the game, and what the journal holds of it is what it is at its next life.
 */

/** Resolves when it is written; undefined: nothing is waited for. */
export type Written = Promise<void> | undefined

/** What a game was made of: what the engine's `create` was given (plain data), or a sealed snapshot (`snapshot.ts`). */
export type Origin = { readonly request: unknown } | { readonly snapshot: Uint8Array }

export interface Journal {
  /**
   * A game is about to begin. Nothing is kept before its `created`.
   * @throws BeamcadeError `not_storable`, `journal_failed`
   */
  begin(game: string, engine: string, origin: Origin): GameLog
  /**
   * What was kept and does not live: asked for before the first game begins.
   * @param only those with these ids, while others live and begin
   */
  stored(only?: ReadonlySet<string>): Promise<StoredGames>
  /** Everything that was told so far. */
  readonly pending: Written
  /** @throws BeamcadeError `journal_failed` if nothing can be kept at the moment */
  check(): void
}

/** What a journal keeps of one game. */
export interface GameLog {
  /** The game lives. What was kept under its id until now is dropped with the same write. */
  created(): Written
  /**
   * Reads an input before the game gets it, since the game may change it.
   * @returns what `stepped` takes
   * @throws BeamcadeError `not_storable`, `journal_failed`: the game must not be stepped then
   */
  read(input: unknown): Uint8Array
  /** The game has taken an input. */
  stepped(input: Uint8Array): Written
  /** The game has taken these, one after the other. */
  steppedMany(inputs: readonly Uint8Array[]): Written
  /** True when a snapshot is wanted after this step: once, until the next is due. */
  wantsSnapshot(): boolean
  /** Takes the place of everything up to that step, the one that the snapshot was sealed with. */
  snapshot(sealed: Uint8Array, steps: number): Written
  /** Nothing is kept of it any more. Not called when the server stops: such games go on with its next life. */
  closed(): Written
  /** The game is gone, and nobody wanted that: what is kept of it stays, and is `stored`. */
  left(): void
  /** What was told of this game and is not written yet: an answer that shows it has to wait. */
  readonly pending: Written
}

export interface StoredGames {
  readonly total: number
  /** How many besides those are so damaged that nothing can be told of them. */
  readonly refused: number
  /** Oldest first. */
  readonly games: AsyncIterable<StoredGame>
}

/** A game of a former life. */
export interface StoredGame {
  readonly id: string
  readonly engine: string
  /** @throws BeamcadeError `bad_record` */
  read(): Promise<KeptGame>
  /** It cannot be taken back, and why. Its bytes are kept. */
  refuse(error: unknown): Promise<void>
}

/** What was kept of it. */
export interface KeptGame {
  readonly origin: Origin
  /** The inputs since its origin, in order. @throws BeamcadeError `bad_record` */
  readonly inputs: AsyncIterable<unknown>
  /** Goes on where they end. */
  readonly log: GameLog
}
