/**
 * A table by reference. Every call that another node makes puts a monitor in and takes it out again, thousands of times
 * a second: a `Map` would be made anew every few of them, because it fills up with what was deleted. So this is a table
 * of places next to each other (open addressing, no marks for what was deleted), keyed by one integer made of the
 * reference's words.
 */
import type { Ref } from '../etf/terms.ts'

interface HasRef {
  readonly ref: Ref
}

const FEWEST_PLACES = 16

export class RefTable<V extends HasRef> {
  /** A power of two, at least half of them empty. */
  #places: (V | undefined)[] = new Array<V | undefined>(FEWEST_PLACES).fill(undefined)
  /** The hash of the entry in each place. */
  #hashes = new Int32Array(FEWEST_PLACES)
  #size = 0
  /** Other nodes choose the references, but cannot choose them to meet in one place. */
  readonly #seed = Math.trunc(Math.random() * 0x7fffffff)

  get size(): number {
    return this.#size
  }

  get(ref: Ref): V | undefined {
    return this.#places[this.#find(ref, this.#hash(ref))]
  }

  /** Adds an entry; its reference must not be in the table. */
  add(value: V): void {
    this.#size += 1
    if (this.#size * 2 > this.#places.length) this.#resize(this.#places.length * 2)
    this.#put(value, this.#hash(value.ref))
  }

  /** Takes the entry of `ref` out and returns it. */
  take(ref: Ref): V | undefined {
    const place = this.#find(ref, this.#hash(ref))
    const value = this.#places[place]
    if (value === undefined) return undefined
    this.#size -= 1
    this.#empty(place)
    if (this.#size * 16 < this.#places.length && this.#places.length > FEWEST_PLACES) {
      this.#resize(this.#places.length / 4)
    }
    return value
  }

  /** All entries, as they are now. */
  values(): V[] {
    return this.#places.filter((value) => value !== undefined)
  }

  /** The place of `ref`, or the empty one where it would go. */
  #find(ref: Ref, hash: number): number {
    const places = this.#places
    const hashes = this.#hashes
    const mask = places.length - 1
    let place = hash & mask
    for (let value = places[place]; value !== undefined; value = places[place]) {
      if (hashes[place] === hash && value.ref.equals(ref)) return place
      place = (place + 1) & mask
    }
    return place
  }

  #put(value: V, hash: number): void {
    const mask = this.#places.length - 1
    let place = hash & mask
    while (this.#places[place] !== undefined) place = (place + 1) & mask
    this.#places[place] = value
    this.#hashes[place] = hash
  }

  /** Empties a place, and moves up what had to go further because of it: no search may end too early. */
  #empty(place: number): void {
    const places = this.#places
    const hashes = this.#hashes
    const mask = places.length - 1
    let hole = place
    for (let next = (hole + 1) & mask; places[next] !== undefined; next = (next + 1) & mask) {
      const hash = hashes[next] as number
      // Its own place lies behind the hole: there it cannot be moved.
      if (((next - hash) & mask) < ((next - hole) & mask)) continue
      places[hole] = places[next]
      hashes[hole] = hash
      hole = next
    }
    places[hole] = undefined
  }

  #resize(count: number): void {
    const [places, hashes] = [this.#places, this.#hashes]
    this.#places = new Array<V | undefined>(count).fill(undefined)
    this.#hashes = new Int32Array(count)
    places.forEach((value, place) => {
      if (value !== undefined) this.#put(value, hashes[place] as number)
    })
  }

  #hash(ref: Ref): number {
    const { words } = ref
    let hash = this.#seed
    for (let i = 0; i < words.length; i++) {
      hash = Math.imul(hash ^ (words[i] as number), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash
  }
}
