/** The forms in which values stand in a snapshot, and what is asked of them when they come back. */
import { z } from 'zod'
import { BeamcadeError } from '../../../errors.ts'
import { BUCKET_COUNTS } from '../world/hash-order.ts'
import type { Inventory, InventoryState } from '../world/inventory.ts'

export const byte = z.int().min(0).max(255)
export const uint32 = z.int().min(0).max(4_294_967_295)

/** Eight hexadecimal digits, as {@link floatText} makes them. */
export const float = z.string().regex(/^[0-9a-f]{8}$/)

/** 624 words, and how many of them are used. */
export const random = z
  .array(uint32)
  .length(625)
  .refine((words) => (words[624] ?? 0) <= 624)

/** What something holds, in order. */
export const inventory = {
  items: z.array(byte),
  amounts: z.array(byte.min(1)),
  buckets: z.int().refine((count) => BUCKET_COUNTS.some((known) => known === count)),
}

/** @throws BeamcadeError `bad_snapshot` */
export function loadInventory(inventory: Inventory, state: InventoryState, resources: number): void {
  const { items, amounts } = state
  expectBelow('resource', items, resources)
  expectLength('amounts', amounts.length, items.length)
  expectLength('different resources', new Set(items).size, items.length)
  inventory.load(state)
}

/** A float32 as eight hexadecimal digits: JSON has no -0. */
export function floatText(value: number): string {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return view.getUint32(0).toString(16).padStart(8, '0')
}

export function floatOf(text: string): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, Number.parseInt(text, 16))
  return view.getFloat32(0)
}

export function base64(array: NodeJS.TypedArray): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64')
}

/** Puts bytes back into the array that they came from. @throws BeamcadeError `bad_snapshot` */
export function fill(name: string, array: NodeJS.TypedArray, text: string): void {
  const bytes = Buffer.from(text, 'base64')
  expectLength(`bytes of ${name}`, bytes.length, array.byteLength)
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes)
}

/** @throws BeamcadeError `bad_snapshot` */
export function expectLength(what: string, got: number, expected: number): void {
  if (got === expected) return
  throw new BeamcadeError('bad_snapshot', `The snapshot has ${got} ${what} where ${expected} are needed.`)
}

/** @throws BeamcadeError `bad_snapshot` */
export function expectBelow(what: string, values: readonly number[], limit: number): void {
  const strange = values.find((value) => value >= limit)
  if (strange === undefined) return
  throw new BeamcadeError('bad_snapshot', `The snapshot has the ${what} ${strange}; the highest is ${limit - 1}.`)
}
