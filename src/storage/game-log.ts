/** What is kept of one game: its head, its base, and the inputs since. */
import type { GameLog, PlainWriter, Written } from '../engine/index.ts'
import type { Batch } from './group-writer.ts'
import { gameKey, INPUT_KEY_BYTES, writeInputKey } from './keys.ts'
import { baseRecord, CRC_BYTES, sealRecord, type Record } from './records.ts'

/** What a log writes with; the store. */
export interface Desk {
  readonly writer: PlainWriter
  readonly snapshotEvery: number
  /** @throws BeamcadeError `journal_failed` */
  check(): void
  put(record: Record): Batch
  /** It need not be one write with anything else. */
  putAlone(record: Record): Batch
  del(key: Buffer): Batch
  /** The game lives from this write on, and nothing else under its id. */
  began(log: KeptLog): void
  /** It does not live any more, once `batch` is written. */
  ended(log: KeptLog, batch: Batch): void
  /** It does not live any more, and lies there all the same. */
  left(log: KeptLog): void
  /** Its inputs before `step` have no use any more, once `batch` is written. */
  drop(log: KeptLog, from: number, step: number, batch: Batch): void
}

export interface KeptLogOptions {
  desk: Desk
  /** Its number in the keys. */
  game: number
  id: string
  /** Head and base, for a game that begins. */
  records: readonly Record[]
  /** Steps that its base has. */
  base: number
}

export class KeptLog implements GameLog {
  readonly game: number
  readonly id: string
  readonly #desk: Desk
  readonly #records: readonly Record[]
  /** Where inputs begin that may still lie there. */
  #first: number
  /** Steps so far. */
  #steps: number
  /** The step after which a snapshot is wanted. */
  #due: number
  #last: Batch | undefined

  constructor({ desk, game, id, records, base }: KeptLogOptions) {
    this.game = game
    this.id = id
    this.#desk = desk
    this.#records = records
    // Also what a former life did not come to drop.
    this.#first = records.length > 0 ? base : 0
    this.#steps = base
    // Games that were made together must not take their snapshots together: that would stop all others for a while.
    const alone = records.length === 0 && base > 0
    this.#due = base + desk.snapshotEvery - (alone ? 0 : spread(game) % desk.snapshotEvery)
  }

  /** The step of the next input. */
  get steps(): number {
    return this.#steps
  }

  /** True if the last that was put is not there: nobody knows what is. */
  get lost(): boolean {
    return this.#last?.outcome === 'lost'
  }

  get pending(): Written {
    return this.#last?.pending
  }

  /** Inputs of a former life, which are there already. */
  skip(inputs: number): void {
    this.#steps += inputs
  }

  created(): Written {
    for (const record of this.#records) this.#last = this.#desk.put(record)
    this.#desk.began(this)
    return this.pending
  }

  read(input: unknown): Uint8Array {
    this.#desk.check()
    const { writer } = this.#desk
    writer.begin(INPUT_KEY_BYTES)
    writer.value(input)
    return writer.end(CRC_BYTES)
  }

  stepped(input: Uint8Array): Written {
    return this.#keep(input as Buffer, 1)
  }

  /** In one record. */
  steppedMany(inputs: readonly Uint8Array[]): Written {
    const contents = inputs.map((input) => input.subarray(INPUT_KEY_BYTES, -CRC_BYTES))
    const room = [Buffer.alloc(INPUT_KEY_BYTES), ...contents, Buffer.alloc(CRC_BYTES)]
    return inputs.length === 0 ? this.pending : this.#keep(Buffer.concat(room), inputs.length)
  }

  /** @param bytes inputs between room for the key and for the checksum */
  #keep(bytes: Buffer, steps: number): Written {
    writeInputKey(bytes, this.game, this.#steps)
    this.#last = this.#desk.putAlone(sealRecord(bytes, INPUT_KEY_BYTES))
    this.#steps += steps
    return this.pending
  }

  wantsSnapshot(): boolean {
    if (this.#steps < this.#due) return false
    this.#due = this.#steps + this.#desk.snapshotEvery
    return true
  }

  snapshot(sealed: Uint8Array, steps: number): Written {
    const batch = this.#desk.put(baseRecord(this.#desk.writer, gameKey('b', this.game), { snapshot: sealed }))
    this.#last = batch
    this.#desk.drop(this, this.#first, steps, batch)
    this.#first = steps
    this.#due = steps + this.#desk.snapshotEvery
    return this.pending
  }

  closed(): Written {
    const batch = this.erase()
    this.#desk.ended(this, batch)
    return batch.promise
  }

  left(): void {
    this.#desk.left(this)
  }

  /** Takes everything away. */
  erase(): Batch {
    this.#desk.del(gameKey('b', this.game))
    const batch = this.#desk.del(gameKey('g', this.game))
    this.#desk.drop(this, this.#first, this.#steps, batch)
    this.#last = batch
    return batch
  }
}

/** A number that looks like any other. */
function spread(game: number): number {
  return Math.imul(game, 0x9e3779b1) >>> 0
}
