import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { z } from 'zod'
import {
  boolean,
  bytes,
  defineEngine,
  defineOperation,
  describeSchema,
  Float,
  float,
  integer,
  list,
  name,
  Name,
  nullable,
  object,
  opaque,
  Opaque,
  readerOf,
  record,
  Tagged,
  text,
  typeText,
  union,
  value,
  type Value,
} from '../../src/engine/index.ts'

const read = (schema: z.ZodType, given: Value) => readerOf(schema)(given, ['it'])
const refusal = (schema: z.ZodType, given: Value): string => {
  try {
    read(schema, given)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it was not refused')
}
const map = (...entries: [Value, Value][]): Value => new Map(entries)
const utf8 = (string: string) => new TextEncoder().encode(string)

describe('schemas as plain trees', () => {
  test('have a kind for everything', () => {
    const shape = describeSchema(
      object({
        i: integer({ min: 0, max: 7 }).default(3).describe('An integer.'),
        f: float({ min: 0 }),
        b: boolean(),
        s: text({ maxBytes: 9 }),
        raw: bytes().optional(),
        any: name(),
        one: name(['x', 'y']),
        l: list(integer(), { min: 1, max: 2 }),
        r: record(integer({ min: 0, max: 255 }), nullable(float())),
        u: union([list(value()), opaque()]),
      }),
    )
    expect(typeText(shape)).toBe(
      '{i?: integer 0..7, f: float, b: boolean, s: string, raw?: bytes, any: name, one: x | y, l: [integer], ' +
        'r: {integer 0..255 => float | null}, u: [value] | opaque}',
    )
    if (shape.kind !== 'object') throw new Error('no object')
    expect(shape.fields.get('i')).toEqual({
      shape: { kind: 'integer', min: 0, max: 7, doc: 'An integer.' },
      optional: true,
      default: 3,
    })
    expect(shape.fields.get('l')?.shape).toMatchObject({ kind: 'list', min: 1, max: 2 })
  })

  test('that no wire could carry are refused when they are defined', () => {
    expect(() => describeSchema(z.date())).toThrow('A schema of type date has no form on every wire.')
    expect(() => describeSchema(object({ when: z.string().transform(Number) }))).toThrow('has no form')
    const bad = { module: 'm', doc: 'Doc.', output: value(), handler: () => null }
    expect(() => defineOperation({ ...bad, name: 'Bad', params: [] })).toThrow('"Bad" is no name in snake_case.')
    expect(() => defineOperation({ ...bad, name: 'ok', doc: ' ', params: [] })).toThrow('m:ok has no doc.')
    const optional = { name: 'a', doc: 'A.', schema: text(), optional: true }
    const needed = { name: 'b', doc: 'B.', schema: text() }
    expect(() => defineOperation({ ...bad, name: 'ok', params: [optional, needed] })).toThrow('follows an optional one')
    const game = { doc: 'Doc.', create: () => undefined as never, restore: () => undefined as never }
    expect(() => defineEngine({ ...game, name: 'my game' })).toThrow('"my game" is no name in snake_case.')
  })
})

describe('reading', () => {
  test('takes what each gateway has for a thing', () => {
    expect(read(integer(), 12n)).toBe(12)
    expect(read(float(), 3)).toBe(3)
    expect(read(float(), new Float(3))).toBe(3)
    for (const form of ['ab', new Name('ab'), utf8('ab'), [97, 98]] as Value[]) {
      expect(read(text(), form)).toBe('ab')
      expect(read(name(['ab']), form)).toBe('ab')
    }
    expect(read(text(), [])).toBe('')
    expect(read(name(), null)).toBe('nil')
    expect(read(bytes(), utf8('ab'))).toEqual(utf8('ab'))
    expect(read(bytes(), [97, 98])).toEqual(utf8('ab'))
    expect(() => read(bytes(), [97, 256])).toThrow('expected bytes')
    expect(read(nullable(integer()), null)).toBeNull()
    const amounts = record(integer({ min: 0, max: 255 }), integer())
    expect({ ...(read(amounts, map([3, 1], ['14', 2], [utf8('0'), 3])) as object) }).toEqual({ 0: 3, 3: 1, 14: 2 })
    expect(read(object({ a: integer() }), map([utf8('a'), 1]))).toEqual({ a: 1 })
    expect(read(object({ a: integer().optional() }), map([new Name('a'), null]))).toEqual({})
    const pid = new Opaque('erlang', 1)
    expect(read(opaque(), pid)).toBe(pid)
    const anything: Value = [new Tagged('t', [1])]
    expect(read(value(), anything)).toBe(anything)
  })

  test('says what was expected, what came, and where', () => {
    const deep = object({ rows: list(object({ id: integer({ min: 0, max: 9 }) })) })
    expect(refusal(deep, map(['rows', [map(['id', 1]), map(['id', 'x'])]]))).toBe(
      'it.rows[1].id: expected an integer from 0 to 9, got a string "x".',
    )
    expect(refusal(integer(), 1.5)).toBe('it: expected an integer, got the float 1.5.')
    expect(refusal(integer(), new Float(1))).toBe('it: expected an integer, got the float 1.0.')
    expect(refusal(integer(), 2n ** 60n)).toBe(`it: expected an integer, got the integer ${2n ** 60n}.`)
    expect(refusal(float(), NaN)).toBe('it: expected a number, got the float NaN.')
    expect(refusal(boolean(), null)).toBe('it: expected true or false, got null.')
    expect(refusal(text({ maxBytes: 3 }), 'über')).toBe(
      'it: expected a string of at most 3 bytes, got a string "über".',
    )
    expect(refusal(text(), new Uint8Array([255, 0]))).toBe('it: expected a string, got 2 bytes.')
    expect(refusal(name(['a']), new Name('b'))).toBe('it: expected a, got the name b.')
    expect(refusal(list(integer(), { max: 1 }), [1, 2])).toBe('it: expected a list of at most 1, got a list of 2.')
    expect(refusal(record(text(), integer()), map(['k', 'v']))).toBe('it.k: expected an integer, got a string "v".')
    expect(refusal(record(integer(), integer()), map([1, 1], ['1', 2]))).toBe('it["1"]: the key is there twice.')
    expect(refusal(object({ a: integer() }), map(['a', 1], [new Name('a'), 2]))).toBe('it: the key "a" is there twice.')
    expect(refusal(object({}), map([map(), 1]))).toBe('it: expected names as keys, got a map of 0.')
    expect(refusal(opaque(), new Tagged('t', []))).toBe(
      'it: expected a pid or another thing of the gateway, got a tuple tagged t.',
    )
    expect(refusal(integer(), 'x'.repeat(50))).toBe(`it: expected an integer, got a string "${'x'.repeat(40)}…".`)
  })

  test('of several alternatives complains about the one that was meant', () => {
    const schema = union([list(integer()), object({ a: integer() }), object({ b: integer(), c: integer() })])
    expect(refusal(schema, ['x'])).toBe('it[0]: expected an integer, got a string "x".')
    expect(refusal(schema, map(['a', 'x']))).toBe('it.a: expected an integer, got a string "x".')
    expect(refusal(schema, map(['b', 1]))).toBe('it.c is missing: expected an integer.')
    expect(refusal(schema, true)).toBe('it: expected a list or a map, got true.')
  })

  test('keeps rules that only zod knows', () => {
    const even = integer().refine((n) => n % 2 === 0, 'must be even')
    expect(read(object({ n: even }), map(['n', 2]))).toEqual({ n: 2 })
    expect(refusal(object({ n: even }), map(['n', 3]))).toBe('it.n: must be even, got a map of 1.')
    expect(refusal(z.string().regex(/^a/), 'b')).toMatch(/^it: Invalid string/)
  })

  test('leaves the path as it was, whatever happens', () => {
    const any: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Value>(null, true, 1, 1.5, 2n, 'a', new Name('a'), new Float(2), new Uint8Array([1])),
        fc.array(tie('value')),
        fc.array(fc.tuple(fc.constantFrom<Value>('a', 'b', 1), tie('value'))).map((pairs) => new Map(pairs)),
      ),
    })).value
    const nested = object({ a: union([integer(), list(text())]).optional(), b: record(text(), value()).default({}) })
    const reader = readerOf(union([nested, list(nested), list(integer())]))
    fc.assert(
      fc.property(any, (given) => {
        const path = ['it']
        try {
          reader(given, path)
        } catch (error) {
          expect(error).toMatchObject({ name: 'BeamcadeError', code: 'bad_argument' })
          path.length = 1
        }
        expect(path).toEqual(['it'])
      }),
    )
  })

  test('lets no key of a map mean more than itself', () => {
    const free = read(record(text(), integer()), map(['__proto__', 1], ['constructor', 2])) as Record<string, number>
    expect(Object.getPrototypeOf(free)).toBeNull()
    expect(Object.keys(free)).toEqual(['__proto__', 'constructor'])
    expect(refusal(object({ a: integer() }), map(['a', 1], ['__proto__', map()]))).toContain('unknown key "__proto__"')
  })
})
