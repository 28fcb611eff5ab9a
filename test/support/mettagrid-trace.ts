/** Replays recordings of the reference engine and compares every bit of what can be seen. Format: test/vectors/mettagrid. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect } from '@jest/globals'
import { readerOf, type Value } from '../../src/engine/index.ts'
import {
  gameConfigSchema,
  mapSchema,
  MettagridGame,
  type GameRequest,
  type StepInput,
} from '../../src/engines/mettagrid/index.ts'
import { Agent } from '../../src/engines/mettagrid/objects/agent.ts'
import { Assembler, NOT_CLIPPED } from '../../src/engines/mettagrid/objects/assembler.ts'
import { Chest } from '../../src/engines/mettagrid/objects/chest.ts'
import { Converter } from '../../src/engines/mettagrid/objects/converter.ts'
import type { GridObject } from '../../src/engines/mettagrid/objects/object.ts'
import type { Inventory } from '../../src/engines/mettagrid/world/inventory.ts'

interface State {
  t?: number
  flat?: number[]
  typed?: number[]
  obs?: string[]
  obs_sha256: string
  rewards_hex: string
  terminals: string
  truncations: string
  success: string
  agents?: { r: number; c: number; o: number; g: number; f: number; inv: [number, number][] }[]
}

export interface Trace {
  create_game: { config: unknown; map: unknown; seed: number }
  flat_actions: [name: string, type: number, arg: number][]
  total_sha256: string
  initial: State
  steps: State[]
  final: {
    episode_rewards: number[]
    game_stats: Record<string, number>
    agent_stats: Record<string, number>[]
    objects: Record<string, unknown>[]
  }
}

/** @param path of a JSON file, or of one packed by gzip, with `.gz` at the end */
export function readTrace(path: URL): Trace {
  const bytes = readFileSync(path)
  return JSON.parse((path.pathname.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Trace
}

/** JSON as a gateway would hand it over. */
export function valueOf(json: unknown): Value {
  if (Array.isArray(json)) return json.map(valueOf)
  if (typeof json !== 'object' || json === null) return json as Value
  return new Map(Object.entries(json).map(([key, item]) => [key, valueOf(item)]))
}

/** The request of a trace, read by the schemas that operations use. */
export function requestOf({ config, map, seed }: Trace['create_game']): GameRequest {
  return {
    config: readerOf(gameConfigSchema)(valueOf(config), ['config']) as GameRequest['config'],
    map: readerOf(mapSchema)(valueOf(map), ['map']) as GameRequest['map'],
    seed,
  }
}

export function inputOf({ flat, typed = [] }: State): StepInput {
  if (flat !== undefined) return { flat }
  return { types: typed.filter((_, i) => i % 2 === 0), args: typed.filter((_, i) => i % 2 === 1) }
}

/** What a game shows, in the words of a trace. */
export function stateOf(game: MettagridGame): Omit<State, 't' | 'flat' | 'typed'> {
  const { world } = game
  const { observations, rewards, terminals, truncations, action_success } = game.state()
  const size = observations.length / world.agents.length
  const bits = (flags: boolean[]) => flags.map(Number).join('')
  return {
    obs: world.agents.map(({ index }) => {
      const hex = Buffer.from(observations.subarray(index * size, (index + 1) * size)).toString('hex')
      return hex.replace(/(?:ffffff)+$/, '')
    }),
    obs_sha256: sha256(observations),
    rewards_hex: Buffer.from(bigEndian(rewards)).toString('hex'),
    terminals: bits(terminals),
    truncations: bits(truncations),
    success: bits(action_success),
    agents: world.agents.map((agent) => ({
      r: agent.row,
      c: agent.col,
      o: agent.orientation,
      g: agent.glyph,
      f: agent.frozen,
      inv: heldBy(agent),
    })),
  }
}

/** Replays a whole trace. */
export function replay(trace: Trace): MettagridGame {
  const game = new MettagridGame(requestOf(trace.create_game))
  const total = createHash('sha256')
  const compare = (expected: State) => {
    expect({ t: game.state().current_step, ...stateOf(game) }).toMatchObject(visible(expected))
    total.update(game.state().observations)
    total.update(bigEndian(game.state().rewards))
  }
  compare(trace.initial)
  for (const state of trace.steps) {
    game.step(inputOf(state))
    compare(state)
  }
  expect(total.digest('hex')).toBe(trace.total_sha256)
  compareEnd(game, trace)
  return game
}

/**
 * What a record says about the state after it: not the input, and not the rewards in decimals, which the bits repeat. Long
 * traces leave out agents, and most observations, of which they keep the hash.
 */
function visible(record: State): Partial<State> {
  const { obs, obs_sha256, rewards_hex, terminals, truncations, success, agents, t = 0 } = record
  const always = { t, obs_sha256, rewards_hex, terminals, truncations, success }
  return { ...always, ...(obs !== undefined && { obs }), ...(agents !== undefined && { agents }) }
}

function compareEnd({ world }: MettagridGame, { final, flat_actions }: Trace): void {
  const printed = (values: Iterable<readonly [string, number]>) =>
    Object.fromEntries([...values].map(([name, value]) => [name, Math.fround(value)]))
  expect(world.rules.flat.map(({ name, type, arg }) => [name, type, arg])).toEqual(flat_actions)
  expect([...world.episodeRewards]).toEqual(final.episode_rewards.map(Math.fround))
  expect(printed(world.stats.entries())).toEqual(printed(Object.entries(final.game_stats)))
  expect(world.agents.map((agent) => printed(agent.stats.entries()))).toEqual(
    final.agent_stats.map((stats) => printed(Object.entries(stats))),
  )
  const shown = world.objects.flatMap((object) => (object === undefined ? [] : objectOf(object)))
  expect(final.objects.map(rounded)).toEqual(shown)
}

/** Traces print float32 in nine digits. */
function rounded(object: Record<string, unknown>): Record<string, unknown> {
  const { cooldown_multiplier: multiplier } = object
  return typeof multiplier === 'number' ? { ...object, cooldown_multiplier: Math.fround(multiplier) } : object
}

/** What a trace tells of an object at its end; nothing of a plain wall. */
function objectOf(object: GridObject): Record<string, unknown>[] {
  const { typeName, typeId, layer } = object.type
  if ('swappable' in object.type && !object.type.swappable) return []
  const common = { id: object.id, type_name: typeName, type_id: typeId, r: object.row, c: object.col, layer }
  const flag = (set: boolean) => (set ? 1 : 0)
  if (object instanceof Agent) return [{ ...common, inv: heldBy(object) }]
  if (object instanceof Converter) {
    const { converting, coolingDown, conversions } = object
    const state = { converting: flag(converting), cooling_down: flag(coolingDown) }
    return [{ ...common, inv: heldBy(object), ...state, conversions_completed: conversions }]
  }
  if (object instanceof Assembler) {
    const { uses, cooldownEnd, cooldownLength, clipped, slowness } = object
    const state = { uses_count: uses, cooldown_end: cooldownEnd, cooldown_duration: cooldownLength }
    return [{ ...common, ...state, is_clipped: flag(clipped !== NOT_CLIPPED), cooldown_multiplier: slowness }]
  }
  if (object instanceof Chest) return [{ ...common, inv: heldBy(object) }]
  return [common]
}

function heldBy({ inventory }: { readonly inventory: Inventory }): [item: number, amount: number][] {
  return [...inventory.items.subarray(0, inventory.size)].map((item) => [item, inventory.amount(item)])
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function bigEndian(rewards: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * rewards.length))
  for (const [i, reward] of rewards.entries()) view.setFloat32(4 * i, reward)
  return new Uint8Array(view.buffer)
}
