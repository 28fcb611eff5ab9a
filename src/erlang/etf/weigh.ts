/** How much memory terms take, roughly: for limits on what is kept. */
import { Atom, BitString, Fun, ImproperList, isBytes, LocalTerm, NativeRecord, type Term, Tuple } from './terms.ts'
import { TermMap } from './term-map.ts'

/** An object without what hangs on it. */
const OBJECT_BYTES = 72
const PLACE_BYTES = 8
/** An entry of a JavaScript `Map`. */
const ENTRY_BYTES = 48
/** An atom, a pid, a view of bytes: the object, and names and numbers in it. */
const LEAF_BYTES = 128

/**
 * Bytes of memory that terms take together, as an estimate. A binary counts with all the memory that it keeps: one that
 * is a view of a frame keeps the frame. That counts once for all views of it that follow each other.
 */
export function weigh(...terms: readonly Term[]): number {
  const scale = new Scale()
  // The way back up is kept here: terms may be nested more deeply than functions can be.
  const above: { readonly terms: readonly Term[]; next: number }[] = []
  let here = { terms, next: 0 }
  for (;;) {
    const term = here.terms[here.next]
    if (term === undefined) {
      const up = above.pop()
      if (up === undefined) return Math.ceil(scale.bytes)
      here = up
      continue
    }
    here.next += 1
    if (typeof term === 'number') continue
    for (const inside of scale.put(term)) {
      if (inside.length === 0) continue
      above.push(here)
      here = { terms: inside, next: 0 }
    }
  }
}

const NOTHING: readonly (readonly Term[])[] = []

class Scale {
  bytes = 0
  #buffer: ArrayBufferLike | undefined

  /** Weighs one term. Answers the terms in it, which are to be weighed as well. */
  put(term: Term): readonly (readonly Term[])[] {
    if (typeof term === 'string') this.bytes += LEAF_BYTES + 2 * term.length
    else if (typeof term === 'bigint') this.bytes += LEAF_BYTES + term.toString(16).length / 2
    else if (typeof term !== 'object' || term === null) return NOTHING
    else if (term instanceof Atom) this.bytes += LEAF_BYTES
    else if (term instanceof Tuple) return this.#inside(term.elements)
    else if (Array.isArray(term)) return this.#inside(term as readonly Term[])
    else if (isBytes(term)) this.#view(term)
    else if (term instanceof TermMap) return this.#inside(term.entries)
    else if (term instanceof ImproperList) return this.#inside(term.elements, [term.tail])
    else if (term instanceof BitString || term instanceof LocalTerm) this.#view(term.bytes)
    else if (term instanceof NativeRecord) return this.#inside(term.names, term.values)
    else if (term instanceof Fun) {
      this.#view(term.uniq)
      return this.#inside(term.free)
    } else if (term instanceof Map) {
      this.bytes += ENTRY_BYTES * term.size
      return this.#inside([...(term as ReadonlyMap<Term, Term>)].flat())
    } else this.bytes += LEAF_BYTES
    return NOTHING
  }

  #inside(...lists: readonly (readonly Term[])[]): readonly (readonly Term[])[] {
    for (const list of lists) this.bytes += OBJECT_BYTES + PLACE_BYTES * list.length
    return lists
  }

  #view({ buffer }: Uint8Array): void {
    this.bytes += LEAF_BYTES
    if (buffer === this.#buffer) return
    this.#buffer = buffer
    this.bytes += buffer.byteLength
  }
}
