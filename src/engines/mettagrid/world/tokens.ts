/**
 * What objects look like: for each its tokens, ready to be copied into an observation. A token is one 32-bit word: the
 * location (filled in by the observer), the feature, the value, and 255, which is the first byte of an unused token.
 */
import type { Rules } from '../rules.ts'
import type { Inventory } from './inventory.ts'

export const FEATURE = {
  typeId: 0,
  group: 1,
  frozen: 2,
  orientation: 3,
  converting: 5,
  swappable: 6,
  episodeCompletion: 7,
  lastAction: 8,
  lastActionArg: 9,
  lastReward: 10,
  glyph: 11,
  visitationCounts: 12,
  tag: 13,
  cooldownRemaining: 14,
  clipped: 15,
  remainingUses: 16,
  /** The first resource; the others follow. */
  inventory: 17,
} as const

/** How many resources there can be, so that each has a feature of its own. */
export const MAX_RESOURCES = 256 - FEATURE.inventory

/** A token at location 0. */
export function token(feature: number, value: number): number {
  return (feature << 8) | ((value & 0xff) << 16) | 0xff000000
}

/** Nothing counts visits, but there are tokens for it. */
const VISITATION_TOKENS = 5

/** How many tokens an agent has that tell of the game, as the configuration wants it. */
export function globalTokens(globals: Rules['globals']): number {
  const { episode_completion_pct, last_action, last_reward, visitation_counts } = globals
  const last = 2 * Number(last_action) + Number(last_reward)
  return Number(episode_completion_pct) + last + (visitation_counts ? VISITATION_TOKENS : 0)
}

export class TokenBook {
  /** All tokens of all objects. */
  words: Int32Array
  /** By object id: where its tokens begin. */
  readonly start: Int32Array
  /** By object id: how many tokens it has. */
  readonly count: Int32Array
  /** By object id: 1 if its tokens never change. */
  readonly fixed: Uint8Array
  #used = 0
  /** Where the next word of the object goes that is being written down. */
  #at = 0

  /** @param objects one more than the highest object id */
  constructor(objects: number) {
    this.words = new Int32Array(64)
    this.start = new Int32Array(objects)
    this.count = new Int32Array(objects)
    this.fixed = new Uint8Array(objects)
  }

  /** Sets aside room for the tokens of one object. @returns where it begins */
  reserve(tokens: number): number {
    const start = this.#used
    this.#used += tokens
    if (this.#used > this.words.length) {
      const words = new Int32Array(Math.max(this.#used, 2 * this.words.length))
      words.set(this.words)
      this.words = words
    }
    return start
  }

  /** Writes down tokens that never change. @returns where they begin */
  add(tokens: readonly number[]): number {
    const start = this.reserve(tokens.length)
    this.words.set(tokens, start)
    return start
  }

  /** Begins to write an object down anew, in the room that is reserved for it; `write`, `append` and `end` follow. */
  begin(id: number): void {
    this.#at = this.start[id] ?? 0
  }

  write(feature: number, value: number): void {
    this.words[this.#at++] = token(feature, value)
  }

  /** Writes tokens that were made before. */
  append(tokens: readonly number[]): void {
    for (let i = 0; i < tokens.length; i++) this.words[this.#at++] = tokens[i] ?? 0
  }

  /** A token for each item that is held, in order. */
  writeInventory(inventory: Inventory): void {
    const { items, size } = inventory
    for (let i = 0; i < size; i++) {
      const item = items[i] ?? 0
      this.write(FEATURE.inventory + item, inventory.amount(item))
    }
  }

  end(id: number): void {
    this.count[id] = this.#at - (this.start[id] ?? 0)
  }
}
