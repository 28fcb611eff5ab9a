/** A game at a moment: everything that changes while it runs. `step.ts` says how. */
import { badGame, refused } from '../config/limits.ts'
import type { GameMap } from '../config/map.ts'
import { Agent, mostTokens } from '../objects/agent.ts'
import type { GridObject } from '../objects/object.ts'
import type { WallType } from '../objects/wall.ts'
import type { Rules } from '../rules.ts'
import { Grid } from './grid.ts'
import { Random } from './random.ts'
import { Stats } from './stats.ts'
import { TokenBook } from './tokens.ts'
import { reach, type Window, windowOf } from './window.ts'

export class World {
  readonly rules: Rules
  readonly grid: Grid
  readonly window: Window
  readonly random: Random
  /** By id; there is none with id 0. */
  readonly objects: (GridObject | undefined)[] = [undefined]
  /** In the order of the map. */
  readonly agents: Agent[] = []
  readonly book: TokenBook
  /** The game's own stats. */
  readonly stats: Stats

  /** Steps done. */
  step = 0
  /** Of the last step, by agent. */
  readonly rewards: Float32Array
  readonly terminals: Uint8Array
  readonly truncations: Uint8Array
  readonly success: Uint8Array
  /** Sum of the rewards of all steps, as they were before sharing. */
  readonly episodeRewards: Float32Array
  /** Three bytes a token, `num_observation_tokens` an agent; then one byte that belongs to nobody. */
  readonly observations: Uint8Array
  /** By agent: how many tokens of its observation are used. */
  readonly written: Int32Array
  /** By agent: type and argument of the action it attempts in this step. */
  readonly types: Int32Array
  readonly args: Int32Array
  /** The order in which agents act in this step. */
  readonly order: Uint16Array
  /** Stats that invalid actions made. */
  invalidStats = 0

  readonly #frozenTicksOf = new Map<string, number>()

  /** @throws BeamcadeError `bad_game` */
  constructor(rules: Rules, map: GameMap, seed: number) {
    const { config } = rules
    this.rules = rules
    this.random = new Random(seed)
    this.stats = new Stats(rules.statNames)
    this.grid = new Grid(map.height, map.width, Math.max(reach(config.obs_height), reach(config.obs_width)))
    this.window = windowOf(config.obs_height, config.obs_width, this.grid)
    checkMap(rules, map)
    this.book = new TokenBook(1 + map.names.filter((name) => name !== '').length)
    this.#place(map)
    const agents = this.agents.length
    this.rewards = new Float32Array(agents)
    this.episodeRewards = new Float32Array(agents)
    this.terminals = new Uint8Array(agents)
    this.truncations = new Uint8Array(agents)
    this.success = new Uint8Array(agents)
    // The last store of a token reaches one byte too far.
    this.observations = new Uint8Array(agents * config.num_observation_tokens * 3 + 1).fill(255)
    this.written = new Int32Array(agents)
    this.types = new Int32Array(agents)
    this.args = new Int32Array(agents)
    this.order = new Uint16Array(agents)
  }

  /** The agent behind an id that the grid gave. */
  agentWithId(id: number): Agent {
    const object = this.objects[id]
    if (object instanceof Agent) return object
    throw new TypeError(`The object ${id} is no agent.`)
  }

  /** The number of a stat whose name only the course of the game shows. */
  stat(name: string): number {
    return this.rules.statNames.id(name)
  }

  /** `status.frozen.ticks.<group>`, without making the name each time. */
  frozenTicksOf(group: string): number {
    const known = this.#frozenTicksOf.get(group)
    if (known !== undefined) return known
    const id = this.stat(`status.frozen.ticks.${group}`)
    this.#frozenTicksOf.set(group, id)
    return id
  }

  turn(agent: Agent, orientation: number): void {
    if (agent.orientation === orientation) return
    agent.orientation = orientation
    agent.stale = true
  }

  /** Puts an object into another cell, which is free. */
  relocate(object: GridObject, row: number, col: number): void {
    const { layer } = object.type
    this.grid.put(object.row, object.col, layer, 0)
    this.grid.put(row, col, layer, object.id)
    object.row = row
    object.col = col
  }

  /** Makes the objects of a map, row by row. */
  #place(map: GameMap): void {
    const { rules, book, objects } = this
    const looks = new Map<WallType, number>()
    for (const [cell, name] of map.names.entries()) {
      const type = name === '' ? undefined : rules.types.get(name)
      if (type === undefined) continue
      const id = objects.length
      const row = Math.floor(cell / map.width)
      const col = cell % map.width
      this.grid.put(row, col, type.layer, id)
      this.stats.add(rules.statNames.id(`objects.${name}`), 1)
      if (type.kind === 'agent') {
        const agent = new Agent(id, this.agents.length, type, row, col, rules.statNames)
        this.agents.push(agent)
        objects.push(agent)
        book.start[id] = book.reserve(mostTokens(type))
      } else {
        // Walls of one type share their tokens: they always look the same.
        const start = looks.get(type) ?? book.add(type.tokens)
        looks.set(type, start)
        book.start[id] = start
        book.count[id] = type.tokens.length
        book.fixed[id] = 1
        objects.push({ id, type, row, col })
      }
    }
  }
}

/** What can only be seen with map and configuration side by side, before anything of their size is made. */
function checkMap({ types, config, limits }: Rules, { names, width }: GameMap): void {
  let agents = 0
  for (const [cell, name] of names.entries()) {
    if (name === '') continue
    const type = types.get(name)
    if (type === undefined) {
      throw badGame(`Unknown object type: ${name}`, `row ${Math.floor(cell / width)}, column ${cell % width}`)
    }
    if (type.kind === 'agent') agents += 1
  }
  if (agents === 0) throw badGame('Cannot set buffers before agents are initialized', 'there is no agent on the map')
  if (agents > limits.maxAgents)
    throw refused(`There are ${agents} agents on the map; maxAgents is ${limits.maxAgents}.`)
  const bytes = agents * config.num_observation_tokens * 3
  if (bytes > limits.maxObservationBytes) {
    const sizes = `${agents} agents with ${config.num_observation_tokens} tokens`
    throw refused(`${sizes} take ${bytes} bytes; maxObservationBytes is ${limits.maxObservationBytes}.`)
  }
}
