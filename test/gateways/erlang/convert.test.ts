import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Name, Opaque, Tagged, Float as FloatValue, type Value } from '../../../src/engine/value.ts'
import * as s from '../../../src/engine/schema.ts'
import { describeSchema } from '../../../src/engine/describe-schema.ts'
import {
  BitString,
  Float,
  ImproperList,
  Pid,
  TermMap,
  atom,
  equal,
  inspectElixir,
  tuple,
  type Term,
} from '../../../src/erlang/index.ts'
import { detailsTerm, toTerm, toTermOf } from '../../../src/gateways/erlang/to-term.ts'
import { toValue } from '../../../src/gateways/erlang/to-value.ts'

const shown = (schema: Parameters<typeof describeSchema>[0], result: unknown): string =>
  inspectElixir(toTermOf(describeSchema(schema))(result))

describe('values to terms, by the schema', () => {
  test('what is called a float is sent as one', () => {
    expect(shown(s.float(), 1)).toBe('1.0')
    expect(shown(s.list(s.float()), [1, 0.5, -0])).toBe('[1.0, 0.5, -0.0]')
    expect(shown(s.integer(), 1)).toBe('1')
  })

  test('keys and enums that the schema names are atoms; free keys and strings are binaries', () => {
    const schema = s.object({ kind: s.name(['a', 'b']), text: s.text(), free: s.record(s.text(), s.float()) })
    expect(shown(schema, { kind: 'a', text: 'a', free: { k: 2 } })).toBe('%{kind: :a, text: "a", free: %{"k" => 2.0}}')
    expect(shown(s.record(s.integer(), s.name()), { 1: 'x' })).toBe('%{1 => :x}')
    const maybe = s.object({ a: s.integer().optional(), b: s.nullable(s.text()) })
    expect(shown(maybe, { a: undefined, b: null })).toBe('%{b: nil}')
  })

  test('null is nil, true and false are atoms, an open set of names gives atoms', () => {
    expect(shown(s.nullable(s.text()), null)).toBe('nil')
    expect(shown(s.list(s.boolean()), [true, false])).toBe('[true, false]')
    expect(shown(s.name(), 'godot@127.0.0.1')).toBe(':"godot@127.0.0.1"')
    expect(shown(s.name(), 'nil')).toBe('nil')
  })

  test('a union is told by the kind of the value', () => {
    const schema = s.union([s.list(s.float()), s.object({ x: s.float() }), s.name(['none'])])
    expect(shown(schema, [1])).toBe('[1.0]')
    expect(shown(schema, { x: 1 })).toBe('%{x: 1.0}')
    expect(shown(schema, 'none')).toBe(':none')
  })

  test('free values keep their kinds; what another gateway made is refused', () => {
    const value = [new Name('a'), new Tagged('vec', [1, new FloatValue(2)]), 'text', new Uint8Array([255]), 2n ** 70n]
    expect(inspectElixir(toTerm(value))).toBe('[:a, {:vec, 1, 2.0}, "text", <<255>>, 1180591620717411303424]')
    expect(() => toTerm(new Opaque('http', {}))).toThrow('only the gateway "http" understands')
  })

  test('details are told whatever they are', () => {
    const details = detailsTerm({
      limit: 3,
      list: ['a', 1.5],
      none: undefined,
      deep: { x: Infinity },
      set: new Set([1]),
    })
    expect(inspectElixir(details)).toBe(
      '%{limit: 3, list: ["a", 1.5], none: nil, deep: %{"x" => "Infinity"}, set: "Set(1) { 1 }"}',
    )
    const long = 'x'.repeat(256)
    expect(inspectElixir(detailsTerm({ [long]: 1 }))).toBe(`%{"${long}" => 1}`)
  })
})

describe('terms to values', () => {
  test('atoms are names, tuples that begin with one are tagged, what has no form goes through', () => {
    const pid = new Pid('a@h', 1, 2, 3)
    const bits = new BitString(new Uint8Array([128]), 1)
    const term = [
      atom('a'),
      tuple(atom('vec'), 1, new Float(2)),
      tuple(1, 2),
      pid,
      bits,
      new ImproperList([1], 2),
      null,
    ]
    const value = toValue(term, 512) as Value[]
    expect(value[0]).toEqual(new Name('a'))
    expect(value[1]).toEqual(new Tagged('vec', [1, new FloatValue(2)]))
    for (const i of [2, 3, 4, 5]) expect(value[i]).toBeInstanceOf(Opaque)
    expect(value[6]).toBeNull()
    expect(equal(toTerm(value), term)).toBe(true)
  })

  test('the limit of levels is exact, and no term is too deep for the stack', () => {
    const nested = (levels: number): Term => {
      let term: Term = []
      for (let i = 1; i < levels; i++) term = [term]
      return term
    }
    expect(() => toValue(nested(10), 10)).not.toThrow()
    expect(() => toValue([nested(9), [1]], 10)).not.toThrow()
    expect(() => toValue([nested(11)], 10)).toThrow('deeper than 10 levels')
    expect(() => toValue(nested(1_000_000), 512)).toThrow('deeper than 512 levels')
    let map: Term = 1
    for (let i = 0; i < 600; i++) map = new TermMap([map, i])
    expect(() => toValue(map, 512)).toThrow('deeper than 512 levels')
  })

  test('there and back again is the same term', () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.bigInt({ min: 2n ** 60n }),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? new Float(n) : n)),
      fc.string({ maxLength: 8 }).map((text) => atom(text)),
      fc.uint8Array({ maxLength: 8 }),
    )
    const term = fc.letrec<{ term: Term }>((tie) => ({
      term: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('term'), { maxLength: 4 }),
        fc.array(tie('term'), { maxLength: 4 }).map((items) => tuple(...items)),
        fc
          .array(fc.tuple(fc.integer(), tie('term')), { maxLength: 4 })
          .map((pairs) => new TermMap([...new Map(pairs)].flat())),
      ),
    })).term
    fc.assert(fc.property(term, (one) => equal(toTerm(toValue(one, 512)), one)))
  })
})
