/** Tells the journal what games do, and lets no answer out before that is written. */
import { BeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import { type Answer, isPromise } from './answer.ts'
import type { Entry, Games } from './games.ts'
import type { GameLog, Written } from './journal.ts'
import { sealSnapshot } from './snapshot.ts'

export class Keeping {
  readonly #events: Events
  readonly #games: Games

  constructor(events: Events, games: Games) {
    this.#events = events
    this.#games = games
  }

  /** An answer that shows the game, when what it shows is written. */
  seen<T>(entry: Entry, answer: T): Answer<T> {
    return this.written(entry, entry.log?.pending, answer)
  }

  /** A step was done. @param read what the journal made of its input */
  stepped<T>(entry: Entry, read: Uint8Array | undefined, answer: T): Answer<T> {
    entry.steps += 1
    const { log } = entry
    if (log === undefined || read === undefined) return answer
    const written = log.stepped(read)
    if (log.wantsSnapshot()) this.#shorten(entry, log)
    return this.written(entry, written, answer)
  }

  /** So many steps were done. @param read what the journal made of the inputs, if it reads them */
  steppedMany<T>(entry: Entry, steps: number, read: readonly Uint8Array[], answer: T): Answer<T> {
    entry.steps += steps
    const { log } = entry
    if (log === undefined) return answer
    const written = log.steppedMany(read.slice(0, steps))
    if (log.wantsSnapshot()) this.#shorten(entry, log)
    return this.written(entry, written, answer)
  }

  /** Answers when it is written. What was not written did not happen: the game goes, until it is taken back from the journal. */
  written<T>(entry: Entry, written: Written, answer: T): Answer<T> {
    return written === undefined
      ? answer
      : written.then(
          () => answer,
          (error: unknown) => this.#unsaved(entry, error),
        )
  }

  #unsaved(entry: Entry, error: unknown): never {
    this.#games.close(entry, 'unsaved', error)
    const sentence = `It is not known whether this was kept, so the game ${JSON.stringify(entry.id)} was closed: ${messageOf(error)}`
    throw new BeamcadeError('journal_failed', sentence, { details: { game_id: entry.id }, cause: error })
  }

  /** Gives the journal a snapshot. A game that has none lives on, with all its inputs kept. */
  #shorten(entry: Entry, log: GameLog): void {
    const failed = (error: unknown): void => {
      this.#events.publish('game.no_snapshot', { game: entry.id, engine: entry.engine, error })
    }
    const give = (state: Uint8Array): void => {
      if (entry.closed) return
      const { engine, steps } = entry
      // Whoever waits for the step hears of a failed write: both are one write.
      log.snapshot(sealSnapshot({ engine, steps, state }), steps)?.catch(() => undefined)
    }
    try {
      const state = entry.place.ask('snapshot', []) as Answer<Uint8Array>
      // The same way as in `Games.ask`: all steps before it are told by then, and none behind it.
      if (isPromise(state)) state.then(give, failed).catch(failed)
      else give(state)
    } catch (error) {
      failed(error)
    }
  }
}
