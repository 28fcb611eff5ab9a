/** How games come: made new, or taken back from a journal. Whichever way, an entry is made in one place, `Games.open`. */
import { BeamcadeError } from '../errors.ts'
import type { Events } from '../events.ts'
import { type Answer, isPromise } from './answer.ts'
import type { Engine } from './engine.ts'
import type { Games } from './games.ts'
import type { Beginning, Home, Place } from './home.ts'
import type { GameHandle } from './host.ts'
import type { GameLog, Journal, Origin } from './journal.ts'
import type { Keeping } from './keeping.ts'
import type { CreateOptions, Returning } from './registry-types.ts'

/** A game that is about to begin. */
export interface Start extends CreateOptions {
  readonly engine: Engine
  readonly id: string
  readonly origin: Origin
  readonly beginning: Beginning
  /** Those that it has behind it. */
  readonly steps: number
}

export interface ArrivalsOptions {
  games: Games
  keeping: Keeping
  home: Home
  events: Events
  journal: Journal | undefined
  /** Games at one time. */
  maxGames: number
}

export class Arrivals {
  readonly #options: ArrivalsOptions

  constructor(options: ArrivalsOptions) {
    this.#options = options
  }

  /** Makes a game, when it is settled what there is under its id. @throws like `Registry.create` */
  begin(start: Start): Answer<GameHandle> {
    const { games, home, journal } = this.#options
    const { engine, id, origin, beginning, record = false } = start
    const busy = games.settling.of(id)
    if (busy !== undefined) return busy.then(() => this.begin(start))
    this.#check(start)
    const log = journal?.begin(id, engine.name, origin)
    const place = home.make({ engine, id, beginning, record })
    if (!isPromise(place)) return this.#admit(start, place, log)
    const made = place.then(async (there) => {
      // Who asked the old game before is answered by it.
      await games.get(id)?.place.settled()
      return there
    })
    return games.settling.add(id, made, (there) => this.#admit(start, there, log))
  }

  #check({ id, ifExists = 'error', link = false, caller }: Start): void {
    const { games, maxGames } = this.#options
    if (link && caller === undefined) {
      throw new BeamcadeError('bad_argument', 'link: there is nobody to link to, for this caller is no process.')
    }
    const old = games.get(id)
    if (old !== undefined && ifExists === 'error') {
      throw new BeamcadeError('game_exists', `game_id already exists: ${JSON.stringify(id)}.`, {
        details: { game_id: id, reference: 'game_id already exists' },
      })
    }
    if (old === undefined && games.size >= maxGames) {
      throw new BeamcadeError('too_many_games', `There are ${games.size} games; maxGames is ${maxGames}.`)
    }
  }

  /** The game is made: now it begins. */
  #admit(start: Start, place: Place, log: GameLog | undefined): Answer<GameHandle> {
    const { games, keeping, events } = this.#options
    const { engine, id, steps, link = false, caller } = start
    const entry = games.open({ engine, id, steps, place, log }, { caller, link })
    // The old game lives until nothing can go wrong with the new one any more.
    const old = games.get(id)
    if (old !== undefined) games.close(old, 'taken_over')
    games.add(entry)
    events.publish('game.created', { game: id, engine: engine.name })
    return keeping.written(entry, log?.created(), entry)
  }

  /**
   * Puts a game back that a journal kept: it is journaled already, and no limit keeps it out.
   * @param awaited those who ask for its id wait for this very return
   * @throws BeamcadeError `game_exists`
   */
  readmit(returning: Returning, awaited: boolean): void {
    const { games } = this.#options
    const { id } = returning
    if (games.get(id) !== undefined || (!awaited && games.settling.of(id) !== undefined)) {
      throw new BeamcadeError('game_exists', `game_id already exists: ${JSON.stringify(id)}.`)
    }
    games.add(games.open(returning, { caller: undefined, link: false }))
  }
}
