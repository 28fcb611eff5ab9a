import { describe, expect, test } from '@jest/globals'
import { Writer } from '../../src/bytes/writer.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('Writer', () => {
  test('numbers are big-endian', () => {
    const writer = new Writer()
    writer.u8(0xfe)
    writer.u16(0x1234)
    writer.u32(0x89abcdef)
    writer.u32(-2)
    writer.u64(0x0102030405060708n)
    writer.f64(1.5)
    expect(writer.position).toBe(27)
    expect(hex(writer.take())).toBe('fe123489abcdeffffffffe01020304050607083ff8000000000000')
  })

  test.each(['', 'abc', 'grüße', 'x'.repeat(31) + 'é', 'é'.repeat(100), '中文'.repeat(3000), 'a'.repeat(70_000), '😀'])(
    'text %#',
    (text) => {
      const writer = new Writer({ slabBytes: 16 })
      writer.u8(1)
      expect(writer.utf8(text)).toBe(Buffer.byteLength(text))
      writer.u8(2)
      expect(hex(writer.take())).toBe(`01${Buffer.from(text).toString('hex')}02`)
    },
  )

  test('grows, and keeps what was written', () => {
    const writer = new Writer({ slabBytes: 8 })
    const all: number[] = []
    for (let i = 0; i < 1000; i++) {
      writer.u8(i & 255)
      all.push(i & 255)
    }
    writer.put(new Uint8Array(5000).fill(7))
    expect(hex(writer.take())).toBe(hex(Uint8Array.from([...all, ...new Array<number>(5000).fill(7)])))
  })

  test('what was taken is not touched by what follows', () => {
    const writer = new Writer({ slabBytes: 32 })
    const taken: Uint8Array[] = []
    for (let i = 0; i < 100; i++) {
      writer.u32(i)
      taken.push(writer.take())
    }
    expect(taken.map((bytes) => Buffer.from(bytes).readUInt32BE())).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  test('long bytes are parts of their own, short ones are copied', () => {
    const writer = new Writer({ partBytes: 10 })
    const long = new Uint8Array(10).fill(9)
    writer.u8(1)
    writer.part(long)
    writer.u8(2)
    writer.part(new Uint8Array(9).fill(8))
    expect(writer.position).toBe(21)
    const parts = writer.takeParts()
    expect(parts[1]).toBe(long)
    expect(parts.map((part) => part.length)).toEqual([1, 10, 10])
    expect(writer.takeParts()).toEqual([])
    writer.part(long)
    writer.u8(3)
    expect(hex(writer.take())).toBe(`${'09'.repeat(10)}03`)
  })

  test('patches reach every part', () => {
    const writer = new Writer({ partBytes: 4, slabBytes: 4 })
    writer.u32(0)
    writer.part(new Uint8Array(4))
    const second = writer.position
    writer.u32(0)
    writer.part(new Uint8Array(4))
    const third = writer.position
    writer.u16(0)
    writer.patchU32(0, 0x01020304)
    writer.patchU32(second, 0x05060708)
    writer.patchU16(third, 0x090a)
    expect(hex(writer.take())).toBe('010203040000000005060708000000' + '00090a')
  })

  test('truncate and reset forget', () => {
    const writer = new Writer({ partBytes: 4 })
    writer.u8(1)
    writer.part(new Uint8Array(4).fill(5))
    writer.u8(2)
    writer.part(new Uint8Array(4).fill(6))
    writer.u8(3)
    writer.truncate(6)
    expect(hex(writer.take())).toBe('010505050502')
    writer.u16(0x0102)
    writer.part(new Uint8Array(4).fill(5))
    writer.truncate(1)
    writer.u8(9)
    expect(hex(writer.take())).toBe('0109')
    writer.u32(1)
    writer.part(new Uint8Array(4))
    writer.reset()
    expect(writer.position).toBe(0)
    writer.u8(4)
    expect(hex(writer.take())).toBe('04')
  })

  test('takeBack gives the last bytes away, and they stay what they are', () => {
    const writer = new Writer({ slabBytes: 8 })
    writer.u16(0x0102)
    const before = writer.position
    writer.u32(0x03040506)
    const back = writer.takeBack(before)
    writer.u32(0x0708090a)
    expect(hex(back)).toBe('03040506')
    expect(hex(writer.take())).toBe('010207080' + '90a')
    writer.part(new Uint8Array(100_000))
    const behind = writer.position
    writer.u8(9)
    expect(hex(writer.takeBack(behind))).toBe('09')
    expect(writer.position).toBe(100_000)
  })

  test('rewind writes over what was taken, and lets a slab go that has grown too long', () => {
    const writer = new Writer({ slabBytes: 8 })
    writer.u32(1)
    writer.rewind(8)
    expect(writer.position).toBe(4)
    const taken = writer.take()
    writer.rewind(8)
    writer.u32(2)
    expect(hex(taken)).toBe('00000002')
    expect(hex(writer.take())).toBe('00000002')
    writer.put(new Uint8Array(100))
    writer.take()
    writer.rewind(8)
    expect(writer.bytes.length).toBe(0)
    writer.f64(1)
    expect(hex(writer.take())).toBe('3ff0000000000000')
    expect(writer.bytes.length).toBe(8)
  })
})
