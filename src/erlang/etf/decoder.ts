/** Reads the terms that hold others, and whole terms with their version byte. Source: OTP, "External Term Format". */
import { BeamcadeError } from '../../errors.ts'
import { inflate } from './inflate.ts'
import { EMPTY_LIST, int32, LeafReader, type DecodeOptions } from './leaf-reader.ts'
import { RECURSION_DEPTH } from './limits.ts'
import * as tags from './tags.ts'
import { TermMap } from './term-map.ts'
import { Atom, Fun, ImproperList, LocalTerm, NativeRecord, Tuple, type Term } from './terms.ts'

/** What is known of a fun or record before its terms are read. */
type Head =
  { kind: 'fun'; fields: Omit<Fun, 'free'>; end: number } | { kind: 'record'; exported: boolean; fields: number }

/** A container that is being filled, beyond the depth of recursion. */
class Frame {
  readonly tag: number
  readonly items: Term[] = []
  need: number
  readonly head: Head | undefined
  constructor(tag: number, need: number, head: Head | undefined) {
    this.tag = tag
    this.need = need
    this.head = head
  }
}

function isContainer(tag: number): boolean {
  switch (tag) {
    case tags.SMALL_TUPLE:
    case tags.LARGE_TUPLE:
    case tags.LIST:
    case tags.MAP:
    case tags.NEW_FUN:
    case tags.RECORD:
      return true
    default:
      return false
  }
}

/** Memory that a container takes, roughly: its objects, and a place for each element. */
const CONTAINER_BYTES = 72
/** What an entry of a map takes besides its two places. */
const MAP_ENTRY_BYTES = 8
/** A place of an array that grows, with the garbage of its growth. */
const GROWING_PLACE_BYTES = 24
/** From here on the garbage of growth counts. */
const LONG = 64
/** The engine keeps longer arrays as tables, unless they grow to their size. */
const MAX_ROOM = 33_554_432
/** A float as an object of its own, and what the array takes that becomes one of objects. */
const FLOAT_BYTES = 24
/** What an entry takes in the index that larger maps have. */
const INDEX_ENTRY_BYTES = 120

/**
 * Decodes one term after the other, with one table of atoms: one decoder for each connection. Not for use by two at
 * once, which synchronous code cannot do anyhow.
 */
export class Decoder extends LeafReader {
  readonly #shallow: number

  constructor(options: DecodeOptions = {}) {
    super(options)
    this.#shallow = Math.min(RECURSION_DEPTH, this.maxDepth)
  }

  /** Where the last decoded term ended. */
  get position(): number {
    return this.pos
  }

  /**
   * The term at `offset`, version byte first. {@link Decoder.position} then is where it ends.
   * @param copyBinaries as in {@link DecodeOptions}, for this term
   * @param end where the bytes end, if not with the array
   * @throws BeamcadeError `bad_term`, `too_deep`, `too_large`
   */
  decodeAt(bytes: Uint8Array, offset = 0, copyBinaries?: boolean, end = bytes.length): Term {
    const copying = this.copying
    if (copyBinaries !== undefined) this.copying = copyBinaries
    this.open(bytes, offset, end)
    this.memory = this.maxMemory
    try {
      const version = this.u8()
      if (version !== tags.VERSION) throw this.bad(`A term begins with the byte 131, not ${version}`)
      const tag = this.pos < end ? bytes[this.pos] : undefined
      if (tag === tags.COMPRESSED) return this.#compressed()
      if (tag === tags.LOCAL) return this.#local()
      return this.term(0)
    } finally {
      this.copying = copying
      // Not keeping the input alive until the next term comes.
      this.release()
    }
  }

  /** One term with its tag; `depth` containers are open around it. */
  protected term(depth: number): Term {
    const tag = this.u8()
    switch (tag) {
      case tags.SMALL_TUPLE:
        if (depth < this.#shallow) return this.#tuple(this.u8(), depth + 1)
        return this.#deep(tag, depth)
      case tags.LIST:
        if (depth < this.#shallow) return this.#list(depth + 1)
        return this.#deep(tag, depth)
      case tags.MAP:
        if (depth < this.#shallow) return this.#map(depth + 1)
        return this.#deep(tag, depth)
      case tags.LARGE_TUPLE:
        if (depth < this.#shallow) return this.#tuple(this.count(), depth + 1)
        return this.#deep(tag, depth)
      case tags.NEW_FUN:
      case tags.RECORD:
        return this.#deep(tag, depth)
      default:
        return this.leaf(tag)
    }
  }

  #tuple(arity: number, depth: number): Tuple {
    this.charge(CONTAINER_BYTES + placesBytes(arity))
    switch (arity) {
      case 0:
        return new Tuple(EMPTY_LIST)
      case 1:
        return new Tuple([this.term(depth)])
      case 2:
        return new Tuple([this.term(depth), this.term(depth)])
      case 3:
        return new Tuple([this.term(depth), this.term(depth), this.term(depth)])
      case 4:
        return new Tuple([this.term(depth), this.term(depth), this.term(depth), this.term(depth)])
      default: {
        const elements = room(arity)
        for (let i = 0; i < arity; i++) elements[i] = this.term(depth)
        return new Tuple(elements)
      }
    }
  }

  #list(depth: number): Term {
    let length = this.count()
    this.charge(CONTAINER_BYTES + placesBytes(length))
    const items = room(length)
    for (let from = 0; ; from = items.length) {
      this.#items(items, from, length, depth)
      const tag = this.pos < this.end ? this.bytes[this.pos] : undefined
      if (tag === tags.NIL) {
        this.pos += 1
        return items.length === 0 ? EMPTY_LIST : items
      }
      // A list may go on as the tail of itself: that makes it longer, not deeper.
      if (tag !== tags.LIST) return joined(items, this.term(depth))
      this.pos += 1
      length = this.count(items.length)
      this.charge(GROWING_PLACE_BYTES * length)
    }
  }

  /** Elements of a list. Long lists are mostly of numbers: these are read on the spot. */
  #items(items: Term[], from: number, length: number, depth: number): void {
    const bytes = this.bytes
    const end = this.end
    let at = this.pos
    for (let i = from; i < from + length; i++) {
      const tag = bytes[at]
      if (tag === tags.SMALL_INTEGER && at + 2 <= end) {
        items[i] = bytes[at + 1] as number
        at += 2
        continue
      }
      if (tag === tags.INTEGER && at + 5 <= end) {
        items[i] = int32(bytes, at + 1)
        at += 5
        continue
      }
      if (tag === tags.NEW_FLOAT && at + 9 <= end) {
        const value = this.doubleAt(at + 1)
        // Integral values are boxed, and what is no number is an error: both elsewhere.
        if (Number.isFinite(value) && !Number.isInteger(value)) {
          this.charge(FLOAT_BYTES)
          items[i] = value
          at += 9
          continue
        }
      }
      this.pos = at
      items[i] = this.term(depth)
      at = this.pos
    }
    this.pos = at
  }

  #map(depth: number): TermMap {
    const size = this.count()
    if (size > (this.end - this.pos) / 2)
      throw this.bad(`A map of ${size} entries does not fit into the bytes that follow`)
    this.charge(CONTAINER_BYTES + mapBytes(size))
    const entries = room(2 * size)
    for (let i = 0; i < 2 * size; i++) entries[i] = this.term(depth)
    return this.#checkedMap(entries)
  }

  #checkedMap(entries: Term[]): TermMap {
    const map = new TermMap(entries)
    if (!map.isUnique()) throw this.bad('A map has the same key twice')
    return map
  }

  /** The same with a stack of its own instead of recursion: for what is deep, and for what is rare. */
  #deep(tag: number, depth: number): Term {
    const stack: Frame[] = []
    let frame = this.#open(tag, depth)
    for (;;) {
      if (frame.items.length < frame.need) {
        const next = this.u8()
        if (!isContainer(next)) {
          frame.items.push(this.leaf(next))
        } else if (next === tags.LIST && frame.tag === tags.LIST && frame.items.length === frame.need - 1) {
          const more = this.count(frame.need)
          this.charge(GROWING_PLACE_BYTES * more)
          frame.need += more
        } else {
          stack.push(frame)
          frame = this.#open(next, depth + stack.length)
        }
        continue
      }
      const value = this.#close(frame)
      const outer = stack.pop()
      if (outer === undefined) return value
      outer.items.push(value)
      frame = outer
    }
  }

  #open(tag: number, depth: number): Frame {
    if (depth >= this.maxDepth) {
      throw new BeamcadeError('too_deep', `The term is nested deeper than maxDepth = ${this.maxDepth}.`)
    }
    let head: Head | undefined
    let need: number
    switch (tag) {
      case tags.SMALL_TUPLE:
        need = this.u8()
        break
      case tags.LIST:
        need = this.count() + 1
        break
      case tags.MAP:
        need = 2 * this.count()
        this.charge(mapBytes(need / 2) - 8 * need)
        break
      case tags.NEW_FUN: {
        const at = this.pos
        const size = this.u32()
        if (size > this.end - at) throw this.bad(`A fun of ${size} bytes does not fit into the bytes that follow`)
        const arity = this.u8()
        const uniq = this.binary(16)
        const index = this.u32()
        need = this.count()
        const module = this.atomField()
        const oldIndex = this.integerField()
        const oldUniq = this.integerField()
        const pid = this.pid(this.u8())
        head = { kind: 'fun', fields: { arity, uniq, index, module, oldIndex, oldUniq, pid }, end: at + size }
        break
      }
      case tags.RECORD: {
        const fields = this.count()
        const flags = this.u8()
        if (flags > 1) throw this.bad(`A record has unknown flags (${flags})`)
        need = 2 + 2 * fields
        head = { kind: 'record', exported: flags === 1, fields }
        break
      }
      default:
        need = this.count()
    }
    if (need > this.end - this.pos) throw this.bad(`A count of ${need} is more than the bytes that follow`)
    // Not made room for at once, as one level may say nearly as much as the one around it.
    this.charge(CONTAINER_BYTES + (need <= LONG ? 8 : GROWING_PLACE_BYTES) * need)
    return new Frame(tag, need, head)
  }

  #close(frame: Frame): Term {
    const items = frame.items
    const head = frame.head
    if (head?.kind === 'fun') {
      if (this.pos !== head.end) throw this.bad('The size of a fun is not what it says')
      return new Fun({ ...head.fields, free: items })
    }
    if (head?.kind === 'record') {
      const [module, name] = items
      if (!isAtomTerm(module) || !isAtomTerm(name)) throw this.bad('Module and name of a record are atoms')
      const names = items.slice(2, 2 + head.fields)
      if (!names.every(isAtomTerm)) throw this.bad('The names of fields are atoms')
      return new NativeRecord(module, name, head.exported, names, items.slice(2 + head.fields))
    }
    if (frame.tag === tags.MAP) return this.#checkedMap(items)
    if (frame.tag !== tags.LIST) return new Tuple(items)
    const tail = items.pop() as Term
    return joined(items, tail)
  }

  #local(): LocalTerm {
    if (!this.allowLocal) throw this.bad('A term that only its own node may read (LOCAL_EXT)')
    this.pos += 1
    return new LocalTerm(this.binary(this.end - this.pos))
  }

  #compressed(): Term {
    this.pos += 1
    const size = this.u32()
    if (size > this.maxInflated) {
      throw new BeamcadeError(
        'too_large',
        `A compressed term of ${size} bytes is larger than maxInflated = ${this.maxInflated}.`,
      )
    }
    const { bytes, consumed } = inflate(this.bytes.subarray(this.pos, this.end), size)
    const after = this.pos + consumed
    this.open(bytes, 0)
    this.copying = false
    const term = this.term(0)
    if (this.pos !== this.end) throw this.bad(`${this.end - this.pos} bytes too many in a compressed term`)
    this.pos = after
    return term
  }
}

function isAtomTerm(term: Term | undefined): term is Atom | boolean | null {
  return term instanceof Atom || typeof term === 'boolean' || term === null
}

function mapBytes(size: number): number {
  return placesBytes(2 * size) + size * (size <= 16 ? MAP_ENTRY_BYTES : MAP_ENTRY_BYTES + INDEX_ENTRY_BYTES)
}

/** What the places of an array take: one that grows leaves the smaller ones that it was as garbage. */
function placesBytes(length: number): number {
  return (length <= MAX_ROOM ? 8 : GROWING_PLACE_BYTES) * length
}

/** An array to be filled from its start: of its size at once, while the engine has a plain array of that size. */
function room(length: number): Term[] {
  return length <= MAX_ROOM ? new Array<Term>(length) : []
}

/** The list of `items` that ends in `tail`. */
function joined(items: Term[], tail: Term): Term {
  if (Array.isArray(tail)) {
    for (const item of tail as readonly Term[]) items.push(item)
    return items.length === 0 ? EMPTY_LIST : items
  }
  return items.length === 0 ? tail : new ImproperList(items, tail)
}
