import { expect, test } from '@jest/globals'
import {
  atom,
  BitString,
  decode,
  encode,
  Fun,
  ImproperList,
  NativeRecord,
  Pid,
  Ref,
  TermMap,
  tuple,
  weigh,
  type Term,
} from '../../../src/erlang/index.ts'

const binary = new Uint8Array(1000)
const pid = new Pid('a@b', 1, 2, 3)

test.each<[what: string, term: Term]>([
  ['a binary', binary],
  ['a string', 'x'.repeat(1000)],
  ['an integer', 1n << 8000n],
  ['a bit string', new BitString(binary, 3)],
  ['in a tuple', tuple(1, binary)],
  ['in a list', [1, binary]],
  ['in an improper list', new ImproperList([binary], 1)],
  ['as the tail of a list', new ImproperList([1], binary)],
  ['as a key', new TermMap([binary, 1])],
  ['as a value', new TermMap([1, binary])],
  ['in a Map', new Map<Term, Term>([[1, binary]])],
  ['in a record', new NativeRecord(atom('m'), atom('r'), true, [atom('f')], [binary])],
  [
    'in a fun',
    new Fun({
      arity: 0,
      uniq: new Uint8Array(16),
      index: 0,
      module: null,
      oldIndex: 0,
      oldUniq: 0,
      pid,
      free: [binary],
    }),
  ],
])('a kilobyte is one wherever it is: %s', (_, term) => {
  expect(weigh(term)).toBeGreaterThanOrEqual(1000)
  expect(weigh(term)).toBeLessThan(2500)
})

test('a view counts with all that it keeps, several of one buffer once', () => {
  const frame = new Uint8Array(1_000_000)
  expect(weigh(frame.subarray(5, 6))).toBeGreaterThan(1_000_000)
  expect(weigh([frame.subarray(0, 1), frame.subarray(1, 2)], frame.subarray(2, 3))).toBeLessThan(1_100_000)
})

test('small terms weigh more than on the wire', () => {
  const list: Term = Array.from({ length: 1000 }, (_, i) => tuple(i, atom('a'), pid, new Ref('a@b', 1, [i])))
  expect(weigh(list)).toBeGreaterThan(1000 * (72 + 3 * 48))
  expect(weigh(list)).toBeGreaterThan(encode(list).length)
})

test('a term as deep as one can be', () => {
  let term: Term = []
  for (let i = 0; i < 100_000; i += 1) term = [term]
  expect(weigh(decode(encode(term)))).toBeGreaterThan(100_000 * 72)
})

test('several together, and nothing', () => {
  expect(weigh()).toBe(0)
  expect(weigh(1, 2, true, null)).toBe(0)
  expect(weigh([], 'ab', tuple())).toBe(weigh([]) + weigh('ab') + weigh(tuple()))
})
