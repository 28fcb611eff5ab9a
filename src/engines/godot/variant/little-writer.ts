/** Bytes as Godot lays them out: little-endian, texts with their length, everything filled up to four bytes. */
import { Writer } from '../../../bytes/writer.ts'

export class LittleWriter {
  readonly #writer = new Writer({ slabBytes: 4096 })

  /** What was written since the last time. */
  take(): Uint8Array {
    return this.#writer.take()
  }

  u32(value: number): void {
    const at = this.#writer.room(4)
    this.#writer.bytes.writeInt32LE(value | 0, at)
  }

  i64(value: bigint): void {
    const at = this.#writer.room(8)
    this.#writer.bytes.writeBigInt64LE(value, at)
  }

  f32(value: number): void {
    const at = this.#writer.room(4)
    this.#writer.bytes.writeFloatLE(value, at)
  }

  f64(value: number): void {
    const at = this.#writer.room(8)
    this.#writer.bytes.writeDoubleLE(value, at)
  }

  /** @param terminated with a zero byte that is counted: in packed arrays */
  string(text: string, terminated = false): void {
    const at = this.#writer.position
    this.u32(0)
    let length = this.#writer.utf8(text)
    if (terminated) {
      this.#writer.u8(0)
      length += 1
    }
    this.#writer.patchU32(at, swap32(length))
    this.pad(length)
  }

  bytes(bytes: Uint8Array): void {
    this.u32(bytes.length)
    this.#writer.put(bytes)
    this.pad(bytes.length)
  }

  raw(bytes: Uint8Array): void {
    this.#writer.put(bytes)
  }

  /** Fills up to four bytes. */
  pad(length: number): void {
    for (let i = -length & 3; i > 0; i--) this.#writer.u8(0)
  }
}

function swap32(number: number): number {
  return ((number & 0xff) << 24) | ((number & 0xff00) << 8) | ((number >>> 8) & 0xff00) | (number >>> 24)
}
