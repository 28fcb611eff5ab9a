import { describe, expect, test } from '@jest/globals'
import { Reader } from '../../src/bytes/reader.ts'

describe('Reader', () => {
  test('reads numbers, bytes and text, big-endian', () => {
    const bytes = Buffer.from('01' + '0203' + '04050607' + '08090a0b0c0d0e0f' + 'c5bc' + 'ff' + '1011', 'hex')
    const reader = new Reader(bytes)
    expect(reader.u8()).toBe(1)
    expect(reader.u16()).toBe(0x0203)
    expect(reader.u32()).toBe(0x04050607)
    expect(reader.u64()).toBe(0x08090a0b0c0d0e0fn)
    expect(reader.text(2)).toBe('ż')
    expect(reader.text(1)).toBe('\ufffd')
    expect(reader.remaining).toBe(2)
    expect([...reader.rest()]).toEqual([0x10, 0x11])
    expect(reader.remaining).toBe(0)
    expect(reader.rest()).toHaveLength(0)
  })

  test('starts where it is told, inside a view of a larger buffer', () => {
    const view = Uint8Array.from([9, 9, 1, 2, 3]).subarray(2)
    expect(new Reader(view, 1).u16()).toBe(0x0203)
  })

  test.each([
    ['u8', 0],
    ['u16', 1],
    ['u32', 3],
    ['u64', 7],
  ] as const)('%s past the end throws and stays where it was', (method, length) => {
    const reader = new Reader(new Uint8Array(length))
    expect(() => reader[method]()).toThrow(expect.objectContaining({ code: 'truncated' }))
    expect(reader.position).toBe(0)
  })

  test('bytes past the end: the error says how many are left', () => {
    const reader = new Reader(new Uint8Array(10), 4)
    expect(() => reader.bytes(7)).toThrow('7 bytes were expected at offset 4, but only 6 are left.')
  })
})
