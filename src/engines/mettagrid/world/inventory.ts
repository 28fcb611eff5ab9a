/**
 * What something holds: amounts of 0..255 by item, in the order in which observations list them. Items may share limits;
 * an item without one is limited by its byte.
 */
import { HashOrder } from './hash-order.ts'

export const MAX_AMOUNT = 255

/** A limit on the sum of some items. */
export interface Limit {
  readonly items: readonly number[]
  readonly max: number
}

/** The limits of a kind of inventory, ready: many inventories share one. */
export interface LimitTable {
  /** By item: which limit holds for it, or -1. */
  readonly of: Int16Array
  readonly max: Uint8Array
}

/**
 * @param items how many kinds of items there are, at most 256
 * @param limits of two for the same item the later one holds
 */
export function limitTable(items: number, limits: readonly Limit[] = []): LimitTable {
  const last = new Map<number, Limit>()
  for (const limit of limits) for (const item of limit.items) last.set(item, limit)
  const used = [...new Set(last.values())]
  const of = new Int16Array(items).fill(-1)
  for (const [item, limit] of last) of[item] = used.indexOf(limit)
  return { of, max: Uint8Array.from(used, (limit) => limit.max) }
}

export class Inventory {
  readonly #amounts: Uint8Array
  readonly #order: HashOrder
  readonly #limitOf: Int16Array
  readonly #max: Uint8Array
  readonly #used: Uint8Array

  constructor(limits: LimitTable) {
    const items = limits.of.length
    this.#amounts = new Uint8Array(items)
    this.#order = new HashOrder(items)
    this.#limitOf = limits.of
    this.#max = limits.max
    this.#used = new Uint8Array(limits.max.length)
  }

  /** How many items are there, of those that are there at all. */
  get size(): number {
    return this.#order.size
  }

  /** The items in order: the first `size` entries count. */
  get items(): Uint8Array {
    return this.#order.keys
  }

  amount(item: number): number {
    return this.#amounts[item] ?? 0
  }

  /** How much more of an item there could be. */
  room(item: number): number {
    return this.#most(item) - this.amount(item)
  }

  /** Adds (or takes, if negative) as much as there is room (or stock) for. @returns what was really added */
  change(item: number, delta: number): number {
    const old = this.amount(item)
    const now = Math.max(0, Math.min(old + delta, this.#most(item)))
    this.#amounts[item] = now
    if (old === 0 && now > 0) this.#order.insert(item)
    else if (old === 0) this.#order.touch()
    else if (now === 0) this.#order.remove(item)
    const limit = this.#limitOf[item] ?? -1
    if (limit >= 0) this.#used[limit] = (this.#used[limit] ?? 0) + now - old
    return now - old
  }

  /** The state, as {@link Inventory.load} takes it. */
  save(): InventoryState {
    const items = [...this.items.subarray(0, this.size)]
    return { items, amounts: items.map((item) => this.amount(item)), buckets: this.#order.buckets }
  }

  load({ items, amounts, buckets }: InventoryState): void {
    this.#amounts.fill(0)
    this.#used.fill(0)
    this.#order.load(items, buckets)
    for (const [index, item] of items.entries()) {
      this.#amounts[item] = amounts[index] ?? 0
      const limit = this.#limitOf[item] ?? -1
      if (limit >= 0) this.#used[limit] = (this.#used[limit] ?? 0) + (amounts[index] ?? 0)
    }
  }

  #most(item: number): number {
    const limit = this.#limitOf[item] ?? -1
    if (limit < 0) return MAX_AMOUNT
    // A byte, as in the reference.
    return ((this.#max[limit] ?? 0) - ((this.#used[limit] ?? 0) - this.amount(item))) & 0xff
  }
}

export interface InventoryState {
  items: number[]
  amounts: number[]
  buckets: number
}
