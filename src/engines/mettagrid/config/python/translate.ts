/** The Python project's configuration as a `GameConfig` of the wire format. */
import { z } from 'zod'
import { BeamcadeError } from '../../../../errors.ts'
import { readerOf, record, text, value, type Value } from '../../../../engine/index.ts'
import { gameConfigSchema, type GameConfig } from '../config.ts'
import { refused } from '../limits.ts'
import { type MapInput, mapBuilderSchema, toMap } from '../map.ts'
import { pythonDefaults, type PythonConfig, type PythonGame } from './schema.ts'
import { agentDefinitions } from './to-agents.ts'
import { actionDefinitions } from './to-actions.ts'
import { Names } from './names.ts'
import { objectDefinitions, recipeOf } from './to-objects.ts'

/** @throws BeamcadeError `bad_game` with the path of what cannot be translated */
export function fromPython({ game }: PythonConfig): GameConfig {
  const { agent: defaultAgent, actions: defaultActions, globalObs } = pythonDefaults()
  const base = game.agent ?? defaultAgent
  // Without a list all agents are alike, and of team 0 whatever the description says.
  const agents = game.agents.length > 0 ? game.agents : [{ ...base, team_id: 0 }]
  const objects = Object.entries(game.objects)
  const tags = [...agents.flatMap((agent) => agent.tags), ...objects.flatMap(([, object]) => object.tags)]
  const names = new Names(game.resource_names, tags, game.vibe_names)
  return checked({
    ...plainFields(game),
    global_obs: game.global_obs ?? globalObs,
    actions: actionDefinitions(game.actions ?? defaultActions, names),
    objects: [
      ...agentDefinitions(agents, base.default_resource_limit, game.resource_names, names),
      ...objectDefinitions(objects, names, game.recipe_details_obs),
    ],
    tag_id_map: names.tagNames,
    ...(game.clipper && { clipper: clipperOf(game.clipper, names) }),
  })
}

const readText = readerOf(text())
const readFields = readerOf(record(text(), value()))
const readBuilder = readerOf(mapBuilderSchema)

/** The map that a Python configuration brings along. @throws BeamcadeError `bad_game` if it would have to be made by Python */
export function mapOfPython({ game }: PythonConfig): MapInput {
  const path = ['config', 'game', 'map_builder']
  const builder = game.map_builder ?? null
  if (builder === null) throw refused('There is no map, and the configuration has no game.map_builder: give a map.')
  const { type = '' } = readFields(builder, path) as Readonly<Record<string, Value>>
  const made = readText(type, [...path, 'type']) as string
  if (made !== '' && !made.includes('AsciiMapBuilder')) {
    const why = 'It draws from random numbers of numpy, or runs code that only Python has: write the map out, as text.'
    throw refused(`config.game.map_builder: a map of ${made} cannot be made here. ${why}`)
  }
  return toMap(readBuilder(builder, path) as z.output<typeof mapBuilderSchema>)
}

/** The fields that mean the same in both forms. */
function plainFields(game: PythonGame) {
  const { max_steps, episode_truncates, obs_width, obs_height, resource_names, num_observation_tokens } = game
  const { num_agents, resource_loss_prob, inventory_regen_interval, reward_estimates } = game
  const { track_movement_metrics, recipe_details_obs, allow_diagonals } = game
  return {
    ...{ num_agents, max_steps, episode_truncates, obs_width, obs_height, resource_names, num_observation_tokens },
    ...{ resource_loss_prob, inventory_regen_interval, ...(reward_estimates && { reward_estimates }) },
    ...{ track_movement_metrics, recipe_details_obs, allow_diagonals },
  }
}

function clipperOf({ unclipping_recipes: recipes, ...rest }: NonNullable<PythonGame['clipper']>, names: Names) {
  const where = (index: number): string => `game.clipper.unclipping_recipes[${index}]`
  return { ...rest, unclipping_recipes: recipes.map((recipe, index) => recipeOf(recipe, names, where(index))) }
}

/** What was made has the form that games keep: its defaults are filled in, and nothing in it is out of range. */
function checked(made: unknown): GameConfig {
  const read = gameConfigSchema.safeParse(made)
  if (read.success) return read.data
  throw new BeamcadeError('bad_game', `The configuration cannot be translated: ${z.prettifyError(read.error)}.`)
}
