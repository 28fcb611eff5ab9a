/** Agents: what each kind of them is, and what one of them is at a moment. */
import { checkItems, itemsOf } from '../config/items.ts'
import type { AgentConfig } from '../config/objects.ts'
import { type Amounts, inHashOrder } from '../world/hash-order.ts'
import { AGENT_LAYER } from '../world/grid.ts'
import { Inventory, type LimitTable, limitTable } from '../world/inventory.ts'
import { type StatNames, Stats } from '../world/stats.ts'
import { FEATURE, token, type TokenBook } from '../world/tokens.ts'
import { type GridObject, type ItemStats, type ObjectSetup, type ObjectType, tagTokens } from './object.ts'

export interface StatReward {
  readonly stat: number
  /** Reward for each unit. */
  readonly weight: number
  readonly max: number
}

export interface AgentType extends ObjectType, ItemStats {
  readonly kind: 'agent'
  readonly group: number
  readonly groupName: string
  readonly groupRewardShare: number
  readonly penalty: number
  readonly freezeDuration: number
  readonly limits: LimitTable
  readonly initial: Amounts
  readonly regeneration: Amounts
  readonly soulBound: ReadonlySet<number>
  readonly shareable: readonly number[]
  /** By ascending name of the stat: sums of float32 depend on the order. */
  readonly rewards: readonly StatReward[]
  /** Tokens that never change: the tags. */
  readonly tail: readonly number[]
}

export function agentType(name: string, config: AgentConfig, { resources, stats, itemStats }: ObjectSetup): AgentType {
  checkItems(
    `The object ${name}`,
    {
      'inventory.limits': (config.inventory?.limits ?? []).flatMap((limit) => limit.items),
      initial_inventory: itemsOf(config.initial_inventory),
      inventory_regen_amounts: itemsOf(config.inventory_regen_amounts),
      soul_bound_resources: config.soul_bound_resources,
      shareable_resources: config.shareable_resources,
    },
    resources.length,
  )
  return {
    kind: 'agent',
    name,
    typeId: config.type_id,
    typeName: config.type_name,
    layer: AGENT_LAYER,
    tags: config.tag_ids,
    mostTokens: 5 + resources.length + config.tag_ids.length,
    group: config.group_id,
    groupName: config.group_name,
    groupRewardShare: Math.fround(config.group_reward_pct),
    penalty: Math.fround(config.action_failure_penalty),
    freezeDuration: config.freeze_duration,
    limits: limitTable(
      resources.length,
      (config.inventory?.limits ?? []).map(({ items, max_quantity }) => ({ items, max: max_quantity })),
    ),
    initial: inHashOrder(config.initial_inventory),
    regeneration: inHashOrder(config.inventory_regen_amounts),
    soulBound: new Set(config.soul_bound_resources),
    shareable: config.shareable_resources,
    rewards: statRewards(config, stats),
    ...itemStats,
    tail: tagTokens(config.tag_ids),
  }
}

function statRewards({ stat_rewards, stat_reward_max }: AgentConfig, stats: StatNames): StatReward[] {
  const most = new Map(Object.entries(stat_reward_max))
  return Object.entries(stat_rewards)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, weight]) => ({
      stat: stats.id(name),
      weight: Math.fround(weight),
      max: Math.fround(most.get(name) ?? Infinity),
    }))
}

/** No action was done yet. */
export const NO_ACTION = -1

export class Agent implements GridObject {
  readonly id: number
  /** Position among the agents: the order of the map. */
  readonly index: number
  readonly type: AgentType
  readonly inventory: Inventory
  readonly stats: Stats
  row: number
  col: number
  orientation = 0
  glyph = 0
  /** Steps for which it stays frozen. */
  frozen = 0
  previousRow: number
  previousCol: number
  /** Position of the handler of the last action that was handled, or {@link NO_ACTION}. */
  previousAction = NO_ACTION
  stepsWithoutMotion = 0
  /** What its stats are worth so far: the next step pays the difference. A float32. */
  statReward = 0
  /** Its tokens do not show what it is any more. */
  stale = true

  constructor(id: number, index: number, type: AgentType, row: number, col: number, names: StatNames) {
    this.id = id
    this.index = index
    this.type = type
    this.row = this.previousRow = row
    this.col = this.previousCol = col
    this.stats = new Stats(names)
    this.inventory = new Inventory(type.limits)
    for (const [item, amount] of type.initial) this.change(item, amount)
  }

  /** Changes the inventory as far as it can, and the stats with it. @returns what was really added */
  change(item: number, delta: number): number {
    const added = this.inventory.change(item, delta)
    if (added === 0) {
      // To ask for what is not there can change the order of the others.
      if (this.inventory.amount(item) === 0) this.stale = true
      return 0
    }
    const { gained, lost, amount } = this.type
    if (added > 0) this.stats.add(gained[item] ?? 0, added)
    else this.stats.add(lost[item] ?? 0, -added)
    this.stats.set(amount[item] ?? 0, this.inventory.amount(item))
    this.stale = true
    return added
  }
}

/** Writes down what an agent looks like now. */
export function showAgent(book: TokenBook, agent: Agent): void {
  const { id, type, glyph } = agent
  book.begin(id)
  book.write(FEATURE.typeId, type.typeId)
  book.write(FEATURE.group, type.group)
  book.write(FEATURE.frozen, agent.frozen > 0 ? 1 : 0)
  // The fourth: see below.
  book.write(FEATURE.orientation, agent.orientation)
  if (glyph !== 0) book.write(FEATURE.glyph, glyph)
  book.writeInventory(agent.inventory)
  book.append(type.tail)
  book.end(id)
  agent.stale = false
}

/** Where the orientation is among an agent's tokens. */
const ORIENTATION_TOKEN = 3

/** Writes down its orientation alone, which changes more often than the rest. */
export function showOrientation({ words, start }: TokenBook, { id, orientation }: Agent): void {
  words[(start[id] ?? 0) + ORIENTATION_TOKEN] = token(FEATURE.orientation, orientation)
}
