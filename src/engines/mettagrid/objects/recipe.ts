/** Recipes: what converters, assemblers and the clipper take, and what they give for it. */
import { refused } from '../config/limits.ts'
import type { RecipeConfig } from '../config/objects.ts'
import { type Amounts, inHashOrder, inserted } from '../world/hash-order.ts'
import { FEATURE, token } from '../world/tokens.ts'
import type { Setup } from './object.ts'

export interface Recipe {
  readonly inputs: Amounts
  readonly outputs: Amounts
}

/** A recipe that agents use: an assembler's, or one that frees it from the clipper. */
export interface TimedRecipe extends Recipe {
  /** Steps until the next use. */
  readonly cooldown: number
  /** The same in the order in which a part of it is taken and given: the reference makes new maps for that. */
  readonly inParts: Recipe
  /** What it looks like, if recipes are shown. */
  readonly tokens: readonly number[]
}

export function recipeOf({ inputs, outputs }: Pick<RecipeConfig, 'inputs' | 'outputs'>): Recipe {
  return { inputs: inHashOrder(inputs), outputs: inHashOrder(outputs) }
}

export function timedRecipe(config: Pick<RecipeConfig, 'inputs' | 'outputs' | 'cooldown'>, setup: Setup): TimedRecipe {
  const recipe = recipeOf(config)
  return {
    ...recipe,
    cooldown: config.cooldown,
    inParts: { inputs: inserted(recipe.inputs), outputs: inserted(recipe.outputs) },
    tokens: setup.recipeDetails ? recipeTokens(recipe, setup) : [],
  }
}

/**
 * What a recipe looks like: inputs have the features after those of the resources, outputs those after these.
 * @throws BeamcadeError `bad_game` if there are too many resources for that
 */
export function recipeTokens({ inputs, outputs }: Recipe, { resources }: Setup): number[] {
  const first = FEATURE.inventory + resources.length
  if (first + 2 * resources.length > 256) {
    throw refused(`There are ${resources.length} resource_names; with recipe_details_obs at most 79 have features.`)
  }
  const tokens = (amounts: Amounts, base: number) =>
    amounts.flatMap(([item, amount]) => (amount > 0 ? [token(base + item, amount)] : []))
  return [...tokens(inputs, first), ...tokens(outputs, first + resources.length)]
}

/** Whether it gives anything. @param share of it that is used */
export function gives({ outputs }: Recipe, share = 1): boolean {
  for (const [, amount] of outputs) if (givenPart(amount, share) > 0) return true
  return false
}

/** What a part of a recipe takes: rounded up. The product is a float32. */
export function takenPart(amount: number, share: number): number {
  return Math.ceil(Math.fround(amount * share))
}

/** What a part of a recipe gives: rounded down. */
export function givenPart(amount: number, share: number): number {
  return Math.floor(Math.fround(amount * share))
}
