/**
 * The kinds of objects, by the name of their message in the one-of of `ObjectDefinition`. A new kind is one entry here and
 * a file that makes its type.
 */
import { OBJECT_BODIES, type ObjectDefinition } from '../config/objects.ts'
import { badGame, refused } from '../config/limits.ts'
import { agentType, type AgentType } from './agent.ts'
import type { ObjectSetup } from './object.ts'
import { assemblerType, type AssemblerType } from './assembler.ts'
import { chestType, type ChestType } from './chest.ts'
import { converterType, type ConverterType } from './converter.ts'
import { wallType, type WallType } from './wall.ts'

export type AnyType = AgentType | WallType | ConverterType | AssemblerType | ChestType

type Body = (typeof OBJECT_BODIES)[number]

const KINDS: Record<Body, (definition: ObjectDefinition, setup: ObjectSetup) => AnyType | undefined> = {
  agent: ({ name, agent }, setup) => agent && agentType(name, agent, setup),
  wall: ({ name, wall }) => wall && wallType(name, wall),
  converter: ({ name, converter }, setup) => converter && converterType(name, converter, setup),
  assembler: ({ name, assembler }, setup) => assembler && assemblerType(name, assembler, setup),
  chest: ({ name, chest }, setup) => chest && chestType(name, chest, setup),
}

/** The types of a configuration, by the names that map cells use. @throws BeamcadeError `bad_game` */
export function objectTypes(definitions: readonly ObjectDefinition[], setup: ObjectSetup): Map<string, AnyType> {
  const types = new Map<string, AnyType>()
  const typeNames = new Map<number, string>()
  for (const definition of definitions) {
    const type = objectType(definition, setup)
    if (types.has(type.name)) throw refused(`Two objects of the configuration are called ${type.name}.`)
    const known = typeNames.get(type.typeId) ?? type.typeName
    if (known !== type.typeName) {
      const what = `type_id ${type.typeId} already exists with type_name ${known}. Trying to add ${type.typeName}.`
      throw badGame(`Object ${what}`)
    }
    typeNames.set(type.typeId, known)
    types.set(type.name, type)
  }
  return types
}

function objectType(definition: ObjectDefinition, setup: ObjectSetup): AnyType {
  const bodies = OBJECT_BODIES.filter((body) => definition[body] !== undefined)
  const [body] = bodies
  if (body === undefined) throw badGame('Object definition missing configuration', definition.name)
  if (bodies.length > 1) throw refused(`The object ${definition.name} is ${bodies.join(' and ')}; it can be one only.`)
  const type = KINDS[body](definition, setup)
  if (type === undefined) throw new TypeError(`The object ${definition.name} has no ${body}.`)
  return type
}
