/** Writes the terms that hold others, and whole terms with their version byte. Source: OTP, "External Term Format". */
import { types } from 'node:util'
import { Writer, type WriterOptions } from '../../bytes/writer.ts'
import { BeamcadeError } from '../../errors.ts'
import { LeafWriter, type EncodeOptions } from './leaf-writer.ts'
import { RECURSION_DEPTH } from './limits.ts'
import * as tags from './tags.ts'
import { TermMap } from './term-map.ts'
import {
  Atom,
  BitString,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  isBytes,
  LocalTerm,
  NativeRecord,
  Pid,
  Port,
  Ref,
  Tuple,
  type Term,
} from './terms.ts'

/** A container that is being written, beyond the depth of recursion. */
class Frame {
  readonly items: readonly Term[]
  next = 0
  /** What follows the items: nothing, or the length of a fun whose size stands at this position. */
  readonly sizeAt: number
  constructor(items: readonly Term[], sizeAt: number) {
    this.items = items
    this.sizeAt = sizeAt
  }
}

/** True for a list that the BEAM writes as STRING_EXT. */
function isByteList(list: readonly Term[]): boolean {
  const length = list.length
  if (length > 65535) return false
  for (let i = 0; i < length; i++) {
    const item = list[i]
    if (typeof item !== 'number' || (item & 255) !== item) return false
  }
  return true
}

/** Encodes one term after the other: one encoder for each connection, which keeps the names of nodes encoded. */
export class Encoder extends LeafWriter {
  readonly #own: Writer
  readonly #shallow: number

  constructor(options: EncodeOptions & WriterOptions = {}) {
    const own = new Writer(options)
    super(own, options)
    this.#own = own
    this.#shallow = Math.min(RECURSION_DEPTH, this.maxDepth)
  }

  /**
   * The bytes of a term, version byte first.
   * @throws BeamcadeError `bad_argument` (no Erlang term), `too_deep`, `too_large`
   */
  encode(term: Term): Uint8Array {
    this.encodeInto(this.#own, term)
    return this.#own.take()
  }

  /** Writes a term, version byte first. If it throws, the writer is as it was. */
  encodeInto(writer: Writer, term: Term): void {
    const before = writer.position
    this.writer = writer
    try {
      writer.u8(tags.VERSION)
      if (term instanceof LocalTerm) {
        writer.u8(tags.LOCAL)
        writer.part(term.bytes)
      } else {
        this.#term(term, 0)
      }
    } catch (error) {
      writer.truncate(before)
      throw error
    }
  }

  /** One term with its tag; `depth` containers are open around it. */
  #term(term: Term, depth: number): void {
    if (typeof term === 'number') {
      this.number(term)
    } else if (typeof term === 'string') {
      this.text(term)
    } else if (typeof term === 'boolean' || term === null) {
      this.constant(term)
    } else if (term instanceof Atom) {
      this.atom(term)
    } else if (Array.isArray(term)) {
      this.#list(term as readonly Term[], depth)
    } else if (term instanceof Tuple) {
      if (depth >= this.#shallow) {
        this.#deep(term, depth)
        return
      }
      const elements = term.elements
      const arity = elements.length
      if (arity <= 255) this.tagged8(tags.SMALL_TUPLE, arity)
      else this.tagged32(tags.LARGE_TUPLE, arity)
      for (let i = 0; i < arity; i++) this.#term(elements[i] as Term, depth + 1)
    } else if (term instanceof Float) {
      this.float(term.value)
    } else if (isBytes(term)) {
      this.binary(term)
    } else if (term instanceof Ref) {
      this.ref(term)
    } else if (term instanceof Pid) {
      this.pid(term)
    } else if (term instanceof ImproperList && depth < this.#shallow) {
      const elements = term.elements
      if (elements.length > 0) this.tagged32(tags.LIST, elements.length)
      for (let i = 0; i < elements.length; i++) this.#term(elements[i] as Term, depth + 1)
      this.#term(term.tail, depth + 1)
    } else if (term instanceof TermMap) {
      if (depth >= this.#shallow) {
        this.#deep(term, depth)
        return
      }
      const entries = mapEntries(term)
      this.tagged32(tags.MAP, entries.length >> 1)
      for (let i = 0; i < entries.length; i++) this.#term(entries[i] as Term, depth + 1)
    } else if (typeof term === 'bigint') {
      this.bigint(term)
    } else if (term instanceof Port) {
      this.port(term)
    } else if (term instanceof BitString) {
      this.bits(term)
    } else if (term instanceof ExportFun) {
      this.exportFun(term)
    } else {
      this.#deep(term, depth)
    }
  }

  #list(list: readonly Term[], depth: number): void {
    const writer = this.writer
    const length = list.length
    if (length === 0) {
      writer.u8(tags.NIL)
    } else if (isByteList(list)) {
      const at = writer.room(3 + length)
      const bytes = writer.bytes
      bytes[at] = tags.STRING
      bytes[at + 1] = length >>> 8
      bytes[at + 2] = length
      for (let i = 0; i < length; i++) bytes[at + 3 + i] = list[i] as number
    } else if (depth >= this.#shallow) {
      this.#deep(list, depth)
    } else {
      this.tagged32(tags.LIST, length)
      for (let i = 0; i < length; i++) this.#term(list[i] as Term, depth + 1)
      writer.u8(tags.NIL)
    }
  }

  /** The same with a stack of its own instead of recursion: for what is deep, and for what is rare. */
  #deep(term: Term, depth: number): void {
    const stack: Frame[] = []
    let frame = this.#open(term, depth)
    for (;;) {
      if (frame.next < frame.items.length) {
        const item = frame.items[frame.next++] as Term
        if (!needsFrame(item)) {
          // Leaves only: at this depth nothing recurses any further.
          this.#term(item, this.maxDepth)
          continue
        }
        stack.push(frame)
        frame = this.#open(item, depth + stack.length)
        continue
      }
      if (frame.sizeAt >= 0) this.writer.patchU32(frame.sizeAt, this.writer.position - frame.sizeAt)
      const outer = stack.pop()
      if (outer === undefined) return
      frame = outer
    }
  }

  /** Writes the head of a container, and answers what is to be written behind it. */
  #open(term: Term, depth: number): Frame {
    if (depth >= this.maxDepth) {
      throw new BeamcadeError(
        'too_deep',
        `The term is nested deeper than maxDepth = ${this.maxDepth}, or holds itself.`,
      )
    }
    const writer = this.writer
    if (Array.isArray(term)) {
      const list = term as readonly Term[]
      this.tagged32(tags.LIST, list.length)
      return new Frame([...list, []], -1)
    }
    if (term instanceof Tuple) {
      const arity = term.elements.length
      if (arity <= 255) this.tagged8(tags.SMALL_TUPLE, arity)
      else this.tagged32(tags.LARGE_TUPLE, arity)
      return new Frame(term.elements, -1)
    }
    if (term instanceof TermMap || types.isMap(term)) {
      const entries = mapEntries(term)
      this.tagged32(tags.MAP, entries.length >> 1)
      return new Frame(entries, -1)
    }
    if (term instanceof ImproperList) {
      if (term.elements.length > 0) this.tagged32(tags.LIST, term.elements.length)
      return new Frame([...term.elements, term.tail], -1)
    }
    if (term instanceof Fun) {
      writer.u8(tags.NEW_FUN)
      const sizeAt = writer.position
      writer.u32(0)
      writer.u8(term.arity)
      writer.put(term.uniq)
      writer.u32(term.index)
      writer.u32(term.free.length)
      this.atomField(term.module)
      this.number(term.oldIndex)
      this.number(term.oldUniq)
      this.pid(term.pid)
      return new Frame(term.free, sizeAt)
    }
    if (term instanceof NativeRecord) {
      this.tagged32(tags.RECORD, term.names.length)
      writer.u8(term.exported ? 1 : 0)
      return new Frame([term.module, term.name, ...term.names, ...term.values], -1)
    }
    if (term instanceof LocalTerm) {
      throw new BeamcadeError('bad_argument', 'A node-local term (LocalTerm) stands alone, never inside another.')
    }
    throw new BeamcadeError('bad_argument', `${describe(term)} is no Erlang term.`, {
      hint: 'Use the classes of etf/terms: atom(…), tuple(…), TermMap, Float, …',
    })
  }
}

/** Everything that {@link Encoder} opens a frame for: what holds terms, and what is no term. */
function needsFrame(term: Term): boolean {
  if (typeof term !== 'object')
    return typeof term === 'undefined' || typeof term === 'function' || typeof term === 'symbol'
  if (Array.isArray(term)) return term.length > 0 && !isByteList(term as readonly Term[])
  return !(
    term === null ||
    term instanceof Atom ||
    term instanceof Pid ||
    term instanceof Ref ||
    term instanceof Float ||
    term instanceof Port ||
    term instanceof BitString ||
    term instanceof ExportFun ||
    isBytes(term)
  )
}

/** Keys and values in turn; throws if a key is there twice, because the other node would close the connection. */
function mapEntries(map: TermMap | ReadonlyMap<Term, Term>): readonly Term[] {
  if (map instanceof TermMap) return uniqueEntries(map)
  const entries: Term[] = []
  let texts = true
  for (const [key, value] of map) {
    texts &&= typeof key === 'string'
    entries.push(key, value)
  }
  return texts ? entries : uniqueEntries(new TermMap(entries))
}

function uniqueEntries(map: TermMap): readonly Term[] {
  if (!map.isUnique()) throw new BeamcadeError('bad_argument', 'A map has the same key twice.')
  return map.entries
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `A value of type ${typeof value}`
  // What has no prototype has no constructor either.
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? `An object of class ${name}` : 'An object'
}
