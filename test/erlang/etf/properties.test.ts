/** What must hold for every term. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  compare,
  decode,
  encode,
  equal,
  inspectElixir,
  inspectErlang,
  parse,
  TermMap,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { hex, terms } from '../../support/etf.ts'

const sign = (n: number): number => Math.sign(n) + 0

describe('every term', () => {
  test('comes back the same, with the same bytes', () => {
    fc.assert(
      fc.property(terms, (term) => {
        const bytes = encode(term)
        const back = decode(bytes)
        expect(equal(back, term)).toBe(true)
        expect(hex(encode(back))).toBe(hex(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  test('is printed in both languages, and read back where the text says all', () => {
    fc.assert(
      fc.property(terms, (term) => {
        expect(typeof inspectElixir(term)).toBe('string')
        for (const text of [
          inspectErlang(term),
          inspectErlang(term, { unicode: false }),
          inspectErlang(term, { strings: false }),
        ]) {
          if (!/<(node|a@b|zzz)/.test(text)) expect(equal(parse(text), term)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('has its place in the order', () => {
    fc.assert(
      fc.property(terms, terms, terms, (a, b, c) => {
        expect(compare(a, a)).toBe(0)
        expect(sign(compare(a, b))).toBe(sign(-compare(b, a)))
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
        expect(equal(a, b)).toBe(equal(b, a))
        if (equal(a, b)) expect(compare(a, b)).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })

  test('finds itself as the key of a map', () => {
    fc.assert(
      fc.property(fc.array(terms, { maxLength: 40 }), (keys) => {
        const map = TermMap.from(keys.map((key, index): [Term, Term] => [key, index]))
        keys.forEach((key) => {
          const last = keys.findLastIndex((other) => equal(other, key))
          expect(map.get(key)).toBe(last)
          expect(map.get(decode(encode(key)))).toBe(last)
        })
        expect(map.size).toBe(new Set([...map.values()]).size)
        expect(equal(decode(encode(map)), map)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
