/**
 * What a handler answered -> term, by the shape of the output: keys and enums that it names are atoms, free keys and
 * strings are binaries, and what it calls a float is a float even when its value is integral.
 */
import { inspect } from 'node:util'
import type { ObjectShape, Shape } from '../../engine/shape.ts'
import { Float, Name, Opaque, Tagged, type Value } from '../../engine/value.ts'
import { BeamcadeError } from '../../errors.ts'
import { Float as FloatTerm, TermMap, Tuple, atom, float, type Term } from '../../erlang/index.ts'
import { GATEWAY } from './to-value.ts'

/** Takes what the shape describes: plain objects where it has objects and records, values elsewhere. */
export type ToTerm = (result: unknown) => Term

/** The conversion of one output, made once. */
export function toTermOf(shape: Shape): ToTerm {
  switch (shape.kind) {
    case 'float':
      return floatTerm
    case 'name':
      return nameTerms(shape.values)
    case 'list': {
      const convert = toTermOf(shape.of)
      return (result) => {
        if (!isList(result)) return free(result)
        return convert === same ? same(result) : result.map((item) => convert(item))
      }
    }
    case 'nullable': {
      const convert = toTermOf(shape.of)
      return (result) => (result === null ? null : convert(result))
    }
    case 'object':
      return objectTerms(shape)
    case 'record': {
      const convertKey = toTermOf(shape.key)
      const convert = toTermOf(shape.value)
      const numeric = shape.key.kind === 'integer'
      return (result) => {
        const entries: Term[] = []
        for (const [key, item] of Object.entries(result as object)) {
          entries.push(convertKey(numeric ? Number(key) : key), convert(item))
        }
        return new TermMap(entries)
      }
    }
    case 'union':
      return unionTerm(shape.of)
    case 'integer':
    case 'boolean':
    case 'null':
    case 'string':
    case 'bytes':
      return same
    case 'value':
    case 'opaque':
      return free
  }
}

function objectTerms(shape: ObjectShape): ToTerm {
  // Atoms are made once: the encoder keeps their bytes.
  const fields = [...shape.fields].map(([name, field]) => ({ name, key: atom(name), convert: toTermOf(field.shape) }))
  return (result) => {
    const object = result as Readonly<Record<string, unknown>>
    const entries: Term[] = []
    for (let i = 0; i < fields.length; i++) {
      const { name, key, convert } = fields[i] as (typeof fields)[number]
      const item = object[name]
      if (item !== undefined) entries.push(key, item === null ? null : convert(item))
    }
    // Names of fields differ, and so do their atoms.
    return TermMap.ofUnique(entries)
  }
}

/** Values that are terms as they stand. A string is sent as a binary. */
const same: ToTerm = (value) => value as Term

/** A value of which the shape says no more. */
const free: ToTerm = (value) => toTerm(value as Value)

const floatTerm: ToTerm = (value) => (typeof value === 'number' ? float(value) : free(value))

/** More atoms than this are not kept: an open set of names must not fill the memory. */
const KEPT_ATOMS = 256

function nameTerms(values: readonly string[] | undefined): ToTerm {
  const kept = new Map((values ?? []).map((text) => [text, atom(text)]))
  return (value) => {
    if (typeof value !== 'string') return free(value)
    const found = kept.get(value)
    if (found !== undefined) return found
    const made = atom(value)
    if (kept.size < KEPT_ATOMS) kept.set(value, made)
    return made
  }
}

/** The alternative is told by the kind of the value. */
function unionTerm(alternatives: readonly Shape[]): ToTerm {
  const all = alternatives.map((shape) => ({ shape, convert: toTermOf(shape) }))
  return (value) => (all.find(({ shape }) => suits(value, shape))?.convert ?? free)(value)
}

function suits(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case 'object':
      return isPlain(value) && Object.keys(value).every((key) => shape.fields.has(key))
    case 'record':
      return isPlain(value)
    case 'list':
      return isList(value)
    case 'float':
      return typeof value === 'number'
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value)
    case 'name':
      return typeof value === 'string' && (shape.values?.includes(value) ?? true)
    case 'string':
      return typeof value === 'string'
    case 'bytes':
      return ArrayBuffer.isView(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'null':
      return value === null
    case 'nullable':
      return value === null || suits(value, shape.of)
    case 'union':
      return shape.of.some((one) => suits(value, one))
    default:
      return true
  }
}

/** A value of which no schema says more. */
export function toTerm(value: Value): Term {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return value
  if (isList(value)) return value.map(toTerm)
  if (value instanceof Name) return atom(value.text)
  if (value instanceof Float) return new FloatTerm(value.value)
  if (value instanceof Tagged) return new Tuple([atom(value.tag), ...value.fields.map(toTerm)])
  if (value instanceof Opaque) {
    if (value.gateway === GATEWAY) return value.content as Term
    const sentence = `A value that only the gateway "${value.gateway}" understands cannot be sent as a term.`
    throw new BeamcadeError('internal', sentence)
  }
  return mapTerm(value)
}

function mapTerm(map: ReadonlyMap<Value, Value>): TermMap {
  const entries: Term[] = []
  for (const [key, item] of map) entries.push(toTerm(key), toTerm(item))
  return new TermMap(entries)
}

/**
 * The map of facts that goes with an error. Its keys are names that the code fixes, so they are atoms; those of maps
 * inside it are data and stay binaries, and so does what is too long for an atom. What is no value of ours is told by its
 * text.
 */
export function detailsTerm(details: Readonly<Record<string, unknown>>): TermMap {
  return new TermMap(
    Object.entries(details).flatMap(([key, item]) => [key.length > 255 ? key : atom(key), factTerm(item)]),
  )
}

function factTerm(fact: unknown): Term {
  if (fact === null || fact === undefined) return null
  if (typeof fact === 'string' || typeof fact === 'boolean' || typeof fact === 'bigint') return fact
  if (typeof fact === 'number') return Number.isFinite(fact) ? fact : String(fact)
  if (isList(fact)) return fact.map(factTerm)
  return typeof fact === 'object' && Object.getPrototypeOf(fact) === Object.prototype
    ? new TermMap(Object.entries(fact).flatMap(([key, item]) => [key, factTerm(item)]))
    : inspect(fact)
}

const isList = (value: unknown): value is readonly Value[] => Array.isArray(value)

/** True for an object with named parts: no list, no bytes, and none of the classes of values. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
