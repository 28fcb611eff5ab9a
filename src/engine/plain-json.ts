/**
 * Plain data as JSON, and back, without loss: what JSON has no word for is an object with one key that begins with `$`.
 *
 * | what                      | as                              |
 * | ------------------------- | ------------------------------- |
 * | bytes                     | `{"$bytes": "base64"}`          |
 * | other typed arrays        | `{"$array": ["Int16Array", "base64"]}` |
 * | bigint                    | `{"$bigint": "12"}`             |
 * | -0, infinities, NaN       | `{"$number": "-0"}`             |
 * | undefined in a list       | `{"$undefined": true}`          |
 * | Map                       | `{"$map": [[key, value], …]}`   |
 * | an object with a `$` key  | `{"$object": {…}}`              |
 */
import { types } from 'node:util'
import { BeamcadeError } from '../errors.ts'

/** The deepest nesting that is written or read. */
const MAX_DEPTH = 512

/** @throws BeamcadeError `bad_argument` for what is no plain data: functions, instances of classes */
export function toPlainJson(data: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH)
    throw new BeamcadeError('too_deep', `Data nested deeper than ${MAX_DEPTH} is not written down.`)
  const inner = (item: unknown): unknown => toPlainJson(item, depth + 1)
  switch (typeof data) {
    case 'boolean':
    case 'string':
      return data
    case 'number':
      return Number.isFinite(data) && !Object.is(data, -0)
        ? data
        : { $number: Object.is(data, -0) ? '-0' : String(data) }
    case 'bigint':
      return { $bigint: String(data) }
    case 'undefined':
      return { $undefined: true }
    case 'object':
      if (data === null) return null
      if (Array.isArray(data)) return data.map(inner)
      if (types.isTypedArray(data)) return typedArray(data)
      if (types.isMap(data)) return { $map: [...data].map(([key, item]) => [inner(key), inner(item)]) }
      return plainObject(data, inner)
    default:
      throw new BeamcadeError('bad_argument', `A ${typeof data} is no plain data, and cannot be written down.`)
  }
}

function plainObject(data: object, inner: (item: unknown) => unknown): unknown {
  const prototype: unknown = Object.getPrototypeOf(data)
  // By its own constructor and not by identity: it may be of another realm.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new BeamcadeError('bad_argument', `A ${data.constructor.name} is no plain data, and cannot be written down.`)
  }
  const entries = Object.entries(data)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, inner(item)] as const)
  const object = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  return entries.some(([key]) => key.startsWith('$')) ? { $object: object } : object
}

/** By name, so that they are found again. */
const ARRAYS = {
  ...{ Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array },
  ...{ BigInt64Array, BigUint64Array },
}

function typedArray(data: NodeJS.TypedArray): unknown {
  const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
  return types.isUint8Array(data) ? { $bytes: base64 } : { $array: [data[Symbol.toStringTag], base64] }
}

type Read = (content: unknown, inner: (item: unknown) => unknown) => unknown

const READERS: Readonly<Record<string, Read>> = {
  $bytes: (content) => new Uint8Array(Buffer.from(String(content), 'base64')),
  $array(content) {
    const [name, base64] = content as [keyof typeof ARRAYS, string]
    const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
    return new ARRAYS[name](bytes.buffer)
  },
  $bigint: (content) => BigInt(String(content)),
  $number: (content) => Number(content),
  $undefined: () => undefined,
  $map: (content, inner) => new Map((content as [unknown, unknown][]).map(([key, item]) => [inner(key), inner(item)])),
  $object: (content, inner) => fields(content as object, inner),
}

/** The data behind what {@link toPlainJson} gave. @throws BeamcadeError `too_deep`; anything, for what it never gives */
export function fromPlainJson(json: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new BeamcadeError('too_deep', `Data nested deeper than ${MAX_DEPTH} is not read.`)
  const inner = (item: unknown): unknown => fromPlainJson(item, depth + 1)
  if (Array.isArray(json)) return json.map(inner)
  if (typeof json !== 'object' || json === null) return json
  const [key = '', ...more] = Object.keys(json)
  const read = more.length === 0 ? READERS[key] : undefined
  return read === undefined ? fields(json, inner) : read((json as Record<string, unknown>)[key], inner)
}

/** Own properties, whatever they are called. */
function fields(json: object, inner: (item: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, inner(item)]))
}
