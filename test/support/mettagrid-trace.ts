/** Replays recordings of the reference engine and compares every bit of what can be seen. Format: test/vectors/mettagrid. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from '@jest/globals'
import { readerOf, type Value } from '../../src/engine/index.ts'
import {
  gameConfigSchema,
  mapSchema,
  MettagridGame,
  type GameRequest,
  type StepInput,
} from '../../src/engines/mettagrid/index.ts'

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
  agents: { r: number; c: number; o: number; g: number; f: number; inv: [number, number][] }[]
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
    objects: { id: number; type_name: string; type_id: number; r: number; c: number; layer: number }[]
  }
}

export function readTrace(path: string | URL): Trace {
  return JSON.parse(readFileSync(path, 'utf8')) as Trace
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
    agents: world.agents.map(({ row, col, orientation, glyph, frozen, inventory }) => ({
      r: row,
      c: col,
      o: orientation,
      g: glyph,
      f: frozen,
      inv: [...inventory.items.subarray(0, inventory.size)].map((item) => [item, inventory.amount(item)]),
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

/** What a record says about the state after it: not the input, and not the rewards in decimals, which the bits repeat. */
function visible(record: State): Partial<State> {
  const { obs, obs_sha256, rewards_hex, terminals, truncations, success, agents, t = 0 } = record
  return { t, obs_sha256, rewards_hex, terminals, truncations, success, agents, ...(obs !== undefined && { obs }) }
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
  const shown = world.objects.flatMap((object) => {
    if (object === undefined || !(object.type.layer === 0 || ('swappable' in object.type && object.type.swappable)))
      return []
    const { typeName, typeId, layer } = object.type
    return [{ id: object.id, type_name: typeName, type_id: typeId, r: object.row, c: object.col, layer }]
  })
  expect(
    final.objects.map(({ id, type_name, type_id, r, c, layer }) => ({ id, type_name, type_id, r, c, layer })),
  ).toEqual(shown)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function bigEndian(rewards: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * rewards.length))
  for (const [i, reward] of rewards.entries()) view.setFloat32(4 * i, reward)
  return new Uint8Array(view.buffer)
}
