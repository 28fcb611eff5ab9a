/** What a trace tells of the objects at its end: of all but plain walls. */
import { Agent } from '../objects/agent.ts'
import { Assembler, NOT_CLIPPED } from '../objects/assembler.ts'
import { Chest } from '../objects/chest.ts'
import { Converter } from '../objects/converter.ts'
import type { GridObject } from '../objects/object.ts'
import type { Inventory } from '../world/inventory.ts'
import type { World } from '../world/world.ts'

type Words = Readonly<Record<string, unknown>>

export function objectsOf({ objects }: World): Words[] {
  return objects.flatMap((object) => {
    if (object === undefined || (object.type.kind === 'wall' && !object.type.swappable)) return []
    const { typeName, typeId, layer } = object.type
    const common = { id: object.id, type_name: typeName, type_id: typeId, r: object.row, c: object.col, layer }
    return [{ ...common, ...stateOf(object) }]
  })
}

/** What an inventory holds, in its order. */
export function heldIn(inventory: Inventory): [item: number, amount: number][] {
  return [...inventory.items.subarray(0, inventory.size)].map((item) => [item, inventory.amount(item)])
}

function stateOf(object: GridObject): Words {
  if (object instanceof Agent || object instanceof Chest) return { inv: heldIn(object.inventory) }
  if (object instanceof Converter) {
    const { inventory, converting, coolingDown, conversions } = object
    const state = { converting: Number(converting), cooling_down: Number(coolingDown) }
    return { inv: heldIn(inventory), ...state, conversions_completed: conversions }
  }
  if (!(object instanceof Assembler)) return {}
  return {
    uses_count: object.uses,
    cooldown_end: object.cooldownEnd,
    cooldown_duration: object.cooldownLength,
    is_clipped: Number(object.clipped !== NOT_CLIPPED),
    cooldown_multiplier: nineDigits(object.slowness),
  }
}

/** A float32 in nine digits, which are enough to tell it from every other. */
export function nineDigits(value: number): number {
  return Number(value.toPrecision(9))
}
