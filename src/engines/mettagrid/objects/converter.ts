/**
 * Converters: they turn what agents put into them into what agents take out of them, by themselves, in time. One is idle,
 * converting, or cooling down; the last two end with an event at the start of a step.
 */
import { checkItems, itemsOf } from '../config/items.ts'
import type { ConverterConfig } from '../config/objects.ts'
import { OBJECT_LAYER } from '../world/grid.ts'
import { Inventory, type LimitTable, limitTable } from '../world/inventory.ts'
import { FEATURE, type TokenBook } from '../world/tokens.ts'
import { type Device, type ObjectType, type Setup, tagTokens } from './object.ts'
import { type Recipe, recipeOf, recipeTokens } from './recipe.ts'

export interface ConverterType extends ObjectType, Recipe {
  readonly kind: 'converter'
  /** No conversion begins with that many of its outputs in it; negative: no limit. */
  readonly maxOutput: number
  /** How often it converts; negative: no limit. */
  readonly maxConversions: number
  /** Steps that a conversion takes. */
  readonly ticks: number
  /** Steps that it cools down after each conversion, in turns. */
  readonly cooldowns: readonly number[]
  /** How much of each output it has at first. */
  readonly initial: number
  /** None, but of the right size. */
  readonly limits: LimitTable
  /** Tokens that never change: the recipe, if it is shown, and the tags. */
  readonly tail: readonly number[]
}

export function converterType(name: string, config: ConverterConfig, setup: Setup): ConverterType {
  const { input_resources: inputs, output_resources: outputs, tag_ids: tags } = config
  const resources = setup.resources.length
  checkItems(`The object ${name}`, { input_resources: itemsOf(inputs), output_resources: itemsOf(outputs) }, resources)
  const recipe = recipeOf({ inputs, outputs })
  const tail = [...(config.recipe_details_obs ? recipeTokens(recipe, setup) : []), ...tagTokens(tags)]
  return {
    kind: 'converter',
    name,
    typeId: config.type_id,
    typeName: config.type_name,
    layer: OBJECT_LAYER,
    tags,
    ...recipe,
    maxOutput: config.max_output,
    maxConversions: config.max_conversions,
    ticks: config.conversion_ticks,
    cooldowns: config.cooldown_schedule.length === 0 ? [0] : config.cooldown_schedule,
    initial: config.initial_resource_count,
    limits: limitTable(resources),
    tail,
    mostTokens: 2 + resources + tail.length,
  }
}

/** No event is due. */
const NEVER = Number.MAX_SAFE_INTEGER

/**
 * How often a converter converts within one step if that takes it no time. What can go on longer never ends: each
 * conversion takes something of 255 that are there, or nothing stops it. The rest waits for the next step.
 */
const MOST_AT_ONCE = 256

export class Converter implements Device {
  readonly id: number
  readonly type: ConverterType
  readonly inventory: Inventory
  row: number
  col: number
  converting = false
  coolingDown = false
  /** Conversions that are finished. */
  conversions = 0
  /** The step at whose start it finishes what it does. */
  due = NEVER
  stale = true

  /** It begins at once, if it can. */
  constructor(id: number, type: ConverterType, row: number, col: number) {
    this.id = id
    this.type = type
    this.row = row
    this.col = col
    this.inventory = new Inventory(type.limits)
    for (const [item] of type.outputs) this.inventory.change(item, type.initial)
    this.#begin(0)
  }

  /** Adds to what it holds, or takes from it, as far as it can. @returns what was really added */
  change(item: number, delta: number, step: number): number {
    const added = this.inventory.change(item, delta)
    // To ask for what is not there can change the order of the others.
    if (added !== 0 || this.inventory.amount(item) === 0) this.stale = true
    if (added === 0) return 0
    this.#begin(step)
    return added
  }

  /** Finishes what is due at the start of a step, and what that leads to without taking time. */
  tick(step: number): void {
    for (let finished = 0; this.due <= step && finished < MOST_AT_ONCE;) {
      this.stale = true
      if (this.coolingDown) {
        this.coolingDown = false
        this.due = NEVER
        this.#begin(step)
      } else {
        finished += 1
        this.#finish(step)
      }
    }
  }

  show(book: TokenBook): void {
    const { typeId, tail } = this.type
    book.begin(this.id)
    book.write(FEATURE.typeId, typeId)
    book.write(FEATURE.converting, this.converting || this.coolingDown ? 1 : 0)
    book.writeInventory(this.inventory)
    book.append(tail)
    book.end(this.id)
    this.stale = false
  }

  #begin(step: number): void {
    if (this.converting || this.coolingDown || !this.#ready()) return
    for (const [item, amount] of this.type.inputs) this.inventory.change(item, -amount)
    this.converting = true
    this.due = step + this.type.ticks
  }

  #ready(): boolean {
    const { inventory, conversions } = this
    const { inputs, outputs, maxConversions, maxOutput } = this.type
    if (maxConversions >= 0 && conversions >= maxConversions) return false
    if (maxOutput >= 0) {
      let made = 0
      for (const [item] of outputs) made += inventory.amount(item)
      if (made >= maxOutput) return false
    }
    for (const [item, amount] of inputs) if (inventory.amount(item) < amount) return false
    return true
  }

  #finish(step: number): void {
    const { outputs, cooldowns } = this.type
    this.converting = false
    this.due = NEVER
    for (const [item, amount] of outputs) this.inventory.change(item, amount)
    const cooldown = cooldowns[this.conversions % cooldowns.length] ?? 0
    this.conversions += 1
    if (cooldown > 0) {
      this.coolingDown = true
      this.due = step + cooldown
    } else {
      this.#begin(step)
    }
  }
}
