/**
 * Erlang maps: any term may be a key, and no key reaches a JavaScript object's prototype. Keys are compared as `=:=`
 * does, whatever JavaScript objects they are. An index is made when it is first needed.
 */
import { order } from './compare.ts'
import { isLeafKey, keyText, sameKey } from './map-keys.ts'
import { atom, type Term } from './terms.ts'

/** A map in the order of its keys. */
export interface SortedMap {
  readonly keys: readonly Term[]
  readonly values: readonly Term[]
  /** Where each key stands among the entries. */
  readonly positions: readonly number[]
}

/** Up to this size comparing every key is as fast as an index. */
const SMALL = 16
/** JavaScript's own `Map` holds 2^24 entries. */
const MAX_INDEXED = 8_388_608

export class TermMap {
  /** Keys and values in turn: k0, v0, k1, v1, … in the order of the wire. */
  readonly entries: readonly Term[]
  /** Where the values of keys are that have a text of their own; undefined also if some key has none. */
  private index: ReadonlyMap<string, number> | undefined = undefined
  private sorted: SortedMap | undefined = undefined
  private uniqueKeys: boolean | undefined = undefined

  /** @param entries keys and values in turn, without duplicate keys: {@link TermMap.from} checks them */
  constructor(entries: readonly Term[]) {
    this.entries = entries
  }

  /** A map of pairs; of equal keys the last one counts. */
  static from(pairs: Iterable<readonly [Term, Term]>): TermMap {
    const entries: Term[] = []
    for (const [key, value] of pairs) entries.push(key, value)
    const map = new TermMap(entries)
    return map.isUnique() ? map : map.#withoutOlder()
  }

  /** A map of keys and values in turn, of which the caller knows that no key is there twice: that is not checked again. */
  static ofUnique(entries: readonly Term[]): TermMap {
    const map = new TermMap(entries)
    map.uniqueKeys = true
    return map
  }

  /** A map whose keys are the atoms that the properties' names are. */
  static atoms(properties: Readonly<Record<string, Term>>): TermMap {
    const entries: Term[] = []
    for (const [name, value] of Object.entries(properties)) entries.push(atom(name), value)
    return new TermMap(entries)
  }

  get size(): number {
    return this.entries.length >> 1
  }

  /** The value of a key, or undefined. A text looks for the binary; `atom('x')` for the atom. */
  get(key: Term): Term | undefined {
    const at = this.#find(key)
    return at < 0 ? undefined : this.entries[at + 1]
  }

  has(key: Term): boolean {
    return this.#find(key) >= 0
  }

  *keys(): IterableIterator<Term> {
    for (let i = 0; i < this.entries.length; i += 2) yield this.entries[i] as Term
  }

  *values(): IterableIterator<Term> {
    for (let i = 1; i < this.entries.length; i += 2) yield this.entries[i] as Term
  }

  *[Symbol.iterator](): IterableIterator<[Term, Term]> {
    for (let i = 0; i < this.entries.length; i += 2) yield [this.entries[i] as Term, this.entries[i + 1] as Term]
  }

  /** True if no key is there twice, as it must be on the wire. */
  isUnique(): boolean {
    this.uniqueKeys ??= this.#checkUnique()
    return this.uniqueKeys
  }

  /** Keys and values in the order of the keys. Made once. */
  inOrder(level = 0): SortedMap {
    this.sorted ??= sortEntries(this.entries, level)
    return this.sorted
  }

  #checkUnique(): boolean {
    const size = this.size
    if (size <= 1) return true
    if (size <= SMALL && this.#hasLeafKeys()) return this.#pairsDiffer()
    const index = size <= MAX_INDEXED ? this.#buildIndex() : undefined
    if (index !== undefined) return index.size === size
    // Keys that hold terms are put in order here, from the inside to the outside as maps are decoded: later
    // comparisons find the maps among them in order, however deep they are.
    const { keys } = this.inOrder()
    for (let i = 1; i < size; i++) if (order(keys[i - 1] as Term, keys[i] as Term, true, 0) === 0) return false
    return true
  }

  #hasLeafKeys(): boolean {
    for (let i = 0; i < this.entries.length; i += 2) if (!isLeafKey(this.entries[i] as Term)) return false
    return true
  }

  #pairsDiffer(): boolean {
    const entries = this.entries
    for (let i = 2; i < entries.length; i += 2) {
      const key = entries[i] as Term
      for (let j = 0; j < i; j += 2) if (sameKey(entries[j] as Term, key)) return false
    }
    return true
  }

  /** The same map with one entry for each key: the place of the first, the value of the last. */
  #withoutOlder(): TermMap {
    const { keys, positions } = this.inOrder()
    const firstOf = new Map<number, number>()
    const valueAt = new Map<number, number>()
    let first = 0
    for (let i = 0; i < keys.length; i++) {
      if (i === 0 || order(keys[i - 1] as Term, keys[i] as Term, true, 0) !== 0) first = positions[i] as number
      firstOf.set(positions[i] as number, first)
      valueAt.set(first, positions[i] as number)
    }
    const entries: Term[] = []
    for (let i = 0; i < this.entries.length; i += 2) {
      if (firstOf.get(i) === i)
        entries.push(this.entries[i] as Term, this.entries[(valueAt.get(i) as number) + 1] as Term)
    }
    return new TermMap(entries)
  }

  #buildIndex(): ReadonlyMap<string, number> | undefined {
    const index = new Map<string, number>()
    for (let i = 0; i < this.entries.length; i += 2) {
      const text = keyText(this.entries[i] as Term)
      if (text === undefined) return undefined
      index.set(text, i)
    }
    this.index = index
    return index
  }

  #find(key: Term): number {
    const entries = this.entries
    if (this.index === undefined && this.sorted === undefined) {
      if (entries.length <= SMALL) {
        for (let i = 0; i < entries.length; i += 2) if (sameKey(entries[i] as Term, key)) return i
        return -1
      }
      if (entries.length <= 2 * MAX_INDEXED) this.#buildIndex()
    }
    if (this.index !== undefined) {
      const text = keyText(key)
      return text === undefined ? -1 : (this.index.get(text) ?? -1)
    }
    const { keys, positions } = this.inOrder()
    let low = 0
    let high = keys.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = order(keys[middle] as Term, key, true, 0)
      if (found === 0) return positions[middle] as number
      if (found < 0) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}

/** A map in the order of its keys; `level` says how many maps are being put in order around it. */
export function sortedMap(map: TermMap | ReadonlyMap<Term, Term>, level: number): SortedMap {
  if (map instanceof TermMap) return map.inOrder(level)
  const entries: Term[] = []
  for (const [key, value] of map) entries.push(key, value)
  return sortEntries(entries, level)
}

function sortEntries(entries: readonly Term[], level: number): SortedMap {
  const positions: number[] = []
  for (let i = 0; i < entries.length; i += 2) positions.push(i)
  if (positions.length > 1) {
    positions.sort((a, b) => order(entries[a] as Term, entries[b] as Term, true, level))
  }
  return {
    keys: positions.map((at) => entries[at] as Term),
    values: positions.map((at) => entries[at + 1] as Term),
    positions,
  }
}
