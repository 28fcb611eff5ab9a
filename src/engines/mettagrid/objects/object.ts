/** What all objects on the grid have in common, and what a kind of object has to bring. */
import type { Layer } from '../world/grid.ts'
import type { StatNames } from '../world/stats.ts'
import { FEATURE, token, type TokenBook } from '../world/tokens.ts'
import type { World } from '../world/world.ts'
import type { Agent } from './agent.ts'
import type { AnyType } from './index.ts'

/** What is at hand when a configuration is made into rules. */
export interface Setup {
  readonly resources: readonly string[]
  readonly stats: StatNames
  /** Assemblers show their recipes. */
  readonly recipeDetails: boolean
}

/** The same for objects. */
export interface ObjectSetup extends Setup {
  readonly itemStats: ItemStats
  /** The most tokens that a recipe of the clipper has. */
  readonly mostUnclippingTokens: number
}

/** By item: the stats that follow an agent's inventory. */
export interface ItemStats {
  readonly gained: readonly number[]
  readonly lost: readonly number[]
  readonly amount: readonly number[]
}

/** One entry of the configuration's objects, ready to be placed any number of times. */
export interface ObjectType {
  /** What map cells call it. */
  readonly name: string
  readonly typeId: number
  readonly typeName: string
  readonly layer: Layer
  readonly tags: readonly number[]
  /** How many tokens one of them can have. */
  readonly mostTokens: number
}

/** An object on the grid. */
export interface GridObject {
  /** 1, 2, 3, … in the order of the map. */
  readonly id: number
  readonly type: AnyType
  row: number
  col: number
  /** What happens when an agent moves into it; what has no use is only in the way. @returns whether the move succeeded */
  use?(world: World, actor: Agent): boolean
}

/** An object that stays where it is and changes there: a converter, an assembler or a chest. */
export interface Device extends GridObject {
  /** Its tokens do not show what it is any more. */
  stale: boolean
  /** Writes down what it looks like now. */
  show(book: TokenBook, world: World): void
}

export function tagTokens(tags: readonly number[]): number[] {
  return tags.map((tag) => token(FEATURE.tag, tag))
}
