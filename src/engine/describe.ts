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

/** The shape that a tree of {@link shapeValue} stands for, as JSON of a node that may be another version. */
export function shapeOf(tree: unknown): Shape {
  const { kind, of, key, value, fields, ...rest } = tree as Readonly<Record<string, unknown>>
  const bounds: object = Object.fromEntries(Object.entries(rest).filter(([fact]) => FACTS.has(fact)))
  switch (kind) {
    case 'list':
    case 'nullable':
      return { ...bounds, kind, of: shapeOf(of) }
    case 'union':
      return { ...bounds, kind, of: (of as unknown[]).map(shapeOf) }
    case 'record':
      return { ...bounds, kind, key: shapeOf(key), value: shapeOf(value) }
    case 'object': {
      const all = Object.entries(fields as Readonly<Record<string, { optional?: boolean }>>)
      return {
        ...bounds,
        kind,
        fields: new Map(
          all.map(([name, field]) => [name, { shape: shapeOf(field), optional: field.optional === true }]),
        ),
      }
    }
    default:
      return LEAVES.has(String(kind)) ? ({ ...bounds, kind } as Shape) : { kind: 'value' }
  }
}

/** What is told of a shape besides its kind and its parts. */
const FACTS = new Set(['doc', 'min', 'max', 'maxBytes', 'values'])
const LEAVES = new Set(['integer', 'float', 'boolean', 'string', 'bytes', 'name', 'null', 'value', 'opaque'])

function isShape(item: unknown): item is Shape {
  return typeof item === 'object' && item !== null && 'kind' in item
}

/** What `beamcade:describe/1` answers for one operation. */
export function describeOperation(operation: Operation) {
  const { module, name, doc, params, reply, wires, reads, output } = operation
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
    reads,
  }
}

/** What `beamcade:describe/0` answers for one operation. */
export function summarizeOperation({ module, name, doc, params }: Operation) {
  const names = params.map((param) => (param.optional ? `[${param.name}]` : param.name))
  return { module, name, usage: `${module}:${name}(${names.join(', ')})`, doc }
}
