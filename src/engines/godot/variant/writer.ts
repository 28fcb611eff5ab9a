/**
 * Writes Variants: the way back of `reader.ts`. Components and floats may be given as integers; a float takes 4 bytes where
 * that is exact, an integer where it fits, as the engines do it.
 */
import { Float, Name, Tagged, type Value } from '../../../engine/index.ts'
import { BeamcadeError } from '../../../errors.ts'
import {
  FLAG_64,
  isMathName,
  MATH_KINDS,
  MAX_DEPTH,
  numberOf,
  TYPED,
  type Component,
  type Dialect,
  type KindName,
} from './kinds.ts'
import { LittleWriter } from './little-writer.ts'
import { asFloat, asInteger, checkBits } from './number.ts'
import { writePacked } from './packed.ts'
import { nodePathParts } from './node-path.ts'

export interface VariantWriterOptions {
  readonly dialect: Dialect
  /** The engine calculates with double precision: a build of Godot 4. Default false. */
  readonly doubles?: boolean
  /** Levels of nesting, default 512. */
  readonly maxDepth?: number
}

/**
 * One value as a Variant.
 * @throws BeamcadeError `unsupported_type` for what that engine has no type for, `bad_argument`, `too_deep`
 */
export function writeVariant(value: Value, options: VariantWriterOptions): Uint8Array {
  const writer = new VariantWriter(options)
  writer.value(value)
  return writer.take()
}

/** Writes Variants one behind the other. */
export class VariantWriter extends LittleWriter {
  readonly #dialect: Dialect
  readonly #doubles: boolean
  readonly #maxDepth: number
  #depth = 0

  constructor({ dialect, doubles = false, maxDepth = MAX_DEPTH }: VariantWriterOptions) {
    super()
    this.#dialect = dialect
    this.#doubles = doubles
    this.#maxDepth = maxDepth
  }

  value(value: Value): void {
    if (value === null) this.header('nil')
    else if (typeof value === 'boolean') {
      this.header('bool')
      this.u32(value ? 1 : 0)
    } else if (typeof value === 'number') {
      if (Number.isInteger(value) && !Object.is(value, -0)) this.#integer(BigInt(value))
      else this.#float(value)
    } else if (typeof value === 'bigint') this.#integer(value)
    else if (typeof value === 'string') {
      this.header('string')
      this.string(value)
    } else if (value instanceof Float) this.#float(value.value)
    else if (value instanceof Name) this.#name(value)
    else if (value instanceof Tagged) this.#tagged(value)
    else if (value instanceof Uint8Array) writePacked(this, 'byte', value)
    else if (Array.isArray(value)) this.#array(value as readonly Value[], null)
    else if (value instanceof Map) this.#dictionary(value as ReadonlyMap<Value, Value>, null, null)
    else throw unsupported('This kind of value')
  }

  /** A name is a text, unless it is a number that has no other form. */
  #name(name: Name): void {
    const float = asFloat(name)
    if (float !== undefined) {
      this.#float(float)
      return
    }
    this.header('string')
    this.string(name.text)
  }

  #integer(integer: bigint): void {
    checkBits(integer, 64)
    if (BigInt.asIntN(32, integer) === integer) {
      this.header('int')
      this.u32(Number(integer))
    } else {
      this.header('int', FLAG_64)
      this.i64(integer)
    }
  }

  #float(float: number): void {
    // A NaN equals nothing, so the engines write it in 8 bytes.
    const narrow = Math.fround(float) === float
    this.header('float', narrow ? 0 : FLAG_64)
    if (narrow) this.f32(float)
    else this.f64(float)
  }

  #tagged(value: Tagged): void {
    const { tag, fields } = value
    if (isMathName(tag)) {
      const { component, count } = MATH_KINDS[tag]
      if (fields.length !== count) throw wrong(`{${tag}, …} has ${count} components, not ${fields.length}.`)
      const wide = this.#doubles && component === 'real'
      this.header(tag, wide ? FLAG_64 : 0)
      for (const field of fields) this.component(component, field, tag)
      return
    }
    const write = TAGGED[tag]
    if (write === undefined) throw unsupported(`{${tag}, …}`)
    write(this, fields)
  }

  /** A number inside a type: integers are taken for floats. */
  component(component: Component, value: Value | undefined, of: string): void {
    if (component === 'int32') {
      const integer = asInteger(value)
      if (integer === undefined) throw wrong(`The components of ${of} are integers.`)
      checkBits(integer, 32)
      this.u32(Number(integer))
      return
    }
    const float = asFloat(value)
    if (float === undefined) throw wrong(`The components of ${of} are numbers.`)
    if (component === 'real' && this.#doubles) this.f64(float)
    else this.f32(float)
  }

  /** Flags of a packed array of such components. */
  componentFlags(component: Component): number {
    return component === 'real' && this.#doubles ? FLAG_64 : 0
  }

  nodePath(text: string): void {
    const { absolute, names, subnames } = nodePathParts(text)
    this.header('node_path')
    this.u32(names.length | 0x8000_0000)
    this.u32(subnames.length)
    this.u32(absolute ? 1 : 0)
    for (const name of [...names, ...subnames]) this.string(name)
  }

  /** @param id 64 bits, with or without a sign: engines show the ids of reference-counted objects as negative numbers */
  object(id: bigint): void {
    this.header('object', FLAG_64)
    this.i64(BigInt.asIntN(64, id))
  }

  rid(id: bigint): void {
    this.header('rid')
    if (this.#dialect === 4) this.i64(BigInt.asIntN(64, id))
  }

  typedArray(type: Value, elements: readonly Value[]): void {
    this.#array(elements, type)
  }

  typedDictionary(keys: Value, values: Value, entries: ReadonlyMap<Value, Value>): void {
    this.#dictionary(entries, keys, values)
  }

  #array(elements: readonly Value[], type: Value): void {
    this.#nested(() => {
      this.header('array', typing(type))
      this.#type(type)
      this.u32(elements.length)
      for (const element of elements) this.value(element)
    })
  }

  #dictionary(entries: ReadonlyMap<Value, Value>, keys: Value, values: Value): void {
    this.#nested(() => {
      this.header('dictionary', typing(keys) | (typing(values) << 2))
      this.#type(keys)
      this.#type(values)
      this.u32(entries.size)
      for (const [key, value] of entries) {
        this.value(key)
        this.value(value)
      }
    })
  }

  #type(type: Value): void {
    if (type === null) return
    if (this.#dialect === 3) throw unsupported('A typed array or dictionary')
    if (type instanceof Tagged) {
      this.string(textOf(type.fields[0], 'The name of a class or script'))
      return
    }
    const kind = textOf(type, 'The type of elements')
    const number = numberOf(this.#dialect, kind)
    if (number === undefined) throw unsupported(`The type ${kind}`)
    this.u32(number)
  }

  #nested(write: () => void): void {
    this.#depth += 1
    if (this.#depth > this.#maxDepth) {
      throw new BeamcadeError('too_deep', `The value is nested deeper than ${this.#maxDepth} levels.`)
    }
    write()
    this.#depth -= 1
  }

  header(kind: KindName, flags = 0): void {
    const number = numberOf(this.#dialect, kind)
    if (number === undefined) throw unsupported(`The type ${kind}`, this.#dialect)
    this.u32(number | (flags << 16))
  }
}

type WriteTagged = (writer: VariantWriter, fields: readonly Value[]) => void

const TAGGED: Readonly<Record<string, WriteTagged | undefined>> = {
  string_name: (writer, [text]) => {
    writer.header('string_name')
    writer.string(textOf(text, 'A string name'))
  },
  node_path: (writer, [text]) => {
    writer.nodePath(textOf(text, 'A node path'))
  },
  object: (writer, fields) => {
    writer.object(idOf(fields.at(-1), 'object'))
  },
  rid: (writer, [id]) => {
    writer.rid(idOf(id, 'rid'))
  },
  signal: (writer, [id, name]) => {
    writer.header('signal')
    writer.string(textOf(name, 'The name of a signal'))
    writer.i64(BigInt.asIntN(64, idOf(id, 'signal')))
  },
  packed: (writer, [kind, elements]) => {
    writePacked(writer, textOf(kind, 'The kind of a packed array'), elements)
  },
  typed_array: (writer, [type = null, elements]) => {
    if (!Array.isArray(elements)) throw wrong('{typed_array, Type, Elements} has a list of elements.')
    writer.typedArray(type, elements as readonly Value[])
  },
  typed_dictionary: (writer, [keys = null, values = null, entries]) => {
    if (!(entries instanceof Map)) throw wrong('{typed_dictionary, KeyType, ValueType, Map} has a map.')
    writer.typedDictionary(keys, values, entries as ReadonlyMap<Value, Value>)
  },
}

function typing(type: Value): number {
  if (type === null) return TYPED.none
  if (!(type instanceof Tagged)) return TYPED.kind
  if (type.tag === 'class') return TYPED.class
  if (type.tag === 'script') return TYPED.script
  throw wrong('A type is a name, {class, Name} or {script, Path}.')
}

function textOf(value: Value | undefined, what: string): string {
  if (typeof value === 'string') return value
  if (value instanceof Name) return value.text
  throw wrong(`${what} is a text.`)
}

function idOf(value: Value | undefined, what: string): bigint {
  const id = asInteger(value)
  if (id === undefined || id < -(2n ** 63n) || id >= 2n ** 64n)
    throw wrong(`The id of {${what}, …} is an integer of 64 bits.`)
  return id
}

function wrong(message: string): BeamcadeError {
  return new BeamcadeError('bad_argument', message)
}

function unsupported(what: string, dialect?: Dialect): BeamcadeError {
  const where = dialect === undefined ? 'Godot' : `Godot ${dialect}`
  return new BeamcadeError('unsupported_type', `${what} cannot be carried to ${where}.`)
}
