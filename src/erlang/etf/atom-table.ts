/**
 * Atoms interned by their bytes, so that an atom which comes again costs neither a new object nor the making of its
 * text. A cache of fixed size: atoms push each other out, so that no stream of new atoms makes it grow or useless.
 */
import { BeamcadeError } from '../../errors.ts'
import { atom, codePoints, MAX_ATOM_LENGTH, type Atom } from './terms.ts'

/** One atom, as a term and as the text that node names are. */
export class AtomEntry {
  readonly bytes: Uint8Array
  readonly name: string
  readonly term: Atom | boolean | null
  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes
    this.name = name
    this.term = atom(name)
  }
}

/** How many places are tried before an old entry gives way. */
const WAYS = 4

function matches(entry: AtomEntry, bytes: Uint8Array, pos: number, length: number): boolean {
  const known = entry.bytes
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) if (known[i] !== bytes[pos + i]) return false
  return true
}

export class AtomTable {
  readonly #mask: number
  readonly #entries: (AtomEntry | undefined)[]
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  /** How many atoms were made so far: what does not rise costs no memory. */
  made = 0

  /** @param size how many atoms are kept: a power of two. Default 4096. */
  constructor(size = 4096) {
    this.#mask = size - 1
    this.#entries = new Array<AtomEntry | undefined>(size).fill(undefined)
  }

  /** The atom whose name is `length` bytes of UTF-8 at `pos`. Throws `bad_term` if they are none. */
  get(bytes: Uint8Array, pos: number, length: number): AtomEntry {
    let hash = length
    if (length > 0) {
      // A few bytes tell most atoms apart; the whole name is compared anyhow.
      const first = bytes[pos] as number
      const second = bytes[pos + (length >> 2)] as number
      const third = bytes[pos + (length >> 1)] as number
      const last = bytes[pos + length - 1] as number
      hash = (Math.imul(hash + first, 31) ^ Math.imul(second, 1031)) + Math.imul(third, 421) + Math.imul(last, 67)
    }
    for (let way = 0; way < WAYS; way++) {
      const entry = this.#entries[(hash + way) & this.#mask]
      if (entry === undefined) return this.#add((hash + way) & this.#mask, bytes, pos, length)
      if (matches(entry, bytes, pos, length)) return entry
    }
    return this.#add(hash & this.#mask, bytes, pos, length)
  }

  #add(slot: number, bytes: Uint8Array, pos: number, length: number): AtomEntry {
    // The name must not keep the memory of the message alive, nor change with a buffer that is used again.
    const own = new Uint8Array(length)
    for (let i = 0; i < length; i++) own[i] = bytes[pos + i] as number
    let name: string
    try {
      name = this.#utf8.decode(own)
    } catch {
      throw new BeamcadeError('bad_term', 'An atom is not valid UTF-8.')
    }
    if (length > MAX_ATOM_LENGTH && codePoints(name) > MAX_ATOM_LENGTH) {
      throw new BeamcadeError('bad_term', `An atom has more than ${MAX_ATOM_LENGTH} characters.`)
    }
    const entry = new AtomEntry(own, name)
    this.made += 1
    this.#entries[slot] = entry
    return entry
  }
}
