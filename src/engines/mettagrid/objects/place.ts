/** From a map of names to objects in a world. */
import { badGame, type Limits, refused } from '../config/limits.ts'
import type { GameMap } from '../config/map.ts'
import type { Rules } from '../rules.ts'
import { globalTokens } from '../world/tokens.ts'
import type { World } from '../world/world.ts'
import { Agent, type AgentType } from './agent.ts'
import { Assembler, type AssemblerType } from './assembler.ts'
import { Chest, type ChestType } from './chest.ts'
import { Converter, type ConverterType } from './converter.ts'
import type { AnyType } from './index.ts'
import type { Device, GridObject } from './object.ts'
import type { WallType } from './wall.ts'

type Make<Type> = (world: World, type: Type, id: number, row: number, col: number) => GridObject

/** By kind: makes an object and enters it where the world looks for it. */
const MAKE: { [Kind in AnyType['kind']]: Make<Extract<AnyType, { kind: Kind }>> } = {
  agent(world, type: AgentType, id, row, col) {
    const agent = new Agent(id, world.agents.length, type, row, col, world.rules.statNames)
    world.agents.push(agent)
    // The tokens that tell of the game come before its own.
    const globals = globalTokens(world.rules.globals)
    world.book.start[id] = world.book.reserve(globals + type.mostTokens) + globals
    return agent
  },
  wall({ book, looks }, type: WallType, id, row, col) {
    // Walls of one type share their tokens: they always look the same.
    const start = looks.get(type) ?? book.add(type.tokens)
    looks.set(type, start)
    book.start[id] = start
    book.count[id] = type.tokens.length
    book.fixed[id] = 1
    return { id, type, row, col }
  },
  converter(world, type: ConverterType, id, row, col) {
    const converter = new Converter(id, type, row, col)
    world.converters.push(converter)
    return device(world, converter)
  },
  assembler(world, type: AssemblerType, id, row, col) {
    const assembler = new Assembler(id, type, row, col)
    world.assemblers.push(assembler)
    return device(world, assembler)
  },
  chest: (world, type: ChestType, id, row, col) => device(world, new Chest(id, type, row, col)),
}

function device<T extends Device>(world: World, made: T): T {
  world.devices.push(made)
  world.book.start[made.id] = world.book.reserve(made.type.mostTokens)
  return made
}

/** Makes the objects of a map, row by row. */
export function placeObjects(world: World, map: GameMap): void {
  const { rules, grid, objects, stats } = world
  for (const [cell, name] of map.names.entries()) {
    const type = name === '' ? undefined : rules.types.get(name)
    if (type === undefined) continue
    const id = objects.length
    const row = Math.floor(cell / map.width)
    const col = cell % map.width
    const make = MAKE[type.kind] as Make<AnyType>
    objects.push(make(world, type, id, row, col))
    grid.put(row, col, type.layer, id)
    stats.add(rules.statNames.id(`objects.${name}`), 1)
  }
}

/**
 * What can only be seen with map and configuration side by side, before anything of their size is made.
 * @throws BeamcadeError `bad_game`
 */
export function checkMap(rules: Rules, { names, height, width }: GameMap): void {
  const { agents, devices, clippable, tokens } = count(rules, names, width)
  if (agents === 0) throw badGame('Cannot set buffers before agents are initialized', 'there is no agent on the map')
  const { limits, config, statNames, handlers } = rules
  const observed = config.num_observation_tokens
  const stats = statNames.names.length
  const scanned = handlers.reduce((most, { action }) => Math.max(most, action.scanned?.(height * width) ?? 0), 0)
  const sizes: [limit: keyof Limits, size: number, what: string][] = [
    ['maxAgents', agents, `There are ${agents} agents on the map`],
    ['maxDevices', devices, `There are ${devices} converters, assemblers and chests on the map`],
    ['maxClippable', clippable, `There are ${clippable} assemblers on the map that the clipper can reach`],
    ['maxScannedCells', agents * scanned, `${agents} agents look at ${scanned} cells each for resource_mod`],
    ['maxStats', agents * stats, `${agents} agents have ${stats} stats each`],
    ['maxObjectTokens', tokens, `The objects on the map can have ${tokens} tokens`],
    [
      'maxObservationBytes',
      agents * observed * 3,
      `${agents} agents with ${observed} tokens take ${agents * observed * 3} bytes`,
    ],
  ]
  for (const [limit, size, what] of sizes)
    if (size > limits[limit]) throw refused(`${what}; ${limit} is ${limits[limit]}.`)
}

function count({ types, clipper }: Rules, names: readonly string[], width: number) {
  const counts = { agents: 0, devices: 0, clippable: 0, tokens: 0 }
  const clips = clipper !== undefined && clipper.rate > 0
  for (const [cell, name] of names.entries()) {
    if (name === '') continue
    const type = types.get(name)
    if (type === undefined) {
      throw badGame(`Unknown object type: ${name}`, `row ${Math.floor(cell / width)}, column ${cell % width}`)
    }
    if (type.kind === 'wall') continue
    if (type.kind === 'agent') counts.agents += 1
    else counts.devices += 1
    if (type.kind === 'assembler' && !type.immune && clips) counts.clippable += 1
    counts.tokens += type.mostTokens
  }
  return counts
}
