/** Writes packed arrays (pool arrays in Godot 3): `{packed, Kind, Elements}`. */
import type { Value } from '../../../engine/index.ts'
import { BeamcadeError } from '../../../errors.ts'
import { isMathName, isPackedName, MATH_KINDS, PACKED_KINDS, type PackedElement } from './kinds.ts'
import { Name, Tagged } from '../../../engine/index.ts'
import { asFloat, asInteger, checkBits } from './number.ts'
import type { VariantWriter } from './writer.ts'

type Plain = 'int32' | 'int64' | 'float32' | 'float64' | 'string'

/** Bytes of an element, where the array may be given as the bytes of all its elements, little-endian. */
const SIZES: Readonly<Partial<Record<PackedElement, number>>> = { byte: 1, int32: 4, int64: 8, float32: 4, float64: 8 }

/**
 * @param kind `byte`, `int32`, `vector2`, …
 * @param elements a list; for numbers also their bytes, little-endian
 * @throws BeamcadeError `unsupported_type`, `bad_argument`
 */
export function writePacked(writer: VariantWriter, kind: string, elements: Value | undefined): void {
  const name = `packed_${kind}`
  if (!isPackedName(name)) {
    const known = Object.values(PACKED_KINDS).join(', ')
    throw new BeamcadeError('unsupported_type', `There is no packed array of ${kind}; there are those of ${known}.`)
  }
  const element = PACKED_KINDS[name]
  const component = isMathName(element) ? MATH_KINDS[element].component : 'float32'
  writer.header(name, isMathName(element) ? writer.componentFlags(component) : 0)
  if (elements instanceof Uint8Array) writeBytes(writer, element, elements)
  else if (!Array.isArray(elements)) throw wrong(kind, 'a list of elements, or bytes')
  else if (element === 'byte') writer.bytes(Uint8Array.from(elements as readonly Value[], (value) => byteOf(value)))
  else {
    writer.u32(elements.length)
    for (const value of elements as readonly Value[]) {
      if (isMathName(element)) writeGroup(writer, element, value)
      else WRITE[element](writer, value)
    }
  }
}

function writeBytes(writer: VariantWriter, element: PackedElement, bytes: Uint8Array): void {
  const size = SIZES[element]
  if (size === undefined) throw wrong(element, 'a list of elements')
  if (bytes.length % size !== 0) throw wrong(element, `bytes, ${size} for each element`)
  if (size === 1) {
    writer.bytes(bytes)
    return
  }
  writer.u32(bytes.length / size)
  writer.raw(bytes)
}

const WRITE: Readonly<Record<Plain, (writer: VariantWriter, value: Value) => void>> = {
  int32: (writer, value) => {
    writer.u32(Number(integerOf('int32', value, 32)))
  },
  int64: (writer, value) => {
    writer.i64(integerOf('int64', value, 64))
  },
  float32: (writer, value) => {
    writer.f32(floatOf('float32', value))
  },
  float64: (writer, value) => {
    writer.f64(floatOf('float64', value))
  },
  string: (writer, value) => {
    const text = value instanceof Name ? value.text : value
    if (typeof text !== 'string') throw wrong('string', 'texts')
    writer.string(text, true)
  },
}

/** A vector or colour of an array: tagged, or the bare list of its components. */
function writeGroup(writer: VariantWriter, kind: 'vector2' | 'vector3' | 'vector4' | 'color', value: Value): void {
  const { component, count } = MATH_KINDS[kind]
  const fields = value instanceof Tagged && value.tag === kind ? value.fields : value
  if (!Array.isArray(fields) || fields.length !== count) throw wrong(kind, `{${kind}, …} with ${count} components`)
  for (const field of fields as readonly Value[]) writer.component(component, field, kind)
}

function byteOf(value: Value): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value
  throw wrong('byte', 'integers from 0 to 255')
}

function integerOf(kind: string, value: Value, bits: 32 | 64): bigint {
  const integer = asInteger(value)
  if (integer === undefined) throw wrong(kind, 'integers')
  checkBits(integer, bits)
  return integer
}

function floatOf(kind: string, value: Value): number {
  const float = asFloat(value)
  if (float === undefined) throw wrong(kind, 'numbers')
  return float
}

function wrong(kind: string, wanted: string): BeamcadeError {
  return new BeamcadeError('bad_argument', `{packed, ${kind}, …} has ${wanted}.`)
}
