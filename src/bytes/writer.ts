/**
 * A growing buffer for encoders. Bytes that were taken out are never written again, so that a socket may still hold
 * them: what follows goes behind them in the same slab, or into a new one.
 */

import { BeamcadeError } from '../errors.ts'

export interface WriterOptions {
  /** Bytes that are reserved at a time: more means fewer, larger pieces of memory. Default 64 KiB. */
  slabBytes?: number
  /** From this length on, {@link Writer.part} takes bytes as a part of their own instead of copying them. Default 64 KiB. */
  partBytes?: number
  /** Bytes that one slab may grow to: memory is not unlimited. Default 1 GiB. */
  maxBytes?: number
}

/**
 * Writes big-endian numbers, bytes and text. `bytes` and `pos` are open to encoders that write many bytes at once:
 * call {@link Writer.room} first, then read `bytes`, because making room may replace it.
 */
export class Writer {
  /** The slab that is written to. */
  bytes: Buffer
  /** Where the next byte goes in `bytes`. */
  pos = 0
  #floats: DataView | undefined = undefined
  /** What `bytes` lies in; kept, because asking for it is slow. */
  #memory: ArrayBufferLike
  #start = 0
  #limit: number
  #closed = 0
  #parts: Uint8Array[] = []
  readonly #slabBytes: number
  readonly #partBytes: number
  readonly #maxBytes: number

  constructor(options: WriterOptions = {}) {
    this.#slabBytes = options.slabBytes ?? 65_536
    this.#partBytes = options.partBytes ?? 65_536
    this.#maxBytes = options.maxBytes ?? 1_073_741_824
    this.bytes = Buffer.allocUnsafeSlow(this.#slabBytes)
    this.#memory = this.bytes.buffer
    this.#limit = this.#slabBytes
  }

  /** Bytes written since the last `take`, `takeParts` or `reset`: the place of the next byte for the `patch` methods. */
  get position(): number {
    return this.#closed + this.pos - this.#start
  }

  /** Reserves `count` bytes; answers where in `bytes` they begin. */
  room(count: number): number {
    const at = this.pos
    if (at + count > this.#limit) return this.#grow(count)
    this.pos = at + count
    return at
  }

  #grow(count: number): number {
    const used = this.pos - this.#start
    if (used + count > this.#maxBytes) {
      throw new BeamcadeError('too_large', `What is written takes more than maxBytes = ${this.#maxBytes} bytes.`)
    }
    const wanted = used === 0 ? count : Math.min(2 * (used + count), this.#maxBytes)
    const size = Math.max(this.#slabBytes, wanted)
    const slab = Buffer.allocUnsafeSlow(size)
    this.bytes.copy(slab, 0, this.#start, this.pos)
    this.bytes = slab
    this.#floats = undefined
    this.#memory = slab.buffer
    this.#start = 0
    this.#limit = size
    this.pos = used + count
    return used
  }

  u8(value: number): void {
    const at = this.room(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.room(2)
    this.bytes[at] = value >>> 8
    this.bytes[at + 1] = value
  }

  /** Also for signed numbers: only the low 32 bits count. */
  u32(value: number): void {
    const at = this.room(4)
    const bytes = this.bytes
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  u64(value: bigint): void {
    const at = this.room(8)
    this.bytes.writeBigUInt64BE(value, at)
  }

  f64(value: number): void {
    this.f64At(this.room(8), value)
  }

  /** Writes a float at a place in `bytes` that {@link Writer.room} gave. */
  f64At(at: number, value: number): void {
    this.#floats ??= new DataView(this.#memory)
    this.#floats.setFloat64(at, value)
  }

  /** Copies bytes in. */
  put(source: Uint8Array): void {
    const length = source.length
    const at = this.room(length)
    const bytes = this.bytes
    // Below some dozens of bytes a loop is faster than the call that copies.
    if (length <= 32) for (let i = 0; i < length; i++) bytes[at + i] = source[i] as number
    else bytes.set(source, at)
  }

  /** Takes long bytes as a part of their own, without a copy: they must not change before they are sent. Copies short ones. */
  part(source: Uint8Array): void {
    if (source.length < this.#partBytes) {
      this.put(source)
      return
    }
    this.#close()
    this.#parts.push(source)
    this.#closed += source.length
  }

  /** Copies a text in as UTF-8; answers how many bytes it took. */
  utf8(text: string): number {
    const length = text.length
    if (length <= 32) {
      const at = this.room(length)
      const bytes = this.bytes
      let i = 0
      for (; i < length; i++) {
        const unit = text.charCodeAt(i)
        if (unit > 127) break
        bytes[at + i] = unit
      }
      if (i === length) return length
      this.pos = at
    }
    // No unit of UTF-16 takes more than three bytes in UTF-8; a measured length saves room for long texts.
    const room = length < 4096 ? length * 3 : Buffer.byteLength(text)
    const at = this.room(room)
    const written = this.bytes.write(text, at, room, 'utf8')
    this.pos = at + written
    return written
  }

  /** Overwrites two bytes that were written before, at a place that `position` gave. */
  patchU16(position: number, value: number): void {
    this.#patch(position, value >>> 8)
    this.#patch(position + 1, value)
  }

  /** Overwrites four bytes that were written before, at a place that `position` gave. */
  patchU32(position: number, value: number): void {
    this.#patch(position, value >>> 24)
    this.#patch(position + 1, value >>> 16)
    this.#patch(position + 2, value >>> 8)
    this.#patch(position + 3, value)
  }

  #patch(position: number, value: number): void {
    if (position >= this.#closed) {
      this.bytes[this.#start + position - this.#closed] = value
      return
    }
    // Parts are few: one for each long binary and one between two of them.
    let rest = position
    for (const part of this.#parts) {
      if (rest < part.length) {
        part[rest] = value
        return
      }
      rest -= part.length
    }
  }

  /** Forgets what was written from `position` on: the way back when encoding fails in the middle. */
  truncate(position: number): void {
    while (position < this.#closed) {
      const part = this.#parts.pop() as Uint8Array
      this.#closed -= part.length
      if (position > this.#closed) {
        this.#parts.push(part.subarray(0, position - this.#closed))
        this.#closed = position
      }
      this.pos = this.#start
    }
    this.pos = this.#start + position - this.#closed
  }

  /** The bytes from `position` on, as an array of their own, and forgets them. None of them may be a part. */
  takeBack(position: number): Uint8Array {
    const bytes = new Uint8Array(this.#view(this.pos - (this.position - position)))
    this.truncate(position)
    return bytes
  }

  /**
   * Begins the slab anew. Only when nothing is written, and nobody needs what was taken out any more: it will be
   * overwritten.
   * @param keepBytes a slab that has grown longer is let go
   */
  rewind(keepBytes: number): void {
    if (this.position > 0) return
    this.pos = 0
    this.#start = 0
    if (this.#limit <= keepBytes) return
    this.bytes = Buffer.alloc(0)
    this.#memory = this.bytes.buffer
    this.#floats = undefined
    this.#limit = 0
  }

  /** Everything written since the last time, as one array. Later writes leave it alone. */
  take(): Uint8Array {
    if (this.#parts.length > 0) return Buffer.concat(this.takeParts())
    const start = this.#start
    this.#start = this.pos
    return this.#view(start)
  }

  /** Everything written since the last time, in pieces that belong behind each other. Later writes leave them alone. */
  takeParts(): Uint8Array[] {
    this.#close()
    const parts = this.#parts
    this.#parts = []
    this.#closed = 0
    return parts
  }

  /** A plain `Uint8Array`: a `Buffer` takes twice as long to make. */
  #view(start: number): Uint8Array {
    return new Uint8Array(this.#memory, start, this.pos - start)
  }

  #close(): void {
    if (this.pos === this.#start) return
    this.#parts.push(this.#view(this.#start))
    this.#closed += this.pos - this.#start
    this.#start = this.pos
  }

  /** Forgets everything written since the last time it was taken. */
  reset(): void {
    this.pos = this.#start
    this.#parts = []
    this.#closed = 0
  }
}
