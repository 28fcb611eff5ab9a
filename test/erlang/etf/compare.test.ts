import { describe, expect, test } from '@jest/globals'
import {
  atom,
  BitString,
  compare,
  equal,
  ExportFun,
  float,
  Float,
  ImproperList,
  Pid,
  Port,
  Ref,
  TermMap,
  tuple,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { codeOf } from '../../support/etf.ts'

const big = 2n ** 53n

describe('compare', () => {
  /** In order; those in one row are equal (`==`). */
  const ascending: Term[][] = [
    [-(10n ** 400n)],
    [new Float(-1e300)],
    [-1.5],
    [-1, new Float(-1)],
    [0, new Float(0), new Float(-0)],
    [0.5],
    [1, new Float(1)],
    [Number(big - 1n)],
    [big, new Float(Number(big))],
    [big + 1n],
    [10n ** 300n],
    // A little more than its text says.
    [new Float(1e300)],
    [10n ** 400n],
    [atom('')],
    [atom('Z')],
    [atom('a')],
    [atom('ab')],
    [atom('b')],
    [false],
    [null, atom('nil')],
    [true],
    [atom('é')],
    [atom('\uffff')],
    [atom('😀')],
    [new Ref('a@b', 1, [5])],
    [new Ref('a@b', 1, [4, 1])],
    [new Ref('a@b', 1, [0, 0, 0xffffffff])],
    [new Ref('a@b', 2, [0])],
    [new Ref('b@b', 1, [0])],
    [new ExportFun(atom('a'), atom('b'), 1)],
    [new ExportFun(atom('a'), atom('b'), 2)],
    [new Port('a@b', 2n, 1)],
    [new Port('b@b', 1n, 1)],
    [new Pid('b@b', 1, 0, 1)],
    [new Pid('a@b', 2, 0, 1)],
    [new Pid('a@b', 2, 0, 2)],
    [new Pid('a@b', 1, 1, 1)],
    [tuple()],
    [tuple(9)],
    [tuple(1, 1), tuple(new Float(1), 1)],
    [tuple(1, 2)],
    [new TermMap([])],
    [TermMap.atoms({ z: 1 })],
    [
      TermMap.from([
        [1, 2],
        [new Float(0.5), 1],
      ]),
    ],
    [
      TermMap.from([
        ['a', 1],
        ['b', 1],
      ]),
      TermMap.from([
        ['b', new Float(1)],
        ['a', 1],
      ]),
    ],
    [
      TermMap.from([
        ['a', 1],
        ['b', 2],
      ]),
    ],
    [[]],
    [[1, 2]],
    [new ImproperList([1, 2], 3)].slice(1),
    [[2]],
    [[atom('a')]],
    [Buffer.from('')],
    [new BitString(Uint8Array.of(0), 1)],
    [Buffer.from('a'), 'a'],
    [new BitString(Buffer.from('a\0'), 3)],
    ['ab'],
    [new BitString(Uint8Array.of(0x80), 1)],
  ].filter((row) => row.length > 0)

  test('every pair of a list in order', () => {
    ascending.forEach((lower, i) => {
      ascending.forEach((higher, j) => {
        for (const a of lower)
          for (const b of higher) expect([i, j, Math.sign(compare(a, b))]).toEqual([i, j, Math.sign(i - j)])
      })
    })
  })

  test('lists: the tail of the shorter one meets the rest of the longer one', () => {
    expect(compare([1], [1, 2])).toBeLessThan(0)
    expect(compare(new ImproperList([1], 2), [1, 2])).toBeLessThan(0)
    expect(compare(new ImproperList([1], Buffer.from('x')), [1, 2])).toBeGreaterThan(0)
    expect(compare(new ImproperList([1], 2), new ImproperList([1], float(2)))).toBe(0)
    expect(compare(new ImproperList([1], 2), [1])).toBeLessThan(0)
  })

  test('keys of maps: integers before floats', () => {
    expect(compare(TermMap.from([[2, 0]]), TermMap.from([[new Float(1), 0]]))).toBeLessThan(0)
    expect(compare(TermMap.from([[1, 0]]), TermMap.from([[1, new Float(0)]]))).toBe(0)
  })

  test('no terms', () => {
    expect(codeOf(() => compare(undefined as unknown as Term, 1))).toBe('bad_argument')
    expect(codeOf(() => compare(new Date() as unknown as Term, 1))).toBe('bad_argument')
  })
})

test('equal is =:=', () => {
  expect(equal(1, new Float(1))).toBe(false)
  expect(equal(new Float(0), new Float(-0))).toBe(false)
  expect(equal(1.5, new Float(1.5))).toBe(true)
  expect(equal(5n, 5)).toBe(true)
  expect(equal('a', Buffer.from('a'))).toBe(true)
  expect(equal('a', atom('a'))).toBe(false)
  expect(equal(new Map<Term, Term>([['a', 1]]), TermMap.from([['a', 1]]))).toBe(true)
  expect(
    equal(
      TermMap.from([
        [1, 1],
        [2, 2],
      ]),
      TermMap.from([
        [2, 2],
        [1, 1],
      ]),
    ),
  ).toBe(true)
  expect(equal(TermMap.from([[1, 1]]), TermMap.from([[new Float(1), 1]]))).toBe(false)
  expect(equal(new BitString(Uint8Array.of(0xe0), 3), new BitString(Uint8Array.of(0xff), 3))).toBe(true)
  expect(equal([], new Uint8Array(0))).toBe(false)
})
