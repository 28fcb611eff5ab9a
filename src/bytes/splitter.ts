/**
 * Cuts a stream of chunks into packets that carry their length in front. A packet that lies inside one chunk is passed
 * on as a view of it; one that spans chunks is collected in a buffer of its own, made from the length that was read, so
 * that each byte is copied once and nothing is ever joined twice.
 */
import { BeamcadeError } from '../errors.ts'

/**
 * Called for each packet: it lies in `bytes`, from `start` to before `end`. A view of it is not made, because that costs
 * as much as reading a short message. If `transient`, the bytes are in the reader's buffer and gone after the call; else
 * they belong to the receiver.
 */
export type PacketHandler = (bytes: Uint8Array, start: number, end: number, transient: boolean) => void

/**
 * Up to this many bytes are reserved on the word of a length (the system gives the memory only when it is written);
 * beyond, the buffer grows as bytes really come: a peer that lies about lengths gets no memory for it.
 */
const TRUSTED_BYTES = 32 * 1024 * 1024

const NONE = new Uint8Array(0)

export class Splitter {
  readonly #prefixBytes: 1 | 2 | 4
  readonly #maxLength: number
  readonly #onPacket: PacketHandler
  /** The part of a length that has come, when a chunk ended inside it. */
  #prefix = 0
  #prefixHave = 0
  /** The packet that is being collected, or undefined. */
  #packet: Uint8Array | undefined
  #have = 0
  #length = 0
  #stopped = false
  #remainder: Uint8Array = NONE

  /**
   * @param prefixBytes how long a length is, big-endian
   * @param maxLength longest packet, bytes; a longer one throws `frame_too_large` before memory is taken
   */
  constructor(prefixBytes: 1 | 2 | 4, maxLength: number, onPacket: PacketHandler) {
    this.#prefixBytes = prefixBytes
    this.#maxLength = maxLength
    this.#onPacket = onPacket
  }

  /** True if a packet, or its length, has begun and is not complete: a stream that ends now was cut. */
  get partial(): boolean {
    return this.#packet !== undefined || this.#prefixHave > 0
  }

  /** After `stop()`: the bytes that no packet was made of. They belong to the receiver. */
  get remainder(): Uint8Array {
    return this.#remainder
  }

  /** No further packet is cut until `go()`; what comes is kept as the `remainder`. The packet handler may call it. */
  stop(): void {
    this.#stopped = true
  }

  /** Goes on after `stop()`, with the remainder first. */
  go(): void {
    const rest = this.#remainder
    this.#remainder = NONE
    this.#stopped = false
    this.push(rest, false)
  }

  /**
   * Where a reader may put the next bytes itself, so that those of a long packet are not copied; `filled()` then says
   * how many it were. Undefined while no packet is open that lacks at least `least` bytes: they go to `push()`.
   */
  room(least: number): Uint8Array | undefined {
    const packet = this.#packet
    if (packet === undefined || this.#stopped || this.#length - this.#have < least) return undefined
    // Full as far as it was trusted: all that was announced so far did come.
    const roomy = packet.length > this.#have ? packet : this.#withRoom(packet, this.#have + 1)
    this.#packet = roomy
    return roomy.subarray(this.#have)
  }

  /** `count` bytes were put where `room()` said. */
  filled(count: number): void {
    this.#have += count
    if (this.#have < this.#length) return
    const packet = this.#packet as Uint8Array
    this.#packet = undefined
    this.#onPacket(packet, 0, packet.length, false)
  }

  /** @param transient false if the chunk's memory is not used again by whoever read it */
  push(chunk: Uint8Array, transient = true): void {
    let at = this.partial && !this.#stopped ? this.#resume(chunk) : 0
    const prefixBytes = this.#prefixBytes
    while (!this.#stopped && chunk.length - at >= prefixBytes) {
      const length = this.#readLength(chunk, at)
      const start = at + prefixBytes
      if (chunk.length - start < length) {
        this.#begin(length)
        at = start
        break
      }
      at = start + length
      this.#onPacket(chunk, start, at, transient)
    }
    if (this.#stopped) this.#keep(chunk.subarray(at), transient)
    else if (this.#packet !== undefined) this.#collect(chunk, at)
    else this.#collectPrefix(chunk, at)
  }

  /** Goes on with what the last chunk left open. Returns how much of this chunk that took. */
  #resume(chunk: Uint8Array): number {
    let at = 0
    if (this.#packet === undefined) {
      at = this.#collectPrefix(chunk, 0)
      if (this.#prefixHave < this.#prefixBytes) return at
      const length = this.#prefix
      this.#check(length)
      this.#begin(length)
    }
    at += this.#collect(chunk, at)
    return at
  }

  #readLength(chunk: Uint8Array, at: number): number {
    // Reading past the end cannot happen: the caller looked.
    let length = chunk[at] ?? 0
    for (let i = 1; i < this.#prefixBytes; i += 1) length = length * 256 + (chunk[at + i] ?? 0)
    this.#check(length)
    return length
  }

  #check(length: number): void {
    if (length > this.#maxLength) {
      throw new BeamcadeError('frame_too_large', `A frame of ${length} bytes came; the limit is ${this.#maxLength}.`, {
        details: { length, limit: this.#maxLength },
      })
    }
  }

  #collectPrefix(chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length && this.#prefixHave < this.#prefixBytes) {
      this.#prefix = this.#prefix * 256 + (chunk[at] ?? 0)
      this.#prefixHave += 1
      at += 1
    }
    return at - from
  }

  #begin(length: number): void {
    this.#prefix = 0
    this.#prefixHave = 0
    this.#have = 0
    this.#length = length
    this.#packet = reserve(Math.min(length, TRUSTED_BYTES))
  }

  /** Copies into the open packet and hands it over if it is complete. Returns how many bytes that took. */
  #collect(chunk: Uint8Array, from: number): number {
    const count = Math.min(chunk.length - from, this.#length - this.#have)
    const packet = this.#withRoom(this.#packet ?? NONE, this.#have + count)
    packet.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), this.#have)
    this.#have += count
    if (this.#have === this.#length) {
      this.#packet = undefined
      this.#onPacket(packet, 0, packet.length, false)
    } else this.#packet = packet
    return count
  }

  #withRoom(packet: Uint8Array, needed: number): Uint8Array {
    if (needed <= packet.length) return packet
    const wanted = Math.max(needed, packet.length * 4)
    // All of it rather than most of it: else the last few bytes would have the packet copied once more.
    const larger = reserve(wanted > this.#length / 2 ? this.#length : wanted)
    larger.set(packet.subarray(0, this.#have))
    return larger
  }

  #keep(rest: Uint8Array, transient: boolean): void {
    if (rest.length === 0) return
    if (this.#remainder.length === 0) {
      // Not slice(): on a Buffer that is a view.
      this.#remainder = transient ? new Uint8Array(rest) : rest
      return
    }
    const both = new Uint8Array(this.#remainder.length + rest.length)
    both.set(this.#remainder)
    both.set(rest, this.#remainder.length)
    this.#remainder = both
  }
}

/** Memory that is not cleared: a packet is handed over only when every byte of it was written. */
function reserve(length: number): Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer.buffer, buffer.byteOffset, length)
}
