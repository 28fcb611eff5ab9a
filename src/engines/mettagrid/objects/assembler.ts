/**
 * Assemblers: agents that stand around one use it together when one of them moves into it. What they show chooses the recipe.
 * The clipper can put one out of use until a recipe of the clipper's own is used on it.
 */
import { refused } from '../config/limits.ts'
import { checkItems, itemsOf } from '../config/items.ts'
import type { AssemblerConfig } from '../config/objects.ts'
import { OBJECT_LAYER } from '../world/grid.ts'
import { FEATURE, type TokenBook } from '../world/tokens.ts'
import type { World } from '../world/world.ts'
import type { Agent } from './agent.ts'
import { type Device, type ObjectSetup, type ObjectType, tagTokens } from './object.ts'
import { givenPart, gives, takenPart, timedRecipe, type TimedRecipe } from './recipe.ts'

export interface AssemblerType extends ObjectType {
  readonly kind: 'assembler'
  /** By what the agents around show (`Ring.sign`); 0 holds when no other does. */
  readonly recipes: ReadonlyMap<number, TimedRecipe>
  /** Can be used while it cools down, for a part. */
  readonly partial: boolean
  /** 0: no limit. */
  readonly maxUses: number
  /** What each use multiplies the cooldowns after it by; a float32. */
  readonly slowing: number
  readonly immune: boolean
  readonly startClipped: boolean
  readonly showsRecipe: boolean
  readonly tail: readonly number[]
}

export function assemblerType(name: string, config: AssemblerConfig, setup: ObjectSetup): AssemblerType {
  const recipes = new Map<number, TimedRecipe>()
  for (const [place, recipe] of config.recipes.entries()) {
    const mentioned = {
      [`recipes[${place}].inputs`]: itemsOf(recipe.inputs),
      [`recipes[${place}].outputs`]: itemsOf(recipe.outputs),
    }
    checkItems(`The object ${name}`, mentioned, setup.resources.length)
    if (recipe.vibes !== undefined && recipe.vibes.length > MOST_VIBES) continue
    const sign = recipe.vibes === undefined ? place : signOf(recipe.vibes)
    if (recipes.has(sign)) throw refused(`Two recipes of the object ${name} are asked for by the same vibes.`)
    recipes.set(sign, timedRecipe(recipe, setup))
  }
  const { type_id: typeId, type_name: typeName, tag_ids: tags } = config
  let mostShown = setup.mostUnclippingTokens
  for (const { tokens } of recipes.values()) mostShown = Math.max(mostShown, tokens.length)
  return {
    kind: 'assembler',
    name,
    typeId,
    typeName,
    layer: OBJECT_LAYER,
    tags,
    recipes,
    partial: config.allow_partial_usage,
    maxUses: config.max_uses,
    slowing: config.exhaustion > 0 ? Math.fround(1 + Math.fround(config.exhaustion)) : 1,
    immune: config.clip_immune,
    startClipped: config.start_clipped,
    showsRecipe: setup.recipeDetails,
    tail: tagTokens(tags),
    mostTokens: 4 + mostShown + tags.length,
  }
}

/** Agents never ask for more, as in the reference: of what more of them show the last four count. */
const MOST_VIBES = 4

/** The sign of agents that show these (`Ring.sign`). From 2^31 on it is one that agents never have, as in the reference. */
function signOf(vibes: readonly number[]): number {
  return [...vibes].sort((a, b) => a - b).reduce((sign, vibe) => sign * 256 + vibe, 0)
}

/** It is not clipped. */
export const NOT_CLIPPED = -1

export class Assembler implements Device {
  readonly id: number
  readonly type: AssemblerType
  row: number
  col: number
  /** The step from which on it can be used again; 32 bits. */
  cooldownEnd = 0
  /** Steps that the cooldown takes from its beginning. */
  cooldownLength = 0
  uses = 0
  /** What cooldowns are multiplied by; a float32. */
  slowness = 1
  /** Which recipe of the clipper frees it, or {@link NOT_CLIPPED}. */
  clipped = NOT_CLIPPED
  stale = true

  constructor(id: number, type: AssemblerType, row: number, col: number) {
    this.id = id
    this.type = type
    this.row = row
    this.col = col
  }

  use(world: World, actor: Agent): boolean {
    const { partial, maxUses } = this.type
    if (maxUses > 0 && this.uses >= maxUses) return false
    const share = this.#readiness(world.step)
    if (share < 1 && !partial) return false
    const recipe = this.#recipe(world)
    if (recipe === undefined) return false
    // A part that gives nothing would be a waste, unless it frees the assembler.
    if (share < 1 && !gives(recipe, share) && gives(recipe) && this.clipped === NOT_CLIPPED) return false
    const { ring } = world
    ring.gather(this, actor)
    if (!ring.canAfford(recipe, share)) return false
    const { inputs, outputs } = share < 1 ? recipe.inParts : recipe
    for (const [item, amount] of inputs) ring.share(item, -takenPart(amount, share))
    for (const [item, amount] of outputs) ring.share(item, givenPart(amount, share))
    this.#used(world, recipe)
    return true
  }

  /** The clipper puts it out of use. That ends its cooldown: what frees it can be used at once. */
  clip(recipe: number, step: number): void {
    this.clipped = recipe
    this.cooldownEnd = step
    this.cooldownLength = 0
    this.stale = true
  }

  show(book: TokenBook, world: World): void {
    const { type, uses } = this
    const left = this.#cooldownLeft(world.step)
    book.begin(this.id)
    book.write(FEATURE.typeId, type.typeId)
    if (left > 0) book.write(FEATURE.cooldownRemaining, Math.min(left, 255))
    if (this.clipped !== NOT_CLIPPED) book.write(FEATURE.clipped, 1)
    if (type.maxUses > 0) book.write(FEATURE.remainingUses, Math.min(type.maxUses - uses, 255))
    if (type.showsRecipe) book.append(this.#recipe(world)?.tokens ?? [])
    book.append(type.tail)
    book.end(this.id)
    // A cooldown goes on by itself, and the recipe depends on who stands around.
    this.stale = left > 0 || type.showsRecipe
  }

  #used(world: World, recipe: TimedRecipe): void {
    this.cooldownLength = toUint32(Math.fround(recipe.cooldown * this.slowness))
    this.cooldownEnd = (world.step + this.cooldownLength) >>> 0
    this.stale = true
    if (this.clipped === NOT_CLIPPED) {
      this.uses += 1
      this.slowness = Math.fround(this.slowness * this.type.slowing)
    } else {
      // To free it is no use of it.
      this.clipped = NOT_CLIPPED
      world.clipper?.freed(this)
    }
  }

  #recipe({ rules, ring }: World): TimedRecipe | undefined {
    if (this.clipped !== NOT_CLIPPED) return rules.clipper?.recipes[this.clipped]
    const { recipes } = this.type
    return recipes.get(ring.sign(this)) ?? recipes.get(0)
  }

  #cooldownLeft(step: number): number {
    return Math.max(0, this.cooldownEnd - step)
  }

  /** How much of the cooldown is over, 0 to 1; a float32. */
  #readiness(step: number): number {
    const { cooldownEnd: end, cooldownLength: length } = this
    if (length === 0 || end <= step) return 1
    const begin = (end - length) >>> 0
    return step <= begin ? 0 : Math.fround(Math.fround(step - begin) / Math.fround(length))
  }
}

/** A float32 as 32 bits without sign, as the reference's processor makes it: the low ones, and 0 for what is too large. */
function toUint32(value: number): number {
  return value < 2 ** 63 ? Math.trunc(value) % 2 ** 32 : 0
}
