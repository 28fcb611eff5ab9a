/** The bytes of `writer.ts` as values again. They may be damaged, so nothing in them is believed. */
import { BeamcadeError } from '../../errors.ts'
import { Float, Name, Tagged, type Value } from '../value.ts'
import { ARRAY_KINDS, MAX_LEVELS, NEGATIVE_INT, SMALL_INT, SMALL_LIST, SMALL_OBJECT, SMALL_TEXT, TAG } from './tags.ts'

/** Reads values one after the other. */
export class PlainReader {
  readonly #bytes: Buffer
  readonly #lend: boolean
  #at: number

  /** @param lend bytes that are read are views of `bytes`, where they would be copies: for who does not use those again */
  constructor(bytes: Buffer, at = 0, lend = false) {
    this.#bytes = bytes
    this.#at = at
    this.#lend = lend
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** @throws BeamcadeError `bad_record` */
  value(level = 0): unknown {
    const tag = this.byte()
    if (tag < SMALL_INT) return tag
    if (tag >= NEGATIVE_INT) return tag - NEGATIVE_INT - 32
    if (level >= MAX_LEVELS) throw damaged('it has too many levels')
    if (tag < SMALL_LIST) return this.#fields({}, tag - SMALL_OBJECT, level)
    if (tag < SMALL_TEXT) return this.#list(tag - SMALL_LIST, level)
    if (tag < TAG.null) return this.#take(tag - SMALL_TEXT).toString('latin1')
    return this.#tagged(tag, level)
  }

  #tagged(tag: number, level: number): unknown {
    switch (tag) {
      case TAG.null:
        return null
      case TAG.undefined:
        return undefined
      case TAG.false:
        return false
      case TAG.true:
        return true
      case TAG.uint8:
        return this.byte()
      case TAG.int16:
        return this.#take(2).readInt16LE()
      case TAG.int32:
        return this.#take(4).readInt32LE()
      case TAG.double:
        return this.#double()
      case TAG.bigint:
        return this.#bigint()
      case TAG.negativeBigint:
        return -this.#bigint()
      case TAG.utf8:
        return this.#sized().toString('utf8')
      case TAG.utf16:
        return this.#sized().toString('utf16le')
      case TAG.list:
        return this.#list(this.#count(), level)
      case TAG.object:
        return this.#fields({}, this.#count(), level)
      case TAG.bareObject:
        return this.#fields(Object.create(null) as object, this.#count(), level)
      case TAG.map:
        return this.#map(level)
      case TAG.set:
        return this.#set(level)
      case TAG.date:
        return new Date(this.#double())
      case TAG.arrayBuffer:
        return copy(this.#sized())
      case TAG.buffer:
        return this.#lend ? this.#sized() : Buffer.from(copy(this.#sized()))
      case TAG.typedArray:
        return this.#typedArray()
      case TAG.float:
        return new Float(this.#double())
      case TAG.name:
        return new Name(this.#text())
      case TAG.tagged:
        return new Tagged(this.#text(), this.#values(level))
      default:
        throw damaged(`it has the tag ${tag}`)
    }
  }

  #text(): string {
    const text = this.value(MAX_LEVELS - 1)
    if (typeof text !== 'string') throw damaged('a text is none')
    return text
  }

  #values(level: number): Value[] {
    const fields = this.value(level + 1)
    if (!Array.isArray(fields)) throw damaged('a list is none')
    return fields as Value[]
  }

  #list(count: number, level: number): unknown[] {
    const list: unknown[] = []
    // One value has one byte at least.
    this.#expect(count)
    for (let i = 0; i < count; i++) {
      if (this.#bytes[this.#at] === TAG.hole) {
        this.#at += 1
        list.length = i + 1
      } else list.push(this.value(level + 1))
    }
    return list
  }

  #fields(object: object, count: number, level: number): object {
    this.#expect(2 * count)
    for (let i = 0; i < count; i++) {
      const key = this.#text()
      const value = this.value(level + 1)
      // Assigned, this one would change the prototype.
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
      } else (object as Record<string, unknown>)[key] = value
    }
    return object
  }

  #map(level: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>()
    const count = this.#expect(this.#count())
    for (let i = 0; i < count; i++) {
      const key = this.value(level + 1)
      map.set(key, this.value(level + 1))
    }
    return map
  }

  #set(level: number): Set<unknown> {
    const set = new Set<unknown>()
    const count = this.#expect(this.#count())
    for (let i = 0; i < count; i++) set.add(this.value(level + 1))
    return set
  }

  #bigint(): bigint {
    const digits = this.#sized().toString('latin1')
    if (!/^[0-9a-f]+$/.test(digits)) throw damaged('a number has no digits')
    return BigInt(`0x${digits}`)
  }

  #typedArray(): unknown {
    const kind = ARRAY_KINDS[this.byte()]
    if (kind === undefined) throw damaged('an array is of no kind')
    const bytes = this.#sized()
    if (this.#lend && kind === 'Uint8Array') return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    const make = globalThis[kind]
    if (bytes.length % make.BYTES_PER_ELEMENT !== 0) throw damaged('an array ends within an element')
    return new make(copy(bytes))
  }

  #double(): number {
    return this.#take(8).readDoubleLE()
  }

  /** The next byte as it is. @throws BeamcadeError `bad_record` */
  byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw damaged('it ends too early')
    this.#at += 1
    return byte
  }

  #count(): number {
    let count = 0
    let factor = 1
    for (;;) {
      const byte = this.byte()
      count += (byte & 0x7f) * factor
      if (byte < 0x80) return count
      factor *= 0x80
      if (factor > 2 ** 49) throw damaged('a length has no end')
    }
  }

  #sized(): Buffer {
    return this.#take(this.#count())
  }

  #take(count: number): Buffer {
    this.#expect(count)
    const taken = this.#bytes.subarray(this.#at, this.#at + count)
    this.#at += count
    return taken
  }

  #expect(count: number): number {
    if (count > this.#bytes.length - this.#at) throw damaged('it ends too early')
    return count
  }
}

function copy(bytes: Buffer): ArrayBuffer {
  const memory = new ArrayBuffer(bytes.length)
  new Uint8Array(memory).set(bytes)
  return memory
}

function damaged(why: string): BeamcadeError {
  return new BeamcadeError('bad_record', `A record cannot be read: ${why}.`)
}
