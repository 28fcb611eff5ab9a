/**
 * Games that were lost with the thread that they lived in come back, where a journal keeps them: at the step last answered.
 * Until then their ids are not settled, so that who asks for one waits.
 */
import { isBeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Entry, Games } from './games.ts'
import type { Journal } from './journal.ts'

export interface ComebacksOptions {
  games: Games
  events: Events
  journal: Journal
  /** Takes these back, one after the other. */
  readonly bring: (ids: ReadonlySet<string>) => Promise<void>
}

export class Comebacks {
  readonly #options: ComebacksOptions
  /** Those that are on their way. */
  readonly #awaited = new Set<string>()
  /** All that were lost in this turn: a thread is lost with all its games. */
  #gathering: { readonly ids: Set<string>; readonly work: Promise<void> } | undefined

  constructor(options: ComebacksOptions) {
    this.#options = options
  }

  /** True if who asks for this id waits for its return. */
  awaits(id: string): boolean {
    return this.#awaited.has(id)
  }

  /** The game was lost. */
  add({ id, log }: Entry): void {
    const { settling } = this.#options.games
    log?.left()
    // What takes its place is on its way already.
    if (settling.of(id) !== undefined) return
    this.#gathering ??= this.#gather()
    const { ids, work } = this.#gathering
    ids.add(id)
    this.#awaited.add(id)
    void settling.add(id, work, () => {
      this.#awaited.delete(id)
    })
  }

  #gather(): { ids: Set<string>; work: Promise<void> } {
    const ids = new Set<string>()
    return { ids, work: this.#bring(ids) }
  }

  /** Never rejects. */
  async #bring(ids: ReadonlySet<string>): Promise<void> {
    const { events, journal, bring } = this.#options
    await Promise.resolve()
    this.#gathering = undefined
    try {
      // What they were told last may be on its way to the disk.
      await journal.pending
      await bring(ids)
    } catch (error) {
      // Nothing is lost: they are there at the next start.
      const { code, message } = isBeamcadeError(error) ? error : { code: 'internal', message: messageOf(error) }
      for (const game of ids) events.publish('storage.refused', { game, bytes: 'stay', code, message })
    }
  }
}
