/** Operations in words, for people and for the command line: what `beamcade:describe` answers. */
import type { Operation } from './operation.ts'
import type { Field, Shape } from './shape.ts'
import { Float, type Value } from './value.ts'

/** A type on one line: `[integer 0..255]`, `{game_id: string, link?: boolean}`. */
export function typeText(shape: Shape): string {
  switch (shape.kind) {
    case 'integer': {
      const from = shape.min === Number.MIN_SAFE_INTEGER ? '' : String(shape.min)
      const to = shape.max === Number.MAX_SAFE_INTEGER ? '' : String(shape.max)
      return from === '' && to === '' ? 'integer' : `integer ${from}..${to}`
    }
    case 'name':
      return shape.values?.join(' | ') ?? 'name'
    case 'list':
      return `[${typeText(shape.of)}]`
    case 'record':
      return `{${typeText(shape.key)} => ${typeText(shape.value)}}`
    case 'object':
      return `{${[...shape.fields].map(([name, field]) => fieldText(name, field)).join(', ')}}`
    case 'union':
      return shape.of.map(typeText).join(' | ')
    case 'nullable':
      return `${typeText(shape.of)} | null`
    default:
      return shape.kind
  }
}

function fieldText(name: string, field: Field): string {
  return `${name}${field.optional ? '?' : ''}: ${typeText(field.shape)}`
}

/** A shape as a value: maps, lists and texts, for programs that make something of it. */
export function shapeValue(shape: Shape): Value {
  const map = new Map<Value, Value>([['kind', shape.kind]])
  for (const [key, item] of Object.entries(shape) as [string, unknown][]) {
    if (key === 'refined' || item === undefined) continue
    if (key === 'fields' && shape.kind === 'object') map.set(key, fieldsValue(shape.fields))
    else if (isShape(item)) map.set(key, shapeValue(item))
    else if (Array.isArray(item))
      map.set(
        key,
        item.map((part) => (isShape(part) ? shapeValue(part) : (part as Value))),
      )
    // A bound of a float is one as well: the largest float is no exact integer.
    else if (shape.kind === 'float' && Number.isInteger(item)) map.set(key, new Float(item as number))
    else map.set(key, item as Value)
  }
  return map
}

function fieldsValue(fields: ReadonlyMap<string, Field>): Value {
  const pairs = [...fields].map(([name, field]) => {
    const described = shapeValue(field.shape) as ReadonlyMap<Value, Value>
    return [name, new Map<Value, Value>([...described, ['optional', field.optional]])] as const
  })
  return new Map<Value, Value>(pairs)
}

function isShape(item: unknown): item is Shape {
  return typeof item === 'object' && item !== null && 'kind' in item
}

/** What `beamcade:describe/1` answers for one operation. */
export function describeOperation(operation: Operation) {
  const { module, name, doc, params, reply, wires, output } = operation
  return {
    module,
    name,
    doc,
    params: params.map((param) => ({
      name: param.name,
      doc: param.doc,
      optional: param.optional,
      type: typeText(param.shape),
      schema: shapeValue(param.shape),
    })),
    returns: typeText(output),
    output: shapeValue(output),
    reply,
    wires,
  }
}

/** What `beamcade:describe/0` answers for one operation. */
export function summarizeOperation({ module, name, doc, params }: Operation) {
  const names = params.map((param) => (param.optional ? `[${param.name}]` : param.name))
  return { module, name, usage: `${module}:${name}(${names.join(', ')})`, doc }
}
