/** Changes places with what is ahead: a wall that can be swapped, or a frozen agent. */
import { Agent } from '../objects/agent.ts'
import type { GridObject } from '../objects/object.ts'
import { AGENT_LAYER, OBJECT_LAYER } from '../world/grid.ts'
import { StatFamily } from '../world/stats.ts'
import type { ActionKind } from './action.ts'

export const swap: ActionKind = {
  type: 'ACTION_SWAP',
  priority: 0,
  prepare(_, { stats }) {
    const swapped = new StatFamily(stats, 'action.swap.')
    return {
      maxArg: 0,
      variant: () => 'swap',
      run(world, agent) {
        const { grid, objects } = world
        const cell = grid.ahead(agent.row, agent.col, agent.orientation)
        for (let layer = OBJECT_LAYER; layer >= AGENT_LAYER; layer--) {
          const other = objects[grid.cells[cell + layer] ?? 0]
          if (other === undefined || !canBeSwapped(other)) continue
          agent.stats.add(swapped.id(other.type.typeName), 1)
          world.exchange(agent, other)
          return true
        }
        return false
      },
    }
  },
}

function canBeSwapped(object: GridObject): boolean {
  if (object instanceof Agent) return object.frozen > 0
  return object.type.kind === 'wall' && object.type.swappable
}
