/** A configuration made ready: everything that does not change while a game runs. */
import { type FlatActions, flatActions, type Handler, handlers } from './actions/index.ts'
import { type ClipperRules, clipperRules } from './clipper.ts'
import { checkConfig } from './config/check.ts'
import { DEFAULT_GLOBAL_OBS, type GameConfig } from './config/config.ts'
import { type Limits, refused } from './config/limits.ts'
import type { AgentType } from './objects/agent.ts'
import { type AnyType, objectTypes } from './objects/index.ts'
import { StatNames } from './world/stats.ts'
import { directions } from './world/orientation.ts'

export interface Rules extends FlatActions {
  readonly config: GameConfig
  readonly limits: Limits
  readonly resources: readonly string[]
  readonly types: ReadonlyMap<string, AnyType>
  readonly clipper: ClipperRules | undefined
  readonly handlers: readonly Handler[]
  readonly maxPriority: number
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

/** @throws BeamcadeError `bad_game` */
export function makeRules(config: GameConfig, limits: Limits): Rules {
  checkConfig(config, limits)
  const { resource_names: resources } = config
  const statNames = new StatNames()
  const setup = { resources, stats: statNames, recipeDetails: config.recipe_details_obs }
  const itemStats = (suffix: string) => resources.map((resource) => statNames.id(`${resource}.${suffix}`))
  const clipper = config.clipper && clipperRules(config.clipper, setup)
  const types = objectTypes(config.objects, {
    ...setup,
    itemStats: { gained: itemStats('gained'), lost: itemStats('lost'), amount: itemStats('amount') },
    mostUnclippingTokens: (clipper?.recipes ?? []).reduce((most, { tokens }) => Math.max(most, tokens.length), 0),
  })
  checkGroups(types.values())
  const made = handlers(config.actions, {
    ...setup,
    directions: directions(config.allow_diagonals),
    trackMovement: config.track_movement_metrics,
  })
  return {
    config,
    limits,
    resources,
    types,
    clipper,
    handlers: made,
    maxPriority: made.reduce((most, { priority }) => Math.max(most, priority), 0),
    ...flatActions(made, limits.maxFlatActions),
    globals: config.global_obs ?? DEFAULT_GLOBAL_OBS,
    lossProbability: Math.fround(config.resource_loss_prob),
    statNames,
    stats: commonStats(statNames),
  }
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
