/** The tokens at an agent's own cell that tell of the game and of its last step. They lie in the book before its own tokens. */
import { FEATURE, globalTokens, token } from '../world/tokens.ts'
import type { World } from '../world/world.ts'

/** Not shown. */
const NOWHERE = -1

export class GlobalTokens {
  /** How many an agent has. */
  readonly count: number
  readonly #words: Int32Array
  readonly #types: Int32Array
  readonly #args: Int32Array
  readonly #rewards: Float32Array
  /** By action type: the highest argument, and the flat index of argument 0. */
  readonly #maxArgs: Int32Array
  readonly #flatBase: Int32Array
  /** Where they are among the global tokens. */
  readonly #completionAt: number
  readonly #actionAt: number
  readonly #rewardAt: number
  /** The tokens with 0 as value. */
  readonly #noCompletion = token(FEATURE.episodeCompletion, 0)
  readonly #noAction = token(FEATURE.lastAction, 0)
  readonly #noArg = token(FEATURE.lastActionArg, 0)
  readonly #noReward = token(FEATURE.lastReward, 0)
  /** What is the same for all agents in this step. */
  #completion = 0

  constructor({ rules, book, agents, types, args, rewards }: World) {
    const { episode_completion_pct: completion, last_action: action, last_reward: reward } = rules.globals
    this.count = globalTokens(rules.globals)
    this.#words = book.words
    this.#types = types
    this.#args = args
    this.#rewards = rewards
    this.#maxArgs = Int32Array.from(rules.handlers, (handler) => handler.action.maxArg)
    this.#flatBase = Int32Array.from(rules.flatBase)
    this.#completionAt = completion ? 0 : NOWHERE
    this.#actionAt = action ? Number(completion) : NOWHERE
    this.#rewardAt = reward ? Number(completion) + 2 * Number(action) : NOWHERE
    // Nothing counts visits: these stay.
    const nothing = token(FEATURE.visitationCounts, 0)
    for (const { id } of agents) book.words.fill(nothing, (book.start[id] ?? 0) - this.count, book.start[id])
  }

  /** Before the agents: what is the same for all of them. */
  begin(step: number, maxSteps: number): void {
    this.#completion = this.#noCompletion | byteOf(maxSteps === 0 ? 0 : Math.fround(step / maxSteps) * 255)
  }

  /** Writes down those of an agent. @param at where in the book its own tokens begin */
  write(index: number, at: number): void {
    const words = this.#words
    const first = at - this.count
    if (this.#completionAt >= 0) words[first] = this.#completion
    if (this.#actionAt >= 0) {
      const type = this.#types[index] ?? 0
      const arg = this.#args[index] ?? 0
      const known = type >= 0 && type < this.#maxArgs.length
      const valid = known && arg >= 0 && arg <= (this.#maxArgs[type] ?? 0)
      const flat = valid ? (this.#flatBase[type] ?? 0) + arg : 0
      words[first + this.#actionAt] = this.#noAction | ((flat & 0xff) << 16)
      words[first + this.#actionAt + 1] = this.#noArg | ((arg & 0xff) << 16)
    }
    if (this.#rewardAt >= 0) {
      const reward = this.#rewards[index] ?? 0
      words[first + this.#rewardAt] = reward === 0 ? this.#noReward : this.#noReward | byteOf(reward * 100)
    }
  }
}

/**
 * A float32 as the value of a token: halves away from zero; the low byte is what is shown. What 32 bits cannot hold becomes
 * 0, as on the reference's processor.
 */
function byteOf(value: number): number {
  const single = Math.fround(value)
  const whole = single < 0 ? -Math.floor(0.5 - single) : Math.floor(single + 0.5)
  return whole >= -2147483648 && whole <= 2147483647 ? (whole & 0xff) << 16 : 0
}
