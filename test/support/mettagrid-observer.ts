/** What agents must see, looked up cell by cell from the world as it is: nothing kept, nothing made ready, no bytes packed. */
import type { MettagridGame } from '../../src/engines/mettagrid/index.ts'
import { Agent } from '../../src/engines/mettagrid/objects/agent.ts'
import { Assembler, NOT_CLIPPED } from '../../src/engines/mettagrid/objects/assembler.ts'
import { Chest } from '../../src/engines/mettagrid/objects/chest.ts'
import { Converter } from '../../src/engines/mettagrid/objects/converter.ts'
import type { WallType } from '../../src/engines/mettagrid/objects/wall.ts'
import type { Inventory } from '../../src/engines/mettagrid/world/inventory.ts'

type World = MettagridGame['world']
type Placed = NonNullable<World['objects'][number]>
type Token = [location: number, feature: number, value: number]

export interface Expected {
  /** As a step shows them. */
  bytes: number[]
  written: number
  dropped: number
  free: number
}

/** What stands on each cell, the lower layer first. */
export function standing(world: World): Map<string, Placed[]> {
  const cells = new Map<string, Placed[]>()
  for (const object of world.objects) {
    if (object === undefined) continue
    const key = `${object.row},${object.col}`
    cells.set(
      key,
      [...(cells.get(key) ?? []), object].sort((a, b) => a.type.layer - b.type.layer),
    )
  }
  return cells
}

/**
 * The observation of one agent after a step.
 * @param reward of the agent as it was when it looked around
 * @param cells what `standing` says
 */
export function expectedObservation(
  world: World,
  index: number,
  reward: number,
  cells: Map<string, Placed[]>,
): Expected {
  const capacity = world.rules.config.num_observation_tokens
  const agent = world.agents[index] as Agent
  const shown: Token[] = []
  let dropped = 0
  const show = (tokens: Token[]) => {
    const fitting = Math.min(tokens.length, capacity - shown.length)
    shown.push(...tokens.slice(0, fitting))
    dropped += tokens.length - fitting
  }
  const { obs_height, obs_width } = world.rules.config
  const centre = (Math.floor(obs_height / 2) << 4) | Math.floor(obs_width / 2)
  show(globals(world, index, reward).map(([feature, value]): Token => [centre, feature, value & 255]))
  for (const [down, right] of cellsInSight(obs_height, obs_width)) {
    for (const object of cells.get(`${agent.row + down},${agent.col + right}`) ?? []) {
      if (shown.length === capacity) continue
      const location = centre + (down << 4) + right
      show(look(object, world).map(([feature, value]): Token => [location, feature, value & 255]))
    }
  }
  const unused = Array.from({ length: capacity - shown.length }, (): Token => [255, 255, 255])
  return { bytes: [...shown, ...unused].flat(), written: shown.length, dropped, free: unused.length }
}

/** Cells of a window by distance, then row, then column; as many as a window of even size has. */
function cellsInSight(height: number, width: number): [down: number, right: number][] {
  const span = (size: number) =>
    Array.from({ length: 2 * Math.floor(size / 2) + 1 }, (_, i) => i - Math.floor(size / 2))
  const distance = ([down, right]: [number, number]) => Math.abs(down) + Math.abs(right)
  return span(height)
    .flatMap((down) => span(width).map((right): [number, number] => [down, right]))
    .sort((a, b) => distance(a) - distance(b) || a[0] - b[0] || a[1] - b[1])
    .slice(0, height * width)
}

function globals({ rules, step, types, args }: World, index: number, reward: number): [number, number][] {
  const { episode_completion_pct, last_action, last_reward, visitation_counts } = rules.globals
  const { max_steps } = rules.config
  const arg = args[index] ?? 0
  const flat = rules.flat.findIndex((action) => action.type === types[index] && action.arg === arg)
  const away = (value: number) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5)
  const share = max_steps === 0 ? 0 : Math.fround(Math.fround(Math.fround(step) / Math.fround(max_steps)) * 255)
  return [
    ...(episode_completion_pct ? [[7, away(share)] as [number, number]] : []),
    ...(last_action
      ? ([
          [8, Math.max(0, flat)],
          [9, arg],
        ] as [number, number][])
      : []),
    ...(last_reward ? [[10, away(Math.fround(reward * 100))] as [number, number]] : []),
    ...(visitation_counts ? Array.from({ length: 5 }, (): [number, number] => [12, 0]) : []),
  ]
}

type Features = [feature: number, value: number][]

function look(object: Placed, world: World): Features {
  const { type } = object
  return [[0, type.typeId], ...inside(object, world), ...type.tags.map((tag): [number, number] => [13, tag])]
}

/** What an object shows between its type and its tags. */
function inside(object: Placed, world: World): Features {
  const { type } = object
  if (object instanceof Agent) {
    return [
      [1, object.type.group],
      [2, object.frozen > 0 ? 1 : 0],
      [3, object.orientation],
      ...some(11, object.glyph),
      ...held(object.inventory),
    ]
  }
  if (object instanceof Converter) {
    const { converter } = definition(world, type.name)
    const shown = converter?.recipe_details_obs === true
    const busy = object.converting || object.coolingDown
    return [[5, busy ? 1 : 0], ...held(object.inventory), ...(shown ? recipe(object.type, world) : [])]
  }
  if (object instanceof Assembler) {
    const { cooldownEnd, clipped, uses } = object
    const { assembler } = definition(world, type.name)
    const limit = assembler?.max_uses ?? 0
    return [
      ...some(14, Math.min(255, Math.max(0, cooldownEnd - world.step))),
      ...some(15, clipped === NOT_CLIPPED ? 0 : 1),
      ...(limit > 0 ? [[16, Math.min(255, limit - uses)] as [number, number]] : []),
      ...(world.rules.config.recipe_details_obs ? recipe(asked(object, world), world) : []),
    ]
  }
  if (object instanceof Chest) return held(object.inventory)
  return some(6, (type as WallType).swappable ? 1 : 0)
}

/** A feature that is only shown when it is not 0. */
function some(feature: number, value: number): Features {
  return value === 0 ? [] : [[feature, value]]
}

function held(inventory: Inventory): Features {
  const { items, amounts } = inventory.save()
  return items.map((item, i) => [17 + item, amounts[i] ?? 0])
}

function definition({ rules }: World, name: string) {
  const found = rules.config.objects.find((object) => object.name === name)
  if (found === undefined) throw new Error(`no object ${name}`)
  return found
}

interface Amounts {
  readonly inputs: readonly (readonly [item: number, amount: number])[]
  readonly outputs: readonly (readonly [item: number, amount: number])[]
}

function recipe(shown: Amounts | undefined, { rules }: World): Features {
  const resources = rules.resources.length
  const features = (amounts: Amounts['inputs'], first: number): Features =>
    amounts.flatMap(([item, amount]) => some(first + item, amount))
  if (shown === undefined) return []
  return [...features(shown.inputs, 17 + resources), ...features(shown.outputs, 17 + 2 * resources)]
}

/** The recipe that the agents around an assembler ask for, or that the clipper does. */
function asked(object: Assembler, { agents, rules }: World): Amounts | undefined {
  if (object.clipped !== NOT_CLIPPED) return rules.clipper?.recipes[object.clipped]
  const near = agents.filter(({ row, col }) => Math.max(Math.abs(row - object.row), Math.abs(col - object.col)) === 1)
  const glyphs = near.map(({ glyph }) => glyph).filter((glyph) => glyph > 0)
  // Four bytes of a signed number; a glyph of the games here is never so large that it would be negative.
  const sign = glyphs.sort((a, b) => a - b).slice(-4).reduce((sum, glyph) => sum * 256 + glyph, 0) // prettier-ignore
  return object.type.recipes.get(sign) ?? object.type.recipes.get(0)
}
