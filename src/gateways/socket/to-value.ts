/**
 * A Protobuf message -> the value that operations take: a map by the names of the .proto file. What is absent stays
 * absent, so that the operation's schema fills in the default; a one-of is the field that is set.
 */
import { ScalarType, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf'
import type { Value } from '../../engine/index.ts'

/** Converts messages of one type. */
export type ToValue = (message: Message) => ReadonlyMap<Value, Value>

/** The fields of a message by the names that the generated code gives them. */
type Fields = Readonly<Record<string, unknown>>
/** A one-of, as the generated code has it. */
interface OneOf {
  readonly case: string | undefined
  readonly value?: unknown
}

type Convert = (value: unknown) => Value

/** The converter of a message type; its parts are made once. */
export function toValueOf(desc: DescMessage, known = new Map<DescMessage, ToValue>()): ToValue {
  const made = known.get(desc)
  if (made !== undefined) return made
  const fields = desc.fields.map((field) => ({
    name: field.name,
    get: getter(field),
    convert: converter(field, known),
  }))
  const convert: ToValue = (message) => {
    const map = new Map<Value, Value>()
    for (const { name, get, convert } of fields) {
      const value = get(message)
      if (value !== undefined) map.set(name, convert(value))
    }
    return map
  }
  known.set(desc, convert)
  return convert
}

/** What reads a field off a message; undefined where it is not set. */
function getter(field: DescField): (message: Fields) => unknown {
  const { localName, oneof } = field
  if (oneof !== undefined) {
    return (message) => {
      const chosen = message[oneof.localName] as OneOf
      return chosen.case === localName ? chosen.value : undefined
    }
  }
  return (message) => message[localName]
}

function converter(field: DescField, known: Map<DescMessage, ToValue>): Convert {
  switch (field.fieldKind) {
    case 'message': {
      const convert = toValueOf(field.message, known)
      return (value) => convert(value as Message)
    }
    case 'enum': {
      const { enum: type } = field
      // A number without a name is no case of it, which is what the first case is for.
      return (value) => (type.value[value as number] ?? type.values[0])?.name ?? null
    }
    case 'list': {
      if (field.listKind !== 'message') return (value) => value as Value
      const convert = toValueOf(field.message, known)
      return (value) => (value as readonly Message[]).map(convert)
    }
    case 'map': {
      const key = field.mapKey === ScalarType.STRING ? (text: string): Value => text : Number
      return (value) => new Map(Object.entries(value as Record<string, Value>).map(([name, item]) => [key(name), item]))
    }
    case 'scalar':
      return (value) => value as Value
  }
}
