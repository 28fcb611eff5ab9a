/** Literal bytes first: what each tag looks like on the wire, and what it means. */
import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import {
  atom,
  BitString,
  decode,
  Decoder,
  encode,
  equal,
  ExportFun,
  float,
  Float,
  Fun,
  ImproperList,
  inspectElixir,
  inspectErlang,
  LocalTerm,
  NativeRecord,
  parse,
  Pid,
  Port,
  Ref,
  TermMap,
  tuple,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { bytes, hex, NODE, u32 } from '../../support/etf.ts'

const node = '770e' + Buffer.from(NODE).toString('hex')
const pid = new Pid(NODE, 300, 7, 0x5f3a9901)

/** Name, bytes behind the version byte, term; and where we write it another way, those bytes. */
const VECTORS: [name: string, bytes: string, term: Term, written?: string][] = [
  ['SMALL_INTEGER 0', '6100', 0],
  ['SMALL_INTEGER 255', '61ff', 255],
  ['INTEGER 256', '6200000100', 256],
  ['INTEGER -1', '62ffffffff', -1],
  ['INTEGER least', '6280000000', -0x80000000],
  ['SMALL_BIG 2^31', '6e040000000080', 2 ** 31],
  ['SMALL_BIG 2^32', '6e05000000000001', 2 ** 32],
  ['SMALL_BIG -(2^53-1)', '6e0701ffffffffffff1f', -(2 ** 53 - 1)],
  ['SMALL_BIG 2^53', '6e070000000000000020', 2n ** 53n],
  ['SMALL_BIG with leading zeros', '6e0300050000', 5, '6105'],
  ['SMALL_BIG negative zero', '6e010100', 0, '6100'],
  ['LARGE_BIG 2^2040', `6f0000010000${'00'.repeat(255)}01`, 2n ** 2040n],
  ['NEW_FLOAT 1.5', '463ff8000000000000', 1.5],
  ['NEW_FLOAT 1.0', '463ff0000000000000', new Float(1)],
  ['NEW_FLOAT -0.0', '468000000000000000', new Float(-0)],
  [
    'FLOAT in text',
    `63${Buffer.from('3.25000000000000000000e+00').toString('hex').padEnd(62, '0')}`,
    3.25,
    '46400a000000000000',
  ],
  ['SMALL_ATOM_UTF8', '77026f6b', atom('ok')],
  ['SMALL_ATOM_UTF8 true', '770474727565', true],
  ['SMALL_ATOM_UTF8 false', '770566616c7365', false],
  ['SMALL_ATOM_UTF8 nil', '77036e696c', null],
  ['SMALL_ATOM_UTF8 empty', '7700', atom('')],
  ['ATOM_UTF8 of 256 bytes', `760100${'c3a9'.repeat(128)}`, atom('é'.repeat(128))],
  ['ATOM_UTF8 of 255 long characters', `7603fc${'f09f9880'.repeat(255)}`, atom('😀'.repeat(255))],
  ['ATOM in Latin-1', '640004636166e9', atom('café'), '7705636166c3a9'],
  ['SMALL_ATOM in Latin-1', '7304636166e9', atom('café'), '7705636166c3a9'],
  ['SMALL_TUPLE', '6802610161ff', tuple(1, 255)],
  ['SMALL_TUPLE empty', '6800', tuple()],
  ['LARGE_TUPLE', `6900000100${'6101'.repeat(256)}`, tuple(...new Array<number>(256).fill(1))],
  ['LARGE_TUPLE that is small', '69000000016101', tuple(1), '68016101'],
  ['NIL', '6a', []],
  ['STRING', '6b0003616263', [97, 98, 99]],
  ['LIST', '6c00000002610162000001006a', [1, 256]],
  ['LIST of bytes', '6c00000002610161026a', [1, 2], '6b00020102'],
  ['LIST improper', '6c0000000161016102', new ImproperList([1], 2)],
  ['LIST that goes on as its own tail', '6c0000000161016c000000017701626a', [1, atom('b')], '6c0000000261017701626a'],
  ['LIST with a STRING as tail', '6c0000000161016b00020203', [1, 2, 3], '6b0003010203'],
  ['LIST of nothing', '6c000000006a', [], '6a'],
  ['BINARY', '6d000000020080', Buffer.from([0, 128])],
  ['BINARY empty', '6d00000000', new Uint8Array(0)],
  ['BIT_BINARY', '4d0000000205ffa8', new BitString(Buffer.from([255, 0xa8]), 5)],
  ['BIT_BINARY of whole bytes', '4d000000020801ff', Buffer.from([1, 255]), '6d0000000201ff'],
  ['MAP', '740000000277016161017701626102', new TermMap([atom('a'), 1, atom('b'), 2])],
  [
    'MAP whose keys are almost the same',
    '740000000261016a463ff00000000000006a',
    new TermMap([1, [], new Float(1), []]),
  ],
  ['NEW_PID', `58${node}0000012c000000075f3a9901`, pid],
  ['PID', `67${node}0000012c0000000702`, new Pid(NODE, 300, 7, 2), `58${node}0000012c0000000700000002`],
  [
    'NEWER_REFERENCE',
    `5a0003${node}5f3a99010002012c01020304fa010203`,
    new Ref(NODE, 0x5f3a9901, [131372, 0x01020304, 0xfa010203]),
  ],
  ['NEW_REFERENCE', `720001${node}0200000009`, new Ref(NODE, 2, [9]), `5a0001${node}0000000200000009`],
  ['REFERENCE', `65${node}0000000902`, new Ref(NODE, 2, [9]), `5a0001${node}0000000200000009`],
  ['NEW_PORT', `59${node}0000000900000005`, new Port(NODE, 9n, 5)],
  ['V4_PORT', `78${node}000000010000000900000005`, new Port(NODE, 2n ** 32n + 9n, 5)],
  ['V4_PORT of 29 bits', `78${node}000000001000000000000005`, new Port(NODE, 2n ** 28n, 5)],
  ['PORT', `66${node}0000000902`, new Port(NODE, 9n, 2), `59${node}0000000900000002`],
  ['EXPORT', '7177056c6973747377036d61706102', new ExportFun(atom('lists'), atom('map'), 2)],
  [
    'NEW_FUN',
    `700000004601${'ab'.repeat(16)}000000010000000177016d6100620102030458${node}0000012c000000075f3a9901612a`,
    new Fun({
      arity: 1,
      uniq: Buffer.alloc(16, 0xab),
      index: 1,
      module: atom('m'),
      oldIndex: 0,
      oldUniq: 0x01020304,
      pid,
      free: [42],
    }),
  ],
  ['RECORD', '43000000010177016d7701727701616101', new NativeRecord(atom('m'), atom('r'), true, [atom('a')], [1])],
  ['LOCAL', '790102030405060708680161016a', new LocalTerm(Buffer.from('0102030405060708680161016a', 'hex'))],
]

describe('every tag', () => {
  test.each(VECTORS)('%s', (_, text, term, written = text) => {
    const decoded = decode(Buffer.from(`83${text}`, 'hex'))
    expect(inspectErlang(decoded)).toBe(inspectErlang(term))
    expect(equal(decoded, term)).toBe(true)
    expect(decoded === null || typeof decoded === 'object').toBe(term === null || typeof term === 'object')
    expect(hex(encode(decoded))).toBe(`83${written}`)
    expect(hex(encode(term))).toBe(`83${written}`)
  })

  test('compressed', () => {
    const inner = bytes(107, 0, 4, 'aaaa')
    const term = [97, 97, 97, 97]
    expect(decode(bytes(131, 80, u32(inner.length), deflateSync(inner)))).toEqual(term)
    const big = bytes(109, u32(100_000), Buffer.alloc(100_000))
    expect(hex(decode(bytes(131, 80, u32(big.length), deflateSync(big))) as Uint8Array)).toBe('00'.repeat(100_000))
    // Behind it the next term begins where the compressed data ended.
    const decoder = new Decoder()
    const two = bytes(131, 80, u32(inner.length), deflateSync(inner), 131, 97, 9)
    expect(decoder.decodeAt(two)).toEqual(term)
    expect(decoder.decodeAt(two, decoder.position)).toBe(9)
    expect(decoder.position).toBe(two.length)
  })
})

interface Printed {
  name: string
  hex: string
  erlang: string
  numbers: string
  elixir: string
}

const printed = JSON.parse(readFileSync(new URL('../../vectors/etf/beam.json', import.meta.url), 'utf8')) as Printed[]

/** Identifiers show the number of their node in the table of the BEAM that printed them. */
function masked(text: string): string {
  return text.replace(
    /(#PID<|#Reference<|#Ref<|#Port<|<)(\d+|node@127\.0\.0\.1|zzz@127\.0\.0\.1|a@b|nonode@nohost)\.(?=\d)/g,
    '$1N.',
  )
}

describe('terms that OTP 25 wrote and printed', () => {
  test.each(printed)('$name', ({ hex: text, erlang, numbers, elixir }) => {
    const source = Buffer.from(text, 'hex')
    const term = decode(source)
    expect(equal(decode(encode(term)), term)).toBe(true)
    expect(masked(inspectErlang(term))).toBe(erlang)
    expect(masked(inspectErlang(term, { strings: false, unicode: false }))).toBe(numbers)
    expect(masked(inspectElixir(term, { charlists: 'quotes' }))).toBe(elixir)
    // What Erlang prints it also reads, but for identifiers and funs with an environment.
    if (!/N\.\d|#Fun</.test(erlang)) {
      expect(equal(parse(erlang), term)).toBe(true)
      expect(equal(parse(numbers), term)).toBe(true)
    }
  })
})

test('numbers: floats and integers stay apart', () => {
  expect(decode(encode(float(3)))).toEqual(new Float(3))
  expect(decode(encode(3))).toBe(3)
  expect(Object.is((decode(encode(new Float(-0))) as Float).value, -0)).toBe(true)
  expect(decode(encode(-0))).toBe(0)
  expect(decode(encode(2n ** 53n - 1n))).toBe(2 ** 53 - 1)
  expect(decode(encode(5n))).toBe(5)
})

test('a text is sent as a binary, a Map as a map', () => {
  expect(hex(encode('grüße'))).toBe('836d00000007' + Buffer.from('grüße').toString('hex'))
  expect(hex(encode('x'.repeat(40) + 'é'))).toBe('836d0000002a' + Buffer.from('x'.repeat(40) + 'é').toString('hex'))
  expect(hex(encode(new Map<Term, Term>([['a', 1]])))).toBe('8374000000016d00000001616101')
})
