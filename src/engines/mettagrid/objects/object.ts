/** What all objects on the grid have in common, and what a kind of object has to bring. */
import type { StatNames } from '../world/stats.ts'
import type { Layer } from '../world/grid.ts'
import { FEATURE, token } from '../world/tokens.ts'

/** What is at hand when a configuration is made into rules. */
export interface Setup {
  readonly resources: readonly string[]
  readonly stats: StatNames
}

/** One entry of the configuration's objects, ready to be placed any number of times. */
export interface ObjectType {
  /** What map cells call it. */
  readonly name: string
  readonly typeId: number
  readonly typeName: string
  readonly layer: Layer
  readonly tags: readonly number[]
}

/** An object on the grid. */
export interface GridObject {
  /** 1, 2, 3, … in the order of the map. */
  readonly id: number
  readonly type: ObjectType
  row: number
  col: number
}

export function tagTokens(tags: readonly number[]): number[] {
  return tags.map((tag) => token(FEATURE.tag, tag))
}
