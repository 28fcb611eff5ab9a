/**
 * Reads the terms that hold no other terms: numbers, atoms, binaries, identifiers. The containers are in `decoder.ts`.
 * Every length is compared with the bytes that are left before anything is made of it.
 */
import { BeamcadeError } from '../../errors.ts'
import { AtomTable, type AtomEntry } from './atom-table.ts'
import {
  DEFAULT_MAX_BIG_BYTES,
  DEFAULT_MAX_DEPTH,
  DEFAULT_MAX_INFLATED,
  DEFAULT_MAX_MEMORY,
  MAX_ELEMENTS,
} from './limits.ts'
import type { EtfLimits } from './limits.ts'
import * as tags from './tags.ts'
import { Atom, BitString, ExportFun, Float, Pid, Port, Ref, type Term } from './terms.ts'

export interface DecodeOptions extends EtfLimits {
  /** True if the input will be used again: binaries are copied out of it. Default false: they are views into it. */
  copyBinaries?: boolean
  /** False refuses LOCAL_EXT, which no other node may send. Default true: kept unread. */
  allowLocal?: boolean
  /** The table to share between decoders of one connection. */
  atoms?: AtomTable
}

/** The empty list and the empty binary are the same object everywhere: they are frequent, and nobody can change them. */
export const EMPTY_LIST: readonly Term[] = Object.freeze([])
const EMPTY_BINARY = new Uint8Array(0)

/** What an object costs in memory, roughly, without what hangs on it. */
const OBJECT_BYTES = 48
const VIEW_BYTES = 112
/** An atom and its name; what else the table made of it is garbage when the next one takes its place. */
const ATOM_BYTES = 128

/** The signed number of four bytes, which must be there. */
export function int32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  )
}

export class LeafReader {
  protected bytes: Uint8Array = EMPTY_BINARY
  protected pos = 0
  protected end = 0
  /** Where the term begins in `bytes`: positions in errors count from there. */
  protected origin = 0
  /** Bytes of memory that the term may still take. */
  protected memory = 0
  protected copying: boolean
  protected readonly atoms: AtomTable
  protected readonly maxDepth: number
  protected readonly maxInflated: number
  protected readonly maxMemory: number
  protected readonly maxBigBytes: number
  protected readonly allowLocal: boolean
  private node: AtomEntry
  private buffer: ArrayBufferLike | undefined = undefined
  private base = 0
  private view: DataView | undefined = undefined

  constructor(options: DecodeOptions = {}) {
    this.copying = options.copyBinaries ?? false
    this.atoms = options.atoms ?? new AtomTable()
    this.maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH
    this.maxInflated = options.maxInflated ?? DEFAULT_MAX_INFLATED
    this.maxMemory = options.maxMemory ?? DEFAULT_MAX_MEMORY
    this.maxBigBytes = options.maxBigBytes ?? DEFAULT_MAX_BIG_BYTES
    this.allowLocal = options.allowLocal ?? true
    this.node = this.atoms.get(EMPTY_BINARY, 0, 0)
  }

  /** Turns to an input: the bytes from `offset` to before `end`. */
  protected open(bytes: Uint8Array, offset: number, end = bytes.length): void {
    this.bytes = bytes
    this.pos = offset
    this.origin = offset
    this.end = end
    this.buffer = undefined
    this.view = undefined
  }

  /** Lets go of the input, so as not to keep it alive until the next one comes. */
  protected release(): void {
    this.bytes = EMPTY_BINARY
    this.buffer = undefined
    this.view = undefined
  }

  protected bad(what: string): BeamcadeError {
    return new BeamcadeError('bad_term', `${what} (before byte ${this.pos - this.origin}).`)
  }

  /** Takes from the memory that the term may have. */
  protected charge(bytes: number): void {
    this.memory -= bytes
    if (this.memory < 0) {
      throw new BeamcadeError('too_large', `The term takes more than maxMemory = ${this.maxMemory} bytes when decoded.`)
    }
  }

  /** Moves over `count` bytes and answers where they begin. */
  protected skip(count: number): number {
    const at = this.pos
    if (count > this.end - at)
      throw this.bad(`The term ends in the middle: ${count} bytes should follow, ${this.end - at} do`)
    this.pos = at + count
    return at
  }

  protected u8(): number {
    return this.bytes[this.skip(1)] as number
  }

  protected u16(): number {
    const at = this.skip(2)
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number)
  }

  protected i32(): number {
    const at = this.skip(4)
    return int32(this.bytes, at)
  }

  protected u32(): number {
    return this.i32() >>> 0
  }

  /** A number of things, each of which takes at least one byte; `before` are in the same array already. */
  protected count(before = 0): number {
    const count = this.u32()
    if (count > this.end - this.pos) {
      throw this.bad(`A count of ${count} is more than the ${this.end - this.pos} bytes that follow`)
    }
    if (count + before > MAX_ELEMENTS) {
      throw new BeamcadeError(
        'too_large',
        `A list, tuple or map of ${count + before} elements has more than ${MAX_ELEMENTS}.`,
      )
    }
    return count
  }

  protected leaf(tag: number): Term {
    switch (tag) {
      case tags.SMALL_INTEGER:
        return this.u8()
      case tags.INTEGER:
        return this.i32()
      case tags.NIL:
        return EMPTY_LIST
      case tags.BINARY:
        return this.binary(this.u32())
      case tags.SMALL_ATOM_UTF8:
      case tags.ATOM_UTF8:
      case tags.SMALL_ATOM:
      case tags.ATOM:
        return this.atom(tag).term
      case tags.STRING:
        return this.string()
      case tags.NEW_FLOAT:
        return this.float64()
      case tags.NEW_PID:
      case tags.PID:
        return this.pid(tag)
      case tags.NEWER_REFERENCE:
      case tags.NEW_REFERENCE:
      case tags.REFERENCE:
        return this.ref(tag)
      case tags.NEW_PORT:
      case tags.V4_PORT:
      case tags.PORT:
        return this.port(tag)
      case tags.SMALL_BIG:
        return this.big(this.u8())
      case tags.LARGE_BIG:
        return this.big(this.u32())
      case tags.FLOAT:
        return this.textFloat()
      case tags.BIT_BINARY:
        return this.bits()
      case tags.EXPORT:
        return this.exportFun()
      case tags.ATOM_CACHE_REF:
        throw this.bad('A reference into the atom cache, which was not negotiated')
      case tags.COMPRESSED:
      case tags.LOCAL:
        throw this.bad(`Tag ${tag} stands only directly behind the version byte`)
      case tags.FUN:
        throw this.bad('A fun in the form that OTP 23 abandoned (tag 117)')
      default:
        throw this.bad(`No term has the tag ${tag}`)
    }
  }

  protected atom(tag: number): AtomEntry {
    let length: number
    switch (tag) {
      case tags.SMALL_ATOM_UTF8:
        length = this.u8()
        break
      case tags.ATOM_UTF8:
        length = this.u16()
        break
      case tags.SMALL_ATOM:
        return this.latin1Atom(this.u8())
      case tags.ATOM:
        return this.latin1Atom(this.u16())
      default:
        throw this.bad(`Here must be an atom, not tag ${tag}`)
    }
    return this.interned(this.bytes, this.skip(length), length)
  }

  /** An atom that the table does not have takes memory, as long as the term holds it. */
  private interned(bytes: Uint8Array, at: number, length: number): AtomEntry {
    const { made } = this.atoms
    const entry = this.atoms.get(bytes, at, length)
    if (this.atoms.made !== made) this.charge(ATOM_BYTES + 2 * length)
    return entry
  }

  private latin1Atom(length: number): AtomEntry {
    const at = this.skip(length)
    const bytes = this.bytes
    let i = 0
    while (i < length && (bytes[at + i] as number) < 128) i++
    if (i === length) return this.interned(bytes, at, length)
    const utf8 = Buffer.from(Buffer.from(bytes.subarray(at, at + length)).toString('latin1'), 'utf8')
    return this.interned(utf8, 0, utf8.length)
  }

  /** The name of the node in an identifier: mostly the same as in the one before. */
  private nodeName(): string {
    const at = this.pos
    const bytes = this.bytes
    const known = this.node.bytes
    const length = known.length
    if (bytes[at] === tags.SMALL_ATOM_UTF8 && bytes[at + 1] === length && at + 2 + length <= this.end) {
      let i = 0
      while (i < length && bytes[at + 2 + i] === known[i]) i++
      if (i === length) {
        this.pos = at + 2 + length
        return this.node.name
      }
    }
    const entry = this.atom(this.u8())
    this.node = entry
    return entry.name
  }

  /** The memory under the input; looked up once for each term, because that is slow. */
  private whole(): ArrayBufferLike {
    if (this.buffer === undefined) {
      this.buffer = this.bytes.buffer
      this.base = this.bytes.byteOffset
    }
    return this.buffer
  }

  protected binary(length: number): Uint8Array {
    const at = this.skip(length)
    if (length === 0) return EMPTY_BINARY
    const bytes = this.bytes
    if (!this.copying) {
      this.charge(VIEW_BYTES)
      return new Uint8Array(this.whole(), this.base + at, length)
    }
    this.charge(VIEW_BYTES + length)
    if (length > 16) return new Uint8Array(this.whole(), this.base + at, length).slice()
    const copy = new Uint8Array(length)
    for (let i = 0; i < length; i++) copy[i] = bytes[at + i] as number
    return copy
  }

  private string(): readonly Term[] {
    const length = this.u16()
    const at = this.skip(length)
    this.charge(OBJECT_BYTES + 8 * length)
    if (length === 0) return EMPTY_LIST
    const list = new Array<Term>(length)
    const bytes = this.bytes
    for (let i = 0; i < length; i++) list[i] = bytes[at + i] as number
    return list
  }

  private float64(): number | Float {
    const value = this.doubleAt(this.skip(8))
    if (!Number.isFinite(value)) throw this.bad('A float is not a finite number')
    return this.floatTerm(value)
  }

  /** The eight bytes at `at`, which must be there, as a float. */
  protected doubleAt(at: number): number {
    this.view ??= new DataView(this.whole(), this.bytes.byteOffset)
    return this.view.getFloat64(at)
  }

  private floatTerm(value: number): number | Float {
    this.charge(16)
    if (!Number.isInteger(value)) return value
    this.charge(24)
    return new Float(value)
  }

  /** FLOAT_EXT: a decimal in 31 bytes, padded with zero bytes. */
  private textFloat(): number | Float {
    const at = this.skip(31)
    let text = ''
    for (let i = 0; i < 31 && this.bytes[at + i] !== 0; i++) text += String.fromCharCode(this.bytes[at + i] as number)
    if (!/^ *[+-]?\d+\.\d+([eE][+-]?\d+)?$/.test(text)) throw this.bad('A float in text form is no number')
    const value = Number(text)
    if (!Number.isFinite(value)) throw this.bad('A float is not a finite number')
    return this.floatTerm(value)
  }

  private big(length: number): number | bigint {
    if (length > this.maxBigBytes) {
      throw new BeamcadeError(
        'too_large',
        `An integer of ${length} bytes is longer than maxBigBytes = ${this.maxBigBytes}.`,
      )
    }
    const sign = this.u8()
    const at = this.skip(length)
    if (sign > 1) throw this.bad(`The sign of an integer is 0 or 1, not ${sign}`)
    const bytes = this.bytes
    if (length <= 6) {
      let value = 0
      for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number)
      return sign === 0 || value === 0 ? value : -value
    }
    this.charge(OBJECT_BYTES + length)
    const digits = Buffer.from(bytes.subarray(at, at + length))
      .reverse()
      .toString('hex')
    const magnitude = BigInt(`0x${digits}`)
    if (magnitude <= 0x1fffffffffffffn) return sign === 0 ? Number(magnitude) : 0 - Number(magnitude)
    return sign === 0 ? magnitude : -magnitude
  }

  private bits(): Uint8Array | BitString {
    const length = this.u32()
    const count = this.u8()
    if (count > 8 || (count === 0) !== (length === 0)) throw this.bad(`${count} bits in the last of ${length} bytes`)
    if (count === 8 || length === 0) return this.binary(length)
    this.charge(OBJECT_BYTES)
    return new BitString(this.binary(length), count)
  }

  protected pid(tag: number): Pid {
    if (tag !== tags.NEW_PID && tag !== tags.PID) throw this.bad(`Here must be a pid, not tag ${tag}`)
    const node = this.nodeName()
    const id = this.u32()
    const serial = this.u32()
    this.charge(OBJECT_BYTES)
    return new Pid(node, id, serial, tag === tags.NEW_PID ? this.u32() : this.u8())
  }

  private ref(tag: number): Ref {
    const length = tag === tags.REFERENCE ? 1 : this.u16()
    if (length < 1 || length > 5) throw this.bad(`A reference has 1 to 5 words, not ${length}`)
    const node = this.nodeName()
    this.charge(2 * OBJECT_BYTES + 8 * length)
    let creation = 0
    if (tag === tags.NEWER_REFERENCE) creation = this.u32()
    else if (tag === tags.NEW_REFERENCE) creation = this.u8()
    // Three is what there mostly is. An array that grows by push reserves room for 17.
    const words: number[] = length === 3 ? [this.u32(), this.u32(), this.u32()] : []
    while (words.length < length) words.push(this.u32())
    if (tag === tags.REFERENCE) creation = this.u8()
    return new Ref(node, creation, words)
  }

  private port(tag: number): Port {
    const node = this.nodeName()
    this.charge(OBJECT_BYTES)
    let id: bigint
    if (tag === tags.V4_PORT) id = (BigInt(this.u32()) << 32n) | BigInt(this.u32())
    else id = BigInt(this.u32())
    return new Port(node, id, tag === tags.PORT ? this.u8() : this.u32())
  }

  private exportFun(): ExportFun {
    const module = this.atom(this.u8()).term
    const name = this.atom(this.u8()).term
    const tag = this.u8()
    if (tag !== tags.SMALL_INTEGER) throw this.bad('The arity of an exported fun is no small integer')
    this.charge(OBJECT_BYTES)
    return new ExportFun(module, name, this.u8())
  }

  /** An atom with its tag, as fields of funs and records are. */
  protected atomField(): Atom | boolean | null {
    return this.atom(this.u8()).term
  }

  /** An integer with its tag, as fields of funs are. */
  protected integerField(): number {
    const value = this.leaf(this.u8())
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.bad('Here must be an integer')
    return value
  }
}
