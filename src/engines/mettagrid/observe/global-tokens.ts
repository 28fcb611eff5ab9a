/** The tokens at an agent's own cell that tell of the game and of its last step. They lie in the book before its own tokens. */
import { FEATURE, globalTokens, token } from '../world/tokens.ts'
import type { World } from '../world/world.ts'

/** They are not shown. */
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
  /** By agent: where in the book they begin. */
  readonly #starts: Int32Array
  /** A float32, as steps are when they are divided. */
  readonly #maxSteps: number

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
    this.#maxSteps = Math.fround(rules.config.max_steps)
    this.#starts = Int32Array.from(agents, ({ id }) => (book.start[id] ?? 0) - this.count)
    // Nothing counts visits: these stay.
    for (const start of this.#starts) book.words.fill(token(FEATURE.visitationCounts, 0), start, start + this.count)
  }

  /** Writes down those of all agents. */
  write(step: number): void {
    if (this.#completionAt !== NOWHERE) this.#writeCompletion(step)
    if (this.#actionAt !== NOWHERE) this.#writeActions()
    if (this.#rewardAt !== NOWHERE) this.#writeRewards()
  }

  #writeCompletion(step: number): void {
    const starts = this.#starts
    const share = this.#maxSteps === 0 ? 0 : Math.fround(Math.fround(step) / this.#maxSteps) * 255
    const word = this.#noCompletion | byteOf(share)
    for (let i = 0; i < starts.length; i++) this.#words[(starts[i] ?? 0) + this.#completionAt] = word
  }

  #writeActions(): void {
    const starts = this.#starts
    const kinds = this.#maxArgs.length
    for (let i = 0; i < starts.length; i++) {
      const at = (starts[i] ?? 0) + this.#actionAt
      const type = this.#types[i] ?? 0
      const arg = this.#args[i] ?? 0
      const valid = type >= 0 && type < kinds && arg >= 0 && arg <= (this.#maxArgs[type] ?? 0)
      const flat = valid ? (this.#flatBase[type] ?? 0) + arg : 0
      this.#words[at] = this.#noAction | ((flat & 0xff) << 16)
      this.#words[at + 1] = this.#noArg | ((arg & 0xff) << 16)
    }
  }

  #writeRewards(): void {
    const starts = this.#starts
    for (let i = 0; i < starts.length; i++) {
      const reward = this.#rewards[i] ?? 0
      const value = reward === 0 ? 0 : byteOf(reward * 100)
      this.#words[(starts[i] ?? 0) + this.#rewardAt] = this.#noReward | value
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
