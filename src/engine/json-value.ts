/** JSON as values: objects are maps with strings as keys. */
import type { Value } from './value.ts'

/** @param json what `JSON.parse` gave */
export function jsonValue(json: unknown): Value {
  if (Array.isArray(json)) return json.map(jsonValue)
  if (typeof json !== 'object' || json === null) return json as Value
  return new Map(Object.entries(json).map(([key, item]) => [key, jsonValue(item)]))
}
