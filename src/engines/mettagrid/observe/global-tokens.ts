/** The tokens at an agent's own cell that tell of the game and of its last step. */
import { FEATURE, token } from '../world/tokens.ts'
import type { World } from '../world/world.ts'

/** Nothing counts visits: these tokens say 0. */
const VISITATION_TOKENS = 5

export class GlobalTokens {
  /** The tokens of one agent: the first `count` entries. */
  readonly words: Int32Array
  readonly count: number
  readonly #world: World
  /** By action type: the highest argument, and the flat index of argument 0. */
  readonly #maxArgs: Int32Array
  readonly #flatBase: Int32Array

  constructor(world: World) {
    const { handlers, flatBase, globals } = world.rules
    this.#world = world
    this.#maxArgs = Int32Array.from(handlers, ({ action }) => action.maxArg)
    this.#flatBase = Int32Array.from(flatBase)
    const { episode_completion_pct: completion, last_action: action, last_reward: reward, visitation_counts } = globals
    this.count = Number(completion) + 2 * Number(action) + Number(reward) + (visitation_counts ? VISITATION_TOKENS : 0)
    this.words = new Int32Array(this.count).fill(token(FEATURE.visitationCounts, 0) | world.window.centre)
  }

  /** Writes down what is the same for all agents in this step. */
  begin(): void {
    const { rules, step, window } = this.#world
    if (!rules.globals.episode_completion_pct) return
    this.words[0] = token(FEATURE.episodeCompletion, completion(step, rules.config.max_steps)) | window.centre
  }

  /** Writes down the tokens of an agent. */
  write(index: number): void {
    const { rules, window, types, args, rewards } = this.#world
    const { words } = this
    let n = rules.globals.episode_completion_pct ? 1 : 0
    if (rules.globals.last_action) {
      const type = types[index] ?? 0
      const arg = args[index] ?? 0
      const valid = type >= 0 && type < this.#maxArgs.length && arg >= 0 && arg <= (this.#maxArgs[type] ?? -1)
      words[n++] = token(FEATURE.lastAction, valid ? (this.#flatBase[type] ?? 0) + arg : 0) | window.centre
      words[n++] = token(FEATURE.lastActionArg, arg) | window.centre
    }
    if (rules.globals.last_reward) {
      words[n] = token(FEATURE.lastReward, rounded(Math.fround((rewards[index] ?? 0) * 100))) | window.centre
    }
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
