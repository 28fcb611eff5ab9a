import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Random } from '../../../src/engines/mettagrid/world/random.ts'

/** `below` by bigint, as the method is written down. */
function reference(random: Random, range: number): number {
  const wide = BigInt(range)
  const threshold = (2n ** 32n - wide) % wide
  for (;;) {
    const product = BigInt(random.draw()) * wide
    if ((product & 0xffffffffn) >= threshold) return Number(product >> 32n)
  }
}

describe('random numbers of seed 42', () => {
  test('are those of std::mt19937', () => {
    const random = new Random(42)
    expect([1, 2, 3, 4].map(() => random.draw())).toEqual([1608637542, 3421126067, 4083286876, 787846414])
  })

  test('the ten thousandth of the default seed is the one that the C++ standard names', () => {
    const random = new Random(5489)
    for (let i = 1; i < 10_000; i++) random.draw()
    expect(random.draw()).toBe(4123659995)
  })

  test('as fractions', () => {
    const random = new Random(42)
    const samples = [random.fraction(), random.fraction(), random.fraction()]
    expect(samples.map((sample) => sample.toPrecision(9))).toEqual(['0.374540120', '0.796543002', '0.950714290'])
  })

  test.each([
    [2, [1, 0], [0, 1]],
    [3, [1, 0, 2], [0, 2, 1]],
    [4, [1, 3, 2, 0], [2, 1, 3, 0]],
    [5, [4, 0, 2, 3, 1], [3, 1, 2, 4, 0]],
    [8, [1, 6, 7, 0, 5, 4, 3, 2], [0, 7, 4, 1, 6, 5, 2, 3]],
  ])('shuffle %i elements', (n, first, second) => {
    const random = new Random(42)
    const order = new Uint16Array(n)
    random.shuffle(order)
    expect([...order]).toEqual(first)
    random.shuffle(order)
    expect([...order]).toEqual(second)
  })
})

test('one element is shuffled without a draw', () => {
  const random = new Random(1)
  random.shuffle(new Uint16Array(1))
  expect(random.draw()).toBe(new Random(1).draw())
})

test('any shuffle is a permutation', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.integer({ min: 0, max: 3000 }), (seed, n) => {
      const order = new Uint16Array(n)
      new Random(seed).shuffle(order)
      expect(order.sort().every((element, i) => element === i)).toBe(true)
    }),
  )
})

test('numbers below a range are those of exact arithmetic', () => {
  const ranges = fc.oneof(
    fc.integer({ min: 1, max: 0xffffffff }),
    fc.integer({ min: 1, max: 70_000 }),
    fc.constantFrom(0x80000001, 0xffffffff),
  )
  fc.assert(
    fc.property(fc.nat(0xffffffff), ranges, (seed, range) => {
      const [ours, theirs] = [new Random(seed), new Random(seed)]
      const next = (draw: () => number) => Array.from({ length: 20 }, draw)
      expect(next(() => ours.below(range))).toEqual(next(() => reference(theirs, range)))
    }),
  )
})

test('a saved state goes on with the same numbers', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(1500), (seed, draws) => {
      const random = new Random(seed)
      for (let i = 0; i < draws; i++) random.draw()
      const copy = new Random(0)
      copy.load(random.save())
      const next = (from: Random) => Array.from({ length: 700 }, () => from.draw())
      expect(next(copy)).toEqual(next(random))
    }),
    { numRuns: 30 },
  )
})
