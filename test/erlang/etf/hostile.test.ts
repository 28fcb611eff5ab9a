/** What a decoder is sent by broken and hostile nodes: each rule by its name, then bytes at random. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { deflateSync } from 'node:zlib'
import { Writer } from '../../../src/bytes/writer.ts'
import { isBeamcadeError } from '../../../src/errors.ts'
import {
  AtomTable,
  decode,
  Decoder,
  encode,
  equal,
  inspectElixir,
  inspectErlang,
  parse,
} from '../../../src/erlang/etf/index.ts'
import { bytes, codeOf, hex, NODE, terms, u32 } from '../../support/etf.ts'

const pid = bytes(88, 119, 14, NODE, u32(1), u32(2), u32(3))

describe('bad_term', () => {
  const cases: [rule: string, input: Uint8Array, says: RegExp][] = [
    ['nothing', bytes(), /ends in the middle/],
    ['no version byte', bytes(97, 1), /131, not 97/],
    ['only the version byte', bytes(131), /ends in the middle/],
    ['no such tag', bytes(131, 1), /tag 1\b/],
    ['a reference into an atom cache', bytes(131, 82, 0), /atom cache/],
    ['a fun of before OTP 23', bytes(131, 117, u32(0)), /OTP 23/],
    ['bytes left over', bytes(131, 97, 1, 0), /1 bytes too many/],
    ['a list with a lying count', bytes(131, 108, u32(0xffffffff), 97, 1), /count/],
    ['a tuple with a lying count', bytes(131, 105, u32(0xfffffff0), 97, 1), /count/],
    ['a map with a lying count', bytes(131, 116, u32(0xffffffff), 97, 1), /count/],
    ['a map with a count that could be', bytes(131, 116, u32(3), 97, 1, 97, 1, 97), /entries/],
    ['a map in a deep place with a lying count', bytes(131, 105, u32(1), 116, u32(0x40000000), 97, 1), /count/],
    ['a binary with a lying length', bytes(131, 109, u32(1000), 'short'), /1000 bytes/],
    ['a string with a lying length', bytes(131, 107, 1, 0, 'short'), /256 bytes/],
    ['an atom with a lying length', bytes(131, 119, 9, 'short'), /9 bytes/],
    ['a big integer with a lying length', bytes(131, 111, u32(1000), 0, 1), /1000 bytes/],
    ['a record with a lying count', bytes(131, 67, u32(5), 0, 119, 1, 'm'), /count/],
    ['an atom that is no UTF-8', bytes(131, 119, 2, 0xc3, 0x28), /UTF-8/],
    ['an atom with half a surrogate pair', bytes(131, 119, 3, 0xed, 0xa0, 0x80), /UTF-8/],
    ['an atom of 256 characters', bytes(131, 118, 1, 0, 'a'.repeat(256)), /255/],
    ['a float that is infinite', bytes(131, 70, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0), /finite/],
    ['a float that is no number', bytes(131, 70, 0xff, 0xf8, 0, 0, 0, 0, 0, 1), /finite/],
    ['an infinite float in a list', bytes(131, 108, u32(1), 70, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0, 106), /finite/],
    ['a float in text that is none', bytes(131, 99, 'Infinity'.padEnd(31, '\0')), /no number/],
    ['a float in text that is too large', bytes(131, 99, '1.0e999'.padEnd(31, '\0')), /finite/],
    ['nine bits in the last byte', bytes(131, 77, u32(1), 9, 255), /9 bits/],
    ['no bits in the last byte', bytes(131, 77, u32(1), 0, 255), /0 bits/],
    ['bits in no byte', bytes(131, 77, u32(0), 3), /3 bits/],
    ['a sign that is none', bytes(131, 110, 1, 2, 5), /sign/],
    ['a key twice', bytes(131, 116, u32(2), 97, 1, 97, 1, 97, 1, 97, 2), /same key/],
    ['a key twice, in two forms', bytes(131, 116, u32(2), 97, 1, 106, 98, u32(1), 106), /same key/],
    [
      'a key twice, among many',
      bytes(131, 116, u32(40), ...Array.from({ length: 40 }, (_, i) => bytes(97, i % 39, 106))),
      /same key/,
    ],
    ['a tuple as key twice', bytes(131, 116, u32(2), 104, 1, 106, 106, 104, 1, 106, 106), /same key/],
    ['a map as key twice', bytes(131, 116, u32(2), 116, u32(0), 106, 116, u32(0), 106), /same key/],
    ['a reference of no words', bytes(131, 90, 0, 0, 119, 1, 'a', u32(1)), /1 to 5/],
    [
      'a reference of 6 words',
      bytes(131, 90, 0, 6, 119, 1, 'a', u32(1), ...Array.from({ length: 6 }, () => u32(1))),
      /1 to 5/,
    ],
    ['a pid of a node that is no atom', bytes(131, 88, 97, 1, u32(1), u32(2), u32(3)), /must be an atom/],
    ['an exported fun of arity 256', bytes(131, 113, 119, 1, 'm', 119, 1, 'f', 98, u32(256)), /arity/],
    [
      'a fun whose size is not its own',
      bytes(131, 112, u32(99), 0, Buffer.alloc(16), u32(0), u32(0), 119, 1, 'm', 97, 0, 97, 0, pid, Buffer.alloc(60)),
      /size/,
    ],
    ['a fun larger than what follows', bytes(131, 112, u32(9999), 0), /fit/],
    [
      'a fun whose pid is none',
      bytes(131, 112, u32(38), 0, Buffer.alloc(16), u32(0), u32(0), 119, 1, 'm', 97, 0, 97, 0, 106, 106),
      /must be a pid/,
    ],
    ['a record of unknown flags', bytes(131, 67, u32(0), 2, 119, 1, 'm', 119, 1, 'r'), /flags/],
    ['a record whose name is no atom', bytes(131, 67, u32(0), 1, 119, 1, 'm', 97, 1), /atoms/],
    ['a compressed term inside another', bytes(131, 104, 1, 80, u32(2), deflateSync(bytes(97, 1))), /version byte/],
    ['a node-local term inside another', bytes(131, 104, 1, 121, 1), /version byte/],
    ['a compressed term of another size', bytes(131, 80, u32(3), deflateSync(bytes(97, 1))), /says 3 bytes and has 2/],
    ['a compressed term that is cut off', bytes(131, 80, u32(2), deflateSync(bytes(97, 1)).subarray(0, 6)), /inflated/],
    ['a compressed term with more in it', bytes(131, 80, u32(3), deflateSync(bytes(97, 1, 0))), /1 bytes too many/],
    [
      'a compressed term in a compressed one',
      bytes(131, 80, u32(7), deflateSync(bytes(80, u32(2), 97, 1))),
      /version byte/,
    ],
  ]
  test.each(cases)('%s', (_, input, says) => {
    expect(codeOf(() => decode(input))).toBe('bad_term')
    expect(() => decode(input)).toThrow(says)
  })

  test('a node-local term, where none may come', () => {
    expect(codeOf(() => decode(bytes(131, 121, 1, 2), { allowLocal: false }))).toBe('bad_term')
  })
})

describe('too_large', () => {
  test('an integer longer than its limit', () => {
    const input = bytes(131, 111, u32(524_289), 0, Buffer.alloc(524_289, 1))
    expect(codeOf(() => decode(input))).toBe('too_large')
    expect(codeOf(() => decode(input, { maxBigBytes: 524_289 }))).toBe('no error')
    expect(codeOf(() => encode(1n << 100n, { maxBigBytes: 8 }))).toBe('too_large')
  })

  test('a zip bomb stops at the size that it claims, or before', () => {
    const bomb = deflateSync(bytes(109, u32(64 << 20), Buffer.alloc(64 << 20)), { level: 1 })
    const before = process.memoryUsage().arrayBuffers
    expect(codeOf(() => decode(bytes(131, 80, u32(8), bomb)))).toBe('bad_term')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20)
    expect(codeOf(() => decode(bytes(131, 80, u32(0xffffffff), bomb)))).toBe('too_large')
    expect(codeOf(() => decode(bytes(131, 80, u32((64 << 20) + 5), bomb), { maxInflated: 1 << 20 }))).toBe('too_large')
  })

  test('a short input that would take much memory', () => {
    const tuples = bytes(131, 108, u32(100_000), Buffer.alloc(200_000, Buffer.from([104, 0])), 106)
    expect(codeOf(() => decode(tuples))).toBe('no error')
    expect(codeOf(() => decode(tuples, { maxMemory: 1 << 20 }))).toBe('too_large')
    const binaries = bytes(131, 108, u32(100_000), Buffer.alloc(600_000, Buffer.from([109, 0, 0, 0, 1, 7])), 106)
    expect(codeOf(() => decode(binaries, { maxMemory: 1 << 20 }))).toBe('too_large')
  })
})

test('what grows beyond what the engine can hold is refused before that', () => {
  // Empty lists: one byte each, and the engine ends the process when an array gets too long.
  const input = Buffer.alloc(6 + 70_000_000, 106)
  input.set([131, 108])
  input.writeUInt32BE(input.length - 7, 2)
  expect(codeOf(() => decode(input, { maxMemory: 2 ** 40 }))).toBe('too_large')
  input.writeUInt32BE(40_000_000, 2)
  input.set([108, 1, 0xba, 0x81, 0x40], 6 + 40_000_000)
  expect(codeOf(() => decode(input, { maxMemory: 2 ** 40 }))).toBe('too_large')
  expect(codeOf(() => inspectErlang(Buffer.alloc(20_000_000), { strings: false }))).toBe('too_large')
  expect(codeOf(() => parse(' '.repeat(40_000_000)))).toBe('too_large')
  expect(
    codeOf(() => {
      new Writer({ maxBytes: 100_000 }).put(new Uint8Array(100_001))
    }),
  ).toBe('too_large')
})

test('what was refused leaves the decoder usable, and says where', () => {
  const decoder = new Decoder({ copyBinaries: true })
  expect(() => decoder.decodeAt(bytes(0, 0, 131, 104, 2, 97, 1, 1), 2)).toThrow('(before byte 6)')
  expect(decoder.decodeAt(bytes(131, 97, 7))).toBe(7)
})

test('a flood of atoms does not grow the table, and the table stays useful', () => {
  const atoms = new AtomTable(64)
  const decoder = new Decoder({ atoms })
  const ok = bytes(131, 119, 2, 'ok')
  for (let i = 0; i < 10_000; i++) {
    expect(inspectElixir(decoder.decodeAt(bytes(131, 119, 6, `a${10_000 + i}`)))).toBe(`:a${10_000 + i}`)
  }
  expect(decoder.decodeAt(ok)).toBe(decoder.decodeAt(ok))
})

test('numbers as keys cannot be chosen to collide', () => {
  // Keys that share the low bits of every hash of small integers.
  const count = 30_000
  const entries = Array.from({ length: count }, (_, i) => bytes(98, u32(i << 16), 106))
  const started = process.cpuUsage()
  codeOf(() => decode(bytes(131, 116, u32(count), ...entries)))
  expect(process.cpuUsage(started).user).toBeLessThan(5_000_000)
})

describe('maps as keys of maps', () => {
  /** Each level: a map of two keys, one of them the level below, the other another map of two keys. */
  function levels(depth: number): Uint8Array {
    const small = bytes(116, u32(2), 97, 1, 106, 97, 2, 106)
    const head = bytes(116, u32(2))
    const rest = bytes(106, small, 106)
    return bytes(131, Buffer.alloc(depth * head.length, head), 97, 3, Buffer.alloc(depth * rest.length, rest))
  }
  test('a hundred thousand levels are decoded without recursion', () => {
    const term = decode(levels(100_000))
    expect(equal(term, decode(levels(100_000)))).toBe(true)
    expect(hex(encode(term))).toBe(hex(levels(100_000)))
  })
})

describe('at random', () => {
  /** Decodes; passes terms and BeamcadeErrors, and nothing else. */
  function survives(input: Uint8Array): void {
    try {
      const term = decode(input)
      expect(equal(decode(encode(term)), term)).toBe(true)
      inspectElixir(term)
    } catch (error) {
      if (!isBeamcadeError(error)) throw error
      expect(['bad_term', 'too_large', 'too_deep']).toContain(error.code)
    }
  }

  test('cut off at every byte', () => {
    fc.assert(
      fc.property(terms, (term) => {
        const whole = encode(term)
        for (let length = 0; length < whole.length; length++) {
          expect(codeOf(() => decode(whole.subarray(0, length)))).toBe('bad_term')
        }
      }),
      { numRuns: 60 },
    )
  })

  test('bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(terms, fc.array(change, { minLength: 1, maxLength: 4 }), (term, changes) => {
        const mutated = Uint8Array.from(encode(term))
        for (const [at, value] of changes) mutated[at % mutated.length] = value
        survives(mutated)
      }),
      { numRuns: 1000 },
    )
  })

  test('bytes of any kind', () => {
    const tag = fc.constantFrom(
      67,
      70,
      77,
      80,
      88,
      90,
      97,
      98,
      104,
      106,
      107,
      108,
      109,
      110,
      112,
      113,
      116,
      118,
      119,
      120,
      121,
    )
    const mostlyTags = fc.array(fc.oneof(tag, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(mostlyTags, (rest) => {
        survives(Uint8Array.from([131, ...rest]))
      }),
      { numRuns: 3000 },
    )
  })
})
