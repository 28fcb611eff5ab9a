/**
 * What must survive a crash of the process: how each game began, and every input since. Games are deterministic, so that
 * is the whole game. The registry tells a journal, if it has one, and answers a caller only when the journal is done; a
 * promise that is rejected fails the call that waits for it.
 */

export interface Journal {
  /** Takes the place of what was known under this id. `request` is what the engine's `create` was given: plain data. */
  created(game: string, engine: string, request: unknown): void | Promise<void>
  stepped(game: string, input: unknown): void | Promise<void>
  /** Not called when the server stops: such games go on with its next life. */
  closed(game: string): void | Promise<void>
}
