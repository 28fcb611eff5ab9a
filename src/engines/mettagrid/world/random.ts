/**
 * The random numbers of the reference engine: `std::mt19937` with the distributions of libstdc++ 11 and newer. Products of
 * 64 bits are taken by parts, so that every intermediate is an exact double.
 */

const SIZE = 624
const SHIFT = 397
const TWO_32 = 4294967296

/** The largest float32 below 1. */
const BELOW_ONE = 1 - 2 ** -24

/** From this many elements on libstdc++ would draw differently: two positions no longer fit one number. */
export const MAX_SHUFFLED = 65_535

export class Random {
  readonly #words = new Uint32Array(SIZE)
  #next = SIZE

  /** @param seed of 32 bits */
  constructor(seed: number) {
    const words = this.#words
    let word = seed >>> 0
    words[0] = word
    for (let i = 1; i < SIZE; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0
      words[i] = word
    }
  }

  /** 32 random bits. */
  draw(): number {
    if (this.#next === SIZE) this.#refill()
    let word = this.#words[this.#next++] ?? 0
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c5680
    word ^= (word << 15) & 0xefc60000
    return (word ^ (word >>> 18)) >>> 0
  }

  /** A number in 0..range-1, each as likely (Lemire's method); range is 1..2^32-1. */
  below(range: number): number {
    let word = this.draw()
    let low = Math.imul(word, range) >>> 0
    if (low < range) {
      const threshold = (TWO_32 - range) % range
      while (low < threshold) {
        word = this.draw()
        low = Math.imul(word, range) >>> 0
      }
    }
    return highWord(word, range)
  }

  /** A float32 in 0..1, without 1. */
  fraction(): number {
    const fraction = Math.fround(this.draw()) / TWO_32
    return fraction < 1 ? fraction : BELOW_ONE
  }

  /** Fills `order` with 0..length-1 and shuffles it; two positions come out of one draw. At most 65,535 elements. */
  shuffle(order: Uint16Array): void {
    const n = order.length
    for (let i = 0; i < n; i++) order[i] = i
    if (n < 2) return
    let i = 1
    if (n % 2 === 0) swap(order, i++, this.below(2))
    for (; i < n; i += 2) {
      const range = i + 1
      const both = this.below(range * (range + 1))
      swap(order, i, Math.floor(both / (range + 1)))
      swap(order, i + 1, both % (range + 1))
    }
  }

  /** The state, as {@link Random.load} takes it: 624 words, and how many of them are used. */
  save(): number[] {
    return [...this.#words, this.#next]
  }

  load(state: readonly number[]): void {
    this.#words.set(state.slice(0, SIZE))
    this.#next = state[SIZE] ?? SIZE
  }

  #refill(): void {
    const words = this.#words
    for (let i = 0; i < SIZE; i++) {
      const next = words[i + 1 < SIZE ? i + 1 : 0] ?? 0
      const mixed = ((words[i] ?? 0) & 0x80000000) | (next & 0x7fffffff)
      const far = words[i + SHIFT < SIZE ? i + SHIFT : i + SHIFT - SIZE] ?? 0
      words[i] = far ^ (mixed >>> 1) ^ (next & 1 ? 0x9908b0df : 0)
    }
    this.#next = 0
  }
}

/** The upper 32 of the 64 bits of a product. */
function highWord(a: number, b: number): number {
  const carry = Math.floor(((a & 0xffff) * b) / 65536)
  return Math.floor(((a >>> 16) * b + carry) / 65536)
}

function swap(order: Uint16Array, i: number, j: number): void {
  const kept = order[i] ?? 0
  order[i] = order[j] ?? 0
  order[j] = kept
}
