/** JSON Schema as it was before `withDefs`. */
import type { JsonSchema } from '../../src/engine/index.ts'

/** The schema with every reference replaced by what it means. */
export function expanded(schema: JsonSchema): JsonSchema {
  const { $defs = {}, ...whole } = schema
  const look = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(look)
    if (typeof node !== 'object' || node === null) return node
    const { $ref, ...own } = node as Record<string, unknown>
    const said = Object.fromEntries(Object.entries(own).map(([key, item]) => [key, look(item)]))
    if (typeof $ref !== 'string') return said
    const meant = ($defs as Record<string, unknown>)[$ref.slice('#/$defs/'.length)]
    if (meant === undefined) throw new Error(`${$ref} means nothing`)
    return { ...(look(meant) as object), ...said }
  }
  return look(whole) as JsonSchema
}
