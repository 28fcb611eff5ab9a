/** A hundred thousand levels pass everywhere; beyond the limit there is an error, never an overflow of the stack. */
import { describe, expect, test } from '@jest/globals'
import {
  atom,
  compare,
  decode,
  encode,
  equal,
  float,
  Fun,
  ImproperList,
  inspectElixir,
  inspectErlang,
  NativeRecord,
  parse,
  Pid,
  TermMap,
  Tuple,
  tuple,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { bytes, codeOf, hex, nested, u32 } from '../../support/etf.ts'

const LEVELS = 100_000
/** Milliseconds that one of these may take where many programs share a processor. */
const LONG = 120_000
const everything = (term: Term): string => inspectElixir(term, { limit: Infinity })
const pid = new Pid('a@b', 1, 2, 3)

const KINDS: [kind: string, wrap: (inner: Term) => Term, levels?: number][] = [
  ['lists', (inner) => [inner, 1.5]],
  ['improper lists', (inner) => new ImproperList([inner], 1)],
  ['improper tails', (inner) => new ImproperList([1], tuple(inner)), 2],
  ['tuples', (inner) => new Tuple([atom('a'), inner])],
  ['maps, as values', (inner) => new TermMap([atom('a'), inner, atom('b'), 1])],
  ['maps, as keys', (inner) => new TermMap([inner, 1])],
  [
    'funs',
    (inner) =>
      new Fun({
        arity: 0,
        uniq: Buffer.alloc(16),
        index: 0,
        module: atom('m'),
        oldIndex: 0,
        oldUniq: 0,
        pid,
        free: [inner],
      }),
  ],
  ['records', (inner) => new NativeRecord(atom('m'), atom('r'), false, [atom('f')], [inner])],
]

describe.each(KINDS)('%s', (kind, wrap, each = 1) => {
  test(
    `${LEVELS} levels`,
    () => {
      const term = nested(LEVELS / each, wrap, float(1))
      const encoded = encode(term)
      const decoded = decode(encoded)
      expect(hex(encode(decoded)) === hex(encoded)).toBe(true)
      expect(equal(decoded, term)).toBe(true)
      expect(compare(decoded, nested(LEVELS / each, wrap, float(2)))).toBeLessThan(0)
      const text = inspectErlang(decoded)
      // Funs do not show what they hold.
      if (kind === 'funs') return
      expect(everything(decoded).length).toBeGreaterThan(LEVELS)
      expect(text.length).toBeGreaterThan(LEVELS)
      if (kind !== 'records') expect(equal(parse(text), decoded)).toBe(true)
    },
    LONG,
  )

  test(
    'too many levels',
    () => {
      const term = nested(140_000 / each, wrap, 1)
      const walks: ((t: Term) => unknown)[] = [encode, (t: Term) => compare(t, nested(140_000 / each, wrap, 1))]
      if (kind !== 'funs') walks.push(everything, inspectErlang)
      for (const walk of walks) {
        expect(codeOf(() => walk(term))).toBe('too_deep')
      }
    },
    LONG,
  )
})

test('a million levels on the wire', () => {
  const million = (part: Uint8Array): Uint8Array => Buffer.alloc(1_000_000 * part.length, part)
  for (const part of [
    bytes(108, u32(1)),
    bytes(104, 1),
    bytes(105, u32(1)),
    bytes(116, u32(1), 97, 1),
    bytes(116, u32(1)),
  ]) {
    expect(codeOf(() => decode(bytes(131, million(part), 106)))).toBe('too_deep')
  }
})

test('the limit itself', () => {
  for (const maxDepth of [1, 3, 511, 512, 513, 600]) {
    const fits = nested(maxDepth, (inner) => [inner], 1000)
    const beyond = nested(maxDepth + 1, (inner) => [inner], 1000)
    expect(hex(encode(fits, { maxDepth }))).toBe(hex(encode(fits)))
    expect(equal(decode(encode(fits), { maxDepth }), fits)).toBe(true)
    expect(codeOf(() => encode(beyond, { maxDepth }))).toBe('too_deep')
    expect(codeOf(() => decode(encode(beyond), { maxDepth }))).toBe('too_deep')
  }
})

test('a list that goes on as its own tail is long, not deep', () => {
  const input = bytes(131, Buffer.alloc(7 * 300_000, bytes(108, u32(1), 97, 1)), 106)
  expect(codeOf(() => decode(input))).toBe('no error')
  expect((decode(input) as Term[]).length).toBe(300_000)
  const text = `${'[1|'.repeat(200_000)}[]${']'.repeat(200_000)}`
  expect((parse(text) as Term[]).length).toBe(200_000)
})

test('a term that holds itself', () => {
  const list: Term[] = [1]
  list.push(list)
  expect(codeOf(() => encode(list))).toBe('too_deep')
  expect(codeOf(() => inspectErlang(list))).toBe('too_deep')
})
