/** A {@link Wire} without a socket: what is written is kept, what shall come is delivered by the test. */
import type { Wire, WireHandlers } from '../../src/sockets/wire.ts'

export class MemoryWire implements Wire {
  readonly address = 'memory:0'
  readonly gone = Promise.resolve()
  handlers: WireHandlers | undefined
  /** Each write, its parts joined. */
  readonly writes: Buffer[] = []
  paused = true
  ended = false
  destroyed = false
  /** False: writes are not taken at once, until `take()`. */
  taking = true
  /** Gets what was written, at once: the other end. */
  other: MemoryWire | undefined
  /** Chunks for a reader that is paused. */
  readonly #waiting: Uint8Array[] = []

  write(parts: readonly Uint8Array[]): boolean {
    const bytes = Buffer.concat(parts)
    this.writes.push(bytes)
    if (this.other !== undefined) {
      const { other } = this
      setImmediate(() => {
        other.deliver(bytes)
      })
    }
    return this.taking
  }

  /** The other side takes what was written. */
  take(): void {
    this.handlers?.onWritten()
  }

  /** Everything that was written, and forgets it. */
  takeWritten(): Buffer {
    return Buffer.concat(this.writes.splice(0))
  }

  /** Bytes come, in a buffer that is overwritten afterwards, as a socket's is. */
  deliver(bytes: Uint8Array): void {
    if (this.ended || this.destroyed) return
    if (this.paused) {
      this.#waiting.push(bytes)
      return
    }
    const chunk = new Uint8Array(bytes)
    this.handlers?.onBytes(chunk, true)
    chunk.fill(0xee)
  }

  /** The other end closes. */
  finish(error?: Error): void {
    if (!this.ended && !this.destroyed) this.handlers?.onEnd(error)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    for (;;) {
      if (this.#paused()) return
      const chunk = this.#waiting.shift()
      if (chunk === undefined) return
      this.deliver(chunk)
    }
  }

  #paused(): boolean {
    return this.paused
  }

  end(): void {
    this.ended = true
    this.handlers = undefined
  }

  destroy(): void {
    this.destroyed = true
    this.handlers = undefined
  }
}

/** Two ends of one stream. */
export function memoryPair(): [MemoryWire, MemoryWire] {
  const [a, b] = [new MemoryWire(), new MemoryWire()]
  a.other = b
  b.other = a
  return [a, b]
}
