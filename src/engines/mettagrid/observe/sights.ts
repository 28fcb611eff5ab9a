/**
 * What there is to see from each cell beside agents. Objects stay where they are, so what a window shows of them is found out
 * once: a list of words, from near to far. A negative word is a token ready to be stored; another one is an object that may
 * change what it looks like, as id and location. Before the words stands how many they are, as a negative number if there are
 * such objects among them.
 */
import type { Grid } from '../world/grid.ts'
import { NOTHING, OBJECT_LAYER } from '../world/grid.ts'
import type { TokenBook } from '../world/tokens.ts'
import type { Window } from '../world/window.ts'

/** So many changes in a row throw all lists away instead of those that they concern. */
const MANY_CHANGES = 32

/** Objects with more tokens than this are looked up even if they never change: they would make lists long. */
const MOST_TOKENS = 4

export class Sights {
  readonly #grid: Grid
  readonly #window: Window
  readonly #book: TokenBook
  readonly #maxWords: number
  /** By cell of the map: where its list begins in `words`; 0 if it has none yet. */
  readonly #lists: Int32Array
  /** All lists. */
  words: Int32Array
  /** Words in use; the first one is in nobody's list. */
  #used = 1
  /** Changes since a list was made. */
  #changes = 0

  /** @param maxBytes what all lists may take; when they would take more, they are made anew */
  constructor(grid: Grid, window: Window, book: TokenBook, maxBytes: number) {
    this.#grid = grid
    this.#window = window
    this.#book = book
    this.#maxWords = Math.max(maxBytes >> 2, 2 + MOST_TOKENS * window.offsets.length)
    this.#lists = new Int32Array(grid.height * grid.width)
    this.words = new Int32Array(Math.min(64, this.#maxWords))
    grid.watch((row, col) => {
      this.#forget(row, col)
    })
  }

  /** Where the list of a cell begins in `words`. */
  from(row: number, col: number): number {
    const cell = row * this.#grid.width + col
    const known = this.#lists[cell] ?? 0
    return known !== 0 ? known : (this.#lists[cell] = this.#look(row, col))
  }

  /** Makes the list of a cell. */
  #look(row: number, col: number): number {
    const { cells } = this.#grid
    const { offsets, locations } = this.#window
    const { start, count, fixed, words: tokens } = this.#book
    this.#reserve(1 + MOST_TOKENS * offsets.length)
    this.#changes = 0
    const { words } = this
    const own = this.#grid.index(row, col)
    const list = this.#used
    let at = list + 1
    let objects = false
    for (let i = 0; i < offsets.length; i++) {
      const id = cells[own + (offsets[i] ?? 0) + OBJECT_LAYER] ?? NOTHING
      if (id === NOTHING) continue
      const location = locations[i] ?? 0
      const many = count[id] ?? 0
      if (fixed[id] !== 1 || many > MOST_TOKENS) {
        words[at++] = (id << 8) | location
        objects = true
      } else {
        for (let j = 0; j < many; j++) words[at++] = (tokens[(start[id] ?? 0) + j] ?? 0) | location
      }
    }
    const length = at - list - 1
    words[list] = objects ? -length : length
    this.#used = at
    return list
  }

  /** Makes room for so many words, if need be by throwing all lists away. */
  #reserve(words: number): void {
    const needed = this.#used + words
    if (needed <= this.words.length) return
    if (needed > this.#maxWords) {
      this.#clear()
      return
    }
    const larger = new Int32Array(Math.min(this.#maxWords, Math.max(needed, 2 * this.words.length)))
    larger.set(this.words)
    this.words = larger
  }

  #clear(): void {
    this.#lists.fill(0)
    this.#used = 1
  }

  /** Something has come to a cell, or gone from it: what sees the cell has to look again. */
  #forget(row: number, col: number): void {
    if (this.#used === 1) return
    if (++this.#changes > MANY_CHANGES) {
      this.#clear()
      return
    }
    const { height, width } = this.#grid
    const { rows, cols } = this.#window
    const bottom = Math.min(height - 1, row + rows)
    const right = Math.min(width - 1, col + cols)
    for (let y = Math.max(0, row - rows); y <= bottom; y++) {
      for (let x = Math.max(0, col - cols); x <= right; x++) this.#lists[y * width + x] = 0
    }
  }
}
