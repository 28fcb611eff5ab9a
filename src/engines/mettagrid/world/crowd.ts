/**
 * Where agents stand, as bits: few of the cells that one of them sees have another on them, and so those that have none are
 * not looked at. A word holds 32 cells of a row, beginning at every sixteenth: whatever a window shows of a row lies in one.
 */
import { UNSEEN, type Window } from './window.ts'

/** Cells from the beginning of one word to that of the next. */
const BLOCK = 16
/** The bit of the first cell of a word of {@link Crowd.find}. */
const FIRST = 0x80000000

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
    const block = Math.floor(cell / BLOCK)
    const at = block * this.#rows + row + this.#rim
    this.#mark(at, cell % BLOCK, present)
    // The second half of the word before.
    if (block > 0) this.#mark(at - this.#rows, (cell % BLOCK) + BLOCK, present)
  }

  /**
   * Finds the agents that a window shows, the one in its middle too. In `seen` the bits of their cells are set, in the
   * window's order: the first cell is the highest bit of the first word. The other bits are cleared.
   */
  find(row: number, col: number, { rows, cols, ranks }: Window, seen: Int32Array): void {
    for (let i = 0; i < seen.length; i++) seen[i] = 0
    const words = this.#words
    const left = col + this.#rim - cols
    const shift = left % BLOCK
    const mask = (1 << (2 * cols + 1)) - 1
    let at = Math.floor(left / BLOCK) * this.#rows + row + this.#rim - rows
    for (let down = 0; down <= 2 * rows; down++) {
      let bits = ((words[at++] ?? 0) >>> shift) & mask
      while (bits !== 0) {
        const right = 31 - Math.clz32(bits)
        bits ^= 1 << right
        const rank = ranks[(down << 4) | right] ?? UNSEEN
        if (rank !== UNSEEN) seen[rank >> 5] = (seen[rank >> 5] ?? 0) | (FIRST >>> (rank & 31))
      }
    }
  }

  #mark(at: number, bit: number, present: boolean): void {
    const word = this.#words[at] ?? 0
    this.#words[at] = present ? word | (1 << bit) : word & ~(1 << bit)
  }
}

/** The words that {@link Crowd.find} needs for a window. */
export function wordsFor({ offsets }: Window): Int32Array {
  return new Int32Array(Math.ceil(offsets.length / 32))
}
