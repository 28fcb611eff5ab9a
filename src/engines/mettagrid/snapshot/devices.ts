/** Converters, assemblers, chests and the clipper in a snapshot. */
import { z } from 'zod'
import type { Clipper } from '../clipper.ts'
import { Assembler } from '../objects/assembler.ts'
import { Chest } from '../objects/chest.ts'
import { Converter } from '../objects/converter.ts'
import type { Device } from '../objects/object.ts'
import type { World } from '../world/world.ts'
import {
  base64,
  expectBelow,
  expectLength,
  fill,
  float,
  floatOf,
  floatText,
  inventory,
  loadInventory,
  random,
  uint32,
} from './forms.ts'

const converter = z.strictObject({
  ...inventory,
  converting: z.boolean(),
  coolingDown: z.boolean(),
  conversions: z.int().min(0),
  due: z.int().min(0),
})
const assembler = z.strictObject({
  cooldownEnd: uint32,
  cooldownLength: uint32,
  uses: uint32,
  slowness: float,
  clipped: z.int().min(-1),
})
const chest = z.strictObject(inventory)

/** In the order of the map; its request says which is of what kind. */
export const devicesSchema = z.array(z.union([converter, assembler, chest]))
export const clipperSchema = z.strictObject({ random, weights: z.string(), border: z.string() })

type Saved = z.output<typeof devicesSchema>[number]

export function saveDevice(device: Device): Saved {
  if (device instanceof Converter) {
    const { converting, coolingDown, conversions, due } = device
    return { ...device.inventory.save(), converting, coolingDown, conversions, due }
  }
  if (device instanceof Assembler) {
    const { cooldownEnd, cooldownLength, uses, slowness, clipped } = device
    return { cooldownEnd, cooldownLength, uses, slowness: floatText(slowness), clipped }
  }
  if (device instanceof Chest) return device.inventory.save()
  throw new TypeError(`The object ${device.id} has no form in a snapshot.`)
}

/** @throws BeamcadeError `bad_snapshot`, or a ZodError */
export function loadDevice({ rules }: World, device: Device, saved: Saved): void {
  device.stale = true
  const resources = rules.resources.length
  if (device instanceof Converter) {
    const { items, amounts, buckets, ...state } = converter.parse(saved)
    loadInventory(device.inventory, { items, amounts, buckets }, resources)
    Object.assign(device, state)
  } else if (device instanceof Assembler) {
    const { slowness, ...state } = assembler.parse(saved)
    expectBelow('recipe of the clipper', [state.clipped], rules.clipper?.recipes.length ?? 0)
    Object.assign(device, state, { slowness: floatOf(slowness) })
  } else if (device instanceof Chest) {
    loadInventory(device.inventory, chest.parse(saved), resources)
  }
}

export function saveClipper(clipper: Clipper): z.output<typeof clipperSchema> {
  return { random: clipper.random.save(), weights: base64(clipper.weights), border: base64(clipper.border) }
}

/** @throws BeamcadeError `bad_snapshot` */
export function loadClipper({ clipper }: World, saved: z.output<typeof clipperSchema> | undefined): void {
  expectLength('clippers', saved === undefined ? 0 : 1, clipper === undefined ? 0 : 1)
  if (clipper === undefined || saved === undefined) return
  clipper.random.load(saved.random)
  fill('weights', clipper.weights, saved.weights)
  fill('border', clipper.border, saved.border)
}
