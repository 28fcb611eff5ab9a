/** Shape -> JSON Schema (draft 2020-12), for the wires that speak JSON: of the JSON that `json-codec.ts` reads and writes. */
import { toJson } from './json-codec.ts'
import type { Field, ObjectShape, Shape } from './shape.ts'
import type { Value } from './value.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** `input`: what may be sent; `output`: what is answered. */
export type Direction = 'input' | 'output'

const DECIMAL_KEY = '^(0|-?[1-9][0-9]{0,15})$'

/** The schema of one value. */
export function jsonSchemaOf(shape: Shape, direction: Direction): JsonSchema {
  const schema = bare(shape, direction)
  return shape.doc === undefined ? schema : { ...schema, description: shape.doc }
}

/** The schema of an object with these fields, such as the arguments of an operation by name. */
export function objectSchemaOf(fields: Iterable<readonly [string, Field]>, direction: Direction): JsonSchema {
  const all = [...fields]
  const properties = all.map(([name, field]) => [name, fieldSchema(field, direction)] as const)
  const required = all.filter(([, field]) => !field.optional).map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  }
}

function fieldSchema({ shape, default: initial }: Field, direction: Direction): JsonSchema {
  const schema = jsonSchemaOf(shape, direction)
  const plain = direction === 'input' && (typeof initial !== 'object' || initial === null) && initial !== undefined
  return plain ? { ...schema, default: toJson(initial as Value, shape) } : schema
}

function bare(shape: Shape, direction: Direction): JsonSchema {
  switch (shape.kind) {
    case 'integer':
      return {
        type: 'integer',
        ...(shape.min !== Number.MIN_SAFE_INTEGER && { minimum: shape.min }),
        ...(shape.max !== Number.MAX_SAFE_INTEGER && { maximum: shape.max }),
      }
    case 'float': {
      const { min, max } = shape
      const number = {
        type: 'number',
        ...(min !== undefined && { minimum: min }),
        ...(max !== undefined && { maximum: max }),
      }
      // JSON has no word for these numbers, which sums of float32 can become.
      return direction === 'input' ? number : { anyOf: [number, { enum: ['Infinity', '-Infinity', 'NaN'] }] }
    }
    case 'boolean':
    case 'null':
      return { type: shape.kind }
    case 'string':
      // A character takes a byte at least.
      return { type: 'string', ...(shape.maxBytes !== undefined && { maxLength: shape.maxBytes }) }
    case 'bytes':
      return { type: 'string', contentEncoding: 'base64' }
    case 'name':
      return shape.values === undefined ? { type: 'string' } : { type: 'string', enum: shape.values }
    case 'value':
      return {}
    case 'opaque':
      return { type: direction === 'input' ? 'null' : 'string' }
    case 'list': {
      const { min, max } = shape
      const bounds = { ...(min !== undefined && { minItems: min }), ...(max !== undefined && { maxItems: max }) }
      return { type: 'array', items: jsonSchemaOf(shape.of, direction), ...bounds }
    }
    case 'object':
      return objectSchemaOf((shape satisfies ObjectShape).fields, direction)
    case 'record': {
      const keys = shape.key.kind === 'integer' ? { propertyNames: { pattern: DECIMAL_KEY } } : {}
      return { type: 'object', additionalProperties: jsonSchemaOf(shape.value, direction), ...keys }
    }
    case 'nullable':
      return { anyOf: [jsonSchemaOf(shape.of, direction), { type: 'null' }] }
    case 'union':
      return { anyOf: shape.of.map((of) => jsonSchemaOf(of, direction)) }
  }
}
