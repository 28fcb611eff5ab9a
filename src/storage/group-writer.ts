/**
 * Group commit: all that is put in one turn of the event loop is written as one atomic batch. While it is on its way the
 * next one gathers. After a failed write nothing is written any more until `resume`: LevelDB may have left half a record
 * in its log, and what came behind it would be lost.
 */
import type { ChainedBatch, ClassicLevel } from 'classic-level'
import { BeamcadeError, messageOf } from '../errors.ts'
import type { Written } from '../engine/index.ts'
import type { Record } from './records.ts'

export type Database = ClassicLevel<Buffer, Buffer>
type Operations = ChainedBatch<Database, Buffer, Buffer>

/** What is written at once. */
export class Batch {
  readonly promise: Promise<void>
  /** Undefined until it is written, or lost. */
  outcome: 'written' | 'lost' | undefined
  /** Undefined for what is lost from the beginning. */
  readonly operations: Operations | undefined
  #resolve: () => void = () => undefined
  #reject: (error: BeamcadeError) => void = () => undefined

  constructor(operations?: Operations) {
    this.operations = operations
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Not everybody who puts something waits for it.
    this.promise.catch(() => undefined)
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
}

export class GroupWriter {
  #database: Database
  readonly #options: { sync: boolean }
  readonly #failed: (error: BeamcadeError) => void
  #gathering: Batch | undefined
  #writing: Batch | undefined
  #error: BeamcadeError | undefined

  constructor({ database, sync, failed }: GroupWriterOptions) {
    this.#database = database
    this.#options = { sync }
    this.#failed = failed
  }

  /** @throws BeamcadeError `journal_failed` if nothing can be written at the moment */
  check(): void {
    if (this.#error !== undefined) throw this.#error
  }

  /** @returns what it is written with; already lost if nothing can be written */
  put({ key, value }: Record): Batch {
    return this.#add((operations) => operations.put(key, value))
  }

  del(key: Buffer): Batch {
    return this.#add((operations) => operations.del(key))
  }

  get pending(): Written {
    return (this.#gathering ?? this.#writing)?.promise
  }

  /** Goes on with a database that was opened anew. */
  resume(database: Database): void {
    this.#database = database
    this.#error = undefined
  }

  /** Resolves when nothing is left to be written. */
  async settled(): Promise<void> {
    while (this.pending !== undefined) await this.pending.catch(() => undefined)
  }

  #add(operation: (operations: Operations) => unknown): Batch {
    if (this.#error !== undefined) return lost(this.#error)
    try {
      const batch = this.#gather()
      if (batch.operations !== undefined) operation(batch.operations)
      return batch
    } catch (error) {
      return lost(this.#fail(error))
    }
  }

  #gather(): Batch {
    if (this.#gathering !== undefined) return this.#gathering
    const batch = new Batch(this.#database.batch())
    this.#gathering = batch
    // Behind everything that comes in this turn.
    if (this.#writing === undefined) setImmediate(this.#write)
    return batch
  }

  readonly #write = (): void => {
    const batch = this.#gathering
    if (batch?.operations === undefined) return
    this.#gathering = undefined
    this.#writing = batch
    batch.operations.write(this.#options).then(
      () => {
        this.#writing = undefined
        // The disk works on the next one while the answers go out.
        this.#write()
        batch.end()
      },
      (error: unknown) => this.#fail(error),
    )
  }

  /** What is under way or gathered is lost. */
  #fail(error: unknown): BeamcadeError {
    const { cause } = error as { cause?: unknown }
    const sentence = `Nothing can be kept at the moment: ${messageOf(cause ?? error)}.`
    const failure = new BeamcadeError('journal_failed', sentence, { cause: error })
    this.#error = failure
    const batches = [this.#writing, this.#gathering]
    this.#writing = undefined
    this.#gathering = undefined
    for (const batch of batches) batch?.end(failure)
    this.#failed(failure)
    return failure
  }
}

function lost(error: BeamcadeError): Batch {
  const batch = new Batch()
  batch.end(error)
  return batch
}
