/** What can be wrong with a configuration as a whole, before anything is made from it. */
import { MAX_RESOURCES } from '../world/tokens.ts'
import type { GameConfig } from './config.ts'
import { badGame, type Limits, refused } from './limits.ts'

/** The largest observation window: a location has four bits for each coordinate. */
const MAX_WINDOW = 15

/** @throws BeamcadeError `bad_game` */
export function checkConfig(config: GameConfig, limits: Limits): void {
  checkObservations(config)
  checkCounts(config, limits)
  const { resource_loss_prob: loss } = config
  if (loss < 0 || loss > 1) throw refused(`resource_loss_prob is ${loss}; it is a share, 0 to 1.`)
}

function checkObservations({ obs_width: width, obs_height: height, num_observation_tokens: tokens }: GameConfig): void {
  if (width > MAX_WINDOW || height > MAX_WINDOW) {
    throw badGame(`Observation window size (${width}x${height}) exceeds maximum packable size`)
  }
  if (tokens === 0) throw badGame('Observations buffer must be set', 'num_observation_tokens is 0 or absent')
}

function checkCounts({ resource_names, actions, objects, clipper }: GameConfig, { maxDefinitions }: Limits): void {
  const resources = resource_names.length
  if (resources > MAX_RESOURCES) {
    throw refused(`There are ${resources} resource_names; ${MAX_RESOURCES} have a feature in observations.`)
  }
  let definitions = actions.length + objects.length + (clipper?.unclipping_recipes.length ?? 0)
  for (const { assembler } of objects) definitions += assembler?.recipes.length ?? 0
  if (definitions > maxDefinitions) {
    const what = `${definitions} actions, objects and recipes`
    throw refused(`The configuration defines ${what}; maxDefinitions is ${maxDefinitions}.`)
  }
}
