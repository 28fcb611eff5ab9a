/**
 * A game as bytes, and back: the request it was made from, and everything that has changed since. JSON with the arrays as
 * base64; floats keep every bit, as their bytes.
 */
import { z } from 'zod'
import { BeamcadeError, isBeamcadeError, messageOf } from '../../errors.ts'
import { utf8 } from '../../engine/index.ts'
import { gameConfigSchema } from './config/config.ts'
import { mapSchema } from './config/map.ts'
import { clipperSchema, devicesSchema, loadClipper, loadDevice, saveClipper, saveDevice } from './snapshot/devices.ts'
import {
  base64,
  byte,
  expectLength,
  fill,
  float,
  floatOf,
  floatText,
  inventory,
  loadInventory,
  random,
} from './snapshot/forms.ts'
import type { World } from './world/world.ts'

/** Raised with every change of the layout that older versions cannot read. */
const FORMAT = 2

/** What a game is made from. */
export const requestSchema = z.strictObject({
  config: gameConfigSchema,
  map: mapSchema,
  seed: z.int().min(0).max(4_294_967_295),
})
export type GameRequest = z.output<typeof requestSchema>

const stats = z.array(z.tuple([z.string(), float]))

const agentSchema = z.strictObject({
  orientation: z.int().min(0).max(7),
  glyph: byte,
  frozen: byte,
  previous: z.tuple([z.int(), z.int(), z.int()]),
  still: z.int().min(0),
  statReward: float,
  ...inventory,
  stats,
})

const snapshotSchema = z.strictObject({
  engine: z.literal('mettagrid'),
  format: z.literal(FORMAT),
  request: requestSchema,
  step: z.int().min(0),
  random,
  positions: z.array(z.int().min(0)),
  agents: z.array(agentSchema),
  devices: devicesSchema,
  clipper: clipperSchema.optional(),
  invalidStats: z.int().min(0),
  statNames: z.array(z.string()),
  stats,
  arrays: z.record(z.string(), z.string()),
})

type Snapshot = z.output<typeof snapshotSchema>

/** @returns UTF-8 */
export function takeSnapshot(world: World, request: GameRequest): Uint8Array {
  const snapshot: Snapshot = {
    engine: 'mettagrid',
    format: FORMAT,
    request,
    step: world.step,
    random: world.random.save(),
    positions: world.objects.flatMap((object) => (object === undefined ? [] : [object.row, object.col])),
    agents: world.agents.map((agent) => ({
      orientation: agent.orientation,
      glyph: agent.glyph,
      frozen: agent.frozen,
      previous: [agent.previousRow, agent.previousCol, agent.previousAction],
      still: agent.stepsWithoutMotion,
      statReward: floatText(agent.statReward),
      ...agent.inventory.save(),
      stats: agent.stats.entries().map(([name, value]) => [name, floatText(value)]),
    })),
    devices: world.devices.map(saveDevice),
    ...(world.clipper && { clipper: saveClipper(world.clipper) }),
    invalidStats: world.invalidStats,
    statNames: [...world.rules.statNames.names],
    stats: world.stats.entries().map(([name, value]) => [name, floatText(value)]),
    arrays: Object.fromEntries(Object.entries(arraysOf(world)).map(([name, array]) => [name, base64(array)])),
  }
  return new TextEncoder().encode(JSON.stringify(snapshot))
}

/** Reads a snapshot; `make` makes the world of its request. @throws BeamcadeError `bad_snapshot` */
export function fromSnapshot<T extends { readonly world: World }>(
  bytes: Uint8Array,
  make: (request: GameRequest) => T,
): T {
  try {
    const snapshot = snapshotSchema.parse(JSON.parse(utf8(bytes) ?? ''))
    const made = make(snapshot.request)
    load(made.world, snapshot)
    return made
  } catch (error) {
    if (isBeamcadeError(error) && error.code === 'bad_snapshot') throw error
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new BeamcadeError('bad_snapshot', `These bytes are no snapshot of a mettagrid game: ${why}`, { cause: error })
  }
}

function load(world: World, snapshot: Snapshot): void {
  expectLength('agents', snapshot.agents.length, world.agents.length)
  expectLength('positions', snapshot.positions.length, 2 * (world.objects.length - 1))
  world.step = snapshot.step
  world.random.load(snapshot.random)
  world.invalidStats = snapshot.invalidStats
  // Stats keep the order in which they got their numbers.
  for (const name of snapshot.statNames) world.stat(name)
  world.stats.load(floats(snapshot.stats))
  move(world, snapshot.positions)
  for (const [index, agent] of world.agents.entries()) {
    const saved = snapshot.agents[index]
    if (saved === undefined) continue
    const [row, col, action] = saved.previous
    Object.assign(agent, { orientation: saved.orientation, glyph: saved.glyph, frozen: saved.frozen, stale: true })
    Object.assign(agent, {
      previousRow: row,
      previousCol: col,
      previousAction: action,
      stepsWithoutMotion: saved.still,
    })
    agent.statReward = floatOf(saved.statReward)
    loadInventory(agent.inventory, saved, world.rules.resources.length)
    agent.stats.load(floats(saved.stats))
  }
  expectLength('devices', snapshot.devices.length, world.devices.length)
  for (const [index, device] of world.devices.entries()) {
    const saved = snapshot.devices[index]
    if (saved !== undefined) loadDevice(world, device, saved)
  }
  loadClipper(world, snapshot.clipper)
  for (const [name, array] of Object.entries(arraysOf(world))) {
    fill(name, array, snapshot.arrays[name] ?? '')
  }
}

/** Takes all objects off the grid before it puts them back: two may have changed places. */
function move(world: World, positions: readonly number[]): void {
  const { grid } = world
  for (const object of world.objects) if (object !== undefined) grid.put(object.row, object.col, object.type.layer, 0)
  for (const object of world.objects) {
    if (object === undefined) continue
    object.row = positions[2 * object.id - 2] ?? -1
    object.col = positions[2 * object.id - 1] ?? -1
    if (!grid.inside(object.row, object.col) || grid.at(object.row, object.col, object.type.layer) !== 0) {
      throw new BeamcadeError('bad_snapshot', `The object ${object.id} stands where it cannot stand.`)
    }
    grid.put(object.row, object.col, object.type.layer, object.id)
  }
}

function arraysOf(world: World) {
  const { rewards, episodeRewards, terminals, truncations, success, observations, written } = world
  return { rewards, episodeRewards, terminals, truncations, success, observations, written }
}

function floats(entries: readonly (readonly [name: string, text: string])[]): [string, number][] {
  return entries.map(([name, text]) => [name, floatOf(text)])
}
