/** Turns to a direction of the map. */
import { DIRECTION_NAMES, ORIENTATION_NAMES } from '../world/orientation.ts'
import type { ActionKind } from './action.ts'

export const rotate: ActionKind = {
  type: 'ACTION_ROTATE',
  priority: 0,
  prepare(_, { directions, trackMovement, stats }) {
    const turnedTo = trackMovement ? ORIENTATION_NAMES.map((name) => stats.id(`movement.rotation.to_${name}`)) : []
    const sequential = stats.id('movement.sequential_rotations')
    return {
      maxArg: directions - 1,
      variant: (arg) => `rotate_${DIRECTION_NAMES[arg] ?? arg}`,
      run(world, agent, direction) {
        world.turn(agent, direction)
        const stat = turnedTo[direction]
        if (stat === undefined) return true
        agent.stats.add(stat, 1)
        if (world.rules.handlers[agent.previousAction]?.name === 'rotate') agent.stats.add(sequential, 1)
        return true
      },
    }
  },
}
