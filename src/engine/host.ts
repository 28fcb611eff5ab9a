/** Who gives each game a life outside the registry: the gateway to Erlang makes a process of it. */
import type { Opaque } from './value.ts'

/**
 * Why a game ended. `host`: its process was stopped from outside; `crashed`: it broke; `unsaved`: what it was told could
 * not be kept; `lost`: the thread that it lived in ended.
 */
export type CloseReason = 'deleted' | 'taken_over' | 'crashed' | 'host' | 'shutdown' | 'unsaved' | 'lost'

/** A game as the rest of the program sees it. */
export interface GameHandle {
  readonly id: string
  /** Name of the engine that made it. */
  readonly engine: string
  /** What the host gave it (a pid); undefined without a host. */
  readonly process: Opaque | undefined
  readonly closed: boolean
}

export interface Adoption {
  readonly caller: Opaque | undefined
  /** Link the game to the caller before anything is answered. */
  readonly link: boolean
}

export interface GameHost {
  /**
   * A game is about to begin: gives it a process. What it throws ends the game before anybody saw it. When the process
   * ends by itself, the host calls `registry.close(game, 'host')`.
   */
  adopt(game: GameHandle, adoption: Adoption): Opaque | undefined
  /** The game ended: its process ends too. Not called when the host closed it. `error` is there if it broke. */
  release(game: GameHandle, reason: CloseReason, error?: unknown): void
}
