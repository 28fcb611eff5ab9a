/** What the stats of agents are worth, and what groups share. All sums are float32, each step of them. */
import type { Agent } from './objects/agent.ts'
import type { World } from './world/world.ts'

/** Pays each agent the difference between what its stats are worth now and what they were worth before. */
export function payStats(world: World): void {
  for (const agent of world.agents) {
    if (agent.type.rewards.length === 0) continue
    const worth = worthOf(world, agent)
    const difference = Math.fround(worth - agent.statReward)
    if (difference === 0) continue
    world.rewards[agent.index] = (world.rewards[agent.index] ?? 0) + difference
    agent.statReward = worth
  }
}

function worthOf(world: World, agent: Agent): number {
  let sum = 0
  for (const { stat, weight, max } of agent.type.rewards) {
    const value = Math.fround(agent.stats.get(stat) + world.stats.get(stat))
    sum = Math.fround(sum + Math.min(Math.fround(value * weight), max))
  }
  return sum
}

/** Takes each group's share from the rewards of its agents and spreads it evenly over all of them. */
export class GroupSharing {
  /** By agent: position of its group. */
  readonly #groupOf: Uint8Array
  readonly #sizes: number[] = []
  readonly #pools: Float32Array

  /** Groups are those that are on the map: their numbers may have gaps. */
  constructor(agents: readonly Agent[]) {
    const positions = new Map<number, number>()
    this.#groupOf = Uint8Array.from(agents, ({ type }) => {
      const position = positions.get(type.group) ?? positions.size
      positions.set(type.group, position)
      this.#sizes[position] = (this.#sizes[position] ?? 0) + 1
      return position
    })
    this.#pools = new Float32Array(positions.size)
  }

  /** Only where there is any reward. */
  share({ agents, rewards }: World): void {
    const pools = this.#pools.fill(0)
    for (const { index, type } of agents) {
      const reward = rewards[index] ?? 0
      if (reward === 0) continue
      const group = this.#groupOf[index] ?? 0
      const share = Math.fround(reward * type.groupRewardShare)
      rewards[index] = reward - share
      pools[group] = (pools[group] ?? 0) + Math.fround(share / (this.#sizes[group] ?? 1))
    }
    for (const { index } of agents) rewards[index] = (rewards[index] ?? 0) + (pools[this.#groupOf[index] ?? 0] ?? 0)
  }
}
