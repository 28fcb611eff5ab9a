/** Gives resources to (or takes them from) all agents and converters around. */
import { checkItems, itemsOf } from '../config/items.ts'
import { badGame } from '../config/limits.ts'
import type { Agent } from '../objects/agent.ts'
import { Converter } from '../objects/converter.ts'
import { AGENT_LAYER, type Grid, type Layer, NOTHING, OBJECT_LAYER } from '../world/grid.ts'
import { inHashOrder } from '../world/hash-order.ts'
import type { World } from '../world/world.ts'
import type { ActionKind } from './action.ts'
import { drawWhole } from './resources.ts'

const MOST = 255

export const resourceMod: ActionKind = {
  type: 'ACTION_RESOURCE_MOD',
  priority: 0,
  prepare({ resource_mod: config }, { resources }) {
    if (config === undefined) throw badGame('resource_mod action requires configuration')
    const { agent_radius: agentRadius, converter_radius: converterRadius, scales } = config
    checkItems('The action resource_mod', { modifies: itemsOf(config.modifies) }, resources.length)
    const modifies = inHashOrder(config.modifies).map(([item, amount]) => [item, Math.fround(amount)] as const)
    for (const [item, amount] of modifies) {
      if (Math.ceil(Math.abs(amount)) <= MOST) continue
      const facts = `${amount} of resource ${item}`
      throw badGame('ResourceModConfig: modifies values must have |ceil(value)| <= 255', facts)
    }
    // What the last scan found: filled anew each time, and never emptied, which would allocate.
    const found: number[] = []
    const agents: Agent[] = []
    const converters: Converter[] = []
    return {
      maxArg: 0,
      scanned: (cells) => cellsWithin(agentRadius, cells) + cellsWithin(converterRadius, cells),
      variant: () => 'resource_mod',
      run(world, actor) {
        const { grid, objects, step } = world
        const agentCount = scan(grid, actor, agentRadius, AGENT_LAYER, found)
        for (let i = 0; i < agentCount; i++) agents[i] = world.agentWithId(found[i] ?? NOTHING)
        const objectCount = scan(grid, actor, converterRadius, OBJECT_LAYER, found)
        let converterCount = 0
        for (let i = 0; i < objectCount; i++) {
          const object = objects[found[i] ?? NOTHING]
          if (object instanceof Converter) converters[converterCount++] = object
        }
        const targets = agentCount + converterCount
        for (const [item, whole] of modifies) {
          const amount = scales && targets > 1 ? Math.fround(whole / targets) : whole
          for (let i = 0; i < agentCount; i++) {
            const delta = draw(world, amount)
            if (delta !== 0) agents[i]?.change(item, delta)
          }
          for (let i = 0; i < converterCount; i++) {
            const delta = draw(world, amount)
            if (delta !== 0) converters[i]?.change(item, delta, step)
          }
        }
        return true
      },
    }
  },
}

/** A whole number near an amount of either sign. */
function draw({ random }: World, amount: number): number {
  return amount < 0 ? -drawWhole(random, -amount) : drawWhole(random, amount)
}

/**
 * Finds the objects of a layer whose rows plus columns away from an agent are at most `radius`, row by row; with radius 0
 * none. @returns how many of `found` count
 */
function scan(grid: Grid, { row, col }: Agent, radius: number, layer: Layer, found: number[]): number {
  let count = 0
  if (radius === 0) return count
  const lastRow = Math.min(row + radius, grid.height - 1)
  for (let r = Math.max(row - radius, 0); r <= lastRow; r++) {
    const wide = radius - Math.abs(r - row)
    const lastCol = Math.min(col + wide, grid.width - 1)
    for (let c = Math.max(col - wide, 0); c <= lastCol; c++) {
      const id = grid.at(r, c, layer)
      if (id !== NOTHING) found[count++] = id
    }
  }
  return count
}

/** How many cells a scan looks at, on a map of that many. */
function cellsWithin(radius: number, cells: number): number {
  return radius === 0 ? 0 : Math.min(2 * radius * (radius + 1) + 1, cells)
}
