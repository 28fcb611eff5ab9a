/**
 * The memory that recorded games of all threads share. One count for all: with a share for each thread, a recording would be
 * refused in one while there is room in the others, and where a game lives must make no difference. Each part of the
 * program also counts what it took itself, so that a thread that ended gives everything back.
 */
import type { Room } from '../engine/index.ts'

/** Where the sum lies; a part has its own count behind it. */
const SUM = 0

/** Shared memory for so many parts. */
export function sharedRoom(parts: number): SharedArrayBuffer {
  return new SharedArrayBuffer((1 + parts) * BigInt64Array.BYTES_PER_ELEMENT)
}

/** The room as one part of the program sees it. */
export class SharedRoom implements Room {
  readonly max: number
  readonly #counts: BigInt64Array
  readonly #slot: number

  /** @param part its number, from 0 on. @param max in bytes */
  constructor(memory: SharedArrayBuffer, part: number, max: number) {
    this.max = max
    this.#counts = new BigInt64Array(memory)
    this.#slot = 1 + part
  }

  take(bytes: number): boolean {
    const more = BigInt(bytes)
    const max = BigInt(this.max)
    let sum = Atomics.load(this.#counts, SUM)
    for (;;) {
      if (sum + more > max) return false
      const found = Atomics.compareExchange(this.#counts, SUM, sum, sum + more)
      if (found === sum) break
      sum = found
    }
    Atomics.add(this.#counts, this.#slot, more)
    return true
  }

  give(bytes: number): void {
    Atomics.sub(this.#counts, this.#slot, BigInt(bytes))
    Atomics.sub(this.#counts, SUM, BigInt(bytes))
  }

  /** Gives back all that this part took: it ended, and cannot do so itself. */
  giveAll(): void {
    Atomics.sub(this.#counts, SUM, Atomics.exchange(this.#counts, this.#slot, 0n))
  }
}
