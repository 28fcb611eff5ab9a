/** The bytes of epmd's protocol, both sides, whole and byte by byte. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  decodeAliveReply,
  decodeNamesReply,
  decodePortReply,
  decodeRequest,
  encodeAliveReply,
  encodeNamesReply,
  encodePortReply,
  encodeRequest,
  MAX_REQUEST_BYTES,
  type Decoded,
  type NodeInfo,
  type Request,
} from '../../../src/erlang/epmd/wire.ts'

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => !/[\0\n]/.test(text) && Buffer.from(text).toString() === text)
const u16 = fc.integer({ min: 0, max: 0xffff })
const node: fc.Arbitrary<NodeInfo> = fc.record({
  name,
  port: u16,
  hidden: fc.boolean(),
  highVersion: u16,
  lowVersion: u16,
  extra: fc.uint8Array({ maxLength: 40 }),
})
const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ kind: fc.constant('alive' as const), node }),
  fc.record({ kind: fc.constantFrom('port' as const, 'stop' as const), name }),
  fc.record({ kind: fc.constantFrom('names' as const, 'dump' as const, 'kill' as const) }),
)

/** Decodes every shorter beginning, which must all ask for more, then the whole with something behind it. */
function byteByByte<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => Decoded<T>): T {
  for (let n = 0; n < bytes.length; n++) expect(decode(bytes.subarray(0, n)).status).toBe('more')
  const decoded = decode(Buffer.concat([bytes, Buffer.of(1, 2, 3)]))
  if (decoded.status !== 'value') throw new Error(decoded.status)
  expect([...decoded.rest]).toEqual([1, 2, 3])
  return decoded.value
}

function codeOf(decoded: Decoded<unknown>): string {
  return decoded.status === 'error' ? decoded.error.code : decoded.status
}

const plain: NodeInfo = { name: 'n', port: 1, hidden: true, highVersion: 6, lowVersion: 6, extra: new Uint8Array() }

describe('requests', () => {
  test('come back as they were sent', () => {
    fc.assert(
      fc.property(request, (sent) => {
        expect(byteByByte(encodeRequest(sent), decodeRequest)).toEqual(sent)
      }),
    )
  })

  test('have the layout of the specification', () => {
    const alive: Request = {
      kind: 'alive',
      node: { ...plain, name: 'ab', port: 258, lowVersion: 5, extra: Buffer.of(9) },
    }
    expect([...encodeRequest(alive)]).toEqual([0, 16, 120, 1, 2, 72, 0, 0, 6, 0, 5, 0, 2, 97, 98, 0, 1, 9])
    expect([...encodeRequest({ kind: 'port', name: 'ab' })]).toEqual([0, 3, 122, 97, 98])
    expect([...encodeRequest({ kind: 'names' })]).toEqual([0, 1, 110])
    expect([...encodeRequest({ kind: 'dump' })]).toEqual([0, 1, 100])
    expect([...encodeRequest({ kind: 'kill' })]).toEqual([0, 1, 107])
    expect([...encodeRequest({ kind: 'stop', name: 'a' })]).toEqual([0, 2, 115, 97])
  })

  test.each<[string, number[], string]>([
    ['no tag', [0, 0], 'bad_epmd_request'],
    ['an unknown tag', [0, 1, 1], 'bad_epmd_request'],
    ['an empty name', [0, 1, 122], 'bad_epmd_request'],
    ['a zero byte in a name', [0, 3, 122, 97, 0], 'bad_epmd_request'],
    ['a line break in a name', [0, 3, 122, 97, 10], 'bad_epmd_request'],
    ['ALIVE2 cut short', [0, 3, 120, 1, 2], 'bad_epmd_request'],
    [
      'ALIVE2 whose name is longer than the request',
      [0, 12, 120, 1, 2, 77, 0, 0, 6, 0, 5, 0, 9, 97],
      'bad_epmd_request',
    ],
    ['ALIVE2 with bytes left over', [0, 15, 120, 1, 2, 77, 0, 0, 6, 0, 5, 0, 1, 97, 0, 0, 7], 'bad_epmd_request'],
  ])('with %s are refused', (_, bytes, code) => {
    expect(codeOf(decodeRequest(Uint8Array.from(bytes)))).toBe(code)
  })

  test('that are too long are refused by their length alone', () => {
    expect(codeOf(decodeRequest(Uint8Array.of(0xff, 0xff)))).toBe('epmd_request_too_long')
    expect(codeOf(decodeRequest(Uint8Array.of(MAX_REQUEST_BYTES >> 8, MAX_REQUEST_BYTES & 255)))).toBe('more')
  })

  test('with a name beyond the limit are refused', () => {
    const limits = { maxRequestBytes: 100, maxNameBytes: 2 }
    expect(codeOf(decodeRequest(encodeRequest({ kind: 'port', name: 'abc' }), limits))).toBe('epmd_name_too_long')
    const extra: Request = { kind: 'alive', node: { ...plain, extra: Buffer.alloc(3) } }
    expect(codeOf(decodeRequest(encodeRequest(extra), limits))).toBe('epmd_name_too_long')
    expect(() => encodeRequest({ kind: 'port', name: 'a'.repeat(1021) })).toThrow('1021 bytes')
    expect(() => encodeRequest({ kind: 'port', name: 'a\0b' })).toThrow('zero byte')
  })
})

describe('replies', () => {
  test('to a registration come back in both forms', () => {
    const wide = { result: 0, creation: 0xffff_fffe, wide: true }
    expect(byteByByte(encodeAliveReply(wide), decodeAliveReply)).toEqual(wide)
    expect([...encodeAliveReply(wide)]).toEqual([118, 0, 255, 255, 255, 254])
    const old = { result: 1, creation: 99, wide: false }
    expect(byteByByte(encodeAliveReply(old), decodeAliveReply)).toEqual(old)
    expect([...encodeAliveReply(old)]).toEqual([121, 1, 0, 99])
    expect(codeOf(decodeAliveReply(Buffer.from('HTTP')))).toBe('bad_epmd_reply')
  })

  test('to a lookup come back', () => {
    fc.assert(
      fc.property(node, (sent) => {
        expect(byteByByte(encodePortReply(sent), decodePortReply)).toEqual(sent)
      }),
    )
    expect(byteByByte(encodePortReply(undefined), decodePortReply)).toBeUndefined()
    expect(codeOf(decodePortReply(Buffer.from('HTTP')))).toBe('bad_epmd_reply')
  })

  test('with names come back once the connection has ended', () => {
    const reply = {
      epmdPort: 4369,
      nodes: [
        { name: 'a', port: 1 },
        { name: 'x at port 7', port: 65535 },
      ],
    }
    const bytes = encodeNamesReply(reply)
    expect(decodeNamesReply(bytes, false).status).toBe('more')
    const decoded = decodeNamesReply(bytes, true)
    expect(decoded.status === 'value' && decoded.value).toEqual(reply)
    expect(codeOf(decodeNamesReply(Buffer.of(0, 0, 1), true))).toBe('bad_epmd_reply')
    expect(codeOf(decodeNamesReply(Buffer.from('\0\0\0\0hello\n'), true))).toBe('bad_epmd_reply')
  })

  test('that are random never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, ended) => {
        decodeAliveReply(bytes)
        decodePortReply(bytes)
        decodeNamesReply(bytes, ended)
        decodeRequest(bytes)
      }),
      { numRuns: 2000 },
    )
  })
})
