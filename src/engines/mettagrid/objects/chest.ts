/** Chests: they keep one resource. Where an agent stands that moves into one says how much goes in, or comes out. */
import { checkItems } from '../config/items.ts'
import type { ChestConfig } from '../config/objects.ts'
import { OBJECT_LAYER } from '../world/grid.ts'
import { Inventory, type LimitTable, limitTable } from '../world/inventory.ts'
import type { Stats } from '../world/stats.ts'
import { FEATURE, type TokenBook } from '../world/tokens.ts'
import type { World } from '../world/world.ts'
import type { Agent } from './agent.ts'
import { type Device, type ObjectType, type Setup, tagTokens } from './object.ts'

/** Where an agent can stand: NW, N, NE, W, E, SW, S, SE. */
const POSITIONS = 8

export interface ChestType extends ObjectType {
  readonly kind: 'chest'
  readonly resource: number
  /** None, but of the right size. */
  readonly limits: LimitTable
  /** By position: what an agent puts in, or takes out if negative; 0: nothing happens. */
  readonly deltas: readonly number[]
  readonly initial: number
  /** The most that fits; negative: no limit. */
  readonly max: number
  readonly tail: readonly number[]
  /** Stats of the game. */
  readonly deposited: number
  readonly withdrawn: number
  readonly destroyed: number
  readonly amount: number
}

export function chestType(name: string, config: ChestConfig, { resources, stats }: Setup): ChestType {
  const { type_id: typeId, type_name: typeName, tag_ids: tags, resource_type: resource } = config
  checkItems(`The object ${name}`, { resource_type: [resource] }, resources.length)
  const deltas = new Map(Object.entries(config.position_deltas))
  const statOf = (what: string) => stats.id(`chest.${resources[resource] ?? ''}.${what}`)
  return {
    kind: 'chest',
    name,
    typeId,
    typeName,
    layer: OBJECT_LAYER,
    tags,
    resource,
    limits: limitTable(resources.length),
    deltas: Array.from({ length: POSITIONS }, (_, position) => deltas.get(String(position)) ?? 0),
    initial: Math.max(0, config.initial_inventory),
    max: config.max_inventory,
    tail: tagTokens(tags),
    mostTokens: 2 + tags.length,
    deposited: statOf('deposited'),
    withdrawn: statOf('withdrawn'),
    destroyed: statOf('destroyed'),
    amount: statOf('amount'),
  }
}

export class Chest implements Device {
  readonly id: number
  readonly type: ChestType
  readonly inventory: Inventory
  row: number
  col: number
  stale = true

  constructor(id: number, type: ChestType, row: number, col: number) {
    this.id = id
    this.type = type
    this.row = row
    this.col = col
    this.inventory = new Inventory(type.limits)
    if (type.initial > 0) this.inventory.change(type.resource, type.initial)
  }

  use(world: World, actor: Agent): boolean {
    const delta = this.type.deltas[positionOf(actor.row - this.row, actor.col - this.col)] ?? 0
    if (delta === 0) return false
    return delta > 0 ? this.#deposit(world, actor, delta) : this.#withdraw(world, actor, -delta)
  }

  show(book: TokenBook): void {
    const { typeId, tail } = this.type
    book.begin(this.id)
    book.write(FEATURE.typeId, typeId)
    book.writeInventory(this.inventory)
    book.append(tail)
    book.end(this.id)
    this.stale = false
  }

  /** Of what should go in, all that does not is destroyed: what does not fit, and what the agent holds too little of. */
  #deposit({ stats }: World, actor: Agent, delta: number): boolean {
    const { resource, max, deposited, destroyed } = this.type
    const held = Math.min(delta, actor.inventory.amount(resource))
    if (held === 0) return false
    // Less than nothing fits when there was too much in it from the start: then some of that comes out.
    const fits = max < 0 ? held : Math.min(held, max - this.inventory.amount(resource))
    if (fits !== 0) {
      this.#change(stats, fits)
      actor.change(resource, -fits)
      stats.add(deposited, fits)
    }
    const rest = delta - fits
    if (rest > 0) {
      actor.change(resource, -rest)
      stats.add(destroyed, rest)
    }
    return true
  }

  #withdraw({ stats }: World, actor: Agent, delta: number): boolean {
    const { resource, withdrawn } = this.type
    const there = Math.min(delta, this.inventory.amount(resource))
    const taken = there === 0 ? 0 : actor.change(resource, there)
    if (taken === 0) return false
    this.#change(stats, -taken)
    stats.add(withdrawn, taken)
    return true
  }

  /** Changes what it holds, and the stat that follows it. More than a byte holds is gone. */
  #change(stats: Stats, delta: number): void {
    const { resource, amount } = this.type
    this.inventory.change(resource, delta)
    stats.set(amount, this.inventory.amount(resource))
    this.stale = true
  }
}

/** Position of an agent that stands that far away, or -1 if it is not one cell away. */
function positionOf(rows: number, cols: number): number {
  if (Math.abs(rows) > 1 || Math.abs(cols) > 1) return -1
  const cell = 3 * (rows + 1) + cols + 1
  return cell > 4 ? cell - 1 : cell
}
