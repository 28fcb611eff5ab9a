/**
 * Plain data as bytes, without loss: what games are made from and what they take. Everything that JSON has, and what it
 * has not: undefined, -0, NaN, bigint, bytes, typed arrays, maps, sets, dates, holes, and the values of `engine/value.ts`.
 * What is not data (functions, symbols, instances of classes) is refused. Two places that share an object become two.
 */
import { types } from 'node:util'
import { BeamcadeError } from '../../errors.ts'
import { Float, Name, Tagged } from '../value.ts'
import { ARRAY_KINDS, MAX_LEVELS, NEGATIVE_INT, SMALL_INT, SMALL_LIST, SMALL_OBJECT, SMALL_TEXT, TAG } from './tags.ts'

const CHUNK_BYTES = 65_536
/** A buffer that grew beyond this is not kept for the next values. */
const MAX_KEPT_BYTES = 16 * CHUNK_BYTES
/** Up to this length a text is written here, byte by byte; beyond it the call into native code pays. */
const SHORT_TEXT = 31
/** UTF-8 has no bytes for half a pair. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** Writes values one after the other. What `end` gave stays as it is: the memory is not used again. */
export class PlainWriter {
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  #start = 0
  #at = 0

  /** Begins anew; what was written since the last `end` is forgotten. @param room bytes that are left free at the front */
  begin(room = 0): void {
    this.#at = this.#start
    this.#ensure(room)
    this.#at += room
  }

  /** @param room bytes that are left free behind. @returns what was written since `begin` */
  end(room = 0): Buffer {
    this.#ensure(room)
    this.#at += room
    const written = this.#buffer.subarray(this.#start, this.#at)
    this.#start = this.#at
    return written
  }

  /** How much was written since `begin`. */
  get length(): number {
    return this.#at - this.#start
  }

  /** Forgets what was written behind the first `length` bytes. */
  truncate(length: number): void {
    this.#at = this.#start + length
  }

  /** The same as `end`, as a copy with memory of its own: what was written is written over next. */
  take(): Uint8Array {
    const written = Buffer.allocUnsafeSlow(this.length)
    this.#buffer.copy(written, 0, this.#start, this.#at)
    this.#at = this.#start
    if (this.#buffer.length > MAX_KEPT_BYTES) {
      this.#buffer = Buffer.allocUnsafe(CHUNK_BYTES)
      this.#start = this.#at = 0
    }
    return written
  }

  byte(byte: number): void {
    this.#ensure(1)
    this.#buffer[this.#at++] = byte
  }

  bytes(bytes: Uint8Array): void {
    this.#ensure(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** @throws BeamcadeError `not_storable` */
  value(value: unknown, level = 0): void {
    switch (typeof value) {
      case 'number':
        this.#number(value)
        return
      case 'string':
        this.#text(value)
        return
      case 'boolean':
        this.byte(value ? TAG.true : TAG.false)
        return
      case 'undefined':
        this.byte(TAG.undefined)
        return
      case 'bigint':
        this.#bigint(value)
        return
      case 'object':
        if (value === null) this.byte(TAG.null)
        else if (level >= MAX_LEVELS) throw refused(`something that contains itself, or has ${MAX_LEVELS} levels`)
        else this.#object(value, level + 1)
        return
      default:
        throw refused(`a ${typeof value}`)
    }
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || value > 0x7fffffff || value < -0x80000000 || Object.is(value, -0)) {
      this.#double(TAG.double, value)
    } else if (value >= 0 && value < SMALL_INT) this.byte(value)
    else if (value < 0 && value >= -32) this.byte(NEGATIVE_INT + 32 + value)
    else if (value >= 0 && value <= 0xff) {
      this.byte(TAG.uint8)
      this.byte(value)
    } else if (value >= -0x8000 && value <= 0x7fff) {
      this.#ensure(3)
      this.#buffer[this.#at] = TAG.int16
      this.#at = this.#buffer.writeInt16LE(value, this.#at + 1)
    } else {
      this.#ensure(5)
      this.#buffer[this.#at] = TAG.int32
      this.#at = this.#buffer.writeInt32LE(value, this.#at + 1)
    }
  }

  #double(tag: number, value: number): void {
    this.#ensure(9)
    this.#buffer[this.#at] = tag
    this.#at = this.#buffer.writeDoubleLE(value, this.#at + 1)
  }

  #bigint(value: bigint): void {
    const digits = (value < 0n ? -value : value).toString(16)
    this.byte(value < 0n ? TAG.negativeBigint : TAG.bigint)
    this.#sized(Buffer.from(digits, 'latin1'))
  }

  #text(text: string): void {
    if (this.#ascii(text, SMALL_TEXT)) return
    const utf16 = LONE_SURROGATE.test(text)
    this.byte(utf16 ? TAG.utf16 : TAG.utf8)
    this.#sized(Buffer.from(text, utf16 ? 'utf16le' : 'utf8'))
  }

  /** A short text in one go, behind a byte with its length; false, and nothing written, if it is long or not ASCII. */
  #ascii(text: string, tag: number): boolean {
    const { length } = text
    if (length > SHORT_TEXT) return false
    this.#ensure(length + 1)
    const buffer = this.#buffer
    let at = this.#at
    buffer[at++] = tag + length
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      buffer[at++] = code
    }
    this.#at = at
    return true
  }

  #object(value: object, level: number): void {
    if (Array.isArray(value)) this.#list(value as readonly unknown[], level)
    else if (ArrayBuffer.isView(value)) this.#view(value)
    else if (types.isMap(value)) {
      this.byte(TAG.map)
      this.#count(value.size)
      for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
        this.value(key, level)
        this.value(item, level)
      }
    } else if (value instanceof Float) this.#double(TAG.float, value.value)
    else if (value instanceof Name) {
      this.byte(TAG.name)
      this.#text(value.text)
    } else if (value instanceof Tagged) {
      this.byte(TAG.tagged)
      this.#text(value.tag)
      this.#list(value.fields, level)
    } else if (types.isSet(value)) {
      this.byte(TAG.set)
      this.#count(value.size)
      for (const item of value) this.value(item, level)
    } else if (types.isDate(value)) this.#double(TAG.date, value.getTime())
    else if (types.isArrayBuffer(value)) {
      this.byte(TAG.arrayBuffer)
      this.#sized(new Uint8Array(value))
    } else this.#fields(value as Record<string, unknown>, level)
  }

  #list(list: readonly unknown[], level: number): void {
    const { length } = list
    if (length < 16) this.byte(SMALL_LIST + length)
    else {
      this.byte(TAG.list)
      this.#count(length)
    }
    for (let i = 0; i < length; i++) {
      const item = list[i]
      if (item === undefined && !(i in list)) this.byte(TAG.hole)
      else this.value(item, level)
    }
  }

  #fields(object: Record<string, unknown>, level: number): void {
    const prototype: unknown = Object.getPrototypeOf(object)
    // Of any realm: the prototype of a plain object is the end of the chain.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw refused(`an instance of ${(object as { constructor?: { name?: string } }).constructor?.name ?? 'a class'}`)
    }
    const keys = Object.keys(object)
    if (prototype !== null && keys.length < 16) this.byte(SMALL_OBJECT + keys.length)
    else {
      this.byte(prototype === null ? TAG.bareObject : TAG.object)
      this.#count(keys.length)
    }
    for (const key of keys) {
      this.#text(key)
      this.value(object[key], level)
    }
  }

  #view(view: ArrayBufferView): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    if (Buffer.isBuffer(view)) this.byte(TAG.buffer)
    else {
      const kind = ARRAY_KINDS.indexOf(
        Object.prototype.toString.call(view).slice(8, -1) as (typeof ARRAY_KINDS)[number],
      )
      if (kind < 0) throw refused('a DataView')
      this.byte(TAG.typedArray)
      this.byte(kind)
    }
    this.#sized(bytes)
  }

  #sized(bytes: Uint8Array): void {
    this.#count(bytes.length)
    this.bytes(bytes)
  }

  #count(count: number): void {
    let rest = count
    while (rest > 0x7f) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  #ensure(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return
    const written = this.#at - this.#start
    const larger = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, 2 * (written + bytes)))
    this.#buffer.copy(larger, 0, this.#start, this.#at)
    this.#buffer = larger
    this.#start = 0
    this.#at = written
  }
}

function refused(what: string): BeamcadeError {
  return new BeamcadeError('not_storable', `This cannot be kept: it holds ${what}, which is no plain data.`)
}
