/** What a game may cost. Checked before memory is taken. */
import { BeamcadeError } from '../../../errors.ts'
import { MAX_SHUFFLED } from '../world/random.ts'

export interface Limits {
  /** Cells of a map (default 1,048,576, a square of 1,024): 8 bytes each, and as much again for its objects. */
  readonly maxCells: number
  /** Agents on a map (default 4,096, at most 65,535): each step visits all of them. */
  readonly maxAgents: number
  /**
   * Converters, assemblers and chests on a map (default 65,536): each has an inventory or recipes of its own, and is looked
   * at in each step.
   */
  readonly maxDevices: number
  /**
   * Assemblers on a map that a clipper can reach (default 4,096): for each that it clips, or that is freed, it looks at all
   * of them.
   */
  readonly maxClippable: number
  /**
   * Cells that all agents together can look at in one step for `resource_mod` (default 67,108,864): each time as many as lie
   * within its radius.
   */
  readonly maxScannedCells: number
  /** Actions, objects and recipes of a configuration (default 65,536): each is made ready before the game begins. */
  readonly maxDefinitions: number
  /** Actions with each of their arguments (default 65,536): each has a name and a flat index. */
  readonly maxFlatActions: number
  /** Counters of all agents (default 16,777,216): 5 bytes for each name of a stat and each agent. */
  readonly maxStats: number
  /** Tokens that the objects on a map can have, walls aside (default 16,777,216): 4 bytes each, set aside at the start. */
  readonly maxObjectTokens: number
  /** Bytes of the observations of all agents (default 64 MiB): that much goes out with every step. */
  readonly maxObservationBytes: number
  /**
   * Bytes of the lists of what there is to see from each cell (default 1 MiB): they are made when an agent comes there, and
   * made anew when there would be more.
   */
  readonly maxSightBytes: number
  /**
   * Different invalid actions that are counted by type and argument (default 4,096): the caller chooses these numbers, and
   * each is a counter of its own. Later ones go into the total only.
   */
  readonly maxInvalidStats: number
  /** Steps of one call (default 10,000): nobody else is served while they are done. */
  readonly maxStepsPerCall: number
  /** Bytes of the answer to several steps (default 64 MiB), which are in memory all at once. */
  readonly maxAnswerBytes: number
}

export const DEFAULT_LIMITS: Limits = {
  maxCells: 1_048_576,
  maxAgents: 4_096,
  maxDevices: 65_536,
  maxClippable: 4_096,
  maxScannedCells: 67_108_864,
  maxDefinitions: 65_536,
  maxFlatActions: 65_536,
  maxStats: 16_777_216,
  maxObjectTokens: 16_777_216,
  maxObservationBytes: 64 * 1024 * 1024,
  maxSightBytes: 1024 * 1024,
  maxInvalidStats: 4_096,
  maxStepsPerCall: 10_000,
  maxAnswerBytes: 64 * 1024 * 1024,
}

/** @throws BeamcadeError `bad_config` */
export function checkLimits(limits: Limits): Limits {
  if (limits.maxAgents > MAX_SHUFFLED) {
    throw new BeamcadeError('bad_config', `maxAgents is ${limits.maxAgents}; it can be ${MAX_SHUFFLED} at most.`)
  }
  return limits
}

/**
 * What is wrong with a configuration or map, as an error. `reference` is the reference engine's own text for the case,
 * where it has one: the message begins with it, and gateways that speak its protocol send it alone.
 */
export function badGame(reference: string, facts = ''): BeamcadeError {
  const message = facts === '' ? reference : `${reference}: ${facts}`
  return new BeamcadeError('bad_game', message.endsWith('.') ? message : `${message}.`, { details: { reference } })
}

/** An error for which the reference has no text, because it does not look. */
export function refused(message: string): BeamcadeError {
  return new BeamcadeError('bad_game', message)
}
