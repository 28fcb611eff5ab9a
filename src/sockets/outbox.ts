/**
 * What is to be sent: gathers while a write is under way, and leaves in as few writes as can be. Only one write is under
 * way at a time, so that what waits is known and its order is kept.
 */
import { Writer } from '../bytes/writer.ts'
import type { Wire } from './wire.ts'

/** From here on the writer is emptied into the queue: growing further, it would copy what it holds. */
const WRITER_BYTES = 1024 * 1024

export class Outbox {
  /** Where frames are encoded. Call `wrote()` after each. */
  readonly writer = new Writer({ slabBytes: 65_536 })
  readonly #wire: Wire
  readonly #stepBytes: number
  readonly #reuse: boolean
  #queue: Uint8Array[] = []
  #queueBytes = 0
  /** Bytes of the write that is under way; 0 if none is. */
  #writing = 0
  #soon = false
  #over = false
  #used = true

  /**
   * @param stepBytes how much is written in one go: what a peer takes of it is seen only when it took all
   * @param reuse the same memory is written to again, where the wire took everything: only for sockets, since another
   *   stream may still hold what it took
   */
  constructor(wire: Wire, stepBytes: number, reuse = false) {
    this.#wire = wire
    this.#stepBytes = stepBytes
    this.#reuse = reuse
  }

  /** Bytes that wait to be taken by the system. */
  get bytes(): number {
    return this.writer.position + this.#queueBytes + this.#writing
  }

  /** A frame is in the writer. It leaves with `flush()`. */
  wrote(): void {
    if (this.writer.position > WRITER_BYTES) this.#enqueue()
  }

  /** Flushes at the end of this turn of the event loop. */
  flushSoon(): void {
    if (this.#writing > 0 || this.#soon) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      this.flush()
    })
  }

  /** Writes what waits, as far as the system takes it. */
  flush(): void {
    while (this.#writing === 0 && this.bytes > 0 && !this.#over) {
      this.#enqueue()
      const parts = this.#nextParts()
      let bytes = 0
      for (const part of parts) bytes += part.length
      this.#queueBytes -= bytes
      this.#used = true
      if (!this.#wire.write(parts)) this.#writing = bytes
    }
    if (this.#reuse && this.bytes === 0) this.writer.rewind(WRITER_BYTES)
  }

  /** The write that was under way is done: goes on with the next. Answers how many bytes it had. */
  written(): number {
    const bytes = this.#writing
    this.#writing = 0
    this.flush()
    return bytes
  }

  /** Sends a sign of life, unless something else was sent since the last time, or waits. */
  tick(sign: Uint8Array): void {
    if (!this.#used && this.bytes === 0 && !this.#wire.write([sign])) this.#writing = sign.length
    this.#used = false
  }

  /**
   * Writes what waits and closes. Nothing follows, so the stream may take all of it, even while a write is under way.
   * @param reading see {@link Wire.end}
   */
  end(reading = false): void {
    this.#over = true
    this.#enqueue()
    if (this.#queueBytes > 0) this.#wire.write(this.#queue)
    this.#wire.end(reading)
  }

  /** Closes at once; what waits is lost. */
  destroy(): void {
    this.#over = true
    this.#wire.destroy()
  }

  #enqueue(): void {
    if (this.writer.position === 0) return
    this.#queueBytes += this.writer.position
    for (const part of this.writer.takeParts()) this.#queue.push(part)
  }

  /** What the next write holds: the last part is split where the step ends. */
  #nextParts(): Uint8Array[] {
    const all = this.#queue
    if (this.#queueBytes <= this.#stepBytes) {
      this.#queue = []
      return all
    }
    let room = this.#stepBytes
    let count = 0
    for (let part = all[0]; part !== undefined && part.length <= room; part = all[count]) {
      room -= part.length
      count += 1
    }
    const parts = all.splice(0, count)
    const split = all[0]
    if (room > 0 && split !== undefined) {
      parts.push(split.subarray(0, room))
      all[0] = split.subarray(room)
    }
    return parts
  }
}
