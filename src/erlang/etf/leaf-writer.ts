/** Writes the terms that hold no other terms, in the forms that the BEAM writes. The containers are in `encoder.ts`. */
import { BeamcadeError } from '../../errors.ts'
import { Writer } from '../../bytes/writer.ts'
import { DEFAULT_MAX_BIG_BYTES, DEFAULT_MAX_DEPTH, type EtfLimits } from './limits.ts'
import * as tags from './tags.ts'
import {
  codePoints,
  MAX_ATOM_LENGTH,
  type Atom,
  type BitString,
  type ExportFun,
  type Pid,
  type Port,
  type Ref,
} from './terms.ts'

export type EncodeOptions = Pick<EtfLimits, 'maxDepth' | 'maxBigBytes'>

/** How many node names are kept encoded. A cluster has some dozens; the bound keeps strangers' names from piling up. */
const MAX_NODES = 1024

/** Half of a surrogate pair, alone. */
const HALF_PAIR = /\p{Surrogate}/u

const WIRE_TRUE = new Uint8Array([tags.SMALL_ATOM_UTF8, 4, 116, 114, 117, 101])
const WIRE_FALSE = new Uint8Array([tags.SMALL_ATOM_UTF8, 5, 102, 97, 108, 115, 101])
const WIRE_NIL = new Uint8Array([tags.SMALL_ATOM_UTF8, 3, 110, 105, 108])

/** The bytes of an atom, tag included. Throws `bad_argument` if no atom can have that name. */
export function encodeAtom(name: string): Uint8Array {
  if (HALF_PAIR.test(name)) {
    throw new BeamcadeError('bad_argument', 'The name of an atom has half a surrogate pair, which UTF-8 cannot carry.')
  }
  if (name.length > MAX_ATOM_LENGTH && codePoints(name) > MAX_ATOM_LENGTH) {
    throw new BeamcadeError(
      'bad_argument',
      `An atom has at most ${MAX_ATOM_LENGTH} characters; this has ${codePoints(name)}.`,
    )
  }
  const utf8 = Buffer.from(name, 'utf8')
  const long = utf8.length > 255
  const wire = new Uint8Array(utf8.length + (long ? 3 : 2))
  wire[0] = long ? tags.ATOM_UTF8 : tags.SMALL_ATOM_UTF8
  if (long) wire[1] = utf8.length >>> 8
  wire[long ? 2 : 1] = utf8.length
  wire.set(utf8, long ? 3 : 2)
  return wire
}

export class LeafWriter {
  protected writer: Writer
  protected readonly maxDepth: number
  private readonly maxBigBytes: number
  private readonly nodes = new Map<string, Uint8Array>()
  private lastNode = ''
  private lastWire = encodeAtom('')

  constructor(writer: Writer, options: EncodeOptions) {
    this.writer = writer
    this.maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH
    this.maxBigBytes = options.maxBigBytes ?? DEFAULT_MAX_BIG_BYTES
  }

  protected tagged32(tag: number, value: number): void {
    const writer = this.writer
    const at = writer.room(5)
    const bytes = writer.bytes
    bytes[at] = tag
    bytes[at + 1] = value >>> 24
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 8
    bytes[at + 4] = value
  }

  protected tagged8(tag: number, value: number): void {
    const writer = this.writer
    const at = writer.room(2)
    writer.bytes[at] = tag
    writer.bytes[at + 1] = value
  }

  protected number(value: number): void {
    // -0 is an integer here, as 0 * -1 gives it; the float is boxed.
    if ((value | 0) === value) {
      if (value >= 0 && value <= 255) this.tagged8(tags.SMALL_INTEGER, value)
      else this.tagged32(tags.INTEGER, value)
    } else if (!Number.isInteger(value)) {
      this.float(value)
    } else if (Number.isSafeInteger(value)) {
      this.safeBig(value)
    } else {
      throw new BeamcadeError('bad_argument', `The number ${value} is too large to be an exact integer.`, {
        hint: 'Use a bigint for an integer, float(n) for a float.',
      })
    }
  }

  protected float(value: number): void {
    if (!Number.isFinite(value)) {
      throw new BeamcadeError('bad_argument', `${value} is no Erlang term: floats are finite.`)
    }
    const writer = this.writer
    const at = writer.room(9)
    writer.bytes[at] = tags.NEW_FLOAT
    writer.f64At(at + 1, value)
  }

  /** An integer beyond 32 bits that a number holds exactly: 4 to 7 bytes. */
  private safeBig(value: number): void {
    let rest = Math.abs(value)
    let length = 4
    for (let over = 0x100000000; rest >= over; over *= 256) length += 1
    const writer = this.writer
    const at = writer.room(3 + length)
    const bytes = writer.bytes
    bytes[at] = tags.SMALL_BIG
    bytes[at + 1] = length
    bytes[at + 2] = value < 0 ? 1 : 0
    for (let i = 0; i < length; i++) {
      bytes[at + 3 + i] = rest % 256
      rest = Math.floor(rest / 256)
    }
  }

  protected bigint(value: bigint): void {
    if (value >= -0x1fffffffffffffn && value <= 0x1fffffffffffffn) {
      this.number(Number(value))
      return
    }
    const hex = (value < 0n ? -value : value).toString(16)
    const length = (hex.length + 1) >> 1
    if (length > this.maxBigBytes) {
      throw new BeamcadeError(
        'too_large',
        `An integer of ${length} bytes is longer than maxBigBytes = ${this.maxBigBytes}.`,
      )
    }
    const magnitude = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').reverse()
    if (length <= 255) this.tagged8(tags.SMALL_BIG, length)
    else this.tagged32(tags.LARGE_BIG, length)
    this.writer.u8(value < 0n ? 1 : 0)
    this.writer.put(magnitude)
  }

  protected atom(atom: Atom): void {
    this.writer.put((atom.wire ??= encodeAtom(atom.name)))
  }

  protected constant(value: boolean | null): void {
    this.writer.put(value === null ? WIRE_NIL : value ? WIRE_TRUE : WIRE_FALSE)
  }

  protected atomField(value: Atom | boolean | null): void {
    if (value === null || typeof value === 'boolean') this.constant(value)
    else this.atom(value)
  }

  private node(name: string): void {
    if (name !== this.lastNode) {
      let wire = this.nodes.get(name)
      if (wire === undefined) {
        if (this.nodes.size >= MAX_NODES) this.nodes.clear()
        wire = encodeAtom(name)
        this.nodes.set(name, wire)
      }
      this.lastNode = name
      this.lastWire = wire
    }
    this.writer.put(this.lastWire)
  }

  protected pid(pid: Pid): void {
    const writer = this.writer
    writer.u8(tags.NEW_PID)
    this.node(pid.node)
    const at = writer.room(12)
    const bytes = writer.bytes
    const { id, serial, creation } = pid
    bytes[at] = id >>> 24
    bytes[at + 1] = id >>> 16
    bytes[at + 2] = id >>> 8
    bytes[at + 3] = id
    bytes[at + 4] = serial >>> 24
    bytes[at + 5] = serial >>> 16
    bytes[at + 6] = serial >>> 8
    bytes[at + 7] = serial
    bytes[at + 8] = creation >>> 24
    bytes[at + 9] = creation >>> 16
    bytes[at + 10] = creation >>> 8
    bytes[at + 11] = creation
  }

  protected ref(ref: Ref): void {
    const writer = this.writer
    const words = ref.words
    const at = writer.room(3)
    writer.bytes[at] = tags.NEWER_REFERENCE
    writer.bytes[at + 1] = 0
    writer.bytes[at + 2] = words.length
    this.node(ref.node)
    writer.u32(ref.creation)
    for (let i = 0; i < words.length; i++) writer.u32(words[i] as number)
  }

  protected port(port: Port): void {
    const small = port.id < 0x10000000n
    this.writer.u8(small ? tags.NEW_PORT : tags.V4_PORT)
    this.node(port.node)
    if (small) this.writer.u32(Number(port.id))
    else this.writer.u64(port.id)
    this.writer.u32(port.creation)
  }

  protected binary(bytes: Uint8Array): void {
    this.tagged32(tags.BINARY, bytes.length)
    this.writer.part(bytes)
  }

  protected text(text: string): void {
    const writer = this.writer
    const before = writer.position
    this.tagged32(tags.BINARY, text.length)
    const length = writer.utf8(text)
    if (length === text.length) return
    if (HALF_PAIR.test(text)) {
      throw new BeamcadeError('bad_argument', 'A text has half a surrogate pair, which UTF-8 cannot carry.')
    }
    writer.patchU32(before + 1, length)
  }

  protected bits(bits: BitString): void {
    const { bytes, bitsInLast } = bits
    if (bytes.length === 0 || !(bitsInLast >= 1 && bitsInLast <= 8)) {
      throw new BeamcadeError(
        'bad_argument',
        `A bit string of ${bytes.length} bytes cannot have ${bitsInLast} bits in its last.`,
      )
    }
    this.tagged32(tags.BIT_BINARY, bytes.length)
    this.writer.u8(bitsInLast)
    this.writer.put(bytes)
  }

  protected exportFun(fun: ExportFun): void {
    this.writer.u8(tags.EXPORT)
    this.atomField(fun.module)
    this.atomField(fun.function)
    this.tagged8(tags.SMALL_INTEGER, fun.arity)
  }
}
