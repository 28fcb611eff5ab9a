/**
 * What was answered, and LevelDB is still to write. LevelDB writes in another thread: to wake that and to be woken by it takes
 * longer than a small step. So where it is enough that the system has a record, each batch is appended here first, at once
 * (`level-log.ts`), and counts; LevelDB gets what gathered later, in large batches.
 *
 * It is two small databases beside the large one, `a` and `b`. One of them takes what comes; when its content is to go into
 * the large one, the other takes over, and it is emptied when that is written. After a crash what both hold goes into the
 * large one, in the order in which it came: some of it may be there already, and then it is the same.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { BeamcadeError, messageOf } from '../errors.ts'
import type { Database } from './group-writer.ts'
import { joinInputs } from './join-inputs.ts'
import { LevelLog, sizeOf, type Entry } from './level-log.ts'
import { writeBatch } from './write-batch.ts'

/** The part of the data folder that it lies in. */
export const TAIL_FOLDER = 'tail'
const NAMES = ['a', 'b'] as const
/** A larger batch goes straight to LevelDB: to write it would stop everything else for too long. */
const LARGE_BYTES = 256 * 1024
/** What gathers before it goes into LevelDB, unless `FLUSH_MS` come first. */
const FLUSH_BYTES = 1024 * 1024
const FLUSH_MS = 100
/** While LevelDB has more than this to write, callers wait for it. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

const NUMBER_BYTES = 6
/** Behind the number in a key. */
const PUT = 1
const DELETE = 0

const ENCODING = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const

export interface TailOptions {
  /** The data folder. The caller has the database in it open, so that nobody else works on it. */
  folder: string
  database: Database
  /** What it holds cannot be written to the database. */
  failed: (error: unknown) => void
}

export class Tail {
  readonly #place: string
  readonly #database: Database
  readonly #failed: (error: unknown) => void
  /** The first one takes what comes, the other is empty or about to be. */
  readonly #logs: LevelLog[]
  #keys: Buffer[] = []
  #values: (Buffer | undefined)[] = []
  #bytes = 0
  /** So much gathered that it is on its way already. */
  #full = false
  #number = 0
  #timer: NodeJS.Timeout | undefined
  #flushed: Promise<void> = Promise.resolve()
  #over = false

  private constructor({ database, failed }: TailOptions, place: string) {
    this.#place = place
    this.#database = database
    this.#failed = failed
    this.#logs = NAMES.map((name) => new LevelLog(logIn(join(place, name))))
  }

  /** Makes an empty one. What is there already must have been {@link recoverTail recovered}. */
  static async open(options: TailOptions): Promise<Tail> {
    const place = join(options.folder, TAIL_FOLDER)
    const begun = `${place}.new`
    rmSync(begun, { recursive: true, force: true })
    mkdirSync(begun)
    const [first, second] = NAMES.map((name) => join(begun, name)) as [string, string]
    const empty = new ClassicLevel(first)
    await empty.open()
    await empty.close()
    cpSync(first, second, { recursive: true })
    // There is none, or a whole one.
    renameSync(begun, place)
    return new Tail(options, place)
  }

  /**
   * Keeps a batch; when it returns, the system has it.
   * @returns false if the batch is too large, or too much waits: LevelDB is to write it, behind a `flush`
   * @throws the system's error; the batch may be there or not, and no other can be kept
   */
  append(keys: readonly Buffer[], values: readonly (Buffer | undefined)[]): boolean {
    const entries = keys.map((key, i) => entryOf(this.#number + i, key, values[i]))
    const size = sizeOf(entries)
    if (size > LARGE_BYTES || this.#bytes > MAX_WAITING_BYTES) return false
    this.#logs[0]?.append(this.#number + 1, entries)
    this.#number += keys.length
    this.#keys.push(...keys)
    this.#values.push(...values)
    this.#bytes += size
    if (this.#bytes > FLUSH_BYTES && !this.#full) {
      this.#full = true
      void this.flush()
    }
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), FLUSH_MS).unref()
    return true
  }

  /** Resolves when the database has everything that is here now. */
  flush(): Promise<void> {
    this.#flushed = this.#flushed.then(() => this.#round())
    // Whoever does not wait for it hears of it by `failed`.
    this.#flushed.catch(() => undefined)
    return this.#flushed
  }

  /** Resolves when nothing is written any more. What the database does not have stays. */
  async close(): Promise<void> {
    const empty = await this.flush().then(
      () => true,
      () => false,
    )
    this.#over = true
    clearTimeout(this.#timer)
    for (const log of this.#logs) log.close()
    if (empty) remove(this.#place)
  }

  async #round(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#keys.length === 0 || this.#over) return
    const { keys, values } = joinInputs({ keys: this.#keys, values: this.#values })
    this.#keys = []
    this.#values = []
    this.#bytes = 0
    this.#full = false
    this.#logs.reverse()
    try {
      await writeBatch(this.#database, keys, values, { sync: false })
      this.#logs[1]?.clear()
    } catch (error) {
      this.#failed(error)
      throw error
    }
  }
}

/** Puts what a former life left into the database. @throws BeamcadeError `bad_data` */
export async function recoverTail(folder: string, database: Database): Promise<void> {
  const place = join(folder, TAIL_FOLDER)
  if (!existsSync(place)) return
  try {
    const kept = (await Promise.all(NAMES.map((name) => entriesIn(join(place, name))))).flat()
    kept.sort((x, y) => x.number - y.number)
    const keys = kept.map(({ key }) => key)
    const values = kept.map(({ value }) => value)
    if (keys.length > 0) await writeBatch(database, keys, values, { sync: false })
  } catch (error) {
    const { cause = error } = error as { cause?: unknown }
    const sentence = `What was kept last in ${place} cannot be read: ${messageOf(cause)}.`
    throw new BeamcadeError('bad_data', sentence, { cause: error })
  }
  remove(place)
}

/** There is never a part of it: that could not be opened. */
function remove(place: string): void {
  const gone = `${place}.old`
  rmSync(gone, { recursive: true, force: true })
  renameSync(place, gone)
  rmSync(gone, { recursive: true, force: true })
}

interface Kept {
  readonly number: number
  readonly key: Buffer
  readonly value: Buffer | undefined
}

async function entriesIn(place: string): Promise<Kept[]> {
  const database = new ClassicLevel<Buffer, Buffer>(place, { ...ENCODING, createIfMissing: false })
  await database.open()
  try {
    const all = await database.iterator().all()
    return all.map(([key, value]) => {
      const end = 1 + (value[0] ?? 0)
      return {
        number: key.readUIntBE(0, NUMBER_BYTES),
        key: value.subarray(1, end),
        value: key[NUMBER_BYTES] === PUT ? value.subarray(end) : undefined,
      }
    })
  } finally {
    await database.close()
  }
}

/** Its key is its number, and whether it puts or deletes; its value is the length of the key, the key, and the value. */
function entryOf(number: number, key: Buffer, value: Buffer | undefined): Entry {
  const numbered = Buffer.allocUnsafe(NUMBER_BYTES + 1)
  numbered.writeUIntBE(number, 0, NUMBER_BYTES)
  numbered[NUMBER_BYTES] = value === undefined ? DELETE : PUT
  const length = LENGTHS[key.length]
  if (length === undefined) throw new BeamcadeError('internal', `A key has ${key.length} bytes.`)
  return { key: numbered, value: value === undefined ? [length, key] : [length, key, value] }
}

/** Every byte, as bytes. */
const LENGTHS = Array.from({ length: 256 }, (_, i) => Uint8Array.of(i))

function logIn(place: string): string {
  const file = readdirSync(place).find((name) => name.endsWith('.log'))
  if (file === undefined) throw new BeamcadeError('internal', `LevelDB made no log in ${place}.`)
  return join(place, file)
}
