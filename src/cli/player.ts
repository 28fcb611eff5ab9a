/** A game of MettaGrid in which one agent is played and the others do nothing, or anything. */
import { BeamcadeError } from '../errors.ts'
import type { Picture, TraceWriter } from '../engine/index.ts'
import { agentLine, Random, render, type MettagridGame } from '../engines/mettagrid/index.ts'

export interface PlayerOptions {
  readonly game: MettagridGame
  /** Which agent is played. */
  readonly agent: number
  readonly others: 'noop' | 'random'
  /** Of what the others do. */
  readonly seed: number
}

/** What the last step came to, for the agent that is played. */
export interface Outcome {
  readonly step: number
  readonly action: string
  readonly success: boolean
  readonly reward: number
  readonly total: number
  readonly terminated: boolean
  readonly truncated: boolean
  readonly row: number
  readonly col: number
  readonly holds: Readonly<Record<string, number>>
}

export class Player {
  /** Names of the flat actions. */
  readonly actions: readonly string[]
  readonly #options: PlayerOptions
  readonly #random: Random
  readonly #noop: number
  #last: number | undefined
  #trace: TraceWriter | undefined

  /** @throws BeamcadeError `bad_usage` if there is no such agent, or nothing for the others to do */
  constructor(options: PlayerOptions) {
    const { game, agent, others, seed } = options
    const { agents, rules } = game.world
    this.#options = options
    this.#random = new Random(seed)
    this.actions = rules.flat.map((action) => action.name)
    this.#noop = this.actions.indexOf('noop')
    if (agent >= agents.length) {
      throw new BeamcadeError('bad_usage', `There is no agent ${agent}: the map has agents 0 to ${agents.length - 1}.`)
    }
    if (others === 'noop' && agents.length > 1 && this.#noop < 0) {
      throw new BeamcadeError('bad_usage', 'This game has no action noop for the other agents: use --others random.')
    }
  }

  /** Records from now on. */
  record(write: (game: MettagridGame) => TraceWriter): void {
    const { game } = this.#options
    const writer = write(game)
    this.#trace = writer
    game.watch((input) => void writer.step(input, game.state()))
  }

  /** What was recorded. */
  get trace(): string | undefined {
    return this.#trace?.text(true)
  }

  /** The flat action that a word means: its name, or its number. @throws BeamcadeError `bad_usage` */
  actionOf(word: string): number {
    const byName = this.actions.indexOf(word)
    if (byName >= 0) return byName
    const index = /^-?\d{1,9}$/.test(word) ? Number(word) : undefined
    // A number that is no action is one that fails, in the game itself.
    if (index !== undefined) return index
    const known = this.actions.map((name, i) => `${i} ${name}`).join(', ')
    throw new BeamcadeError('bad_usage', `There is no action ${JSON.stringify(word)}; there are ${known}.`)
  }

  step(action: number): Outcome {
    const { game, agent } = this.#options
    const flat = game.world.agents.map(({ index }) => (index === agent ? action : this.#otherAction()))
    this.#last = action
    game.advance({ flat })
    return this.outcome()
  }

  outcome(): Outcome {
    const { game, agent: index } = this.#options
    const { world } = game
    const agent = world.agents[index]
    if (agent === undefined) throw new TypeError('no such agent')
    const { items, size } = agent.inventory
    const held = [...items.subarray(0, size)].map((item) => {
      return [world.rules.resources[item] ?? String(item), agent.inventory.amount(item)] as const
    })
    return {
      step: world.step,
      action: this.#last === undefined ? '' : (this.actions[this.#last] ?? `invalid action ${this.#last}`),
      success: world.success[index] === 1,
      reward: world.rewards[index] ?? 0,
      total: world.episodeRewards[index] ?? 0,
      terminated: world.terminals[index] === 1,
      truncated: world.truncations[index] === 1,
      row: agent.row,
      col: agent.col,
      holds: Object.fromEntries(held),
    }
  }

  /** The board with the played agent as `@`, and a line about it. */
  picture(): Picture {
    const { game, agent } = this.#options
    const { row = 0, col = 0 } = game.world.agents[agent] ?? {}
    const board = render(game.world).map((line, r) =>
      r === row ? `${line.slice(0, col)}@${line.slice(col + 1)}` : line,
    )
    return { board, notes: [agentLine(game.world, agent)], centre: { row, col } }
  }

  /** What stands above the board. */
  title(): string {
    const { step, action, success } = this.outcome()
    const { max_steps: most } = this.#options.game.world.rules.config
    const done = action === '' ? '' : `  ${action}: ${success ? 'done' : 'failed'}`
    return `step ${step}${most === 0 ? '' : ` of ${most}`}${done}`
  }

  #otherAction(): number {
    return this.#options.others === 'noop' ? this.#noop : this.#random.below(this.actions.length)
  }
}
