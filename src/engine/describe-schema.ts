/** zod schema -> plain tree. The only file that looks into zod; what it cannot describe is refused by name. */
import { z } from 'zod'
import { BeamcadeError } from '../errors.ts'
import { KIND } from './schema.ts'
import type { Described, Field, Shape } from './shape.ts'

/** The tree of a schema. @throws BeamcadeError `bad_operation` for a schema with no form on every wire */
export function describeSchema(schema: z.ZodType): Shape {
  const facts = notes(schema)
  const own = kindOf(schema)
  if (own !== undefined) return { ...facts, ...own }
  if (schema instanceof z.ZodNumber) return { ...facts, ...numberShape(schema) }
  if (schema instanceof z.ZodBoolean) return { ...facts, kind: 'boolean' }
  if (schema instanceof z.ZodString) return { ...facts, kind: 'string' }
  if (schema instanceof z.ZodNull) return { ...facts, kind: 'null' }
  if (schema instanceof z.ZodEnum) return { ...facts, kind: 'name', values: schema.options.map(String) }
  if (schema instanceof z.ZodArray) {
    return { ...facts, kind: 'list', of: describeSchema(schema.element as z.ZodType), ...lengths(schema) }
  }
  if (schema instanceof z.ZodObject) return { ...facts, kind: 'object', fields: fieldsOf(schema) }
  if (schema instanceof z.ZodRecord) {
    const key = describeSchema(schema.keyType as z.ZodType)
    return { ...facts, kind: 'record', key, value: describeSchema(schema.valueType as z.ZodType) }
  }
  if (schema instanceof z.ZodUnion) {
    return { ...facts, kind: 'union', of: schema.options.map((option) => describeSchema(option as z.ZodType)) }
  }
  if (schema instanceof z.ZodNullable) {
    return { ...facts, kind: 'nullable', of: describeSchema(schema.unwrap() as z.ZodType) }
  }
  if (schema instanceof z.ZodReadonly) return { ...describeSchema(schema.unwrap() as z.ZodType), ...facts }
  throw new BeamcadeError('bad_operation', `A schema of type ${schema.type} has no form on every wire.`)
}

/** Field or parameter: a schema that may be wrapped in `optional` or `default`. */
export function describeField(schema: z.ZodType): Field {
  if (schema instanceof z.ZodOptional) {
    return { ...described(describeField(schema.unwrap() as z.ZodType), schema), optional: true }
  }
  if (schema instanceof z.ZodDefault) {
    const inner = described(describeField(schema.unwrap() as z.ZodType), schema)
    return { ...inner, optional: true, default: schema.def.defaultValue }
  }
  return { shape: describeSchema(schema), optional: false }
}

function described(field: Field, wrapper: z.ZodType): Field {
  const doc = wrapper.description
  return doc === undefined ? field : { ...field, shape: { ...field.shape, doc } }
}

function fieldsOf(schema: z.ZodObject): Map<string, Field> {
  return new Map(Object.entries(schema.shape).map(([key, field]) => [key, describeField(field as z.ZodType)]))
}

/** The kinds of `schema.ts` that zod has no type for. */
function kindOf(schema: z.ZodType): Shape | undefined {
  const meta = schema.meta()
  switch (meta?.[KIND]) {
    case 'bytes':
    case 'name':
    case 'value':
    case 'opaque':
      return { kind: meta[KIND] }
    case 'text':
      return { kind: 'string', maxBytes: Number(meta['maxBytes']) }
    default:
      return undefined
  }
}

function numberShape(schema: z.ZodNumber): Shape {
  const min = schema.minValue ?? undefined
  const max = schema.maxValue ?? undefined
  if (schema.format === 'safeint' || schema.format === 'int32' || schema.format === 'uint32') {
    return { kind: 'integer', min: min ?? Number.MIN_SAFE_INTEGER, max: max ?? Number.MAX_SAFE_INTEGER }
  }
  return {
    kind: 'float',
    ...(min !== undefined && Number.isFinite(min) && { min }),
    ...(max !== undefined && Number.isFinite(max) && { max }),
  }
}

function lengths(schema: z.ZodType): { min?: number; max?: number } {
  const bounds: { min?: number; max?: number } = {}
  for (const { _zod } of schema._zod.def.checks ?? []) {
    if ('minimum' in _zod.def && typeof _zod.def.minimum === 'number') bounds.min = _zod.def.minimum
    if ('maximum' in _zod.def && typeof _zod.def.maximum === 'number') bounds.max = _zod.def.maximum
  }
  return bounds
}

/** The checks that the tree shows by itself: bounds of numbers and lengths of lists. */
const SHOWN = new Set(['greater_than', 'less_than', 'number_format', 'min_length', 'max_length'])

function notes(schema: z.ZodType): Described {
  const doc = schema.description
  const checks = schema._zod.def.checks ?? []
  const hidden = checks.some((check) => !SHOWN.has(check._zod.def.check) || isExclusive(check._zod.def))
  // A string's lengths count UTF-16 units in zod; only `maxBytes` is shown.
  const refined = hidden || (schema instanceof z.ZodString && checks.length > 0)
  return { ...(doc !== undefined && { doc }), ...(refined && { refined: true }) }
}

function isExclusive(def: object): boolean {
  return 'inclusive' in def && def.inclusive === false
}
