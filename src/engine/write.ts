/** What a handler answered -> value, by the output's shape: objects become maps, everything else stays as it is. */
import { isMap } from './phrases.ts'
import { isPlain, type Shape } from './shape.ts'
import type { Value } from './value.ts'

export type Writer = (result: unknown) => Value

/** The writer of a shape. Lists of plain values pass without being walked. */
export function writerOf(shape: Shape): Writer {
  if (isPlain(shape)) return (result) => result as Value
  switch (shape.kind) {
    case 'list': {
      const write = writerOf(shape.of)
      return (result) => (result as readonly unknown[]).map(write)
    }
    case 'nullable': {
      const write = writerOf(shape.of)
      return (result) => (result === null ? null : write(result))
    }
    case 'object': {
      const fields = [...shape.fields].map(([name, field]) => ({ name, write: writerOf(field.shape) }))
      return (result) => {
        const object = result as Readonly<Record<string, unknown>>
        const map = new Map<Value, Value>()
        for (const { name, write } of fields) {
          const item = object[name]
          if (item !== undefined) map.set(name, write(item))
        }
        return map
      }
    }
    case 'record': {
      const write = writerOf(shape.value)
      const numeric = shape.key.kind === 'integer'
      return (result) => {
        const map = new Map<Value, Value>()
        for (const [key, item] of Object.entries(result as object)) map.set(numeric ? Number(key) : key, write(item))
        return map
      }
    }
    default:
      // A union of which one side is an object.
      return (result) => loose(result)
  }
}

function loose(result: unknown): Value {
  if (Array.isArray(result)) return result.map(loose)
  if (typeof result !== 'object' || result === null || isMap(result)) return result as Value
  if (Object.getPrototypeOf(result) !== Object.prototype) return result as Value
  return new Map<Value, Value>(Object.entries(result).map(([key, item]) => [key, loose(item)]))
}
