/** What surrounds every action: being frozen, what it needs and costs, what is counted, and the penalty for failing. */
import type { Agent } from '../objects/agent.ts'
import type { World } from '../world/world.ts'
import type { Handler } from './index.ts'
import { drawWhole } from './resources.ts'

/** Does the action of an agent. @returns whether it succeeded */
export function perform(world: World, agent: Agent, type: number, handler: Handler, arg: number): boolean {
  const { stats: common } = world.rules
  if (agent.frozen !== 0) {
    thaw(world, agent)
    return false
  }
  const succeeded = (handler.free || canPay(agent, handler)) && handler.run(world, agent, arg)
  noteMotion(agent, common.withoutMotion)
  agent.previousAction = type
  if (!succeeded) {
    agent.stats.add(handler.failed, 1)
    agent.stats.add(common.failurePenalty, 1)
    punish(world, agent)
    return false
  }
  agent.stats.add(handler.success, 1)
  if (!handler.free) pay(world, agent, handler)
  return true
}

/** Takes an agent's penalty from its reward. */
export function punish({ rewards }: World, { index, type }: Agent): void {
  rewards[index] = (rewards[index] ?? 0) - type.penalty
}

/** One step less to stay frozen. It costs no penalty. */
function thaw(world: World, agent: Agent): void {
  agent.stats.add(world.rules.stats.frozenTicks, 1)
  agent.stats.add(world.frozenTicks.id(agent.type.groupName), 1)
  agent.frozen -= 1
  // How long it still is cannot be seen.
  if (agent.frozen === 0) agent.stale = true
}

function canPay(agent: Agent, { required }: Handler): boolean {
  for (const [item, amount] of required) if (agent.inventory.amount(item) < amount) return false
  return true
}

function pay(world: World, agent: Agent, { consumed }: Handler): void {
  for (const [item, amount] of consumed) {
    const cost = drawWhole(world.random, amount)
    if (cost > 0) agent.change(item, -cost)
  }
}

function noteMotion(agent: Agent, stat: number): void {
  if (agent.row === agent.previousRow && agent.col === agent.previousCol) {
    agent.stepsWithoutMotion += 1
    if (agent.stepsWithoutMotion > agent.stats.get(stat)) agent.stats.set(stat, agent.stepsWithoutMotion)
  } else {
    agent.stepsWithoutMotion = 0
  }
  agent.previousRow = agent.row
  agent.previousCol = agent.col
}
