/** JSON as values: objects are maps with strings as keys. */
import { BeamcadeError } from '../errors.ts'
import { MAX_DEPTH } from './depth.ts'
import type { Value } from './value.ts'

/**
 * @param json what `JSON.parse` gave, of whatever origin
 * @throws BeamcadeError `too_deep`
 */
export function jsonValue(json: unknown, depth = 0): Value {
  if (depth > MAX_DEPTH) throw new BeamcadeError('too_deep', `JSON nested deeper than ${MAX_DEPTH} levels is not read.`)
  if (Array.isArray(json)) return json.map((item) => jsonValue(item, depth + 1))
  if (typeof json !== 'object' || json === null) return json as Value
  return new Map(Object.entries(json).map(([key, item]) => [key, jsonValue(item, depth + 1)]))
}
