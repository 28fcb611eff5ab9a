import { describe, expect, test } from '@jest/globals'
import { Writer } from '../../../src/bytes/writer.ts'
import {
  Atom,
  atom,
  BitString,
  decode,
  Decoder,
  encode,
  Encoder,
  equal,
  float,
  LocalTerm,
  Pid,
  Ref,
  TermMap,
  tuple,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { codeOf, hex, NODE } from '../../support/etf.ts'

describe('what is no term is refused', () => {
  const cases: [what: string, term: unknown][] = [
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['an object', { a: 1 }],
    ['an object without prototype', Object.create(null)],
    ['a date', new Date(0)],
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['an infinite float', float(Infinity)],
    ['an integral number beyond 2^53', 2 ** 53],
    ['a text with half a surrogate pair', 'a\ud800'],
    ['a long text with half a surrogate pair', `${'a'.repeat(100)}\udc00`],
    ['an atom with half a surrogate pair', new Atom('\ud800')],
    ['an atom of 256 characters', new Atom('a'.repeat(256))],
    ['a bit string without bytes', new BitString(new Uint8Array(0), 3)],
    ['a bit string of 9 bits in the last', new BitString(new Uint8Array(1), 9)],
    ['a node-local term inside another', tuple(new LocalTerm(new Uint8Array(3)))],
    ['a map with a key twice', new TermMap([1, 2, 1, 3])],
    [
      'a Map with a key twice',
      new Map<Term, Term>([
        [atom('a'), 1],
        [atom('a'), 2],
      ]),
    ],
    [
      'a Map with a text twice',
      new Map<Term, Term>([
        ['a', 1],
        [Buffer.from('a'), 2],
      ]),
    ],
    ['an array of other numbers', new Float64Array(3)],
    ['a DataView', new DataView(new ArrayBuffer(8))],
  ]
  test.each(cases)('%s', (_, term) => {
    expect(codeOf(() => encode(term as Term))).toBe('bad_argument')
    expect(codeOf(() => encode([1.5, term as Term]))).toBe('bad_argument')
    expect(codeOf(() => encode(tuple(new Map([[1, term as Term]]))))).toBe('bad_argument')
  })

  test('atom() refuses the long ones at once', () => {
    expect(codeOf(() => atom('é'.repeat(256)))).toBe('bad_argument')
    expect(codeOf(() => atom('😀'.repeat(255)))).toBe('no error')
  })
})

test('a failure leaves the writer as it was', () => {
  const encoder = new Encoder()
  const writer = new Writer({ partBytes: 100 })
  encoder.encodeInto(writer, 1)
  expect(
    codeOf(() => {
      encoder.encodeInto(writer, tuple(new Uint8Array(200), atom('x'), undefined as unknown as Term))
    }),
  ).toBe('bad_argument')
  encoder.encodeInto(writer, 2)
  expect(hex(writer.take())).toBe('836101836102')
})

test('large binaries are parts of their own, on both sides without a copy', () => {
  const encoder = new Encoder()
  const writer = new Writer()
  const large = new Uint8Array(65_536).fill(3)
  encoder.encodeInto(writer, tuple(atom('ok'), large, 1))
  const parts = writer.takeParts()
  expect(parts[1]).toBe(large)
  const whole = Buffer.concat(parts)
  expect(hex(whole)).toBe(hex(encode(tuple(atom('ok'), large, 1))))
  const view = (decode(whole) as ReturnType<typeof tuple>).elements[1] as Uint8Array
  expect(view.buffer).toBe(whole.buffer)
})

test('binaries are copied when the input is used again', () => {
  const input = Uint8Array.from(
    encode([Buffer.from('short'), Buffer.from('x'.repeat(100)), new BitString(Uint8Array.of(255), 3)]),
  )
  const copied = new Decoder().decodeAt(input, 0, true)
  const viewed = new Decoder().decodeAt(input)
  const before = encode(copied)
  expect(equal(copied, viewed)).toBe(true)
  input.fill(0)
  expect(hex(encode(copied))).toBe(hex(before))
  expect(equal(copied, viewed)).toBe(false)
})

test('a decoder takes one term behind the other, from any place', () => {
  const encoder = new Encoder()
  const writer = new Writer()
  const pid = new Pid(NODE, 1, 2, 3)
  const terms: Term[] = [
    tuple(6, pid, atom(''), atom('godot_server')),
    [pid, new Ref(NODE, 3, [1, 2, 3])],
    1.5,
    Buffer.from('b'),
  ]
  writer.u8(112)
  for (const term of terms) encoder.encodeInto(writer, term)
  const frame = writer.take()
  const decoder = new Decoder()
  let at = 1
  for (const term of terms) {
    expect(equal(decoder.decodeAt(frame, at), term)).toBe(true)
    at = decoder.position
  }
  expect(at).toBe(frame.length)
})

test('atoms that came once are the same object, and come with their bytes', () => {
  const decoder = new Decoder()
  const one = decoder.decodeAt(encode(atom('game')))
  expect(decoder.decodeAt(encode([atom('game')]))).toEqual([one])
  expect(decoder.decodeAt(Buffer.from('83640004' + '67616d65', 'hex'))).toBe(one)
})

test('names of nodes alternate and overflow without mixing up', () => {
  const encoder = new Encoder()
  for (let i = 0; i < 3000; i++) {
    const pid = new Pid(`n${i % 1500}@h`, i, 0, 1)
    expect(
      equal(decode(encoder.encode([pid, new Pid('a@b', 1, 1, 1), pid])), [pid, new Pid('a@b', 1, 1, 1), pid]),
    ).toBe(true)
  }
})
