/**
 * The words in which operations describe what they take and answer. They are zod schemas, so that TypeScript knows the
 * types; `describe-schema.ts` turns them into plain trees, which is all that gateways and readers look at.
 */
import { z } from 'zod'
import type { Opaque, Value } from './value.ts'

/** Where the kind of a schema that zod has no type for is kept, in its metadata. */
export const KIND = 'beamcade'

/** An integer. Without bounds: any that a `number` holds exactly. */
export function integer(bounds: { min?: number; max?: number } = {}) {
  return z
    .int()
    .min(bounds.min ?? Number.MIN_SAFE_INTEGER)
    .max(bounds.max ?? Number.MAX_SAFE_INTEGER)
}

/** A finite float. On Erlang's wire it is sent as a float even if its value is integral; integers are accepted. */
export function float(bounds: { min?: number; max?: number } = {}) {
  let schema = z.number()
  if (bounds.min !== undefined) schema = schema.min(bounds.min)
  if (bounds.max !== undefined) schema = schema.max(bounds.max)
  return schema
}

export function boolean() {
  return z.boolean()
}

/** Text; `maxBytes` bounds its UTF-8 form. On Erlang's wire it is a binary. */
export function text(bounds: { maxBytes?: number } = {}) {
  const schema = z.string()
  return bounds.maxBytes === undefined ? schema : schema.meta({ [KIND]: 'text', maxBytes: bounds.maxBytes })
}

/** Bytes that are no text. */
export function bytes() {
  return z.custom<Uint8Array>(() => true).meta({ [KIND]: 'bytes' })
}

/** A well-known name: an atom on Erlang's wire, a string elsewhere. With `values`: one of these only. */
export function name(): z.ZodType<string, string>
export function name<const T extends readonly [string, ...string[]]>(values: T): z.ZodType<T[number], T[number]>
export function name(values?: readonly string[]): z.ZodType<string, string> {
  return values === undefined ? z.string().meta({ [KIND]: 'name' }) : z.enum(values)
}

export function list<T extends z.ZodType>(of: T, bounds: { min?: number; max?: number } = {}) {
  let schema = z.array(of)
  if (bounds.min !== undefined) schema = schema.min(bounds.min)
  if (bounds.max !== undefined) schema = schema.max(bounds.max)
  return schema
}

/** Named fields, which are atoms on Erlang's wire. Unknown fields are refused. */
export function object<T extends Record<string, z.ZodType>>(fields: T) {
  return z.strictObject(fields)
}

/** Free keys, which stay what they are on every wire. Integer keys may come as integers or as decimal strings. */
export function record<K extends z.ZodType<string | number, string | number>, V extends z.ZodType>(key: K, value: V) {
  return z.record(key, value)
}

/** The first alternative that fits. */
export function union<const T extends readonly [z.ZodType, ...z.ZodType[]]>(alternatives: T) {
  return z.union(alternatives)
}

export function nullable<T extends z.ZodType>(of: T) {
  return z.nullable(of)
}

/** Any value. */
export function value() {
  return z.custom<Value>(() => true).meta({ [KIND]: 'value' })
}

/** Something of the gateway's own, such as a pid. */
export function opaque() {
  return z.custom<Opaque>(() => true).meta({ [KIND]: 'opaque' })
}
