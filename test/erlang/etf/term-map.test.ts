import { describe, expect, test } from '@jest/globals'
import {
  atom,
  Atom,
  BitString,
  decode,
  encode,
  equal,
  Float,
  Pid,
  Ref,
  TermMap,
  tuple,
  type Term,
} from '../../../src/erlang/etf/index.ts'

describe('TermMap', () => {
  const pid = new Pid('a@b', 1, 2, 3)
  const map = TermMap.from([
    [1, 'integer'],
    [new Float(1), 'float'],
    [1.5, 'fraction'],
    [2n ** 70n, 'big'],
    ['text', 'binary'],
    [atom('text'), 'atom'],
    [true, 'true'],
    [null, 'nil'],
    [pid, 'pid'],
    [tuple(1, 2), 'tuple'],
    [[1, [2]], 'list'],
    [TermMap.atoms({ a: 1 }), 'map'],
    [new BitString(Uint8Array.of(0xa0), 3), 'bits'],
    [[], 'nil list'],
  ])

  test('finds keys by what they are, not by which object', () => {
    const cases: [Term, Term | undefined][] = [
      [1, 'integer'],
      [new Float(1), 'float'],
      [new Float(1.5), 'fraction'],
      [2n ** 70n, 'big'],
      [Buffer.from('text'), 'binary'],
      [new Atom('text'), 'atom'],
      [new Atom('true'), 'true'],
      [new Atom('nil'), 'nil'],
      [new Pid('a@b', 1, 2, 3), 'pid'],
      [new Pid('a@b', 1, 2, 4), undefined],
      [tuple(1, 2), 'tuple'],
      [tuple(1, new Float(2)), undefined],
      [[1, [2]], 'list'],
      [new Map<Term, Term>([[atom('a'), 1]]), 'map'],
      [TermMap.atoms({ a: new Float(1) }), undefined],
      [new BitString(Uint8Array.of(0xbf), 3), 'bits'],
      [[], 'nil list'],
      ['TEXT', undefined],
    ]
    for (const one of [map, decode(encode(map)) as TermMap]) {
      for (const [key, value] of cases) {
        expect(one.has(key)).toBe(value !== undefined)
        const found = one.get(key)
        expect(found === undefined || value === undefined ? found : equal(found, value)).toBe(
          value === undefined ? undefined : true,
        )
      }
    }
  })

  test('keeps the order of the wire', () => {
    const one = TermMap.from([
      ['b', 1],
      ['a', 2],
      ['b', 3],
    ])
    expect([...one]).toEqual([
      ['b', 3],
      ['a', 2],
    ])
    expect([...one.keys()]).toEqual(['b', 'a'])
    expect([...one.values()]).toEqual([3, 2])
    expect(one.size).toBe(2)
  })

  test('names that are special to JavaScript are keys like others', () => {
    const one = decode(
      encode(
        TermMap.from([
          ['__proto__', TermMap.atoms({ polluted: 1 })],
          ['constructor', 2],
        ]),
      ),
    ) as TermMap
    expect(one.get('constructor')).toBe(2)
    expect(one.has('__proto__')).toBe(true)
    expect(one.has('toString')).toBe(false)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test.each([1, 8, 17, 1000, 20_000])('of %d entries', (size) => {
    for (const key of [
      (i: number): Term => i,
      (i: number): Term => `key${i}`,
      (i: number): Term => tuple(i, [i]),
      (i: number): Term => new Ref('a@b', 1, [i, 2, 3]),
    ]) {
      const one = decode(
        encode(TermMap.from(Array.from({ length: size }, (_, i): [Term, Term] => [key(i), i]))),
      ) as TermMap
      expect(one.size).toBe(size)
      for (let i = 0; i < size; i += 1 + (size >> 7)) expect(one.get(key(i))).toBe(i)
      expect(one.get(key(size))).toBeUndefined()
    }
  })
})
