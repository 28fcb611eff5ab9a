/** Agents: what each kind of them is, and what one of them is at a moment. */
import type { AgentConfig } from '../config/objects.ts'
import { refused } from '../config/limits.ts'
import { inHashOrder } from '../world/hash-order.ts'
import { AGENT_LAYER } from '../world/grid.ts'
import { Inventory, type Limit } from '../world/inventory.ts'
import { type StatNames, Stats } from '../world/stats.ts'
import { FEATURE, token, type TokenBook } from '../world/tokens.ts'
import { type GridObject, type ObjectType, type Setup } from './object.ts'

type Amounts = readonly (readonly [item: number, amount: number])[]

export interface StatReward {
  readonly stat: number
  /** Reward for each unit. */
  readonly weight: number
  readonly max: number
}

export interface AgentType extends ObjectType {
  readonly kind: 'agent'
  readonly group: number
  readonly groupName: string
  readonly groupRewardShare: number
  readonly penalty: number
  readonly freezeDuration: number
  readonly limits: readonly Limit[]
  readonly initial: Amounts
  readonly regeneration: Amounts
  readonly soulBound: ReadonlySet<number>
  readonly shareable: readonly number[]
  /** By ascending name of the stat: sums of float32 depend on the order. */
  readonly rewards: readonly StatReward[]
  /** By item: the stats that follow the inventory. */
  readonly gained: readonly number[]
  readonly lost: readonly number[]
  readonly amount: readonly number[]
}

export function agentType(name: string, config: AgentConfig, { resources, stats }: Setup): AgentType {
  checkItems(name, config, resources.length)
  const statOf = (suffix: string) => resources.map((resource) => stats.id(`${resource}.${suffix}`))
  return {
    kind: 'agent',
    name,
    typeId: config.type_id,
    typeName: config.type_name,
    layer: AGENT_LAYER,
    tags: config.tag_ids,
    group: config.group_id,
    groupName: config.group_name,
    groupRewardShare: Math.fround(config.group_reward_pct),
    penalty: Math.fround(config.action_failure_penalty),
    freezeDuration: config.freeze_duration,
    limits: (config.inventory?.limits ?? []).map(({ items, max_quantity }) => ({ items, max: max_quantity })),
    initial: inHashOrder(config.initial_inventory),
    regeneration: inHashOrder(config.inventory_regen_amounts),
    soulBound: new Set(config.soul_bound_resources),
    shareable: config.shareable_resources,
    rewards: statRewards(config, stats),
    gained: statOf('gained'),
    lost: statOf('lost'),
    amount: statOf('amount'),
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

function checkItems(name: string, config: AgentConfig, resources: number): void {
  const mentioned = {
    'inventory.limits': (config.inventory?.limits ?? []).flatMap((limit) => limit.items),
    initial_inventory: Object.keys(config.initial_inventory).map(Number),
    inventory_regen_amounts: Object.keys(config.inventory_regen_amounts).map(Number),
    soul_bound_resources: config.soul_bound_resources,
    shareable_resources: config.shareable_resources,
  }
  for (const [field, items] of Object.entries(mentioned)) {
    const strange = items.find((item) => item >= resources)
    if (strange !== undefined) {
      throw refused(`The object ${name} has resource ${strange} in ${field}; there are ${resources} resource_names.`)
    }
  }
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
    this.inventory = new Inventory(type.gained.length, type.limits)
    for (const [item, amount] of type.initial) this.change(item, amount)
  }

  /** Changes the inventory as far as it can, and the stats with it. @returns what was really added */
  change(item: number, delta: number): number {
    const added = this.inventory.change(item, delta)
    if (added === 0) return 0
    const { gained, lost, amount } = this.type
    if (added > 0) this.stats.add(gained[item] ?? 0, added)
    else this.stats.add(lost[item] ?? 0, -added)
    this.stats.set(amount[item] ?? 0, this.inventory.amount(item))
    this.stale = true
    return added
  }
}

/** How many tokens an agent can have. */
export function mostTokens({ gained, tags }: AgentType): number {
  return 5 + gained.length + tags.length
}

/** Writes down what an agent looks like now. */
export function showAgent(book: TokenBook, agent: Agent): void {
  const { type, inventory } = agent
  const { words } = book
  const start = book.start[agent.id] ?? 0
  let at = start
  words[at++] = token(FEATURE.typeId, type.typeId)
  words[at++] = token(FEATURE.group, type.group)
  words[at++] = token(FEATURE.frozen, agent.frozen > 0 ? 1 : 0)
  words[at++] = token(FEATURE.orientation, agent.orientation)
  if (agent.glyph !== 0) words[at++] = token(FEATURE.glyph, agent.glyph)
  for (let i = 0; i < inventory.size; i++) {
    const item = inventory.items[i] ?? 0
    words[at++] = token(FEATURE.inventory + item, inventory.amount(item))
  }
  for (const tag of type.tags) words[at++] = token(FEATURE.tag, tag)
  book.count[agent.id] = at - start
  agent.stale = false
}
