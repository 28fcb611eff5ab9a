/** Goes one cell in a direction of the map; into another agent means to share with it, into an assembler or a chest to use it. */
import type { Agent } from '../objects/agent.ts'
import { AGENT_LAYER, OBJECT_LAYER } from '../world/grid.ts'
import { colStep, DIRECTION_NAMES, rowStep } from '../world/orientation.ts'
import type { ActionKind } from './action.ts'

/** What is imported is loaded each time. */
const AGENTS: number = AGENT_LAYER
const OBJECTS: number = OBJECT_LAYER

export const move: ActionKind = {
  type: 'ACTION_MOVE',
  priority: 0,
  prepare: (_, { directions }) => ({
    maxArg: directions - 1,
    variant: (arg) => `move_${DIRECTION_NAMES[arg] ?? arg}`,
    run(world, agent, direction) {
      // It turns even if it cannot go.
      world.turn(agent, direction)
      const row = agent.row + rowStep(direction)
      const col = agent.col + colStep(direction)
      const { grid } = world
      if (!grid.inside(row, col)) return false
      const cell = grid.index(row, col)
      const other = grid.cells[cell + AGENTS] ?? 0
      if (other !== 0) {
        share(agent, world.agentWithId(other))
        return true
      }
      const object = grid.cells[cell + OBJECTS] ?? 0
      if (object !== 0) return world.objects[object]?.use?.(world, agent) ?? false
      world.moveAgent(agent, row, col)
      return true
    },
  }),
}

/** Gives half of each shareable resource, as far as the other one has room. */
function share(from: Agent, to: Agent): void {
  for (const item of from.type.shareable) {
    const half = from.inventory.amount(item) >> 1
    if (half > 0) from.change(item, -to.change(item, half))
  }
}
