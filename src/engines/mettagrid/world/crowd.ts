/**
 * Where agents stand, as bits: few of the cells that one of them sees have another on them, and so those that have none are
 * not looked at. A word holds 32 cells of a row, beginning at every sixteenth: whatever a window shows of a row lies in one.
 */
import { UNSEEN as OUTSIDE, type Window } from './window.ts'

/** Cells from the beginning of one word to that of the next, as a power of two. */
const BLOCK_BITS = 4
const BLOCK = 1 << BLOCK_BITS
/** Constants of other files are loaded each time. */
const UNSEEN: number = OUTSIDE
/** The bit of the first cell of a word of {@link Crowd.find}. */
const FIRST = 0x80000000

/** Where somebody stands. */
export interface Position {
  readonly row: number
  readonly col: number
}

export class Crowd {
  readonly #rim: number
  /** Words of one block: its rows, from the upper rim to the lower. */
  readonly #rows: number
  readonly #words: Int32Array

  /** @param rim how many cells a window can reach beyond the map */
  constructor(height: number, width: number, rim: number) {
    this.#rim = rim
    this.#rows = height + 2 * rim
    this.#words = new Int32Array(this.#rows * Math.ceil((width + 2 * rim) / BLOCK))
  }

  /** Says whether there is an agent. */
  set(row: number, col: number, present: boolean): void {
    const cell = col + this.#rim
    const block = cell >> BLOCK_BITS
    const bit = cell & (BLOCK - 1)
    const at = block * this.#rows + row + this.#rim
    this.#mark(at, bit, present)
    // The second half of the word before.
    if (block > 0) this.#mark(at - this.#rows, bit + BLOCK, present)
  }

  /**
   * Finds the agents that a window shows besides the one in its middle. In `seen` the bits of their cells are set, in the
   * window's order: the first cell is the highest bit of the first word.
   * @returns whether there are any; otherwise `seen` is as it was
   */
  find(row: number, col: number, { rows, cols, ranks }: Window, seen: Int32Array): boolean {
    const words = this.#words
    const left = col + this.#rim - cols
    const shift = left & (BLOCK - 1)
    const mask = (2 << (2 * cols)) - 1
    const first = (left >> BLOCK_BITS) * this.#rows + row + this.#rim - rows
    let any = false
    for (let down = 0; down <= 2 * rows; down++) {
      let bits = ((words[first + down] ?? 0) >>> shift) & mask
      if (down === rows) bits ^= 1 << cols
      while (bits !== 0) {
        const right = 31 - Math.clz32(bits)
        bits ^= 1 << right
        const rank = ranks[(down << 4) | right] ?? UNSEEN
        if (rank === UNSEEN) continue
        if (!any) clear(seen)
        any = true
        seen[rank >> 5] = (seen[rank >> 5] ?? 0) | (FIRST >>> (rank & 31))
      }
    }
    return any
  }

  /** The same by asking each of the agents, which is quicker where there are few. */
  findAmong(agents: readonly Position[], self: Position, { rows, cols, ranks }: Window, seen: Int32Array): boolean {
    const top = self.row - rows
    const left = self.col - cols
    let any = false
    for (let i = 0; i < agents.length; i++) {
      const { row, col } = agents[i] ?? self
      const down = row - top
      const right = col - left
      if (down < 0 || right < 0 || down > 2 * rows || right > 2 * cols) continue
      const rank = ranks[(down << 4) | right] ?? UNSEEN
      // The first cell is its own.
      if (rank === UNSEEN || rank === 0) continue
      if (!any) clear(seen)
      any = true
      seen[rank >> 5] = (seen[rank >> 5] ?? 0) | (FIRST >>> (rank & 31))
    }
    return any
  }

  #mark(at: number, bit: number, present: boolean): void {
    const word = this.#words[at] ?? 0
    this.#words[at] = present ? word | (1 << bit) : word & ~(1 << bit)
  }
}

function clear(words: Int32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = 0
}

/** The words that {@link Crowd.find} needs for a window. */
export function wordsFor({ cells }: Window): Int32Array {
  return new Int32Array((cells + 31) >> 5)
}
