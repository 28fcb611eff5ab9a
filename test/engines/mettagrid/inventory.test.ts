import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { HashOrder, inHashOrder } from '../../../src/engines/mettagrid/world/hash-order.ts'
import { Inventory, limitTable } from '../../../src/engines/mettagrid/world/inventory.ts'

function ordered(keys: readonly number[]): number[] {
  const order = new HashOrder(256)
  for (const key of keys) order.insert(key)
  return [...order.keys.subarray(0, order.size)]
}

describe('the order of a hash map of libstdc++', () => {
  test('lists the newest first while no two keys share a bucket', () => {
    expect(ordered([0, 1, 2, 3, 4, 5])).toEqual([5, 4, 3, 2, 1, 0])
  })

  test('lists the keys of a bucket together', () => {
    expect(ordered([1, 14, 2, 15, 27])).toEqual([15, 2, 27, 14, 1])
  })

  test('is turned round when the map grows', () => {
    const thirteen = Array.from({ length: 13 }, (_, i) => i)
    expect(ordered(thirteen)).toEqual([...thirteen].reverse())
    expect(ordered([...thirteen, 13])).toEqual([13, ...thirteen])
  })

  test('has buckets for as many keys as a prime says, at least twice as many as before when it grows', () => {
    const order = new HashOrder(256)
    const grown = [`0 ${order.buckets}`]
    for (let key = 0; key < 256; key++) {
      const before = order.buckets
      order.insert(key)
      if (order.buckets !== before) grown.push(`${order.size} ${order.buckets}`)
    }
    expect(grown).toEqual(['0 1', '1 13', '14 29', '30 59', '60 127', '128 257'])
  })

  test('grows also for a key that does not stay', () => {
    const order = new HashOrder(256)
    for (let key = 0; key < 13; key++) order.insert(key)
    order.touch()
    expect([...order.keys.subarray(0, 13)]).toEqual(Array.from({ length: 13 }, (_, i) => i))
    expect(order.buckets).toBe(29)
  })

  test('keeps the others in order when a key goes', () => {
    const order = new HashOrder(256)
    for (const key of [4, 9, 2]) order.insert(key)
    order.remove(9)
    expect([...order.keys.subarray(0, order.size)]).toEqual([2, 4])
  })

  test('of the maps of a configuration follows ascending keys', () => {
    expect(inHashOrder({ 15: 'e', 2: 'c', 1: 'a', 14: 'd' })).toEqual([
      [15, 'e'],
      [2, 'c'],
      [14, 'd'],
      [1, 'a'],
    ])
  })
})

describe('an inventory', () => {
  test('holds at most a byte of each item', () => {
    const inventory = new Inventory(limitTable(2))
    expect(inventory.change(0, 200)).toBe(200)
    expect(inventory.change(0, 200)).toBe(55)
    expect(inventory.room(1)).toBe(255)
    expect(inventory.change(0, -300)).toBe(-255)
    expect(inventory.size).toBe(0)
  })

  test('shares limits between items', () => {
    const inventory = new Inventory(limitTable(3, [{ items: [0, 1], max: 10 }]))
    expect(inventory.change(0, 7)).toBe(7)
    expect(inventory.change(1, 7)).toBe(3)
    expect(inventory.room(0)).toBe(0)
    expect(inventory.change(2, 100)).toBe(100)
    expect(inventory.change(0, -2)).toBe(-2)
    expect(inventory.room(1)).toBe(2)
  })

  test('takes the later of two limits for an item', () => {
    const inventory = new Inventory(
      limitTable(2, [
        { items: [0, 1], max: 10 },
        { items: [1], max: 3 },
      ]),
    )
    expect(inventory.change(1, 9)).toBe(3)
    expect(inventory.change(0, 9)).toBe(9)
  })

  const changes = fc.array(fc.tuple(fc.nat(39), fc.integer({ min: -300, max: 300 })), { maxLength: 200 })

  test('never holds more than its limits, and lists exactly what it holds', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const limits = [
          { items: [0, 1, 2, 13, 26, 39], max: 40 },
          { items: [3], max: 0 },
        ]
        const inventory = new Inventory(limitTable(40, limits))
        for (const [item, delta] of all) {
          const before = inventory.amount(item)
          expect(inventory.change(item, delta)).toBe(inventory.amount(item) - before)
        }
        const listed = [...inventory.items.subarray(0, inventory.size)]
        const held = Array.from({ length: 40 }, (_, item) => item).filter((item) => inventory.amount(item) > 0)
        expect([...listed].sort((a, b) => a - b)).toEqual(held)
        for (const { items, max } of limits) {
          expect(items.reduce((sum, item) => sum + inventory.amount(item), 0)).toBeLessThanOrEqual(max)
        }
      }),
    )
  })

  test('goes on the same after it was saved', () => {
    fc.assert(
      fc.property(changes, changes, (before, after) => {
        const limits = [{ items: [0, 1, 2], max: 40 }]
        const [inventory, copy] = [new Inventory(limitTable(40, limits)), new Inventory(limitTable(40, limits))]
        for (const [item, delta] of before) inventory.change(item, delta)
        copy.load(inventory.save())
        for (const [item, delta] of after) expect(copy.change(item, delta)).toBe(inventory.change(item, delta))
        expect(copy.save()).toEqual(inventory.save())
      }),
    )
  })
})
