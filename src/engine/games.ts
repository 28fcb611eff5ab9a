/** The games that live: found by id, asked, and ended, each alone. */
import { BeamcadeError, isBeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import { type Answer, isPromise } from './answer.ts'
import type { Engine } from './engine.ts'
import type { Place } from './home.ts'
import type { Adoption, CloseReason, GameHandle, GameHost } from './host.ts'
import type { GameLog } from './journal.ts'
import { Settling } from './settling.ts'
import type { Opaque } from './value.ts'

/** One game. */
export interface Entry extends GameHandle {
  process: Opaque | undefined
  closed: boolean
  /** Steps since it began, also those of former lives. */
  steps: number
  readonly maker: Engine
  readonly place: Place
  readonly log: GameLog | undefined
}

/** What a game consists of, before it is one. */
export interface Parts {
  readonly id: string
  readonly engine: Engine
  readonly place: Place
  /** Those that it has behind it. */
  readonly steps: number
  readonly log: GameLog | undefined
}

/**
 * What ends with the server begins again with it, and so does what lost its thread; what was taken over went with the first
 * word of its successor.
 */
const STAYS_KEPT: ReadonlySet<CloseReason> = new Set(['shutdown', 'taken_over', 'unsaved', 'lost'])

/** What says more about a game that has ended than that it is gone. */
const TOLD: ReadonlySet<string> = new Set(['game_lost', 'node_stopped'])

export class Games {
  readonly settling = new Settling()
  host: GameHost | undefined
  /** To be set: a game was closed because its place is gone. */
  onLost: ((entry: Entry) => void) | undefined
  readonly #entries = new Map<string, Entry>()
  readonly #events: Events

  constructor(events: Events) {
    this.#events = events
  }

  /** All at this moment, oldest first. */
  list(): Entry[] {
    return [...this.#entries.values()]
  }

  /** Those that live, and those that are about to. */
  get size(): number {
    return this.#entries.size + this.settling.size
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id)
  }

  /** Makes an entry, with its process; it is not found yet. What the host throws ends the game before anybody saw it. */
  open({ id, engine, place, steps, log }: Parts, adoption: Adoption): Entry {
    const name = engine.name
    const entry: Entry = { id, engine: name, process: undefined, closed: false, steps, maker: engine, place, log }
    try {
      entry.process = this.host?.adopt(entry, adoption)
    } catch (error) {
      entry.closed = true
      void this.leave(entry)
      throw error
    }
    return entry
  }

  /** From now on it is found. */
  add(entry: Entry): void {
    this.#entries.set(entry.id, entry)
    entry.place.onLost = (error) => {
      if (entry.closed) return
      this.close(entry, 'lost', error)
      this.onLost?.(entry)
    }
  }

  /** The game with this id. @throws BeamcadeError `no_such_game` */
  find(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw gone(id)
    return entry
  }

  /**
   * Runs `work` with a game, when it is settled that there is one.
   * @param engine refuse games of another one
   * @throws BeamcadeError `no_such_game`
   */
  with<T>(engine: object | undefined, id: string, work: (entry: Entry) => Answer<T>): Answer<T> {
    const busy = this.settling.of(id)
    if (busy !== undefined) return busy.then(() => this.with(engine, id, work))
    const entry = this.find(id)
    if (engine === undefined || entry.maker === engine) return work(entry)
    const other = 'name' in engine ? String(engine.name) : '?'
    const sentence = `The game ${JSON.stringify(entry.id)} is one of ${entry.engine}, not of ${other}.`
    throw new BeamcadeError('no_such_game', sentence)
  }

  /**
   * Asks a game: what it refuses goes to the caller, what breaks it ends it. All questions take the same way from the place to
   * `done`, so that it is called in the order of the answers.
   */
  ask<A, T>(entry: Entry, ask: (place: Place) => Answer<A>, done: (answer: A) => Answer<T>): Answer<T> {
    let answer: Answer<A>
    try {
      answer = ask(entry.place)
    } catch (error) {
      return this.#failed(entry, error)
    }
    if (!isPromise(answer)) return done(answer)
    return answer.then(
      (value) => {
        if (entry.closed) throw gone(entry.id)
        return done(value)
      },
      (error: unknown) => this.#failed(entry, error),
    )
  }

  #failed(entry: Entry, error: unknown): never {
    if (entry.closed && !(isBeamcadeError(error) && TOLD.has(error.code))) throw gone(entry.id)
    if (isBeamcadeError(error)) throw error
    this.close(entry, 'crashed', error)
    const sentence = `The game ${JSON.stringify(entry.id)} broke and was closed: ${messageOf(error)}`
    throw new BeamcadeError('internal', sentence, { cause: error })
  }

  /** Ends a game that somebody asked to end. Who asked it something before is answered first. */
  delete(entry: Entry): Answer<void> {
    this.#entries.delete(entry.id)
    const left = this.leave(entry)
    return isPromise(left)
      ? this.settling.add(entry.id, left, () => this.#ended(entry, 'deleted'))
      : this.#ended(entry, 'deleted')
  }

  /** Ends a game; does nothing if it has ended. Who waits for an answer of it hears that it is gone. */
  close(handle: GameHandle, reason: CloseReason, error?: unknown): void {
    const entry = this.#entries.get(handle.id)
    if (entry === undefined || entry !== handle) return
    this.#entries.delete(entry.id)
    entry.closed = true
    void this.leave(entry)
    const journaled = this.#ended(entry, reason, error)
    // Nobody waits for it who could be told.
    if (isPromise(journaled)) journaled.catch(this.#closingFailed)
  }

  /** Lets go of a game. How it takes that is its own affair. */
  leave(entry: Entry): Answer<void> {
    try {
      const left = entry.place.close()
      return isPromise(left) ? left.catch(this.#closingFailed) : left
    } catch (error) {
      this.#closingFailed(error)
    }
  }

  readonly #closingFailed = (error: unknown): void => {
    this.#events.publish('operation.failed', { operation: 'games:close', error })
  }

  #ended(entry: Entry, reason: CloseReason, error?: unknown): Answer<void> {
    entry.closed = true
    if (reason !== 'host') this.host?.release(entry, reason, error)
    this.#events.publish('game.closed', {
      game: entry.id,
      engine: entry.engine,
      reason,
      ...(error !== undefined && { error }),
    })
    return STAYS_KEPT.has(reason) ? undefined : entry.log?.closed()
  }
}

function gone(id: string): BeamcadeError {
  return new BeamcadeError('no_such_game', `game_id not found: ${JSON.stringify(id)}.`, {
    details: { game_id: id, reference: 'game_id not found' },
  })
}
