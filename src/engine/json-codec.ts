/**
 * Values as JSON, and back, by their shape (`json-value.ts` takes JSON as it stands). Where the shape says what is meant, JSON has it plainly: bytes are base64, names
 * are strings, integer keys are decimal strings. Where it says nothing (`value()`), what JSON has no form for is an object:
 *
 * | value                         | JSON                            |
 * | ----------------------------- | ------------------------------- |
 * | bytes                         | `{"$bytes": "base64"}`          |
 * | `Tagged`                      | `{"$tag": "ok", "fields": […]}` |
 * | `Name` (read only)            | `{"$name": "noop"}`             |
 * | float with an integral value (read only) | `{"$float": 1}`      |
 * | integer beyond 2^53 (read only)          | `{"$integer": "12"}` |
 *
 * Names are written as strings, integers beyond 2^53 and what is no finite number as strings, too.
 */
import { BeamcadeError } from '../errors.ts'
import { MAX_DEPTH } from './depth.ts'
import { isBytes, isMap, utf8 } from './phrases.ts'
import type { Shape } from './shape.ts'
import { Float, Name, Opaque, Tagged, type Value } from './value.ts'

const ANY: Shape = { kind: 'value' }

export interface ToJsonOptions {
  /** What stands for bytes; their base64 unless given. */
  bytes?: (bytes: Uint8Array) => unknown
}

/**
 * What `JSON.stringify` takes. Text may be there as UTF-8, as it comes over Erlang's wire.
 * @throws BeamcadeError `bad_argument` for an `Opaque`, which only its own gateway understands
 */
export function toJson(value: Value, shape: Shape = ANY, options: ToJsonOptions = {}): unknown {
  if (value === null) return null
  const inner = (item: Value, of?: Shape): unknown => toJson(item, of, options)
  switch (shape.kind) {
    case 'bytes':
      if (typeof value === 'string') return inner(Buffer.from(value), shape)
      return isBytes(value) ? (options.bytes ?? base64)(value) : loose(value, inner)
    case 'string':
    case 'name':
      return (isBytes(value) ? utf8(value) : undefined) ?? loose(value, inner)
    case 'list':
      return isList(value) ? value.map((item) => inner(item, shape.of)) : loose(value, inner)
    case 'object':
      return isMap(value)
        ? object(value, (key, item) => inner(item, shape.fields.get(key)?.shape))
        : loose(value, inner)
    case 'record':
      return isMap(value) ? object(value, (_, item) => inner(item, shape.value)) : loose(value, inner)
    case 'nullable':
      return inner(value, shape.of)
    case 'union':
      return inner(
        value,
        shape.of.find((of) => suits(value, of)),
      )
    default:
      return loose(value, inner)
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

function object(map: ReadonlyMap<Value, Value>, inner: (key: string, item: Value) => unknown): unknown {
  // `fromEntries` makes own properties, whatever they are called.
  return Object.fromEntries(
    [...map].map(([key, item]) => {
      const name = keyText(key)
      return [name, inner(name, item)]
    }),
  )
}

function keyText(key: Value): string {
  if (key instanceof Name) return key.text
  if (isBytes(key)) return utf8(key) ?? base64(key)
  return typeof key === 'object' ? JSON.stringify(toJson(key)) : String(key)
}

/** A value of which nothing is said. */
function loose(value: Value, inner: (item: Value) => unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'object':
      break
    default:
      return value
  }
  if (value === null) return null
  if (value instanceof Name) return value.text
  if (value instanceof Float) return inner(value.value)
  if (value instanceof Tagged) return { $tag: value.tag, fields: value.fields.map(inner) }
  if (value instanceof Opaque) {
    throw new BeamcadeError('bad_argument', `Something of the gateway ${value.gateway} has no form in JSON.`)
  }
  if (isBytes(value)) return { $bytes: base64(value) }
  return isMap(value) ? object(value, (_, item) => inner(item)) : value.map((item) => inner(item))
}

/** Whether a value that is answered is of this alternative. */
function suits(value: Value, shape: Shape): boolean {
  switch (shape.kind) {
    case 'object':
      return isMap(value) && [...value.keys()].every((key) => shape.fields.has(keyText(key)))
    case 'record':
      return isMap(value)
    case 'list':
      return isList(value)
    case 'bytes':
      return isBytes(value)
    case 'string':
    case 'name':
      return typeof value === 'string' || value instanceof Name
    case 'nullable':
      return suits(value, shape.of)
    case 'union':
      return shape.of.some((of) => suits(value, of))
    default:
      return typeof value !== 'object'
  }
}

/**
 * The value that JSON means where this shape is expected. What does not fit is left as it is: the reader of the operation
 * says what is wrong, and where.
 * @param json what `JSON.parse` gave
 * @param levels how deep it may be nested
 * @throws BeamcadeError `too_deep`
 */
export function fromJson(json: unknown, shape: Shape = ANY, levels = MAX_DEPTH): Value {
  if (typeof json === 'string') return (takesOnlyBytes(shape) ? bytesOf(json) : undefined) ?? json
  if (typeof json !== 'object' || json === null) return json as Value
  if (levels <= 0) throw new BeamcadeError('too_deep', 'The arguments are nested deeper than the limit.')
  const fitting = alternative(json, shape)
  if (Array.isArray(json)) {
    const of = fitting.kind === 'list' ? fitting.of : ANY
    return json.map((item: unknown) => fromJson(item, of, levels - 1))
  }
  if (fitting.kind === 'value') {
    const special = specialOf(json, levels)
    if (special !== undefined) return special
  }
  const shapeOf = (key: string): Shape =>
    (fitting.kind === 'object'
      ? fitting.fields.get(key)?.shape
      : fitting.kind === 'record'
        ? fitting.value
        : undefined) ?? ANY
  return new Map(Object.entries(json).map(([key, item]) => [key, fromJson(item, shapeOf(key), levels - 1)]))
}

function takesOnlyBytes(shape: Shape): boolean {
  if (shape.kind === 'nullable') return takesOnlyBytes(shape.of)
  if (shape.kind !== 'union') return shape.kind === 'bytes'
  const texts = shape.of.some(({ kind }) => kind === 'string' || kind === 'name' || kind === 'value')
  return !texts && shape.of.some(takesOnlyBytes)
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function bytesOf(text: string): Uint8Array | undefined {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
}

/** The alternative that an array or object is meant for. */
function alternative(json: object, shape: Shape): Shape {
  if (shape.kind === 'nullable') return alternative(json, shape.of)
  if (shape.kind !== 'union') return shape
  const all = shape.of.map((of) => alternative(json, of))
  if (Array.isArray(json)) return all.find(({ kind }) => kind === 'list') ?? ANY
  const keys = Object.keys(json)
  const whole = all.find((of) => of.kind === 'object' && keys.every((key) => of.fields.has(key)))
  return whole ?? all.find(({ kind }) => kind === 'record') ?? all.find(({ kind }) => kind === 'object') ?? ANY
}

function specialOf(json: object, levels: number): Value | undefined {
  const [[key, content] = [], second, more] = Object.entries(json) as [string, unknown][]
  if (key === '$tag' && typeof content === 'string' && second?.[0] === 'fields' && more === undefined) {
    const fields = second[1]
    return Array.isArray(fields)
      ? new Tagged(
          content,
          fields.map((field) => fromJson(field, ANY, levels - 1)),
        )
      : undefined
  }
  if (second !== undefined) return undefined
  if (key === '$bytes' && typeof content === 'string') return bytesOf(content)
  if (key === '$name' && typeof content === 'string') return new Name(content)
  if (key === '$float' && typeof content === 'number') return new Float(content)
  if (key === '$integer' && typeof content === 'string' && /^-?[0-9]{1,1000}$/.test(content)) return BigInt(content)
  return undefined
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)
