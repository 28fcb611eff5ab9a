/**
 * All games by id, and the only way to one. A failed call leaves every game as it was; a game that breaks is closed alone.
 * Answers are at hand at once, or promised where a journal has to write first.
 */
import { BeamcadeError, isBeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import type { AnyGame, Engine } from './engine.ts'
import type { CloseReason, GameHandle, GameHost } from './host.ts'
import type { Journal } from './journal.ts'
import type { Opaque } from './value.ts'

export type Answer<T> = T | Promise<T>

export interface RegistryOptions {
  events: Events
  /** Games at one time (default 10,000): a caller in a loop must not fill the memory. */
  maxGames?: number
  journal?: Journal
}

export interface CreateOptions {
  /** What to do if the id is taken: refuse (default), or end that game and put this one in its place. */
  ifExists?: 'error' | 'take_over'
  /** Link the game to the caller. */
  link?: boolean
  caller?: Opaque | undefined
}

interface Entry extends GameHandle {
  process: Opaque | undefined
  closed: boolean
  readonly maker: object
  readonly game: AnyGame
}

/** What the games of an engine take. */
export type InputOf<G> = G extends { step(input: infer I): unknown } ? I : never
/** What they answer. */
export type OutputOf<G> = G extends { step(input: never): infer O } ? O : never

export class Registry {
  readonly #games = new Map<string, Entry>()
  readonly #events: Events
  readonly #maxGames: number
  readonly #journal: Journal | undefined
  #host: GameHost | undefined

  constructor({ events, maxGames = 10_000, journal }: RegistryOptions) {
    this.#events = events
    this.#maxGames = maxGames
    this.#journal = journal
  }

  /** From now on new games get their processes from `host`. @returns what detaches it */
  attachHost(host: GameHost): () => void {
    if (this.#host !== undefined) throw new BeamcadeError('internal', 'The registry has a host already.')
    this.#host = host
    return () => {
      this.#host = undefined
    }
  }

  /**
   * Makes a game.
   * @param id any text, also the empty one
   * @param request what the engine's `create` takes
   * @throws BeamcadeError `game_exists`, `too_many_games`, or what the engine has against the request
   */
  create<R, G extends AnyGame>(
    engine: Engine<R, G>,
    id: string,
    request: R,
    options: CreateOptions = {},
  ): Answer<GameHandle> {
    const { ifExists = 'error', link = false, caller } = options
    if (link && caller === undefined) {
      throw new BeamcadeError('bad_argument', 'link: there is nobody to link to, for this caller is no process.')
    }
    const old = this.#games.get(id)
    if (old !== undefined && ifExists === 'error') {
      throw new BeamcadeError('game_exists', `game_id already exists: ${JSON.stringify(id)}.`, {
        details: { game_id: id, reference: 'game_id already exists' },
      })
    }
    if (old === undefined && this.#games.size >= this.#maxGames) {
      throw new BeamcadeError('too_many_games', `There are ${this.#games.size} games; maxGames is ${this.#maxGames}.`)
    }
    const entry: Entry = {
      id,
      engine: engine.name,
      process: undefined,
      closed: false,
      maker: engine,
      game: engine.create(request),
    }
    try {
      entry.process = this.#host?.adopt(entry, { caller, link })
    } catch (error) {
      entry.closed = true
      entry.game.close()
      throw error
    }
    // The old game lives until nothing can go wrong with the new one any more.
    if (old !== undefined) this.close(old, 'taken_over')
    this.#games.set(id, entry)
    this.#events.publish('game.created', { game: id, engine: engine.name })
    return andThen(this.#journal?.created(id, engine.name, request), () => entry)
  }

  /** One step of a game. @throws BeamcadeError `no_such_game`, what the game has against the input, `internal` if it broke */
  step<R, G extends AnyGame>(engine: Engine<R, G>, id: string, input: InputOf<G>): Answer<OutputOf<G>> {
    const output = this.use(engine, id, (game) => game.step(input as never) as OutputOf<G>)
    return andThen(this.#journal?.stepped(id, input), () => output)
  }

  /** Looks at a game; `look` must not change it. @throws like {@link Registry.step} */
  use<R, G extends AnyGame, T>(engine: Engine<R, G>, id: string, look: (game: G) => T): T {
    const entry = this.#find(id)
    if (entry.maker !== engine) {
      throw new BeamcadeError(
        'no_such_game',
        `The game ${JSON.stringify(id)} is one of ${entry.engine}, not of ${engine.name}.`,
      )
    }
    return this.#guard(entry, () => look(entry.game as unknown as G))
  }

  /** The game with this id. @throws BeamcadeError `no_such_game` */
  get(id: string): GameHandle {
    return this.#find(id)
  }

  /** The facts that a game tells about itself. @throws BeamcadeError `no_such_game` */
  info(id: string): ReturnType<AnyGame['info']> {
    const entry = this.#find(id)
    return this.#guard(entry, () => entry.game.info())
  }

  /** All games, oldest first. */
  list(): GameHandle[] {
    return [...this.#games.values()]
  }

  /** Ends a game because somebody asked for it. @throws BeamcadeError `no_such_game` */
  delete(id: string): Answer<void> {
    return this.#end(this.#find(id), 'deleted')
  }

  /** Ends a game; does nothing if it has ended. */
  close(handle: GameHandle, reason: CloseReason, error?: unknown): void {
    const entry = this.#games.get(handle.id)
    if (entry === undefined || entry !== handle) return
    const journaled = this.#end(entry, reason, error)
    if (!isPromise(journaled)) return
    // Nobody waits for it who could be told.
    journaled.catch((failure: unknown) => {
      this.#events.publish('operation.failed', { operation: 'games:close', error: failure })
    })
  }

  /** Ends all games, the youngest first. */
  closeAll(reason: CloseReason): void {
    for (const handle of this.list().reverse()) this.close(handle, reason)
  }

  #end(entry: Entry, reason: CloseReason, error?: unknown): Answer<void> {
    this.#games.delete(entry.id)
    entry.closed = true
    try {
      entry.game.close()
    } finally {
      if (reason !== 'host') this.#host?.release(entry, reason, error)
      this.#events.publish('game.closed', {
        game: entry.id,
        engine: entry.engine,
        reason,
        ...(error !== undefined && { error }),
      })
    }
    // What ends with the server begins again with it; a successor is journaled under the same id.
    return reason === 'shutdown' || reason === 'taken_over' ? undefined : this.#journal?.closed(entry.id)
  }

  #find(id: string): Entry {
    const entry = this.#games.get(id)
    if (entry === undefined) {
      throw new BeamcadeError('no_such_game', `game_id not found: ${JSON.stringify(id)}.`, {
        details: { game_id: id, reference: 'game_id not found' },
      })
    }
    return entry
  }

  /** Runs code of a game: what it refuses goes to the caller, what breaks it ends it. */
  #guard<T>(entry: Entry, run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (isBeamcadeError(error)) throw error
      this.close(entry, 'crashed', error)
      throw new BeamcadeError(
        'internal',
        `The game ${JSON.stringify(entry.id)} broke and was closed: ${messageOf(error)}`,
        {
          cause: error,
        },
      )
    }
  }
}

/** Goes on with an answer when it is there: at once if it is at hand. */
export function andThen<T, U>(answer: Answer<T>, next: (value: T) => U): Answer<U> {
  return isPromise<T>(answer) ? answer.then(next) : next(answer)
}

/** True for anything that can be waited for. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
