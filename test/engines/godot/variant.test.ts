/** Variants: as the engines write them, at random, cut short, and broken. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Float, Name, Opaque, Tagged, type Value } from '../../../src/engine/index.ts'
import { readVariant, writeVariant, type Dialect } from '../../../src/engines/godot/variant/index.ts'
import { isBeamcadeError } from '../../../src/errors.ts'
import { Fuzz, fuzzSeed } from '../../support/fuzz.ts'
import { variants } from './random-values.ts'
import { VECTORS } from './vectors.ts'

const DIALECTS: readonly Dialect[] = [3, 4]
const hexOf = (value: Value, dialect: Dialect, doubles = false): string =>
  Buffer.from(writeVariant(value, { dialect, doubles })).toString('hex')
const read = (hex: string, dialect: Dialect): Value => readVariant(Buffer.from(hex, 'hex'), { dialect })
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (isBeamcadeError(error)) return error.code
    throw error
  }
  return 'none'
}

describe.each(DIALECTS)('Godot %i', (dialect) => {
  test.each(VECTORS[dialect])('%s', (hex, value) => {
    expect(read(hex, dialect)).toStrictEqual(value)
    expect(hexOf(value, dialect)).toBe(hex)
  })

  test('what was written is read as the same value', () => {
    fc.assert(
      fc.property(variants(dialect), (value) => {
        expect(read(hexOf(value, dialect), dialect)).toStrictEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  test('cut at any byte it is refused', () => {
    for (const [hex] of VECTORS[dialect]) {
      for (let length = 0; length < hex.length / 2; length++) {
        const code = codeOf(() => readVariant(Buffer.from(hex, 'hex').subarray(0, length), { dialect }))
        expect(['truncated', 'bad_variant']).toContain(code)
      }
      expect(codeOf(() => read(`${hex}00`, dialect))).toBe('bad_variant')
    }
  })

  test('20,000 broken ones: read, or refused with a code', () => {
    const fuzz = new Fuzz(fuzzSeed(`variants of Godot ${dialect}`))
    const sources = VECTORS[dialect].map(([hex]) => Buffer.from(hex, 'hex'))
    const codes = new Set<string>()
    for (let i = 0; i < 20_000; i++) {
      codes.add(codeOf(() => readVariant(fuzz.mutate(fuzz.pick(sources)), { dialect })))
    }
    for (const code of codes) expect(['none', 'truncated', 'bad_variant', 'unsupported_type']).toContain(code)
    expect(codes).toContain('bad_variant')
  })

  test('nesting has a limit, on both ways', () => {
    const array = dialect === 3 ? '13' : '1c'
    const nest = (levels: number): string => `${array}00000001000000`.repeat(levels) + '00000000'
    expect(codeOf(() => read(nest(512), dialect))).toBe('none')
    expect(codeOf(() => read(nest(513), dialect))).toBe('too_deep')
    expect(codeOf(() => read(nest(10_000), dialect))).toBe('too_deep')
    let value: Value = null
    for (let i = 0; i < 513; i++) value = [value]
    expect(codeOf(() => hexOf(value, dialect))).toBe('too_deep')
  })

  test('a count that lies takes no memory', () => {
    for (const kind of dialect === 3 ? ['12', '13', '14', '17', '1a'] : ['1b', '1c', '1d', '1f', '22', '26']) {
      expect(codeOf(() => read(`${kind}000000ffffff7f00000000`, dialect))).toBe('bad_variant')
    }
    expect(codeOf(() => read('04000000ffffff7f61626364', dialect))).toBe('bad_variant')
  })
})

test('what a caller may write in another way', () => {
  const same: readonly (readonly [Value, Value])[] = [
    [new Tagged('vector2', [1, 2n]), new Tagged('vector2', [new Float(1), new Float(2)])],
    [Uint8Array.of(1, 2), new Tagged('packed', ['byte', [1, 2]])],
    [new Tagged('packed', ['int32', Uint8Array.of(1, 0, 0, 0)]), new Tagged('packed', ['int32', [1]])],
    [new Tagged('packed', ['vector2', [[1, 2]]]), new Tagged('packed', ['vector2', [new Tagged('vector2', [1, 2])]])],
    [new Tagged('object', ['Node', 7]), new Tagged('object', [7])],
    [new Tagged('node_path', ['/a//b/:c::d']), new Tagged('node_path', ['/a/b:c:d'])],
    [new Name('idle'), 'idle'],
    [new Tagged('object', [null, -1n]), new Tagged('object', [null, 2n ** 64n - 1n])],
  ]
  for (const [one, other] of same) expect(hexOf(one, 4)).toBe(hexOf(other, 4))
})

test('a build with double precision', () => {
  const value = new Tagged('vector2', [0.1, new Float(2)])
  const hex = hexOf(value, 4, true)
  expect(hex).toBe('050001009a9999999999b93f0000000000000040')
  expect(read(hex, 4)).toStrictEqual(value)
  const many = new Tagged('packed', [new Name('vector2'), [value]])
  expect(read(hexOf(many, 4, true), 4)).toStrictEqual(many)
  // Colours and plain integers stay as they are.
  expect(hexOf(new Tagged('color', [1, 1, 1, 1]), 4, true)).toBe(hexOf(new Tagged('color', [1, 1, 1, 1]), 4))
})

test('what cannot be carried is refused by name, never replaced', () => {
  const refused: readonly (readonly [string, Value, Dialect])[] = [
    ['unsupported_type', new Tagged('vector2i', [1, 2]), 3],
    ['unsupported_type', new Tagged('string_name', ['a']), 3],
    ['unsupported_type', new Tagged('packed', ['int64', [1]]), 3],
    ['unsupported_type', new Tagged('typed_array', [new Name('int'), []]), 3],
    ['unsupported_type', new Tagged('packed', ['pears', [1]]), 4],
    ['unsupported_type', new Tagged('banana', [1]), 4],
    ['unsupported_type', new Opaque('erlang', {}), 4],
    ['bad_argument', new Tagged('vector2', [1]), 4],
    ['bad_argument', new Tagged('vector2', ['1', '2']), 4],
    ['bad_argument', new Tagged('vector2i', [1.5, 2]), 4],
    ['bad_argument', new Tagged('vector2i', [2 ** 31, 2]), 4],
    ['bad_argument', new Tagged('packed', ['byte', [256]]), 4],
    ['bad_argument', new Tagged('packed', ['int32', Uint8Array.of(1)]), 4],
    ['bad_argument', 2n ** 63n, 4],
    ['bad_argument', new Tagged('object', [null, 2n ** 64n]), 4],
  ]
  for (const [code, value, dialect] of refused) expect(codeOf(() => hexOf(value, dialect))).toBe(code)
  expect(() => read('19000000', 4)).toThrow('A value of type callable has no bytes: it cannot be carried.')
})
