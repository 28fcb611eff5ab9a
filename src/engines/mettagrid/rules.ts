/** A configuration made ready: everything that does not change while a game runs. */
import { BeamcadeError } from '../../errors.ts'
import { type FlatAction, flatActions, type Handler, handlers } from './actions/index.ts'
import { DEFAULT_GLOBAL_OBS, type GameConfig } from './config/config.ts'
import { badGame, type Limits, refused } from './config/limits.ts'
import type { AgentType } from './objects/agent.ts'
import { type AnyType, objectTypes } from './objects/index.ts'
import { StatNames } from './world/stats.ts'
import { MAX_RESOURCES } from './world/tokens.ts'
import { directions } from './world/orientation.ts'

/** The largest observation window: a location has four bits for each coordinate. */
const MAX_WINDOW = 15

export interface Rules {
  readonly config: GameConfig
  readonly limits: Limits
  readonly resources: readonly string[]
  readonly types: ReadonlyMap<string, AnyType>
  readonly handlers: readonly Handler[]
  readonly maxPriority: number
  readonly flat: readonly FlatAction[]
  /** By action type: the flat index of its argument 0. */
  readonly flatBase: readonly number[]
  readonly globals: typeof DEFAULT_GLOBAL_OBS | NonNullable<GameConfig['global_obs']>
  readonly lossProbability: number
  /** Names of stats so far; a game adds those that only its course shows. */
  readonly statNames: StatNames
  readonly stats: CommonStats
}

/** Stats that belong to no single action or object. */
export type CommonStats = ReturnType<typeof commonStats>

function commonStats(names: StatNames) {
  return {
    written: names.id('tokens_written'),
    dropped: names.id('tokens_dropped'),
    free: names.id('tokens_free_space'),
    invalidType: names.id('action.invalid_type'),
    invalidArg: names.id('action.invalid_arg'),
    failurePenalty: names.id('action.failure_penalty'),
    frozenTicks: names.id('status.frozen.ticks'),
    withoutMotion: names.id('status.max_steps_without_motion'),
  }
}

/** @throws BeamcadeError `bad_game`, `not_supported` */
export function makeRules(config: GameConfig, limits: Limits): Rules {
  checkWindow(config)
  checkClipper(config)
  const resources = config.resource_names
  if (resources.length > MAX_RESOURCES) {
    throw refused(`There are ${resources.length} resource_names; ${MAX_RESOURCES} have a feature in observations.`)
  }
  if (config.resource_loss_prob < 0 || config.resource_loss_prob > 1) {
    throw refused(`resource_loss_prob is ${config.resource_loss_prob}; it is a share, 0 to 1.`)
  }
  const statNames = new StatNames()
  const setup = { resources, stats: statNames }
  const types = objectTypes(config.objects, setup)
  checkGroups(types.values())
  const made = handlers(config.actions, {
    ...setup,
    directions: directions(config.allow_diagonals),
    trackMovement: config.track_movement_metrics,
  })
  const flat = flatActions(made)
  return {
    config,
    limits,
    resources,
    types,
    handlers: made,
    maxPriority: Math.max(0, ...made.map((handler) => handler.priority)),
    flat,
    flatBase: made.map((_, type) => flat.findIndex((action) => action.type === type)),
    globals: config.global_obs ?? DEFAULT_GLOBAL_OBS,
    lossProbability: Math.fround(config.resource_loss_prob),
    statNames,
    stats: commonStats(statNames),
  }
}

function checkWindow({ obs_width: width, obs_height: height, num_observation_tokens: tokens }: GameConfig): void {
  if (width > MAX_WINDOW || height > MAX_WINDOW) {
    throw badGame(`Observation window size (${width}x${height}) exceeds maximum packable size`)
  }
  if (tokens === 0) throw badGame('Observations buffer must be set', 'num_observation_tokens is 0 or absent')
}

function checkClipper({ clipper }: GameConfig): void {
  if (clipper === undefined) return
  if (clipper.unclipping_recipes.length === 0) throw badGame('Clipper config provided but unclipping_recipes is empty')
  throw new BeamcadeError('not_supported', 'The clipper is none of the things that this version can do yet.')
}

/** Who shares with whom is said by the group's number: its agents must agree on how much. */
function checkGroups(types: Iterable<AnyType>): void {
  const first = new Map<number, AgentType>()
  for (const type of types) {
    if (type.kind !== 'agent') continue
    const other = first.get(type.group) ?? type
    first.set(type.group, other)
    if (other.groupRewardShare !== type.groupRewardShare) {
      const shares = `${other.name} ${other.groupRewardShare}, ${type.name} ${type.groupRewardShare}`
      throw refused(`The agents of group ${type.group} differ in group_reward_pct: ${shares}.`)
    }
  }
}
