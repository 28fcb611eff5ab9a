import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Ref } from '../../../src/erlang/etf/terms.ts'
import { RefTable } from '../../../src/erlang/node/ref-table.ts'

const word = fc.oneof(fc.constantFrom(0, 1, 2, 0x40000, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffffffff))
const ref = fc
  .tuple(fc.constantFrom('a@x', 'b@x'), fc.constantFrom(1, 2), fc.array(word, { minLength: 1, maxLength: 5 }))
  .map(([node, creation, words]) => new Ref(node, creation, words))

describe('RefTable', () => {
  test('is a map from references, whatever their words', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('add', 'take', 'get'), ref), { maxLength: 60 }), (commands) => {
        const table = new RefTable<{ ref: Ref; value: number }>()
        const model = new Map<string, number>()
        commands.forEach(([command, key], value) => {
          const copy = new Ref(key.node, key.creation, [...key.words])
          if (command === 'get') expect(table.get(copy)?.value).toBe(model.get(key.key))
          else if (command === 'take') {
            expect(table.take(copy)?.value).toBe(model.get(key.key))
            model.delete(key.key)
          } else if (!model.has(key.key)) {
            table.add({ ref: key, value })
            model.set(key.key, value)
          }
          expect(table.size).toBe(model.size)
        })
        expect(new Set(table.values().map(({ ref, value }) => `${ref.key} ${value}`))).toEqual(
          new Set([...model].map(([key, value]) => `${key} ${value}`)),
        )
      }),
    )
  })

  test('keeps references apart that share a hash', () => {
    // However the words are mixed, some references share a place.
    const [short, long] = [new Ref('a@x', 1, [7]), new Ref('a@x', 1, [0, 7])]
    const table = new RefTable<{ ref: Ref }>()
    table.add({ ref: short })
    expect(table.get(long)).toBeUndefined()
    expect(table.take(long)).toBeUndefined()
    table.add({ ref: long })
    expect(table.take(new Ref('a@x', 1, [0, 0, 7]))).toBeUndefined()
    expect(table.get(short)?.ref).toBe(short)
    expect(table.take(long)?.ref).toBe(long)
    expect(table.take(short)?.ref).toBe(short)
    expect(table.size).toBe(0)
  })

  test('grows and shrinks without losing anything', () => {
    const refs = Array.from({ length: 5000 }, (_, i) => new Ref('a@x', 1, [i % 7, i, 0xffffffff - i]))
    const table = new RefTable<{ ref: Ref }>()
    for (const ref of refs) table.add({ ref })
    expect(table.values()).toHaveLength(5000)
    // Every third, from the front; then the rest, from the back.
    for (const ref of refs.filter((_, i) => i % 3 === 0)) expect(table.take(ref)?.ref).toBe(ref)
    for (const [i, ref] of refs.entries()) expect(table.get(ref)?.ref).toBe(i % 3 === 0 ? undefined : ref)
    for (const ref of refs.filter((_, i) => i % 3 !== 0).reverse()) expect(table.take(ref)?.ref).toBe(ref)
    expect([table.size, table.values()]).toEqual([0, []])
  })
})
