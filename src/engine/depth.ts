/** How deep a value is nested, found without recursion. */
import { BeamcadeError } from '../errors.ts'
import { isBytes, isMap } from './phrases.ts'
import { Tagged, type Value } from './value.ts'

/** Levels of lists, maps and tuples that an operation takes unless it says another number. */
export const MAX_DEPTH = 512

/** @throws BeamcadeError `too_deep` if lists, maps and tuples are nested more than `limit` levels */
export function checkDepth(values: Iterable<Value>, limit: number): void {
  for (const value of values) if (!isFlat(value, limit)) checkNested([value], limit)
}

/** Most arguments are leaves and lists of leaves. */
function isFlat(value: Value, limit: number): boolean {
  if (typeof value !== 'object' || value === null || isBytes(value)) return true
  if (limit < 1 || !Array.isArray(value)) return false
  for (let i = 0; i < value.length; i++) if (typeof value[i] === 'object' && value[i] !== null) return false
  return true
}

function checkNested(values: Iterable<Value>, limit: number): void {
  const pending: Value[] = []
  const levels: number[] = []
  const enter = (value: Value, level: number): void => {
    if (typeof value !== 'object' || value === null) return
    if (!Array.isArray(value) && !isMap(value) && !(value instanceof Tagged)) return
    if (level > limit) {
      throw new BeamcadeError('too_deep', `The arguments are nested deeper than ${limit} levels.`, {
        details: { limit },
      })
    }
    pending.push(value)
    levels.push(level)
  }
  for (const value of values) enter(value, 1)
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const level = (levels.pop() ?? 0) + 1
    if (isBytes(value)) continue
    if (isMap(value)) {
      for (const [key, item] of value) {
        enter(key, level)
        enter(item, level)
      }
    } else {
      for (const item of value instanceof Tagged ? value.fields : (value as readonly Value[])) enter(item, level)
    }
  }
}
