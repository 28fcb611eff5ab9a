/**
 * A socket as a {@link Wire}. Where we make the socket ourselves, dialling or from a descriptor, it reads into one buffer
 * over and over; a socket that `net.Server` made brings a new buffer with each read.
 */
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Wire, WireHandlers } from './wire.ts'

/** How long output may take to leave after `end()`, milliseconds, before the socket is closed with it. */
const LINGER_MS = 1000

export class SocketWire implements Wire {
  address = ''
  /** Called once, when the socket is gone for good. */
  onGone: (() => void) | undefined
  readonly gone: Promise<void>
  readonly #stream: Duplex
  readonly #written: () => void
  #handlers: WireHandlers | undefined
  /** A write was not taken at once. */
  #writing = false
  /** What ended the stream, once it did. */
  #end: { readonly error: Error | undefined } | undefined
  #told = false
  #destroyed = false

  constructor(stream: Duplex) {
    this.#stream = stream
    this.#written = () => {
      // Also called for a write that was taken at once, when a later one may be under way.
      if (!this.#writing || this.#stream.writableLength > 0) return
      this.#writing = false
      this.#handlers?.onWritten()
    }
    stream.on('end', () => {
      this.#ended(undefined)
    })
    stream.on('error', (error) => {
      this.#ended(error)
    })
    this.gone = new Promise((resolve) => {
      stream.on('close', () => {
        this.#ended(undefined)
        this.onGone?.()
        resolve()
      })
    })
  }

  /** Over any stream that gives a new buffer with each chunk. */
  static over(stream: Duplex, address: string): SocketWire {
    const wire = new SocketWire(stream)
    wire.address = address
    stream.on('data', (chunk: Uint8Array) => {
      wire.#received(chunk, false)
    })
    return wire
  }

  /** Over a socket of `net.Server`. */
  static accepted(socket: net.Socket): SocketWire {
    return SocketWire.over(socket, addressOf(socket))
  }

  /**
   * Over a descriptor of a connected socket. Throws what `net.Socket` throws if it is none.
   * @param allowHalfOpen writing goes on when the other end has sent its last byte
   */
  static fromDescriptor(fd: number, readBufferBytes: number, allowHalfOpen = false): SocketWire {
    const reader = new BufferReader(readBufferBytes)
    // As a variable: the type of the options lacks `onread` where there is a descriptor; the documentation has it.
    const options = { fd, readable: true, writable: true, allowHalfOpen, onread: reader.onread }
    const socket = new net.Socket(options)
    socket.setNoDelay(true)
    return SocketWire.#reading(socket, reader)
  }

  /** Dials. Resolves when the connection is there; rejects with the system's error, or when `signal` aborts. */
  static dial(host: string, port: number, readBufferBytes: number, signal: AbortSignal): Promise<SocketWire> {
    return new Promise((resolve, reject) => {
      const reader = new BufferReader(readBufferBytes)
      const socket = net.connect({ host, port, noDelay: true, onread: reader.onread })
      const abort = (): void => {
        socket.destroy()
        reject(new Error('aborted'))
      }
      signal.addEventListener('abort', abort)
      const settled = (): void => {
        signal.removeEventListener('abort', abort)
      }
      socket.on('error', (error) => {
        settled()
        reject(error)
      })
      socket.once('connect', () => {
        settled()
        resolve(SocketWire.#reading(socket, reader))
      })
      if (signal.aborted) abort()
    })
  }

  static #reading(socket: net.Socket, reader: BufferReader): SocketWire {
    const wire = new SocketWire(socket)
    wire.address = addressOf(socket)
    reader.receive = (chunk) => {
      wire.#received(chunk, true)
    }
    reader.room = () => wire.#handlers?.room?.()
    reader.filled = (count) => wire.#handlers?.onFilled?.(count)
    return wire
  }

  get handlers(): WireHandlers | undefined {
    return this.#handlers
  }

  set handlers(handlers: WireHandlers | undefined) {
    this.#handlers = handlers
    // It may have ended while nobody looked; not within this call, or the owner would hear of it before he is ready.
    if (handlers !== undefined && this.#end !== undefined && !this.#told) {
      queueMicrotask(() => {
        this.#tellEnd()
      })
    }
  }

  write(parts: readonly Uint8Array[]): boolean {
    const stream = this.#stream
    if (this.#end !== undefined || !stream.writable) return true
    const last = parts.length - 1
    if (last > 0) stream.cork()
    for (let i = 0; i < last; i += 1) stream.write(parts[i])
    stream.write(parts[last], this.#written)
    if (last > 0) stream.uncork()
    this.#writing = stream.writableLength > 0
    return !this.#writing
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  end(reading = false): void {
    this.#handlers = undefined
    this.#told = true
    const stream = this.#stream
    const timer = setTimeout(() => stream.destroy(), LINGER_MS)
    timer.unref()
    const close = (): void => {
      clearTimeout(timer)
      stream.destroy()
    }
    if (!reading || this.#end !== undefined) stream.end(close)
    else {
      stream.once('end', close)
      stream.end()
      stream.resume()
    }
  }

  destroy(): void {
    this.#destroyed = true
    this.#handlers = undefined
    this.#told = true
    this.#stream.destroy()
  }

  #received(chunk: Uint8Array, transient: boolean): void {
    if (!this.#destroyed) this.#handlers?.onBytes(chunk, transient)
  }

  #ended(error: Error | undefined): void {
    this.#end ??= { error }
    this.#tellEnd()
  }

  #tellEnd(): void {
    if (this.#told || this.#handlers === undefined || this.#end === undefined) return
    this.#told = true
    this.#handlers.onEnd(this.#end.error)
  }
}

/**
 * What a socket reads into: one buffer over and over, or where the receiver says. Nothing comes before the socket was
 * given to a wire, as both happen in one turn.
 */
class BufferReader {
  receive: (chunk: Uint8Array) => void = ignore
  filled: (count: number) => void = ignore
  room: () => Uint8Array | undefined = ignore
  readonly onread: net.OnReadOpts

  constructor(bytes: number) {
    const own = new Uint8Array(bytes)
    let current: Uint8Array = own
    this.onread = {
      // Asked at the start and after each callback.
      buffer: () => (current = this.room() ?? own),
      callback: (count) => {
        if (current === own) this.receive(own.subarray(0, count))
        else this.filled(count)
        return true
      },
    }
  }
}

function ignore(): undefined {
  return undefined
}

/** `host:port` of the other end. */
function addressOf(socket: net.Socket): string {
  const { remoteAddress: host = '?', remotePort: port = 0 } = socket
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
