/**
 * What each agent sees: global tokens at the centre of its window, then what is around it from near to far, in each cell the
 * agent before the object. Tokens that find no room are counted and left out; once all room is taken nothing more is looked at.
 */
import { type Agent, showAgent } from '../objects/agent.ts'
import { wordsFor } from '../world/crowd.ts'
import { AGENT_LAYER } from '../world/grid.ts'
import type { World } from '../world/world.ts'
import { GlobalTokens } from './global-tokens.ts'
import { Sights } from './sights.ts'

/** An unused token, four bytes at once. */
const UNUSED = -1

/** Writes the observations of all agents. */
export class Observer {
  readonly #world: World
  readonly #bytes: DataView
  /** Bytes of one observation. */
  readonly #size: number
  readonly #globals: GlobalTokens
  readonly #sights: Sights
  /** The cells of the window that agents stand on, as `Crowd.find` has them. */
  readonly #seen: Int32Array
  /** Tokens of the observation at hand that found no room. */
  #left = 0

  constructor(world: World) {
    const { observations, rules, grid, window, book } = world
    this.#world = world
    this.#bytes = new DataView(observations.buffer, observations.byteOffset, observations.byteLength)
    this.#size = rules.config.num_observation_tokens * 3
    this.#globals = new GlobalTokens(world)
    this.#sights = new Sights(grid, window, book, rules.limits.maxSightBytes)
    this.#seen = wordsFor(window)
  }

  observe(): void {
    const { agents, devices, book, stats, written, rules } = this.#world
    for (let i = 0; i < agents.length; i++) {
      const agent = agents[i]
      if (agent?.stale === true) showAgent(book, agent)
    }
    for (let i = 0; i < devices.length; i++) {
      const device = devices[i]
      if (device?.stale === true) device.show(book, this.#world)
    }
    this.#globals.begin()
    const capacity = rules.config.num_observation_tokens
    let used = stats.get(rules.stats.written)
    let dropped = stats.get(rules.stats.dropped)
    let free = stats.get(rules.stats.free)
    for (let i = 0; i < agents.length; i++) {
      const agent = agents[i]
      if (agent === undefined) continue
      const tokens = this.#look(agent, written[i] ?? 0)
      written[i] = tokens
      used = Math.fround(used + tokens)
      dropped = Math.fround(dropped + this.#left)
      free = Math.fround(free + capacity - tokens)
    }
    stats.set(rules.stats.written, used)
    stats.set(rules.stats.dropped, dropped)
    stats.set(rules.stats.free, free)
  }

  /**
   * Writes the observation of one agent.
   * @param before how many tokens the last one had
   * @returns how many this one has
   */
  #look(agent: Agent, before: number): number {
    const { grid, window } = this.#world
    const { offsets, locations } = window
    const first = agent.index * this.#size
    const end = first + this.#size
    this.#left = 0
    this.#globals.write(agent.index)
    let at = this.#copy(this.#globals.words, 0, this.#globals.count, first, end)

    const seen = this.#seen
    grid.crowd.find(agent.row, agent.col, window, seen)
    const list = this.#sights.from(agent.row, agent.col)
    const { words } = this.#sights
    const own = grid.index(agent.row, agent.col)
    let next = list + 1
    const last = next + (words[list] ?? 0)
    for (let i = 0; i < seen.length; i++) {
      for (let bits = seen[i] ?? 0; bits !== 0;) {
        const lead = Math.clz32(bits)
        bits ^= 0x80000000 >>> lead
        const rank = 32 * i + lead
        const from = next
        next = this.#nearer(next, last, rank)
        at = this.#copy(words, from, next, at, end)
        const id = grid.cells[own + (offsets[rank] ?? 0) + AGENT_LAYER] ?? 0
        at = this.#show(id, locations[rank] ?? 0, at, end)
      }
    }
    at = this.#copy(words, next, last, at, end)

    // Only what the last observation used and this one does not has to be made empty.
    for (let tail = at; tail < first + 3 * before; tail += 3) this.#bytes.setInt32(tail, UNUSED, true)
    return (at - first) / 3
  }

  /** Where in a list of sights the cell of a rank begins. */
  #nearer(next: number, last: number, rank: number): number {
    const { ranks } = this.#world.window
    const { words } = this.#sights
    while (next < last && (ranks[(words[next] ?? 0) & 0xff] ?? 0) < rank) next += 1
    return next
  }

  /** Writes words of a list of sights, as far as there is room. @returns where the next token goes */
  #copy(words: Int32Array, from: number, to: number, at: number, end: number): number {
    let next = from
    while (next < to && at < end) {
      const word = words[next++] ?? 0
      if (word < 0) {
        this.#bytes.setInt32(at, word, true)
        at += 3
      } else {
        at = this.#show(word >>> 8, word & 0xff, at, end)
      }
    }
    // The object that took the last room is still counted: what it shows besides has the same location.
    const location = (words[next - 1] ?? 0) & 0xff
    for (; next > from && next < to && ((words[next] ?? 0) & 0xff) === location; next++) this.#left += 1
    return at
  }

  /** Writes an object's tokens as far as there is room. @returns where the next token goes */
  #show(id: number, location: number, at: number, end: number): number {
    if (at >= end) return at
    const { words, start, count } = this.#world.book
    const from = start[id] ?? 0
    const tokens = count[id] ?? 0
    const fitting = Math.min(tokens, (end - at) / 3)
    for (let i = from; i < from + fitting; i++) {
      this.#bytes.setInt32(at, (words[i] ?? 0) | location, true)
      at += 3
    }
    this.#left += tokens - fitting
    return at
  }
}
