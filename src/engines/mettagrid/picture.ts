/** A game as people look at it: the board, and a line for each agent. */
import type { Picture } from '../../engine/index.ts'
import { render } from './render.ts'
import { DIRECTION_NAMES } from './world/orientation.ts'
import type { World } from './world/world.ts'

/** Lines for agents; the others are counted. */
const SHOWN = 8

/** @param focus the agent that is kept in sight, and told of first */
export function pictureOf(world: World, focus = 0): Picture {
  const { agents } = world
  const others = agents.map(({ index }) => index).filter((index) => index !== focus)
  const told = [focus, ...others].filter((index) => index in agents)
  const rest = told.length - SHOWN
  const notes = told.slice(0, SHOWN).map((index) => agentLine(world, index))
  const { row, col } = agents[focus] ?? { row: 0, col: 0 }
  return {
    board: render(world),
    notes: rest > 0 ? [...notes, `and ${rest} more agents`] : notes,
    centre: { row, col },
  }
}

/** `agent 0  row 1, column 2, facing east  reward 0.1, total 0.5  ore 3, battery 1`. */
export function agentLine(
  { agents, rewards, episodeRewards, rules, terminals, truncations }: World,
  index: number,
): string {
  const agent = agents[index]
  if (agent === undefined) return `there is no agent ${index}`
  const { inventory, glyph, frozen } = agent
  const held = [...inventory.items.subarray(0, inventory.size)].map((item) => {
    return `${rules.resources[item] ?? item} ${inventory.amount(item)}`
  })
  const parts = [
    `agent ${index}`,
    `row ${agent.row}, column ${agent.col}, facing ${DIRECTION_NAMES[agent.orientation] ?? agent.orientation}`,
    `reward ${short(rewards[index])}, total ${short(episodeRewards[index])}`,
    ...(glyph === 0 ? [] : [`glyph ${glyph}`]),
    ...(frozen === 0 ? [] : [`frozen for ${frozen}`]),
    ...(held.length === 0 ? [] : [held.join(', ')]),
    ...(terminals[index] === 1 ? ['terminated'] : []),
    ...(truncations[index] === 1 ? ['truncated'] : []),
  ]
  return parts.join('  ')
}

/** A float32 in as few digits as people want to read. */
function short(value = 0): string {
  return String(Number(value.toPrecision(6)))
}
