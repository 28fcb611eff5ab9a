/** A cursor over bytes that refuses to read past their end. Numbers are big-endian, unless their name ends with `le`. */
import { BeamcadeError } from '../errors.ts'

const utf8 = new TextDecoder()

export class Reader {
  /** Where the next read begins. */
  position: number
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = position
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.position
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8))
  }

  u32le(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  i32le(): number {
    return this.#view.getInt32(this.#take(4), true)
  }

  i64le(): bigint {
    return this.#view.getBigInt64(this.#take(8), true)
  }

  u64le(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  f32le(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  f64le(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** The next `count` bytes: a view, not a copy. */
  bytes(count: number): Uint8Array {
    const start = this.#take(count)
    return this.#bytes.subarray(start, start + count)
  }

  /** The next `count` bytes as UTF-8; what is none becomes U+FFFD. */
  text(count: number): string {
    return utf8.decode(this.bytes(count))
  }

  /** Everything that is left: a view, not a copy. */
  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  #take(count: number): number {
    const start = this.position
    if (count > this.#bytes.length - start) {
      throw new BeamcadeError(
        'truncated',
        `${count} bytes were expected at offset ${start}, but only ${this.#bytes.length - start} are left.`,
      )
    }
    this.position = start + count
    return start
  }
}
