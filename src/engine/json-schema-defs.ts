/** JSON Schema without repetitions: parts that are there more than once move to `$defs`, under the name of a property. */
import type { JsonSchema } from './json-schema.ts'

/** What stands beside a `$ref` and is said of one place only. */
const OWN = new Set(['description', 'default'])
/** Shorter ones stay where they are: a reference is not shorter, and has to be looked up. */
const SHORTEST = 60

/** The same schema, each of its longer parts once. Parts are equal if their text is, apart from description and default. */
export function withDefs(schema: JsonSchema): JsonSchema {
  const times = new Map<string, number>()
  const count = (part: JsonSchema): JsonSchema => {
    const key = keyOf(part)
    const before = times.get(key) ?? 0
    times.set(key, before + 1)
    // What lies in a part that was met before is not met once more: it will be there once.
    if (before === 0) mapParts(part, '', count)
    return part
  }
  mapParts(schema, '', count)

  const defs: Record<string, JsonSchema> = {}
  const names = new Map<string, string>()
  const replace = (part: JsonSchema, property: string): JsonSchema => {
    const key = keyOf(part)
    if (key.length < SHORTEST || (times.get(key) ?? 0) < 2) return mapParts(part, property, replace)
    let name = names.get(key)
    if (name === undefined) {
      name = unusedName(property, defs)
      names.set(key, name)
      // Its place first: those in it come behind it.
      defs[name] = {}
      defs[name] = mapParts(coreOf(part), property, replace)
    }
    const own = Object.entries(part).filter(([word]) => OWN.has(word))
    return { $ref: `#/$defs/${name}`, ...Object.fromEntries(own) }
  }
  const whole = mapParts(schema, '', replace)
  return names.size === 0 ? whole : { ...whole, $defs: defs }
}

function coreOf(part: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(part).filter(([word]) => !OWN.has(word)))
}

function keyOf(part: JsonSchema): string {
  return JSON.stringify(coreOf(part))
}

function unusedName(property: string, defs: Readonly<Record<string, JsonSchema>>): string {
  const plain = property === '' ? 'value' : property
  let name = plain
  for (let i = 2; Object.hasOwn(defs, name); i += 1) name = `${plain}_${i}`
  return name
}

/** The schema with each schema directly in it replaced. `property`: the name under which the nearest one stands. */
function mapParts(
  schema: JsonSchema,
  property: string,
  change: (part: JsonSchema, property: string) => JsonSchema,
): JsonSchema {
  const entries = Object.entries(schema).map(([word, value]): [string, unknown] => {
    switch (word) {
      case 'properties': {
        const all = Object.entries(value as Record<string, JsonSchema>)
        return [word, Object.fromEntries(all.map(([name, part]) => [name, change(part, name)]))]
      }
      case 'items':
      case 'additionalProperties':
        return [word, typeof value === 'object' ? change(value as JsonSchema, property) : value]
      case 'anyOf':
        return [word, (value as readonly JsonSchema[]).map((part) => change(part, property))]
      default:
        return [word, value]
    }
  })
  return Object.fromEntries(entries)
}
