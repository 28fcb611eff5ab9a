/** Replies that wait for those before them, in the order of their requests. */
import type { Frame } from './reply.ts'

/** Room for one reply. */
export interface Slot {
  /** Undefined: it is not there yet. */
  frame: Frame | undefined
  /** Bytes of it that are in memory. */
  readonly bytes: number
}

export class Waiting {
  /** Bytes of all of them that are in memory. */
  bytes = 0
  #slots: Slot[] = []

  get count(): number {
    return this.#slots.length
  }

  push(slot: Slot): Slot {
    this.#slots.push(slot)
    this.bytes += slot.bytes
    return slot
  }

  /** Takes the first one out, if it is there. */
  take(): Frame | undefined {
    const [first] = this.#slots
    if (first?.frame === undefined) return undefined
    this.#slots.shift()
    this.bytes -= first.bytes
    return first.frame
  }

  clear(): void {
    this.#slots = []
    this.bytes = 0
  }
}
