/** What a kind of action has to bring. */
import type { ActionDefinition } from '../config/actions.ts'
import type { Agent } from '../objects/agent.ts'
import type { Setup } from '../objects/object.ts'
import type { World } from '../world/world.ts'

/** What a kind of action may need to know of the game beside its own definition. */
export interface ActionSetup extends Setup {
  /** How many directions there are: 4, or 8 with diagonals. */
  readonly directions: number
  readonly trackMovement: boolean
}

/** An action of the configuration, ready to be done. */
export interface Action {
  /** The highest argument; the lowest is 0. */
  readonly maxArg: number
  /** Does it. @returns whether it succeeded */
  readonly run: (world: World, agent: Agent, arg: number) => boolean
  /** How many cells of a map of that size it looks at, if that depends on the configuration. */
  scanned?(cells: number): number
  /** What flat actions call it with this argument, if it takes more than one. */
  variant(arg: number): string
}

export interface ActionKind {
  /** The type that a definition of this name must have. */
  readonly type: string
  /** Actions of higher priority come first in a step, whoever does them. */
  readonly priority: number
  prepare(definition: ActionDefinition, setup: ActionSetup): Action
}
