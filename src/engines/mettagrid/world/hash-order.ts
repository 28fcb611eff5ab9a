/**
 * The order in which a hash map of the reference engine lists its keys, which observations show. It is that of libstdc++'s
 * `unordered_map` with small integers as keys: one list of nodes, and buckets of key modulo bucket count.
 */

/** The bucket counts that keys of one byte can reach; 1 before the first key. */
export const BUCKET_COUNTS = [1, 13, 29, 59, 127, 257] as const

export class HashOrder {
  /** The keys in order: the first `size` entries count. */
  readonly keys: Uint8Array
  size = 0
  #buckets: number = BUCKET_COUNTS[0]

  /** @param capacity how many keys there can be */
  constructor(capacity: number) {
    this.keys = new Uint8Array(capacity)
  }

  /** Bucket count: with the keys in order it is the whole state. */
  get buckets(): number {
    return this.#buckets
  }

  /** Adds a key that is not there: before the first key of its bucket, or at the very front. */
  insert(key: number): void {
    this.touch()
    this.#place(key, this.size)
    this.size += 1
  }

  /** Makes room for one more key, as an insertion does, even one that is taken back. Rehashing turns the order round. */
  touch(): void {
    if (this.size < this.#buckets && this.#buckets > 1) return
    const old = this.keys.slice(0, this.size)
    this.#buckets = BUCKET_COUNTS.find((count) => count >= 2 * this.#buckets) ?? this.#buckets
    for (const [placed, key] of old.entries()) this.#place(key, placed)
  }

  /** Takes a key out; the others keep their order. */
  remove(key: number): void {
    const at = this.keys.subarray(0, this.size).indexOf(key)
    if (at < 0) return
    this.keys.copyWithin(at, at + 1, this.size)
    this.size -= 1
  }

  load(keys: readonly number[], buckets: number): void {
    this.keys.set(keys)
    this.size = keys.length
    this.#buckets = buckets
  }

  /** Puts a key among the first `count`. */
  #place(key: number, count: number): void {
    const bucket = key % this.#buckets
    let at = 0
    while (at < count && (this.keys[at] ?? 0) % this.#buckets !== bucket) at += 1
    if (at === count) at = 0
    this.keys.copyWithin(at + 1, at, count)
    this.keys[at] = key
  }
}

/** Amounts by item, in an order that can be seen in the game. */
export type Amounts = readonly (readonly [item: number, amount: number])[]

/** The entries of a map of the configuration, in the reference's order when they are inserted by ascending key. */
export function inHashOrder<T>(map: Readonly<Record<number, T>>): [key: number, value: T][] {
  const entries = Object.entries(map).map(([key, value]): [number, T] => [Number(key), value])
  return inserted(entries.sort(([a], [b]) => a - b))
}

/** The order that entries have in a map after they were inserted one after the other. Keys of one byte, each once. */
export function inserted<T>(entries: readonly (readonly [key: number, value: T])[]): [key: number, value: T][] {
  const order = new HashOrder(256)
  for (const [key] of entries) order.insert(key)
  const byKey = new Map(entries)
  return [...order.keys.subarray(0, order.size)].map((key) => [key, byKey.get(key) as T])
}
