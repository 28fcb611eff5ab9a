/**
 * What each agent sees: global tokens at the centre of its window, then the objects around it from near to far. Tokens that
 * find no room are counted and left out; once all room is taken nothing more is looked at.
 */
import { showAgent } from './objects/agent.ts'
import { AGENT_LAYER, NOTHING, OBJECT_LAYER } from './world/grid.ts'
import { FEATURE, token } from './world/tokens.ts'
import type { World } from './world/world.ts'

const VISITATION_TOKENS = 5

/** Writes the observations of all agents. */
export class Observer {
  readonly #world: World
  readonly #bytes: DataView
  readonly #capacity: number
  /** Tokens of the observation at hand that found no room. */
  #left = 0
  readonly #globals = new Int32Array(4 + VISITATION_TOKENS)

  constructor(world: World) {
    this.#world = world
    const { buffer, byteOffset, byteLength } = world.observations
    this.#bytes = new DataView(buffer, byteOffset, byteLength)
    this.#capacity = world.rules.config.num_observation_tokens
  }

  observe(): void {
    const { agents, book } = this.#world
    for (const agent of agents) if (agent.stale) showAgent(book, agent)
    for (let index = 0; index < agents.length; index++) this.#look(index)
  }

  #look(index: number): void {
    const { grid, window, agents, written, stats, rules, observations } = this.#world
    const { cells } = grid
    const { offsets, locations } = window
    const agent = agents[index]
    if (agent === undefined) return
    const first = index * this.#capacity * 3
    const end = first + this.#capacity * 3
    const own = grid.index(agent.row, agent.col)

    this.#left = 0
    let at = this.#writeGlobals(index, first, end)
    for (let i = 0; i < offsets.length && at < end; i++) {
      const cell = own + (offsets[i] ?? 0)
      const agentId = cells[cell + AGENT_LAYER] ?? 0
      const objectId = cells[cell + OBJECT_LAYER] ?? 0
      // Most cells are empty: one question for both layers.
      if ((agentId | objectId) === NOTHING) continue
      const location = locations[i] ?? 0
      if (agentId !== NOTHING) at = this.#writeObject(agentId, location, at, end)
      if (objectId !== NOTHING && at < end) at = this.#writeObject(objectId, location, at, end)
    }

    // Only what the last observation used and this one does not has to be made empty.
    const before = first + 3 * (written[index] ?? 0)
    if (before > at) observations.fill(255, at, before)
    const used = (at - first) / 3
    written[index] = used
    stats.add(rules.stats.written, used)
    stats.add(rules.stats.dropped, this.#left)
    stats.add(rules.stats.free, this.#capacity - used)
  }

  /** Copies an object's tokens as far as there is room. @returns where the next one goes */
  #writeObject(id: number, location: number, at: number, end: number): number {
    const { words, start, count } = this.#world.book
    const from = start[id] ?? 0
    const tokens = count[id] ?? 0
    const fitting = Math.min(tokens, (end - at) / 3)
    for (let i = 0; i < fitting; i++) this.#bytes.setUint32(at + 3 * i, (words[from + i] ?? 0) | location, true)
    this.#left += tokens - fitting
    return at + 3 * fitting
  }

  /** @returns where the next token goes */
  #writeGlobals(index: number, at: number, end: number): number {
    const { rules, window, step, types, args, rewards } = this.#world
    const { globals, config, flatBase, handlers } = rules
    const words = this.#globals
    let n = 0
    if (globals.episode_completion_pct)
      words[n++] = token(FEATURE.episodeCompletion, completion(step, config.max_steps))
    if (globals.last_action) {
      const type = types[index] ?? 0
      const arg = args[index] ?? 0
      const valid = arg >= 0 && arg <= (handlers[type]?.action.maxArg ?? -1)
      words[n++] = token(FEATURE.lastAction, valid ? (flatBase[type] ?? 0) + arg : 0)
      words[n++] = token(FEATURE.lastActionArg, arg)
    }
    if (globals.last_reward) words[n++] = token(FEATURE.lastReward, rounded(Math.fround((rewards[index] ?? 0) * 100)))
    if (globals.visitation_counts) {
      for (let i = 0; i < VISITATION_TOKENS; i++) words[n++] = token(FEATURE.visitationCounts, 0)
    }
    const fitting = Math.min(n, (end - at) / 3)
    for (let i = 0; i < fitting; i++) this.#bytes.setUint32(at + 3 * i, (words[i] ?? 0) | window.centre, true)
    this.#left += n - fitting
    return at + 3 * fitting
  }
}

/** Share of the episode that is over, of 255; runs past that when the game goes on after its end. */
function completion(step: number, maxSteps: number): number {
  return maxSteps === 0 ? 0 : rounded(Math.fround(Math.fround(step / maxSteps) * 255))
}

/** Halves away from zero; the low byte is what is shown. What 32 bits cannot hold becomes 0, as on the reference's processor. */
function rounded(value: number): number {
  const whole = value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5)
  return whole >= -2147483648 && whole <= 2147483647 ? whole : 0
}
