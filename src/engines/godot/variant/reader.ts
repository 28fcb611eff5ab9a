/**
 * Reads Variants. What the types become:
 *
 * | Variant                    | value                                                                          |
 * | -------------------------- | ------------------------------------------------------------------------------ |
 * | nil, bool, int, String     | null, boolean, number or bigint, string                                        |
 * | float                      | number, `Float` if it is integral; `nan`, `infinity`, `neg_infinity` as names   |
 * | Vector2 and its kin        | `{vector2, X, Y}`: the components in the order of the wire                     |
 * | StringName, NodePath, RID  | `{string_name, Text}`, `{node_path, Text}`, `{rid, Id}`                        |
 * | Object                     | `{object, nil, Id}`: the class is not on the wire; no object is null           |
 * | Signal                     | `{signal, ObjectId, Name}`                                                     |
 * | Array, Dictionary          | list, map                                                                      |
 * | typed ones                 | `{typed_array, Type, List}`, `{typed_dictionary, KeyType, ValueType, Map}`     |
 * | PackedByteArray            | `{packed, byte, Bytes}`                                                        |
 * | other packed (pool) arrays | `{packed, Kind, List}`                                                         |
 *
 * A type is a name (`int`), `{class, Name}` or `{script, Path}`; `nil` where there is none.
 */
import { Reader } from '../../../bytes/reader.ts'
import { Name, Tagged, type Value } from '../../../engine/index.ts'
import { BeamcadeError } from '../../../errors.ts'
import {
  FLAG_64,
  kindOf,
  isMathName,
  isPackedName,
  MATH_KINDS,
  MAX_DEPTH,
  PACKED_KINDS,
  TYPED,
  type Component,
  type Dialect,
  type KindName,
  type MathKind,
  type MathName,
  type PackedElement,
} from './kinds.ts'
import { floatValue, integerValue } from './number.ts'
import { nodePathText } from './node-path.ts'

/** Bit 31 of a count says that the container is shared; of the names of a path, that its form is the present one. */
const COUNT_MASK = 0x7fff_ffff
const PRESENT_FORM = 0x8000_0000

export interface ReaderOptions {
  readonly dialect: Dialect
  /** Levels of nesting, default 512. */
  readonly maxDepth?: number
}

/**
 * Reads one Variant that takes all of the bytes.
 * @throws BeamcadeError `bad_variant`, `truncated`, `too_deep`, `unsupported_type` for what cannot be carried
 */
export function readVariant(bytes: Uint8Array, options: ReaderOptions): Value {
  const reader = new VariantReader(bytes, options)
  const value = reader.value()
  if (reader.remaining > 0) throw bad(`${reader.remaining} bytes too many stand behind the value.`)
  return value
}

/** Reads Variants one behind the other. */
export class VariantReader {
  readonly #reader: Reader
  readonly #dialect: Dialect
  readonly #maxDepth: number
  #depth = 0

  constructor(bytes: Uint8Array, { dialect, maxDepth = MAX_DEPTH }: ReaderOptions) {
    this.#reader = new Reader(bytes)
    this.#dialect = dialect
    this.#maxDepth = maxDepth
  }

  get remaining(): number {
    return this.#reader.remaining
  }

  value(): Value {
    const header = this.#reader.u32le()
    const kind = kindOf(this.#dialect, header & 0xff)
    if (kind === undefined) throw bad(`Godot ${this.#dialect} has no type number ${header & 0xff}.`)
    const flags = header >>> 16
    if (isMathName(kind)) return this.#math(kind, flags)
    if (isPackedName(kind))
      return new Tagged('packed', [new Name(kind.slice(7)), this.#packed(PACKED_KINDS[kind], flags)])
    return this.#other(kind, flags)
  }

  #other(kind: Exclude<KindName, MathName>, flags: number): Value {
    const reader = this.#reader
    const wide = (flags & FLAG_64) !== 0
    switch (kind) {
      case 'nil':
        return null
      case 'bool':
        return reader.u32le() !== 0
      case 'int':
        return wide ? integerValue(reader.i64le()) : reader.i32le()
      case 'float':
        return floatValue(wide ? reader.f64le() : reader.f32le())
      case 'string':
        return this.#string()
      case 'string_name':
        return new Tagged('string_name', [this.#string()])
      case 'node_path':
        return new Tagged('node_path', [this.#nodePath()])
      case 'rid':
        return new Tagged('rid', [this.#dialect === 3 ? 0 : integerValue(reader.u64le())])
      case 'object':
        return this.#object(wide)
      case 'signal': {
        const name = this.#string()
        return new Tagged('signal', [integerValue(reader.u64le()), name])
      }
      case 'array':
        return this.#nested(() => this.#array(flags))
      case 'dictionary':
        return this.#nested(() => this.#dictionary(flags))
      default:
        throw new BeamcadeError('unsupported_type', `A value of type ${kind} has no bytes: it cannot be carried.`)
    }
  }

  #math(kind: MathName, flags: number): Tagged {
    return new Tagged(kind, this.#components(MATH_KINDS[kind], (flags & FLAG_64) !== 0))
  }

  #components({ component, count }: MathKind, wide: boolean): Value[] {
    return Array.from({ length: count }, () => this.#component(component, wide))
  }

  #component(component: Component, wide: boolean): Value {
    if (component === 'int32') return this.#reader.i32le()
    return floatValue(wide && component === 'real' ? this.#reader.f64le() : this.#reader.f32le())
  }

  #object(byId: boolean): Value {
    if (!byId) throw new BeamcadeError('unsupported_type', 'An object came with its contents instead of its id.')
    const id = this.#reader.u64le()
    return id === 0n ? null : new Tagged('object', [null, integerValue(id)])
  }

  #array(flags: number): Value {
    const type = this.#type(flags & 3)
    const count = this.#count(4)
    const elements: Value[] = []
    for (let i = 0; i < count; i++) elements.push(this.value())
    return type === null ? elements : new Tagged('typed_array', [type, elements])
  }

  #dictionary(flags: number): Value {
    const keys = this.#type(flags & 3)
    const values = this.#type((flags >>> 2) & 3)
    const count = this.#count(8)
    const entries = new Map<Value, Value>()
    for (let i = 0; i < count; i++) entries.set(this.value(), this.value())
    return keys === null && values === null ? entries : new Tagged('typed_dictionary', [keys, values, entries])
  }

  #type(typed: number): Value {
    if (typed === TYPED.none) return null
    if (typed === TYPED.class) return new Tagged('class', [this.#string()])
    if (typed === TYPED.script) return new Tagged('script', [this.#string()])
    const number = this.#reader.u32le()
    const kind = kindOf(this.#dialect, number)
    if (kind === undefined) throw bad(`Godot ${this.#dialect} has no type number ${number}.`)
    return new Name(kind)
  }

  #packed(element: PackedElement, flags: number): Value {
    const reader = this.#reader
    if (element === 'byte') {
      const count = this.#count(1)
      const bytes = Uint8Array.from(reader.bytes(count))
      this.#pad(count)
      return bytes
    }
    if (element === 'string') return this.#many(4, () => this.#string(true))
    if (element === 'int32') return this.#many(4, () => reader.i32le())
    if (element === 'int64') return this.#many(8, () => integerValue(reader.i64le()))
    if (element === 'float32') return this.#many(4, () => floatValue(reader.f32le()))
    if (element === 'float64') return this.#many(8, () => floatValue(reader.f64le()))
    const wide = (flags & FLAG_64) !== 0
    const kind = MATH_KINDS[element]
    return this.#many(4 * kind.count, () => new Tagged(element, this.#components(kind, wide)))
  }

  #many(leastBytes: number, read: () => Value): Value[] {
    const count = this.#count(leastBytes)
    const elements: Value[] = []
    for (let i = 0; i < count; i++) elements.push(read())
    return elements
  }

  /** How many elements follow, each of so many bytes at least: a count that lies takes no memory. */
  #count(leastBytes: number): number {
    const count = this.#reader.u32le() & COUNT_MASK
    if (count * leastBytes > this.#reader.remaining) {
      throw bad(`${count} elements are announced, but only ${this.#reader.remaining} bytes follow.`)
    }
    return count
  }

  /** @param terminated a zero byte is counted as part of the text: in packed arrays */
  #string(terminated = false): string {
    const length = this.#reader.u32le()
    if (length > this.#reader.remaining) {
      throw bad(`A text of ${length} bytes is announced, but only ${this.#reader.remaining} follow.`)
    }
    const text = this.#reader.text(terminated && length > 0 ? length - 1 : length)
    if (terminated && length > 0) this.#reader.u8()
    this.#pad(length)
    return text
  }

  /** Skips what fills up to four bytes. */
  #pad(length: number): void {
    this.#reader.bytes(-length & 3)
  }

  #nodePath(): string {
    const names = this.#reader.u32le()
    if ((names & PRESENT_FORM) === 0) throw bad('A node path has a form that Godot gave up before version 3.')
    const subnames = this.#reader.u32le()
    const absolute = (this.#reader.u32le() & 1) !== 0
    const counts = [names & COUNT_MASK, subnames] as const
    if ((counts[0] + counts[1]) * 4 > this.#reader.remaining) throw bad('A node path has fewer names than announced.')
    const [first, second] = counts.map((count) => Array.from({ length: count }, () => this.#string()))
    return nodePathText({ absolute, names: first ?? [], subnames: second ?? [] })
  }

  #nested(read: () => Value): Value {
    this.#depth += 1
    if (this.#depth > this.#maxDepth) {
      throw new BeamcadeError('too_deep', `The value is nested deeper than ${this.#maxDepth} levels.`)
    }
    const value = read()
    this.#depth -= 1
    return value
  }
}

function bad(message: string): BeamcadeError {
  return new BeamcadeError('bad_variant', message)
}
