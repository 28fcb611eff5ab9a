/** What a setting takes, in words: for the sentence that refuses another value. Read off its schema, so that it is true. */
import { z } from 'zod'
import type { Setting } from './settings.ts'

/** `a whole number from 0 to 65535`, `true or false`, `one of if-needed, never, always`. */
export function expected({ kind, schema, argument = '', limit = false }: Setting<unknown>): string {
  const inner = unwrapped(schema)
  if (inner.description !== undefined) return inner.description
  if (inner instanceof z.ZodEnum) return `one of ${inner.options.join(', ')}`
  if (kind === 'boolean') return 'true or false'
  if (kind === 'number') return `a whole number${limit ? ` of ${argument.toLowerCase()}` : ''}${range(inner)}`
  if (kind === 'text') return 'text that is not empty'
  return `a list of texts that are not empty${inner instanceof z.ZodArray ? length(inner.element) : ''}`
}

function unwrapped(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema
}

function range(schema: z.ZodType): string {
  const { minValue: min, maxValue: max } = schema instanceof z.ZodNumber ? schema : { minValue: null, maxValue: null }
  const from = min === null || min <= Number.MIN_SAFE_INTEGER ? '' : ` from ${min}`
  return max === null || max >= Number.MAX_SAFE_INTEGER ? from : `${from} to ${max}`
}

function length(element: unknown): string {
  const most = element instanceof z.ZodString ? element.maxLength : null
  return most === null ? '' : `, each of at most ${most} characters`
}
