/**
 * Freezes an agent in front and takes what it holds. The argument says how many of the agents in reach to pass over; it has
 * priority over all other actions, so that what it freezes cannot act in the same step.
 */
import { checkItems, itemsOf } from '../config/items.ts'
import type { Agent } from '../objects/agent.ts'
import { AGENT_LAYER, NOTHING } from '../world/grid.ts'
import { type Amounts, inHashOrder } from '../world/hash-order.ts'
import { clockwise, colStep, rowStep } from '../world/orientation.ts'
import type { World } from '../world/world.ts'
import type { ActionKind } from './action.ts'
import { AttackStats } from './attack-stats.ts'

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
  prepare({ attack: config }, { directions, resources, stats }) {
    const scan = directions > 4 ? DIAGONAL : STRAIGHT
    const defense = inHashOrder(config?.defense ?? {})
    checkItems('The action attack', { defense: itemsOf(config?.defense ?? {}) }, resources.length)
    const attacks = new Attacks(scan, defense, new AttackStats(stats, resources))
    return {
      maxArg: scan.length - 1,
      variant: (arg) => `attack_${arg}`,
      run: (world, agent, skip) => attacks.attack(world, agent, skip),
    }
  },
}

/** How many orientations there are. */
const ORIENTATIONS = 8

class Attacks {
  readonly #defense: Amounts
  readonly #stats: AttackStats
  /** Cells of a scan. */
  readonly #length: number
  /** By orientation, then by cell of the scan: how many rows and columns it is away. */
  readonly #rows: Int8Array
  readonly #cols: Int8Array
  /** What a target holds before it is robbed. */
  readonly #held = new Uint8Array(256)

  constructor(scan: Scan, defense: Amounts, stats: AttackStats) {
    this.#defense = defense
    this.#stats = stats
    this.#length = scan.length
    const away = (step: (orientation: number) => number) =>
      Int8Array.from(
        Array.from({ length: ORIENTATIONS }, (_, to) =>
          scan.map(([ahead, right]) => ahead * step(to) + right * step(clockwise(to))),
        ).flat(),
      )
    this.#rows = away(rowStep)
    this.#cols = away(colStep)
  }

  attack(world: World, agent: Agent, skip: number): boolean {
    const target = this.#find(world, agent, skip)
    if (target === undefined) return false
    if (defends(target, this.#defense)) agent.stats.add(this.#stats.blockedBy.id(groupOf(agent), groupOf(target)), 1)
    else this.#hit(world, agent, target)
    return true
  }

  /** The agent after `skip` others, or the last one if there are fewer. */
  #find(world: World, { row, col, orientation }: Agent, skip: number): Agent | undefined {
    const { grid } = world
    const first = orientation * this.#length
    let found = NOTHING
    let passed = 0
    for (let i = first; i < first + this.#length; i++) {
      const there = grid.cells[grid.nearest(row + (this.#rows[i] ?? 0), col + (this.#cols[i] ?? 0)) + AGENT_LAYER] ?? 0
      if (there === NOTHING) continue
      found = there
      if (passed++ === skip) break
    }
    return found === NOTHING ? undefined : world.agentWithId(found)
  }

  #hit(world: World, agent: Agent, target: Agent): void {
    const stats = this.#stats
    const wasFrozen = target.frozen > 0
    target.frozen = target.type.freezeDuration
    target.stale = true
    if (wasFrozen) {
      agent.stats.add(stats.plain.id(groupOf(agent), 'wasted_on_frozen'), 1)
      return
    }
    this.#rob(agent, target)
    if (groupOf(agent) === groupOf(target)) {
      agent.stats.add(stats.plain.id(groupOf(agent), 'friendly_fire'), 1)
    } else {
      agent.stats.add(stats.hit.id(groupOf(agent), groupOf(target)), 1)
      target.stats.add(stats.hitBy.id(groupOf(target), groupOf(agent)), 1)
    }
  }

  /** Takes everything that is not bound to its owner, as far as there is room. */
  #rob(agent: Agent, target: Agent): void {
    const { inventory, type } = target
    const { size } = inventory
    for (let i = 0; i < size; i++) this.#held[i] = inventory.items[i] ?? 0
    for (let i = 0; i < size; i++) {
      const item = this.#held[i] ?? 0
      if (type.soulBound.has(item)) continue
      const stolen = agent.change(item, inventory.amount(item))
      if (stolen === 0) continue
      target.change(item, -stolen)
      agent.stats.add(this.#stats.steals(item).id(groupOf(agent), groupOf(target)), stolen)
    }
  }
}

function groupOf(agent: Agent): string {
  return agent.type.groupName
}

/** A target that holds all that a defense takes loses that, and nothing more. */
function defends(target: Agent, defense: Amounts): boolean {
  if (defense.length === 0) return false
  for (const [item, amount] of defense) if (target.inventory.amount(item) < amount) return false
  for (const [item, amount] of defense) target.change(item, -amount)
  return true
}
