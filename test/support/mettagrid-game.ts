/** Small MettaGrid games, drawn as text, for tests from the text of the rules. */
import { readerOf, type Value } from '../../src/engine/index.ts'
import { gameConfigSchema, mapSchema, MettagridGame, type GameRequest } from '../../src/engines/mettagrid/index.ts'
import type { GridObject } from '../../src/engines/mettagrid/objects/object.ts'
import { valueOf } from './mettagrid-trace.ts'

type Json = Record<string, unknown>

export interface Sketch {
  rows: readonly string[]
  legend?: Record<string, string>
  /** Names of actions, or whole definitions. */
  actions?: readonly (string | Json)[]
  /** Fields of the agents by object name; `{ agent: {} }` unless given. */
  agents?: Record<string, Json>
  /** More objects: by name a definition, such as `{ chest: {} }`. Each gets a type of its own. */
  objects?: Record<string, Record<string, Json>>
  config?: Json
  seed?: number
}

const TYPES: Record<string, string> = {
  noop: 'ACTION_NOOP',
  move: 'ACTION_MOVE',
  rotate: 'ACTION_ROTATE',
  attack: 'ACTION_ATTACK',
  change_glyph: 'ACTION_CHANGE_GLYPH',
  swap: 'ACTION_SWAP',
  put_items: 'ACTION_PUT_ITEMS',
  get_items: 'ACTION_GET_ITEMS',
  resource_mod: 'ACTION_RESOURCE_MOD',
}

/** An action definition with the right type; `body` is its configuration. */
export function action(name: string, body: Json = {}): Json {
  return { name, type: TYPES[name], [name]: body }
}

/** The request of a sketch, read as a gateway's would be. */
export function sketch({
  rows,
  legend = {},
  actions = ['noop', 'move'],
  agents = { agent: {} },
  objects = {},
  config,
  seed = 42,
}: Sketch): GameRequest {
  const json = {
    obs_width: 5,
    obs_height: 5,
    num_observation_tokens: 60,
    actions: actions.map((one) => (typeof one === 'string' ? action(one) : one)),
    objects: [
      { name: 'wall', wall: { type_id: 1, type_name: 'wall' } },
      ...Object.entries(agents).map(([name, agent]) => ({
        name,
        agent: { type_name: 'agent', group_name: 'red', ...agent },
      })),
      ...Object.entries(objects).map(([name, definition], i) => ({
        name,
        ...Object.fromEntries(
          Object.entries(definition).map(([kind, body]) => [kind, { type_id: 10 + i, type_name: name, ...body }]),
        ),
      })),
    ],
    ...config,
  }
  const read = (schema: Parameters<typeof readerOf>[0], value: Value, name: string) => readerOf(schema)(value, [name])
  return {
    config: read(gameConfigSchema, valueOf(json), 'config') as GameRequest['config'],
    map: read(mapSchema, valueOf({ rows, legend }), 'map') as GameRequest['map'],
    seed,
  }
}

export function play(what: Sketch): MettagridGame {
  return new MettagridGame(sketch(what))
}

/** The flat index of an action by its name. */
export function flat(game: MettagridGame, name: string): number {
  const index = game.world.rules.flat.findIndex((action) => action.name === name)
  if (index < 0) throw new Error(`no action ${name}`)
  return index
}

/** One step with actions by name. */
export function act(game: MettagridGame, ...names: string[]) {
  return game.step({ flat: names.map((name) => flat(game, name)) })
}

/** Tokens of an agent as `[location, feature, value]`, unused ones left out. */
export function tokens(game: MettagridGame, agent = 0): [number, number, number][] {
  const size = game.world.rules.config.num_observation_tokens * 3
  const bytes = [...game.state().observations.subarray(agent * size, (agent + 1) * size)]
  return Array.from({ length: size / 3 }, (_, i): [number, number, number] => [
    bytes[3 * i] ?? 0,
    bytes[3 * i + 1] ?? 0,
    bytes[3 * i + 2] ?? 0,
  ]).filter(([location]) => location !== 255)
}

/** The stats of an agent. */
export function statsOf(game: MettagridGame, agent = 0): Record<string, number> {
  return Object.fromEntries(game.world.agents[agent]?.stats.entries() ?? [])
}

/** What an agent holds, in order. */
export function holds(game: MettagridGame, agent = 0): [item: number, amount: number][] {
  const { items, amounts } = game.world.agents[agent]?.inventory.save() ?? { items: [], amounts: [] }
  return items.map((item, i) => [item, amounts[i] ?? 0])
}

/** The only object of a kind, or the one with that name. */
export function found<T>(game: MettagridGame, kind: abstract new (...args: never[]) => T, name?: string): T {
  for (const object of game.world.objects) {
    if (!(object instanceof kind)) continue
    if (name === undefined || (object as GridObject).type.name === name) return object
  }
  throw new Error(`there is no ${name ?? kind.name}`)
}

/** Features and values that agent 0 sees of an object, by its place in the window. */
export function seen(game: MettagridGame, location: number): [feature: number, value: number][] {
  return tokens(game).flatMap(([at, feature, value]): [number, number][] => (at === location ? [[feature, value]] : []))
}

/** The stats of the game. */
export function gameStats(game: MettagridGame): Record<string, number> {
  return Object.fromEntries(game.world.stats.entries())
}
