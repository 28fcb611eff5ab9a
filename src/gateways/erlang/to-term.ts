/**
 * Value -> term, by the shape of the output: keys and enums that it names are atoms, free keys and strings are binaries,
 * and what it calls a float is a float even when its value is integral.
 */
import { inspect, types } from 'node:util'
import type { Shape } from '../../engine/shape.ts'
import { Float, Name, Opaque, Tagged, type Value } from '../../engine/value.ts'
import { BeamcadeError } from '../../errors.ts'
import { Float as FloatTerm, TermMap, Tuple, atom, float, type Term } from '../../erlang/index.ts'
import { GATEWAY } from './to-value.ts'

export type ToTerm = (value: Value) => Term

/** The conversion of one output, made once. */
export function toTermOf(shape: Shape): ToTerm {
  switch (shape.kind) {
    case 'float':
      return floatTerm
    case 'name':
      return nameTerms(shape.values)
    case 'list': {
      const convert = toTermOf(shape.of)
      return (value) => (isList(value) ? (convert === same ? same(value) : value.map(convert)) : toTerm(value))
    }
    case 'nullable': {
      const convert = toTermOf(shape.of)
      return (value) => (value === null ? null : convert(value))
    }
    case 'object': {
      // Atoms are made once: the encoder keeps their bytes.
      const fields = new Map(
        [...shape.fields].map(([name, field]) => [name, { key: atom(name), convert: toTermOf(field.shape) }]),
      )
      return (value) => {
        if (!isMap(value)) return toTerm(value)
        const entries: Term[] = []
        for (const [name, item] of value) {
          const field = fields.get(name as string)
          if (field === undefined) entries.push(toTerm(name), toTerm(item))
          else entries.push(field.key, item === null ? null : field.convert(item))
        }
        return new TermMap(entries)
      }
    }
    case 'record': {
      const convertKey = toTermOf(shape.key)
      const convert = toTermOf(shape.value)
      return (value) => (isMap(value) ? mapTerm(value, convertKey, convert) : toTerm(value))
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
      return toTerm
  }
}

/** Values that are terms as they stand. A string is sent as a binary. */
const same: ToTerm = (value) => value as unknown as Term

const floatTerm: ToTerm = (value) => (typeof value === 'number' ? float(value) : toTerm(value))

/** More atoms than this are not kept: an open set of names must not fill the memory. */
const KEPT_ATOMS = 256

function nameTerms(values: readonly string[] | undefined): ToTerm {
  const kept = new Map((values ?? []).map((text) => [text, atom(text)]))
  return (value) => {
    if (typeof value !== 'string') return toTerm(value)
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
  return (value) => (all.find(({ shape }) => suits(value, shape))?.convert ?? toTerm)(value)
}

function suits(value: Value, shape: Shape): boolean {
  switch (shape.kind) {
    case 'object':
      return isMap(value) && [...value.keys()].every((key) => shape.fields.has(key as string))
    case 'record':
      return isMap(value)
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
  return mapTerm(value, toTerm, toTerm)
}

function mapTerm(map: ReadonlyMap<Value, Value>, convertKey: ToTerm, convert: ToTerm): TermMap {
  const entries: Term[] = []
  for (const [key, item] of map) entries.push(convertKey(key), convert(item))
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
  if (isList(fact as Value)) return (fact as readonly unknown[]).map(factTerm)
  return typeof fact === 'object' && Object.getPrototypeOf(fact) === Object.prototype
    ? new TermMap(Object.entries(fact).flatMap(([key, item]) => [key, factTerm(item)]))
    : inspect(fact)
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)
const isMap = (value: Value): value is ReadonlyMap<Value, Value> => types.isMap(value)
