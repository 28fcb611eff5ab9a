/**
 * Value -> what a handler takes, by the shape. Gateways need not know the shape of an input: text may come as a string, a
 * name, UTF-8 bytes or a list of code points, maps may have any of these as keys, integers may come as bigint.
 */
import type { z } from 'zod'
import { BeamcadeError } from '../errors.ts'
import { describeSchema } from './describe-schema.ts'
import { expectation, isBytes, isMap, pathText, utf8, whatCame } from './phrases.ts'
import {
  isRefined,
  type Field,
  type ListShape,
  type ObjectShape,
  type RecordShape,
  type Shape,
  type UnionShape,
} from './shape.ts'
import { Float, Name, Opaque, type Value } from './value.ts'

/** Reads one value. `path` is where it stands; it is the same array before and after. @throws `bad_argument` */
export type Reader = (value: Value, path: (string | number)[]) => unknown

/** The reader of a schema. `shape` is the schema's own tree, if it is at hand. */
export function readerOf(schema: z.ZodType, shape: Shape = describeSchema(schema)): Reader {
  const read = compile(shape)
  if (!isRefined(shape)) return read
  return (value, path) => {
    const checked = schema.safeParse(read(value, path))
    if (checked.success) return checked.data
    const issue = checked.error.issues[0]
    const at = [...path, ...(issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)))]
    throw new BeamcadeError('bad_argument', `${pathText(at)}: ${issue?.message ?? 'refused'}, got ${whatCame(value)}.`)
  }
}

function compile(shape: Shape): Reader {
  switch (shape.kind) {
    case 'value':
      return (value) => value
    case 'list':
      return listReader(shape)
    case 'object':
      return objectReader(shape)
    case 'record':
      return recordReader(shape)
    case 'union':
      return unionReader(shape)
    case 'nullable': {
      const read = compile(shape.of)
      return (value, path) => (value === null ? null : read(value, path))
    }
    default: {
      const convert = leaf(shape)
      return (value, path) => {
        const read = convert(value)
        if (read === undefined) throw mismatch(shape, value, path)
        return read
      }
    }
  }
}

type LeafShape = Exclude<Shape, { kind: 'value' | 'list' | 'object' | 'record' | 'union' | 'nullable' }>

/** What converts a leaf, or answers undefined if the value does not fit. */
function leaf(shape: LeafShape): (value: Value) => unknown {
  switch (shape.kind) {
    case 'integer':
      return (value) => {
        const number = typeof value === 'bigint' ? Number(value) : value
        if (typeof number !== 'number' || !Number.isInteger(number)) return undefined
        return number >= shape.min && number <= shape.max ? number : undefined
      }
    case 'float':
      return (value) => {
        const number = value instanceof Float ? value.value : typeof value === 'bigint' ? Number(value) : value
        if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
        return number >= (shape.min ?? -Infinity) && number <= (shape.max ?? Infinity) ? number : undefined
      }
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined)
    case 'string': {
      const { maxBytes = Infinity } = shape
      return (value) => {
        const text = textOf(value)
        // A code unit takes at most three bytes: most texts need no counting.
        return text === undefined || text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes
          ? text
          : undefined
      }
    }
    case 'name': {
      const values = shape.values === undefined ? undefined : new Set(shape.values)
      return (value) => {
        const text = nameOf(value)
        return text === undefined || values === undefined || values.has(text) ? text : undefined
      }
    }
    case 'bytes':
      return (value) => (isBytes(value) ? value : listedBytes(value))
    case 'null':
      return (value) => (value === null ? null : undefined)
    case 'opaque':
      return (value) => (value instanceof Opaque ? value : undefined)
  }
}

/** The text of a value that is one in any of the forms in which text comes, else undefined. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value
  if (value instanceof Name) return value.text
  if (isBytes(value)) return utf8(value)
  return Array.isArray(value) ? charlist(value) : undefined
}

/** Names that gateways know by values of their own are names as well. */
function nameOf(value: Value): string | undefined {
  return value === null ? 'nil' : typeof value === 'boolean' ? String(value) : textOf(value)
}

/** Erlang writes bytes as a list of integers, too. */
function listedBytes(value: Value): Uint8Array | undefined {
  if (!Array.isArray(value)) return undefined
  const items: readonly Value[] = value
  const isByte = (item: Value): item is number =>
    typeof item === 'number' && Number.isInteger(item) && item >= 0 && item <= 255
  return items.every(isByte) ? Uint8Array.from(items) : undefined
}

const HIGHEST_CODE_POINT = 0x10ffff

function charlist(values: readonly Value[]): string | undefined {
  let text = ''
  for (const value of values) {
    if (typeof value !== 'number' || !Number.isInteger(value)) return undefined
    if (value < 0 || value > HIGHEST_CODE_POINT) return undefined
    text += String.fromCodePoint(value)
  }
  return text
}

function listReader(shape: ListShape): Reader {
  const read = compile(shape.of)
  const { min = 0, max = Infinity } = shape
  return (value, path) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) throw mismatch(shape, value, path)
    const items: readonly Value[] = value
    const out: unknown[] = []
    const end = path.length
    for (let i = 0; i < items.length; i++) {
      path[end] = i
      out.push(read(items[i] as Value, path))
    }
    path.length = end
    return out
  }
}

function objectReader(shape: ObjectShape): Reader {
  const fields = [...shape.fields].map(([name, field]) => ({ name, read: compile(field.shape), ...field }))
  return (value, path) => {
    if (!isMap(value)) throw mismatch(shape, value, path)
    const given = textKeys(value, path)
    const end = path.length
    const out: Record<string, unknown> = {}
    let used = 0
    for (const field of fields) {
      const item = given.get(field.name)
      if (item !== undefined) used += 1
      path[end] = field.name
      const result = readField(field, field.read, item, path)
      if (result !== undefined) out[field.name] = result
    }
    path.length = end
    if (used < given.size) throw unknownKey(shape, given, path)
    return out
  }
}

/** A field or parameter that may be absent; null counts as absent where absence is allowed. */
export function readField(field: Field, read: Reader, item: Value | undefined, path: (string | number)[]): unknown {
  if (item !== undefined && (item !== null || !field.optional)) return read(item, path)
  // A handler may keep what it was given: each gets a default of its own.
  if (field.optional) return typeof field.default === 'object' ? structuredClone(field.default) : field.default
  throw new BeamcadeError('bad_argument', `${pathText(path)} is missing: expected ${expectation(field.shape)}.`)
}

function unknownKey(
  shape: ObjectShape,
  given: ReadonlyMap<string, Value>,
  path: readonly (string | number)[],
): BeamcadeError {
  const strange = [...given.keys()].filter((key) => !shape.fields.has(key)).map((key) => JSON.stringify(key))
  const known = [...shape.fields.keys()].join(', ')
  return new BeamcadeError('bad_argument', `${pathText(path)}: unknown key ${strange.join(', ')}; known are ${known}.`)
}

/** The map with its keys as text. */
export function textKeys(map: ReadonlyMap<Value, Value>, path: readonly (string | number)[]): Map<string, Value> {
  const out = new Map<string, Value>()
  for (const [key, value] of map) {
    const text = nameOf(key)
    if (text === undefined) {
      throw new BeamcadeError('bad_argument', `${pathText(path)}: expected names as keys, got ${whatCame(key)}.`)
    }
    if (out.has(text)) {
      throw new BeamcadeError('bad_argument', `${pathText(path)}: the key ${JSON.stringify(text)} is there twice.`)
    }
    out.set(text, value)
  }
  return out
}

function recordReader(shape: RecordShape): Reader {
  const readKey = compile(shape.key)
  const readValue = compile(shape.value)
  const numeric = shape.key.kind === 'integer'
  return (value, path) => {
    if (!isMap(value)) throw mismatch(shape, value, path)
    // Without a prototype no key of an untrusted map can mean anything but itself.
    const out = Object.create(null) as Record<string | number, unknown>
    const end = path.length
    for (const [rawKey, item] of value) {
      const key = readKey(numeric ? decimal(rawKey) : rawKey, path) as string | number
      path[end] = String(key)
      if (key in out) throw new BeamcadeError('bad_argument', `${pathText(path)}: the key is there twice.`)
      out[key] = readValue(item, path)
      path.length = end
    }
    return out
  }
}

/** JSON has no integer keys: a decimal string is as good. */
function decimal(key: Value): Value {
  if (typeof key === 'number') return key
  const text = textOf(key)
  return text !== undefined && /^(0|-?[1-9][0-9]{0,15})$/.test(text) ? Number(text) : key
}

function unionReader(shape: UnionShape): Reader {
  const alternatives = shape.of.map((of) => ({ of, read: compile(of) }))
  return (value, path) => {
    const end = path.length
    let best = 0
    let complaint: unknown
    for (const { of, read } of alternatives) {
      try {
        return read(value, path)
      } catch (error) {
        path.length = end
        const score = likeness(value, of)
        if (score > best) complaint = error
        best = Math.max(best, score)
      }
    }
    throw best > 0 ? complaint : mismatch(shape, value, path)
  }
}

/** How much a value looks as if it was meant for an alternative: that alternative's complaint helps most. */
function likeness(value: Value, shape: Shape): number {
  if (Array.isArray(value)) return shape.kind === 'list' ? 1 : 0
  if (!isMap(value)) return 0
  if (shape.kind !== 'object') return shape.kind === 'record' ? 1 : 0
  let score = 1
  let missing = 0
  for (const field of shape.fields.values()) if (!field.optional) missing += 1
  for (const [key, item] of value) {
    const field = shape.fields.get(nameOf(key) ?? '')
    if (field === undefined) continue
    // A field that says what it is, as in `type: wall`, tells more than all the others.
    score += says(item, field.shape) ? value.size : 1
    if (!field.optional) missing -= 1
  }
  // Of two that are as like, the one that lacks less.
  return score - missing / (1 + shape.fields.size)
}

function says(value: Value, shape: Shape): boolean {
  return shape.kind === 'name' && shape.values?.includes(nameOf(value) ?? '') === true
}

function mismatch(shape: Shape, value: Value, path: readonly (string | number)[]): BeamcadeError {
  return new BeamcadeError('bad_argument', `${pathText(path)}: expected ${expectation(shape)}, got ${whatCame(value)}.`)
}
