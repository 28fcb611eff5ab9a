/**
 * Freezes an agent in front and takes what it holds. The argument says how many of the agents in reach to pass over; it has
 * priority over all other actions, so that what it freezes cannot act in the same step.
 */
import { checkItems, itemsOf } from '../config/items.ts'
import type { Agent } from '../objects/agent.ts'
import { AGENT_LAYER, NOTHING } from '../world/grid.ts'
import { inHashOrder } from '../world/hash-order.ts'
import type { World } from '../world/world.ts'
import type { ActionKind } from './action.ts'

/** Cells in the order of the scan: how far ahead, how far to the right. */
type Scan = readonly (readonly [ahead: number, right: number])[]
const STRAIGHT: Scan = [1, 2, 3].flatMap((ahead) => [0, -1, 1].map((right): [number, number] => [ahead, right]))
const DIAGONAL: Scan = [
  [1, 0],
  [2, -1],
  [1, 1],
  [2, 0],
  [3, -2],
  [1, 2],
  [3, -1],
  [2, 1],
  [3, 0],
]

export const attack: ActionKind = {
  type: 'ACTION_ATTACK',
  priority: 1,
  prepare({ attack: config }, { directions, resources }) {
    const scan = directions > 4 ? DIAGONAL : STRAIGHT
    const defense = inHashOrder(config?.defense ?? {})
    checkItems('The action attack', { defense: itemsOf(config?.defense ?? {}) }, resources.length)
    return {
      maxArg: scan.length - 1,
      variant: (arg) => `attack_${arg}`,
      run(world, agent, skip) {
        const target = find(world, agent, scan, skip)
        if (target === undefined) return false
        if (!defends(target, defense)) hit(world, agent, target)
        else count(world, agent, agent, `blocked_by.${target.type.groupName}`)
        return true
      },
    }
  },
}

/** The agent after `skip` others, or the last one if there are fewer. */
function find(world: World, { row, col, orientation }: Agent, scan: Scan, skip: number): Agent | undefined {
  const { grid } = world
  let found = NOTHING
  let passed = 0
  for (const [ahead, right] of scan) {
    const there = grid.cells[grid.ahead(row, col, orientation, ahead, right) + AGENT_LAYER] ?? NOTHING
    if (there === NOTHING) continue
    found = there
    if (passed++ === skip) break
  }
  return found === NOTHING ? undefined : world.agentWithId(found)
}

/** A target that holds all that a defense takes loses that, and nothing more. */
function defends(target: Agent, defense: readonly (readonly [item: number, amount: number])[]): boolean {
  if (defense.length === 0) return false
  for (const [item, amount] of defense) if (target.inventory.amount(item) < amount) return false
  for (const [item, amount] of defense) target.change(item, -amount)
  return true
}

function hit(world: World, agent: Agent, target: Agent): void {
  const wasFrozen = target.frozen > 0
  target.frozen = target.type.freezeDuration
  target.stale = true
  if (wasFrozen) {
    count(world, agent, agent, 'wasted_on_frozen')
    return
  }
  rob(world, agent, target)
  if (agent.type.groupName === target.type.groupName) {
    count(world, agent, agent, 'friendly_fire')
  } else {
    count(world, agent, agent, `hit.${target.type.groupName}`)
    count(world, target, target, `hit_by.${agent.type.groupName}`)
  }
}

/** Takes everything that is not bound to its owner, as far as there is room. */
function rob(world: World, agent: Agent, target: Agent): void {
  const { inventory, type } = target
  for (const item of inventory.items.slice(0, inventory.size)) {
    if (type.soulBound.has(item)) continue
    const stolen = agent.change(item, inventory.amount(item))
    if (stolen === 0) continue
    target.change(item, -stolen)
    count(world, agent, agent, `steals.${world.rules.resources[item] ?? ''}.from.${type.groupName}`, stolen)
  }
}

/** Counts for `owner` what an attack by (or on) the group of `of` did. */
function count(world: World, owner: Agent, of: Agent, what: string, amount = 1): void {
  owner.stats.add(world.stat(`action.attack.${of.type.groupName}.${what}`), amount)
}
