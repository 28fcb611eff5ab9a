/** The journal of games, on LevelDB. See README.md for what lies where, and what is promised when. */
import { BeamcadeError, isBeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import {
  openSnapshot,
  PlainWriter,
  type GameLog,
  type Journal,
  type KeptGame,
  type Origin,
  type StoredGame,
  type Written,
} from '../engine/index.ts'
import { KeptLog, type Desk } from './game-log.ts'
import { GroupWriter, type Batch, type Database } from './group-writer.ts'
import { gameKey, inputKey } from './keys.ts'
import { openDatabase } from './open.ts'
import { asideRecord, baseRecord, headRecord, type GameHead, type Record } from './records.ts'
import { baseOf, dropRemains, findGame, findGames, inputsFrom, lastGame, recordsOf, type Found } from './scan.ts'
import { recoverTail, Tail } from './tail.ts'

export interface GameStoreOptions {
  /** The data folder; it must be there. */
  folder: string
  events: Events
  /** `async`: kept when the process dies; `fsync`: also when the machine does. Default `async`. */
  durability?: 'async' | 'fsync'
  /** Steps that a game may have since its last snapshot: so many are replayed at the next start, at most. Default 1000. */
  snapshotEvery?: number
  /** Milliseconds before a database that failed is opened anew: the first time; each time it takes twice as long. Default 1000. */
  reopenMs?: number
  /** Opens the database; for tests. */
  open?: (folder: string) => Promise<Database>
  /** Let a record count when the system has it, before LevelDB does (`tail.ts`). Default: with `async`. */
  tail?: boolean
}

/** It is never waited longer than that. */
const MAX_REOPEN_MS = 30_000

export class GameStore implements Journal, Desk {
  readonly writer = new PlainWriter()
  readonly snapshotEvery: number
  readonly #options: GameStoreOptions
  readonly #events: Events
  readonly #group: GroupWriter
  #database: Database
  #tail: Tail | undefined
  /** The games that live, by their numbers. */
  readonly #live = new Map<number, KeptLog>()
  /** The newest game of each id that lies there: it lives, or could not be taken back. */
  readonly #byId = new Map<string, number>()
  /** Games that ended, if that is not written yet: what is written last must be that. */
  readonly #ending = new Set<number>()
  /** The number of the next game. */
  #next: number
  /** Work behind the scenes that must be over before the database is closed. */
  readonly #jobs = new Set<Promise<void>>()
  #closed = false
  #timer: NodeJS.Timeout | undefined
  /** When the trouble began, while there is some. */
  #trouble: { since: number; delayMs: number; error: BeamcadeError } | undefined
  /** Takes back the games that were lost with a failed write, when the database is open again. */
  reopened: () => Promise<void> = () => Promise.resolve()

  private constructor(options: GameStoreOptions, database: Database, next: number) {
    this.#options = options
    this.#events = options.events
    this.snapshotEvery = options.snapshotEvery ?? 1000
    this.#database = database
    this.#next = next
    this.#group = new GroupWriter({
      database,
      sync: options.durability === 'fsync',
      failed: (error) => {
        if (this.#trouble === undefined) this.#failed(error)
      },
    })
  }

  /** @throws BeamcadeError `data_in_use`, `bad_data` */
  static async open(options: GameStoreOptions): Promise<GameStore> {
    const { open = openDatabase, folder } = options
    const database = await open(folder)
    try {
      await recoverTail(folder, database)
      const store = new GameStore(options, database, (await lastGame(database)) + 1)
      await store.#resume()
      return store
    } catch (error) {
      await database.close()
      if (isBeamcadeError(error)) throw error
      throw new BeamcadeError('bad_data', `The games in ${folder} cannot be read: ${messageOf(error)}.`, {
        cause: error,
      })
    }
  }

  /** From now on things are written to the database that is open, and to a new tail if there is to be one. */
  async #resume(): Promise<void> {
    const { folder, durability = 'async', tail = durability === 'async' } = this.#options
    const failed = (error: unknown): void => {
      this.#group.fail(error)
    }
    this.#tail = tail ? await Tail.open({ folder, database: this.#database, failed }) : undefined
    this.#group.resume(this.#database, this.#tail)
  }

  begin(id: string, engine: string, origin: Origin): GameLog {
    this.check()
    const game = this.#next
    const { writer } = this
    const records = [
      headRecord(writer, gameKey('g', game), { id, engine }),
      baseRecord(writer, gameKey('b', game), origin),
    ]
    this.#next += 1
    return new KeptLog({ desk: this, game, id, records, base: stepsOf(origin) })
  }

  async stored(only?: ReadonlySet<string>): ReturnType<Journal['stored']> {
    await this.#tail?.flush()
    if (only !== undefined) return this.#storedOf(only)
    const found = await findGames(this.#database)
    const numbers = found.map(({ game }) => game)
    await dropRemains(this.#database, numbers)
    const newest = new Map(found.map(({ game, head }) => [head?.id, game]))
    const returning: (Found & { head: GameHead })[] = []
    let refused = 0
    for (const one of found) {
      const { game, head, error } = one
      if (this.#live.has(game)) continue
      if (head !== undefined && newest.get(head.id) === game) {
        returning.push({ ...one, head })
        continue
      }
      refused += 1
      await this.#refuse(game, head?.id, error ?? new BeamcadeError('bad_record', 'A newer game has its id.'))
    }
    return { total: returning.length, refused, games: this.#returning(returning) }
  }

  /** Where other games live and begin, nothing is cleared up. */
  async #storedOf(ids: ReadonlySet<string>): ReturnType<Journal['stored']> {
    const wanted = [...ids].flatMap((id) => this.#byId.get(id) ?? []).filter((game) => !this.#live.has(game))
    const all = await Promise.all(wanted.sort((a, b) => a - b).map((game) => findGame(this.#database, game)))
    const found = all.flatMap((one) => (one?.head === undefined ? [] : { ...one, head: one.head }))
    return { total: found.length, refused: wanted.length - found.length, games: this.#returning(found) }
  }

  get pending(): Written {
    return this.#group.pending
  }

  check(): void {
    if (this.#trouble !== undefined) throw this.#trouble.error
    this.#group.check()
  }

  put(record: Record): Batch {
    return this.#group.put(record)
  }

  putAlone(record: Record): Batch {
    return this.#group.putAlone(record)
  }

  del(key: Buffer): Batch {
    return this.#group.del(key)
  }

  began(log: KeptLog): void {
    const before = this.#byId.get(log.id)
    this.#live.set(log.game, log)
    this.#byId.set(log.id, log.game)
    if (before === undefined) return
    const old = this.#live.get(before)
    this.#live.delete(before)
    if (old !== undefined) old.erase()
    else this.#job(this.#setAside(before, log.id, new BeamcadeError('bad_record', 'A newer game has its id.')))
  }

  ended(log: KeptLog, batch: Batch): void {
    this.#forget(log)
    this.#ending.add(log.game)
    this.#job(batch.promise.then(() => this.#ending.delete(log.game)))
  }

  left({ game }: KeptLog): void {
    this.#live.delete(game)
  }

  drop({ game }: KeptLog, from: number, step: number, batch: Batch): void {
    if (from >= step) return
    const range = { gte: inputKey(game, from), lt: inputKey(game, step) }
    const clear = async (): Promise<void> => {
      await this.#tail?.flush()
      await this.#database.clear(range)
    }
    this.#job(batch.promise.then(clear))
  }

  /** Resolves when everything is written and the folder is free for another server. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#group.settled()
    while (this.#jobs.size > 0) await Promise.all(this.#jobs)
    await this.#tail?.close()
    await this.#database.close()
  }

  async *#returning(found: readonly (Found & { head: GameHead })[]): AsyncIterable<StoredGame> {
    for (const { game, head } of found) {
      const { id, engine } = head
      this.#byId.set(id, game)
      yield {
        id,
        engine,
        read: () => this.#read(game, id),
        refuse: (error) => this.#refuse(game, id, error),
      }
      await Promise.resolve()
    }
  }

  async #read(game: number, id: string): Promise<KeptGame> {
    const { origin, steps } = await baseOf(this.#database, game)
    // Inputs that the base made void, and the life that wrote it did not come to clear away.
    if (steps > 0) this.#job(this.#database.clear({ gte: inputKey(game, 0), lt: inputKey(game, steps) }))
    const log = new KeptLog({ desk: this, game, id, records: [], base: steps })
    this.#live.set(game, log)
    return { origin, log, inputs: this.#inputs(log, steps) }
  }

  async *#inputs(log: KeptLog, from: number): AsyncIterable<unknown> {
    for await (const input of inputsFrom(this.#database, log.game, from)) {
      yield input
      log.skip(1)
    }
  }

  /** What is damaged is set aside; what this server only does not understand stays, for one that does. */
  async #refuse(game: number, id: string | undefined, error: unknown): Promise<void> {
    this.#live.delete(game)
    const { code, message } = isBeamcadeError(error) ? error : { code: 'internal', message: messageOf(error) }
    const aside = code === 'bad_record' && (await this.#setAside(game, id, error))
    const bytes = aside ? 'are set aside' : 'stay'
    this.#events.publish('storage.refused', { ...(id !== undefined && { game: id }), bytes, code, message })
  }

  /** @returns false if that could not be done */
  async #setAside(game: number, id: string | undefined, why: unknown): Promise<boolean> {
    try {
      const records: { from: Buffer; aside: Record }[] = []
      for await (const record of recordsOf(this.#database, game)) records.push(record)
      // All in one turn, so in one batch.
      const batch = this.put(asideRecord(this.writer, gameKey('q', game), id, why))
      for (const { from, aside } of records) {
        this.put(aside)
        this.del(from)
      }
      await batch.promise
    } catch {
      return false
    }
    if (id !== undefined && this.#byId.get(id) === game) this.#byId.delete(id)
    return true
  }

  #forget(log: KeptLog): void {
    this.#live.delete(log.game)
    if (this.#byId.get(log.id) === log.game) this.#byId.delete(log.id)
  }

  /** What is left of it goes at the next start. */
  async #erase(game: number): Promise<void> {
    this.del(gameKey('b', game))
    await this.del(gameKey('g', game)).promise
    this.#ending.delete(game)
  }

  /** What goes wrong with it shows in the next write, or is put right at the next start. */
  #job(work: Promise<unknown>): void {
    const job = work.then(
      () => undefined,
      () => undefined,
    )
    this.#jobs.add(job)
    void job.then(() => this.#jobs.delete(job))
  }

  #failed(error: BeamcadeError): void {
    if (this.#closed) return
    const { since, delayMs } = this.#trouble ?? {
      since: performance.now(),
      delayMs: (this.#options.reopenMs ?? 1000) / 2,
    }
    this.#trouble = { since, delayMs: Math.min(2 * delayMs, MAX_REOPEN_MS), error }
    const { code, message } = error
    this.#events.publish('storage.failed', { code, message, delayMs: this.#trouble.delayMs })
    this.#timer = setTimeout(() => {
      this.#job(this.#reopen(since))
    }, this.#trouble.delayMs).unref()
  }

  async #reopen(since: number): Promise<void> {
    const { open = openDatabase, folder } = this.#options
    try {
      await this.#tail?.close()
      this.#tail = undefined
      await this.#database.close()
      this.#database = await open(folder)
      await recoverTail(folder, this.#database)
      await this.#resume()
      for (const log of this.#live.values()) if (log.lost) this.#forget(log)
      await Promise.all([...this.#ending].map((game) => this.#erase(game)))
      await this.reopened()
      this.#group.check()
      this.#trouble = undefined
      this.#events.publish('storage.recovered', { ms: performance.now() - since })
    } catch (error) {
      const sentence = `Nothing can be kept at the moment: ${messageOf(error)}`
      this.#failed(new BeamcadeError('journal_failed', sentence, { cause: error }))
    }
  }
}

function stepsOf(origin: Origin): number {
  return 'snapshot' in origin ? openSnapshot(origin.snapshot).steps : 0
}
