/**
 * Group commit: all that is put in one turn of the event loop is written as one atomic batch. While it is on its way the
 * next one gathers. After a failed write nothing is written any more until `resume`: LevelDB may have left half a record
 * in its log, and what came behind it would be lost.
 *
 * Where there is a tail (`tail.ts`), it takes the batch at once. LevelDB's write is done by another thread, and to wake it and
 * to be woken by it costs more than a small step. So where many callers come, a batch waits a moment for those that are likely
 * to come as well; who comes alone does not wait.
 */
import type { ClassicLevel } from 'classic-level'
import { BeamcadeError, messageOf } from '../errors.ts'
import type { Written } from '../engine/index.ts'
import type { Tail } from './tail.ts'
import { writeBatch } from './write-batch.ts'
import type { Record } from './records.ts'

export type Database = ClassicLevel<Buffer, Buffer>

/** Milliseconds that a batch waits for more, at most. */
const GATHER_MS = 0.5
/** Milliseconds in which nothing came: nobody else is there. */
const QUIET_MS = 0.06
/** So few do not wait for each other: that would cost them more than it spares. */
const FEW = 2
/** How much of the last crowd is expected again, if fewer came. */
const FADING = 0.8

/** What is written at once. */
export class Batch {
  readonly promise: Promise<void>
  /** Undefined until it is written, or lost. */
  outcome: 'written' | 'lost' | undefined
  readonly keys: Buffer[] = []
  /** Undefined: the key is deleted. */
  readonly values: (Buffer | undefined)[] = []
  #resolve: () => void = () => undefined
  #reject: (error: BeamcadeError) => void = () => undefined

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Not everybody who puts something waits for it.
    this.promise.catch(() => undefined)
  }

  get size(): number {
    return this.keys.length
  }

  /** What is to be waited for; what is lost has to be heard of. */
  get pending(): Written {
    return this.outcome === 'written' ? undefined : this.promise
  }

  end(error?: BeamcadeError): void {
    this.outcome = error === undefined ? 'written' : 'lost'
    if (error === undefined) this.#resolve()
    else this.#reject(error)
  }
}

export interface GroupWriterOptions {
  database: Database
  /** Have the system put each batch on the disk before it counts as written. */
  sync: boolean
  /** A write failed, and what was gathered meanwhile is lost with it. */
  failed: (error: BeamcadeError) => void
  /** Milliseconds; default: `performance.now`. */
  now?: () => number
}

export class GroupWriter {
  #database: Database
  #tail: Tail | undefined
  readonly #options: { sync: boolean }
  readonly #failed: (error: BeamcadeError) => void
  readonly #now: () => number
  /** What was written at once. */
  readonly #written = new Batch()
  #gathering: Batch | undefined
  #writing: Batch | undefined
  #error: BeamcadeError | undefined
  /** How much is expected to come together, by what came of late. */
  #crowd = 1
  #looking = false
  /** When gathering began, how much there was at the last look, and since when. */
  #since = 0
  #seen = 0
  #seenAt = 0

  constructor({ database, sync, failed, now = () => performance.now() }: GroupWriterOptions) {
    this.#database = database
    this.#now = now
    this.#options = { sync }
    this.#failed = failed
    this.#written.end()
  }

  /** @throws BeamcadeError `journal_failed` if nothing can be written at the moment */
  check(): void {
    if (this.#error !== undefined) throw this.#error
  }

  /** @returns what it is written with; already lost if nothing can be written */
  put({ key, value }: Record): Batch {
    return this.#add(key, value)
  }

  /** The same for what need not be one write with anything else: where there is a tail, it is written at once. */
  putAlone({ key, value }: Record): Batch {
    const busy = this.#gathering ?? this.#writing ?? this.#error
    if (busy !== undefined || this.#tail === undefined) return this.#add(key, value)
    try {
      if (this.#tail.append([key], [value])) return this.#written
    } catch (error) {
      this.fail(error)
    }
    return this.#add(key, value)
  }

  del(key: Buffer): Batch {
    return this.#add(key, undefined)
  }

  get pending(): Written {
    return (this.#gathering ?? this.#writing)?.promise
  }

  /** Goes on with a database that was opened anew. */
  resume(database: Database, tail?: Tail): void {
    this.#database = database
    this.#tail = tail
    this.#error = undefined
  }

  /** Resolves when nothing is left to be written. */
  async settled(): Promise<void> {
    while (this.pending !== undefined) await this.pending.catch(() => undefined)
  }

  #add(key: Buffer, value: Buffer | undefined): Batch {
    if (this.#error !== undefined) return lost(this.#error)
    const batch = (this.#gathering ??= new Batch())
    batch.keys.push(key)
    batch.values.push(value)
    if (batch.size === 1 && this.#writing === undefined) this.#soon(batch)
    return batch
  }

  #soon(batch: Batch): void {
    // Behind everything that comes with the input that is handled now.
    if (this.#tail !== undefined || batch.size >= this.#crowd || this.#crowd <= FEW) process.nextTick(this.#write)
    else if (!this.#looking) {
      this.#looking = true
      this.#seen = 0
      this.#since = this.#now()
      setImmediate(this.#look)
    }
  }

  /** Once in each turn, until all have come that are expected, or nobody comes. */
  readonly #look = (): void => {
    const { size } = this.#gathering ?? { size: 0 }
    const now = this.#now()
    if (size !== this.#seen) this.#seenAt = now
    this.#seen = size
    if (size < this.#crowd && now - this.#seenAt < QUIET_MS && now - this.#since < GATHER_MS) {
      setImmediate(this.#look)
      return
    }
    this.#looking = false
    this.#write()
  }

  readonly #write = (): void => {
    const batch = this.#gathering
    if (batch === undefined || this.#writing !== undefined) return
    this.#gathering = undefined
    this.#writing = batch
    if (this.#append(batch)) return
    this.#send(batch).then(
      () => {
        this.#writing = undefined
        const next = this.#gathering
        // Those who came meanwhile belong to the crowd.
        this.#crowd = Math.max(batch.size + (next?.size ?? 0), Math.floor(this.#crowd * FADING))
        if (next !== undefined) this.#soon(next)
        batch.end()
      },
      (error: unknown) => {
        this.fail(error)
      },
    )
  }

  async #send({ keys, values }: Batch): Promise<void> {
    await this.#tail?.flush()
    return writeBatch(this.#database, keys, values, this.#options)
  }

  /** Into the tail, if there is one and it takes it. */
  #append(batch: Batch): boolean {
    try {
      if (this.#tail?.append(batch.keys, batch.values) !== true) return false
      this.#writing = undefined
      batch.end()
    } catch (error) {
      this.fail(error)
    }
    return true
  }

  /** Nothing can be written until `resume`: what is under way or gathered is lost. */
  fail(error: unknown): void {
    const { cause } = error as { cause?: unknown }
    const sentence = `Nothing can be kept at the moment: ${messageOf(cause ?? error)}.`
    const failure = new BeamcadeError('journal_failed', sentence, { cause: error })
    this.#error = failure
    const batches = [this.#writing, this.#gathering]
    this.#writing = undefined
    this.#gathering = undefined
    for (const batch of batches) batch?.end(failure)
    this.#failed(failure)
  }
}

function lost(error: BeamcadeError): Batch {
  const batch = new Batch()
  batch.end(error)
  return batch
}
