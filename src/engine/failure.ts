/** An error inside an answer: where several things were asked for at once, and some of them failed. */
import { inspect } from 'node:util'
import { BeamcadeError, isBeamcadeError, messageOf } from '../errors.ts'
import { name, object, record, text, value } from './schema.ts'
import type { Value } from './value.ts'

/** What {@link failureOf} gives. */
export const failureSchema = object({
  code: name(),
  message: text(),
  hint: text(),
  details: record(name(), value()),
})

export interface Failure {
  code: string
  message: string
  hint: string
  details: Record<string, Value>
}

/** The facts of anything that was thrown; what is no error of ours is `internal`. */
export function failureOf(thrown: unknown): Failure {
  const { code, message, hint, details } = isBeamcadeError(thrown)
    ? thrown
    : new BeamcadeError('internal', `The request failed by a fault of its own: ${messageOf(thrown)}`)
  const facts = Object.entries(details).map(([key, fact]) => [key, factValue(fact)] as const)
  return { code, message, hint, details: Object.fromEntries(facts) }
}

/** Plain data as a value; what is none is told by its text. */
function factValue(fact: unknown): Value {
  if (fact === null || fact === undefined) return null
  if (typeof fact === 'string' || typeof fact === 'boolean' || typeof fact === 'bigint') return fact
  if (typeof fact === 'number') return Number.isFinite(fact) ? fact : String(fact)
  if (Array.isArray(fact)) return fact.map(factValue)
  if (typeof fact !== 'object' || Object.getPrototypeOf(fact) !== Object.prototype) return inspect(fact)
  return new Map(Object.entries(fact).map(([key, item]) => [key, factValue(item)]))
}
