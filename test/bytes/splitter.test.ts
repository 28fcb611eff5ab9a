import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Splitter } from '../../src/bytes/splitter.ts'

type Prefix = 1 | 2 | 4

function framed(prefix: Prefix, packets: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    packets.flatMap((packet) => {
      const length = Buffer.alloc(prefix)
      length.writeUIntBE(packet.length, 0, prefix)
      return [length, packet]
    }),
  )
}

/** A splitter that keeps copies of what it finds. */
function collecting(prefix: Prefix, max = 1 << 20): { splitter: Splitter; packets: Buffer[]; transient: boolean[] } {
  const packets: Buffer[] = []
  const transient: boolean[] = []
  const splitter = new Splitter(prefix, max, (bytes, start, end, gone) => {
    packets.push(Buffer.from(bytes.subarray(start, end)))
    transient.push(gone)
  })
  return { splitter, packets, transient }
}

const NONE = Buffer.alloc(0)

const prefixes = fc.constantFrom<Prefix>(1, 2, 4)

describe('Splitter', () => {
  test('finds the same packets wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        prefixes,
        fc.array(fc.uint8Array({ maxLength: 200 })),
        fc.array(fc.nat({ max: 60 })),
        (prefix, packets, cuts) => {
          const stream = framed(prefix, packets)
          const found = collecting(prefix)
          let at = 0
          // One buffer for all chunks, as a socket does it: what is kept must have been copied.
          const buffer = new Uint8Array(64)
          for (let i = 0; at < stream.length; i += 1) {
            const size = cuts.length === 0 ? 7 : (cuts[i % cuts.length] ?? 0) + 1
            const chunk = stream.subarray(at, at + size)
            buffer.fill(0xee)
            buffer.set(chunk)
            found.splitter.push(buffer.subarray(0, chunk.length))
            at += size
          }
          expect(found.packets).toEqual(packets.map((packet) => Buffer.from(packet)))
          expect(found.splitter.partial).toBe(false)
        },
      ),
    )
  })

  test('byte by byte, empty packets included', () => {
    const packets = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three'), Buffer.alloc(0)]
    const found = collecting(4)
    for (const byte of framed(4, packets)) found.splitter.push(Uint8Array.of(byte))
    expect(found.packets).toEqual(packets)
    expect(found.transient).toEqual([false, false, false, false])
  })

  test('a packet inside a chunk stays where it is; a collected one has memory of its own', () => {
    let seen: Uint8Array | undefined
    const splitter = new Splitter(2, 100, (bytes, start, end) => (seen = bytes.subarray(start, end)))
    const chunk = framed(2, [Buffer.from('abc')])
    splitter.push(chunk)
    expect(seen?.buffer).toBe(chunk.buffer)
    splitter.push(Uint8Array.of(0))
    splitter.push(Uint8Array.of(1, 65))
    expect(seen).toEqual(Uint8Array.of(65))
  })

  test('passes on whether the memory stays', () => {
    const found = collecting(1)
    found.splitter.push(Uint8Array.of(1, 7), false)
    found.splitter.push(Uint8Array.of(1, 7))
    expect(found.transient).toEqual([false, true])
  })

  test.each<Prefix>([1, 2, 4])('refuses a packet over the limit by its length alone (prefix %i)', (prefix) => {
    const length = Buffer.alloc(prefix)
    length.writeUIntBE(101, 0, prefix)
    const whole = collecting(prefix, 100)
    expect(() => {
      whole.splitter.push(length)
    }).toThrow(expect.objectContaining({ code: 'frame_too_large', details: { length: 101, limit: 100 } }))
    const split = collecting(prefix, 100)
    expect(() => {
      for (const byte of length) split.splitter.push(Uint8Array.of(byte))
    }).toThrow('A frame of 101 bytes came; the limit is 100.')
  })

  test('a lying length reserves little', () => {
    const before = process.memoryUsage().arrayBuffers
    const splitters = Array.from({ length: 4 }, () => collecting(4, 0xffffffff).splitter)
    for (const splitter of splitters) splitter.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024)
    expect(splitters.every((one) => one.partial)).toBe(true)
  })

  test('a packet beyond what is trusted grows with its bytes and is right', () => {
    const length = 40 * 1024 * 1024
    const found = collecting(4, length)
    const head = Buffer.alloc(4)
    head.writeUInt32BE(length)
    found.splitter.push(head)
    const chunk = new Uint8Array(1 << 20)
    for (let i = 0; i < 40; i += 1) found.splitter.push(chunk.fill(i))
    expect(found.packets).toHaveLength(1)
    expect(found.packets[0]).toHaveLength(length)
    for (let i = 0; i < 40; i += 1) {
      expect(found.packets[0]?.[i << 20]).toBe(i)
      expect(found.packets[0]?.[((i + 1) << 20) - 1]).toBe(i)
    }
  })

  test('a packet of 128 MiB and a little is copied once, when more than is trusted came', () => {
    const length = 128 * 1024 * 1024 + 70
    const { splitter, packets } = collecting(4, length)
    const head = Buffer.alloc(4)
    head.writeUInt32BE(length)
    splitter.push(head)
    const taken: number[] = []
    let last: ArrayBufferLike | undefined
    for (let room = splitter.room(1); room !== undefined; room = splitter.room(1)) {
      if (room.buffer !== last) taken.push(room.buffer.byteLength)
      last = room.buffer
      splitter.filled(Math.min(room.length, 1 << 20))
    }
    expect(packets[0]).toHaveLength(length)
    expect(taken).toEqual([32 * 1024 * 1024, length])
  })

  test('stops inside a chunk and keeps the rest; goes on with it', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.nat({ max: 10 }), (packets, stopAt) => {
        const found: Buffer[] = []
        const splitter = new Splitter(2, 100, (bytes, start, end) => {
          found.push(Buffer.from(bytes.subarray(start, end)))
          if (found.length === stopAt) splitter.stop()
        })
        const stream = framed(2, packets)
        const middle = stream.length >> 1
        splitter.push(Buffer.from(stream.subarray(0, middle)))
        splitter.push(Buffer.from(stream.subarray(middle)))
        const cut = stopAt > 0 && stopAt <= packets.length ? stopAt : packets.length
        expect(found).toHaveLength(cut)
        expect(Buffer.from(splitter.remainder)).toEqual(framed(2, packets.slice(cut)))
        splitter.go()
        expect(found).toEqual(packets.map((packet) => Buffer.from(packet)))
      }),
    )
  })

  test('the rest belongs to the receiver, even if the chunk is overwritten', () => {
    const chunk = Buffer.from([1, 65, 1, 66])
    const splitter: Splitter = new Splitter(1, 100, () => {
      splitter.stop()
    })
    splitter.push(chunk)
    chunk.fill(0)
    expect([...splitter.remainder]).toEqual([1, 66])
  })

  test('a reader may put the bytes of a long packet where they belong', () => {
    const lengths = [5, 70_000, 3, 40 * 1024 * 1024, 0, 100_000]
    const packets = lengths.map((length, i) => Buffer.alloc(length, i + 1))
    const stream = framed(4, packets)
    const found = collecting(4, 1 << 26)
    const own = new Uint8Array(1000)
    let direct = 0
    for (let at = 0; at < stream.length;) {
      const room = found.splitter.room(2000)
      const chunk = stream.subarray(at, at + (room ?? own).length)
      if (room === undefined) {
        own.set(chunk)
        found.splitter.push(own.subarray(0, chunk.length))
      } else {
        room.set(chunk)
        found.splitter.filled(chunk.length)
        direct += chunk.length
      }
      at += chunk.length
    }
    expect(found.packets.map((packet) => packet.length)).toEqual(lengths)
    expect(found.packets.every((packet, i) => packet.equals(packets[i] ?? NONE))).toBe(true)
    expect(direct).toBeGreaterThan(40 * 1024 * 1024)
  })

  test('there is no room while nothing is open, little is missing, or it is stopped', () => {
    const { splitter } = collecting(4)
    expect(splitter.room(1)).toBeUndefined()
    splitter.push(Uint8Array.of(0, 0, 0, 9, 1))
    expect(splitter.room(9)).toBeUndefined()
    expect(splitter.room(8)).toHaveLength(8)
    splitter.stop()
    expect(splitter.room(8)).toBeUndefined()
  })
})
