/** Puts what a converter takes into the one ahead, and takes out what it has made. */
import type { Agent } from '../objects/agent.ts'
import { Converter } from '../objects/converter.ts'
import { OBJECT_LAYER } from '../world/grid.ts'
import type { World } from '../world/world.ts'
import type { ActionKind } from './action.ts'

/** Of each input as much as one conversion takes, or what the agent has of it. */
export const putItems: ActionKind = {
  type: 'ACTION_PUT_ITEMS',
  priority: 0,
  prepare(_, { resources, stats }) {
    const put = resources.map((resource) => stats.id(`${resource}.put`))
    return {
      maxArg: 0,
      variant: () => 'put_items',
      run(world, agent) {
        const converter = converterAhead(world, agent)
        if (converter === undefined) return false
        let any = false
        for (const [item, amount] of converter.type.inputs) {
          const held = agent.inventory.amount(item)
          if (held === 0) continue
          // It may begin with the first input: what then still fits is for the next conversion.
          const moved = converter.change(item, Math.min(amount, held), world.step)
          if (moved === 0) continue
          agent.change(item, -moved)
          agent.stats.add(put[item] ?? 0, moved)
          any = true
        }
        return any
      },
    }
  },
}

/** Of each output as much as the agent can hold. */
export const getItems: ActionKind = {
  type: 'ACTION_GET_ITEMS',
  priority: 0,
  prepare(_, { resources, stats }) {
    const got = resources.map((resource) => stats.id(`${resource}.get`))
    return {
      maxArg: 0,
      variant: () => 'get_items',
      run(world, agent) {
        const converter = converterAhead(world, agent)
        if (converter === undefined) return false
        let any = false
        for (const [item] of converter.type.outputs) {
          const there = converter.inventory.amount(item)
          if (there === 0) continue
          const moved = agent.change(item, there)
          if (moved === 0) continue
          agent.stats.add(got[item] ?? 0, moved)
          converter.change(item, -moved, world.step)
          any = true
        }
        return any
      },
    }
  },
}

function converterAhead({ grid, objects }: World, { row, col, orientation }: Agent): Converter | undefined {
  const id = grid.cells[grid.ahead(row, col, orientation) + OBJECT_LAYER] ?? 0
  const object = objects[id]
  return object instanceof Converter ? object : undefined
}
