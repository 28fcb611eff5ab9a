/** Objects of the Python form as objects of the wire format. */
import { refused } from '../limits.ts'
import type { Names } from './names.ts'
import { POSITIONS, type PythonAssembler, type PythonChest, type PythonObject, type PythonRecipe } from './objects.ts'

/** @throws BeamcadeError `bad_game` */
export function objectDefinitions(
  objects: readonly (readonly [name: string, object: PythonObject])[],
  names: Names,
  recipeDetails: boolean,
): object[] {
  return objects.map(([name, object]) => {
    const where = `game.objects.${name}`
    const common = { type_id: object.type_id, type_name: name, tag_ids: names.tags(object.tags) }
    switch (object.type) {
      case 'wall':
        return { name, wall: { ...common, swappable: object.swappable } }
      case 'converter': {
        const { max_output, max_conversions, conversion_ticks, cooldown, initial_resource_count } = object
        const converter = {
          ...common,
          ...{ max_output, max_conversions, conversion_ticks, initial_resource_count },
          input_resources: names.byResource(object.input_resources, `${where}.input_resources`),
          output_resources: names.byResource(object.output_resources, `${where}.output_resources`),
          cooldown_schedule: typeof cooldown === 'number' ? [cooldown] : cooldown,
          recipe_details_obs: recipeDetails,
        }
        return { name, converter }
      }
      case 'assembler': {
        const { allow_partial_usage, max_uses, exhaustion, clip_immune, start_clipped } = object
        const more = { allow_partial_usage, max_uses, exhaustion, clip_immune, start_clipped }
        return { name, assembler: { ...common, ...more, recipes: recipesOf(object, names, where) } }
      }
      case 'chest': {
        const { initial_inventory, max_inventory } = object
        const resource_type = names.resource(object.resource_type, `${where}.resource_type`)
        const position_deltas = deltasOf(object, where)
        return { name, chest: { ...common, resource_type, position_deltas, initial_inventory, max_inventory } }
      }
    }
  })
}

export function recipeOf({ input_resources, output_resources, cooldown }: PythonRecipe, names: Names, where: string) {
  return {
    inputs: names.byResource(input_resources, `${where}.input_resources`),
    outputs: names.byResource(output_resources, `${where}.output_resources`),
    cooldown,
  }
}

/** Each recipe says by which glyphs it is asked for (glyph 0 is none); two asked for alike could not be told apart. */
function recipesOf({ recipes }: PythonAssembler, names: Names, where: string): object[] {
  const taken = new Map<string, number>()
  return recipes.map(([vibes, recipe], index) => {
    const at = `${where}.recipes[${index}]`
    if (!Array.isArray(vibes) || recipe === undefined || Array.isArray(recipe)) {
      throw refused(`config.${at}: expected a pair, the list of vibes and then the recipe.`)
    }
    const wanted = vibes.map((glyph) => names.glyph(glyph, `${at}[0]`)).filter((glyph) => glyph > 0)
    wanted.sort((a, b) => a - b)
    const other = taken.get(wanted.join())
    if (other !== undefined) throw refused(`config.${at}: recipe ${other} is asked for by the same vibes.`)
    taken.set(wanted.join(), index)
    return { ...recipeOf(recipe, names, `${at}[1]`), vibes: wanted }
  })
}

function deltasOf({ position_deltas: pairs }: PythonChest, where: string): Record<number, number> {
  return Object.fromEntries(
    pairs.map(([position, delta], index) => {
      const at = POSITIONS.findIndex((name) => name === position)
      if (at >= 0 && typeof delta === 'number') return [at, delta] as const
      throw refused(`config.${where}.position_deltas[${index}]: expected a pair, a position and then a number.`)
    }),
  )
}
