/**
 * What each agent sees: global tokens at the centre of its window, then what is around it from near to far, in each cell the
 * agent before the object. Tokens that find no room are counted and left out; once all room is taken nothing more is looked at.
 */
import { type Agent, showAgent } from '../objects/agent.ts'
import { wordsFor } from '../world/crowd.ts'
import type { TokenBook } from '../world/tokens.ts'
import type { Window } from '../world/window.ts'
import type { World } from '../world/world.ts'
import { clearTokens, copyNearer, copyTokens, firstFrom, firstObject, sameCell, tokensIn } from './copy.ts'
import { GlobalTokens } from './global-tokens.ts'
import { Sights } from './sights.ts'

/** The bit of the first cell in a word of `Crowd.find`. */
const FIRST = 0x80000000
/** Bytes of a token. */
const TOKEN = 3

/** Writes the observations of all agents. */
export class Observer {
  readonly #world: World
  readonly #bytes: DataView
  /** Bytes of one observation. */
  readonly #size: number
  readonly #book: TokenBook
  readonly #globals: GlobalTokens
  readonly #sights: Sights
  /** There are so few agents that each is asked where it stands, in less time than the rows of the window take. */
  readonly #few: boolean
  /** The cells of the window that other agents stand on, as `Crowd.find` has them. */
  readonly #seen: Int32Array
  /** Whether there are objects in the list of sights at hand. */
  #objects = false
  /** Tokens of the observation at hand that found no room. */
  #left = 0

  constructor(world: World) {
    const { observations, rules, grid, window, book } = world
    this.#world = world
    this.#bytes = new DataView(observations.buffer, observations.byteOffset, observations.byteLength)
    this.#size = rules.config.num_observation_tokens * TOKEN
    this.#book = book
    this.#globals = new GlobalTokens(world)
    this.#sights = new Sights(grid, window, book, rules.limits.maxSightBytes)
    this.#few = world.agents.length <= window.rows
    this.#seen = wordsFor(window)
  }

  observe(): void {
    const { agents, devices, stats, written, rules, step } = this.#world
    for (let i = 0; i < agents.length; i++) {
      const agent = agents[i]
      if (agent?.stale === true) showAgent(this.#book, agent)
    }
    for (let i = 0; i < devices.length; i++) {
      const device = devices[i]
      if (device?.stale === true) device.show(this.#book, this.#world)
    }
    this.#globals.write(step)
    const capacity = rules.config.num_observation_tokens
    let used = stats.get(rules.stats.written)
    let dropped = stats.get(rules.stats.dropped)
    let free = stats.get(rules.stats.free)
    for (let i = 0; i < agents.length; i++) {
      const agent = agents[i]
      if (agent === undefined) continue
      this.#left = 0
      const first = i * this.#size
      const after = this.#look(agent, first, first + this.#size)
      // Only what the last observation used and this one does not has to be made empty.
      clearTokens(this.#bytes, after, first + TOKEN * (written[i] ?? 0))
      const tokens = tokensIn(after - first)
      written[i] = tokens
      used = Math.fround(used + tokens)
      dropped = Math.fround(dropped + this.#left)
      free = Math.fround(free + capacity - tokens)
    }
    stats.set(rules.stats.written, used)
    stats.set(rules.stats.dropped, dropped)
    stats.set(rules.stats.free, free)
  }

  /** Writes the observation of one agent from byte `first` to `end` at most. @returns where the next token would go */
  #look(agent: Agent, first: number, end: number): number {
    const { id, row, col } = agent
    const { grid, window } = this.#world
    const at = this.#showSelf(id, window, first, end)
    const list = this.#sights.from(row, col)
    const length = this.#sights.words[list] ?? 0
    this.#objects = length < 0
    const next = list + 1
    const last = next + Math.abs(length)
    const { agents } = this.#world
    const others = this.#few
      ? grid.crowd.findAmong(agents, agent, window, this.#seen)
      : grid.crowd.find(row, col, window, this.#seen)
    return others ? this.#showAll(grid.index(row, col), next, last, at, end) : this.#showSights(next, last, at, end)
  }

  /** Shows the global tokens and the agent itself, which lie side by side in the book. @returns where the next token goes */
  #showSelf(id: number, { cells, centre }: Window, first: number, end: number): number {
    const { words, start, count } = this.#book
    const own = start[id] ?? 0
    const globals = own - this.#globals.count
    const to = cells > 0 ? own + (count[id] ?? 0) : own
    if (to - globals <= tokensIn(end - first)) return copyTokens(this.#bytes, first, words, globals, to, centre)
    const at = this.#copy(globals, own, centre, first, end)
    return cells > 0 ? this.#show(id, centre, at, end) : at
  }

  /** Shows words `next` to `last` of a list of sights, and between them the agents that are seen. @returns where the next token goes */
  #showAll(own: number, next: number, last: number, at: number, end: number): number {
    const { grid, window } = this.#world
    const { words } = this.#sights
    const seen = this.#seen
    const simple = !this.#objects
    for (let i = 0; i < seen.length; i++) {
      for (let bits = seen[i] ?? 0; bits !== 0;) {
        const lead = Math.clz32(bits)
        bits ^= FIRST >>> lead
        const rank = 32 * i + lead
        const from = next
        if (simple && at + TOKEN * (last - next) <= end) {
          next = copyNearer(this.#bytes, at, words, next, last, window.ranks, rank)
          at += TOKEN * (next - from)
        } else {
          next = firstFrom(rank, words, next, last, window.ranks)
          at = this.#showSights(from, next, at, end)
        }
        at = this.#show(grid.cells[own + (window.offsets[rank] ?? 0)] ?? 0, window.locations[rank] ?? 0, at, end)
      }
    }
    return this.#showSights(next, last, at, end)
  }

  /** Shows words `from` to `to` of a list of sights. @returns where the next token goes */
  #showSights(from: number, to: number, at: number, end: number): number {
    const { words } = this.#sights
    let next = from
    while (next < to && at < end) {
      const object = this.#objects ? firstObject(words, next, to) : to
      const room = next + tokensIn(end - at)
      at = copyTokens(this.#bytes, at, words, next, object > room ? room : object, 0)
      if (object > room) this.#left += sameCell(words, room, object)
      if (object === to) break
      const word = words[object] ?? 0
      at = this.#show(word >>> 8, word & 0xff, at, end)
      next = object + 1
    }
    return at
  }

  /** Shows an object. @returns where the next token goes */
  #show(id: number, location: number, at: number, end: number): number {
    const from = this.#book.start[id] ?? 0
    return at < end ? this.#copy(from, from + (this.#book.count[id] ?? 0), location, at, end) : at
  }

  /** Copies words of the book as far as there is room, and counts the others. @returns where the next token goes */
  #copy(from: number, to: number, location: number, at: number, end: number): number {
    const room = from + tokensIn(end - at)
    if (to > room) this.#left += to - room
    return copyTokens(this.#bytes, at, this.#book.words, from, to > room ? room : to, location)
  }
}
