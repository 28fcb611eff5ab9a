/** A game at a moment: everything that changes while it runs. `step.ts` says how. */
import { Clipper } from '../clipper.ts'
import type { GameMap } from '../config/map.ts'
import { Agent, showOrientation } from '../objects/agent.ts'
import type { Assembler } from '../objects/assembler.ts'
import type { Converter } from '../objects/converter.ts'
import type { Device, GridObject } from '../objects/object.ts'
import { checkMap, placeObjects } from '../objects/place.ts'
import type { WallType } from '../objects/wall.ts'
import type { Rules } from '../rules.ts'
import { Grid, NOTHING } from './grid.ts'
import { Random } from './random.ts'
import { Ring } from './ring.ts'
import { StatFamily, Stats } from './stats.ts'
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
  /** What changes without moving, in the order of the map; among it the converters and assemblers. */
  readonly devices: Device[] = []
  readonly converters: Converter[] = []
  readonly assemblers: Assembler[] = []
  /** The agents around an assembler. */
  readonly ring: Ring
  readonly clipper: Clipper | undefined
  readonly book: TokenBook
  /** By type of walls: where the tokens begin that all of them have. */
  readonly looks = new Map<WallType, number>()
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

  /** `status.frozen.ticks.<group>` */
  readonly frozenTicks: StatFamily

  /** @throws BeamcadeError `bad_game` */
  constructor(rules: Rules, map: GameMap, seed: number) {
    const { config } = rules
    this.rules = rules
    this.random = new Random(seed)
    this.stats = new Stats(rules.statNames)
    this.frozenTicks = new StatFamily(rules.statNames, 'status.frozen.ticks.')
    this.grid = new Grid(map.height, map.width, Math.max(1, reach(config.obs_height), reach(config.obs_width)))
    this.window = windowOf(config.obs_height, config.obs_width, this.grid)
    checkMap(rules, map)
    this.book = new TokenBook(1 + map.names.filter((name) => name !== '').length)
    this.ring = new Ring(this.grid, (id) => this.agentWithId(id))
    placeObjects(this, map)
    this.clipper = rules.clipper && new Clipper(rules.clipper, this.assemblers, this.grid, seed)
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

  turn(agent: Agent, orientation: number): void {
    if (agent.orientation === orientation) return
    agent.orientation = orientation
    showOrientation(this.book, agent)
  }

  /** Takes an agent to another cell, which is free. */
  moveAgent(agent: Agent, row: number, col: number): void {
    this.grid.moveAgent(agent.id, agent.row, agent.col, row, col)
    agent.row = row
    agent.col = col
  }

  /** Two objects change places; each stays in its layer. */
  exchange(one: GridObject, other: GridObject): void {
    const { row, col } = one
    this.#lift(one)
    this.#lift(other)
    this.#settle(one, other.row, other.col)
    this.#settle(other, row, col)
  }

  #lift({ row, col, type }: GridObject): void {
    this.grid.put(row, col, type.layer, NOTHING)
  }

  #settle(object: GridObject, row: number, col: number): void {
    this.grid.put(row, col, object.type.layer, object.id)
    object.row = row
    object.col = col
  }
}
