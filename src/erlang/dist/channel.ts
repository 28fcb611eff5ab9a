/**
 * The connection of two nodes after the handshake: frames with four bytes of length, signals in and out.
 *
 * Writing: `send` encodes at once into a buffer. What is sent while a chunk of input is handled leaves when the chunk is
 * done; what is sent at another time leaves at the end of that turn of the event loop. Only one write is under way at a
 * time; meanwhile output gathers.
 *
 * Source: Erlang distribution protocol, "Protocol between Connected Nodes"; frames without header ("pass through").
 */
import { Splitter } from '../../bytes/splitter.ts'
import { BeamcadeError, isBeamcadeError, messageOf } from '../../errors.ts'
import { Attention } from '../../sockets/attention.ts'
import { Gathering } from '../../sockets/gathering.ts'
import { Outbox } from '../../sockets/outbox.ts'
import { Pressure, WRITE_STEPS } from '../../sockets/pressure.ts'
import { Decoder } from '../etf/decoder.ts'
import { Encoder } from '../etf/encoder.ts'
import { DEFAULT_MAX_MEMORY } from '../etf/limits.ts'
import { Tuple } from '../etf/terms.ts'
import { ControlCodec } from './control.ts'
import { lost, withDefaults } from './greeting.ts'
import type { Signal } from './signal.ts'
import { Ticks } from './ticks.ts'
import type { ChannelLimits, ChannelOptions, Connection, Peer, Wire } from './types.ts'

const MIB = 1024 * 1024

export const CHANNEL_LIMITS: ChannelLimits = {
  maxFrameBytes: 129 * MIB,
  highWaterBytes: MIB,
  maxQueuedBytes: 512 * MIB,
  maxDepth: 131_072,
  maxInflatedBytes: 128 * MIB,
  maxTermMemory: DEFAULT_MAX_MEMORY,
  awakeTurns: 24,
}

/** Who waits for output to leave. */
type Waiting = Set<(error?: BeamcadeError) => void>

/** The first byte of a frame without distribution header. */
const PASS_THROUGH = 112
const VERSION = 131
/** A frame with nothing in it. */
const TICK = new Uint8Array(4)
/** What is missing of a frame is read straight into it, if it is more than this: less comes along with what follows. */
const DIRECT_BYTES = 65_536

export class Channel {
  readonly peer: Peer
  readonly #wire: Wire
  readonly #options: ChannelOptions<Channel>
  readonly #limits: ChannelLimits
  readonly #codec: ControlCodec
  readonly #splitter: Splitter
  readonly #attention: Attention
  readonly #gathering: Gathering
  readonly #decoder: Decoder
  readonly #encoder: Encoder
  readonly #outbox: Outbox
  readonly #pressure: Pressure
  readonly #ticks: Ticks
  readonly #drains: Waiting = new Set()
  readonly #flushes: Waiting = new Set()
  #handlingInput = false
  #closed = false
  #overflowed = false

  constructor(connection: Connection, options: ChannelOptions<Channel>) {
    const { wire, peer, leftover } = connection
    this.peer = peer
    this.#wire = wire
    this.#options = options
    const limits = withDefaults(CHANNEL_LIMITS, options.limits)
    this.#limits = limits
    this.#outbox = new Outbox(wire, WRITE_STEPS * limits.highWaterBytes)
    this.#pressure = new Pressure({
      highWaterBytes: limits.highWaterBytes,
      queued: () => this.#outbox.bytes,
      hold: () => {
        this.#splitter.stop()
        wire.pause()
        this.#publishBusy()
      },
      release: () => {
        this.#goOn()
      },
    })
    this.#codec = new ControlCodec(peer.flags, peer.name)
    this.#decoder = new Decoder({
      allowLocal: false,
      maxDepth: limits.maxDepth,
      maxInflated: limits.maxInflatedBytes,
      maxMemory: limits.maxTermMemory,
    })
    this.#encoder = new Encoder()
    this.#attention = new Attention(limits.awakeTurns)
    this.#gathering = options.gathering ?? new Gathering()
    this.#splitter = new Splitter(4, limits.maxFrameBytes, (bytes, start, end, transient) => {
      this.#onFrame(bytes, start, end, transient)
    })
    this.#ticks = new Ticks({
      tickMs: options.tickMs ?? 15_000,
      intensity: options.tickIntensity ?? 4,
      tick: () => {
        this.#outbox.tick(TICK)
      },
      // Its ticks are behind the input that is held back.
      look: () => {
        if (this.#pressure.held) wire.resume()
      },
      silent: (ticks) => {
        this.close(new BeamcadeError('peer_silent', `Nothing came from ${peer.name} for ${ticks} ticks.`))
      },
    })
    wire.handlers = {
      onBytes: (chunk, transient) => {
        this.#onBytes(chunk, transient)
      },
      room: () => this.#splitter.room(DIRECT_BYTES),
      onFilled: (count) => {
        this.#ticks.read()
        this.#handle(() => {
          this.#splitter.filled(count)
        })
      },
      onWritten: () => {
        const bytes = this.#outbox.written()
        if (!this.#pressure.taken(bytes)) return
        for (const done of [...this.#drains]) done()
        if (this.queuedBytes === 0) for (const done of [...this.#flushes]) done()
      },
      onEnd: (error) => {
        this.#onEnd(error)
      },
    }
    // Not within the constructor: the owner does not know the channel yet.
    queueMicrotask(() => {
      if (this.#closed) return
      if (leftover.length > 0) this.#onBytes(leftover, false)
      if (!this.#pressure.held && !this.#isClosed()) wire.resume()
    })
  }

  /** Bytes that wait to be taken by the system. */
  get queuedBytes(): number {
    return this.#outbox.bytes
  }

  /** More waits than `highWaterBytes`: who can, should wait for {@link drained}. */
  get busy(): boolean {
    return this.queuedBytes > this.#limits.highWaterBytes
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Sends a signal. It is encoded at once, except that binaries of 64 KiB and more must stay as they are until sent.
   * Returns false if it cannot be sent: the channel is closed, or the peer cannot take such a signal (an event says so).
   * @throws BeamcadeError `bad_argument`, `too_deep`, `too_large`: the signal holds what is no term
   */
  send(signal: Signal): boolean {
    if (this.#closed || this.#overflowed) return false
    const message = this.#codec.write(signal)
    if (message === undefined) {
      this.#dropped(signal)
      return false
    }
    const { writer } = this.#outbox
    const start = writer.position
    writer.u32(0)
    writer.u8(PASS_THROUGH)
    try {
      this.#encoder.encodeInto(writer, message.control)
      if (message.payload !== undefined) this.#encoder.encodeInto(writer, message.payload)
      const length = writer.position - start - 4
      if (length > 0xffffffff) {
        throw new BeamcadeError('too_large', `A message of ${length} bytes does not fit into a frame of 4 GiB.`)
      }
      writer.patchU32(start, length)
    } catch (error) {
      writer.truncate(start)
      throw error
    }
    this.#afterSend()
    return true
  }

  /** Resolves when little output waits. Rejects when the channel closes, or `signal` aborts. */
  drained(signal?: AbortSignal): Promise<void> {
    return this.#closed || this.busy ? this.#wait(this.#drains, signal) : Promise.resolve()
  }

  /** Resolves when the system has all that was sent. Rejects as {@link drained} does. */
  flushed(signal?: AbortSignal): Promise<void> {
    if (!this.#closed) this.#outbox.flush()
    return this.#closed || this.queuedBytes > 0 ? this.#wait(this.#flushes, signal) : Promise.resolve()
  }

  /** Resolves when the connection is closed at both ends, some time after {@link close}. */
  get gone(): Promise<void> {
    return this.#wire.gone
  }

  #wait(waiting: Waiting, signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.peer.name))
    return new Promise((resolve, reject) => {
      const done = (error?: BeamcadeError): void => {
        waiting.delete(done)
        signal?.removeEventListener('abort', onAbort)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onAbort = (): void => {
        done(new BeamcadeError('aborted'))
      }
      waiting.add(done)
      signal?.addEventListener('abort', onAbort)
      if (signal?.aborted === true) onAbort()
    })
  }

  /**
   * Closes the connection; a second call does nothing. Without a reason, what was sent still leaves (within a
   * second), and what still comes is forgotten; with one, the connection ends at once.
   */
  close(reason?: BeamcadeError): void {
    if (this.#closed) return
    this.#closed = true
    this.#splitter.stop()
    this.#attention.end()
    this.#ticks.end()
    this.#pressure.end()
    if (reason === undefined) this.#outbox.end(true)
    else this.#outbox.destroy()
    const { name, address } = this.peer
    const why = reason === undefined ? {} : { code: reason.code, message: reason.message }
    this.#options.events.publish('dist.closed', { peer: name, address, ...why })
    for (const done of [...this.#drains, ...this.#flushes]) done(reason ?? closedError(name))
    try {
      this.#options.onClose(this, reason)
    } catch (error) {
      // Called from a socket's events, where a fault would end the process.
      this.#options.events.publish('events.subscriber_failed', { event: 'dist.closed', error })
    }
  }

  // ---- input

  #onBytes(chunk: Uint8Array, transient: boolean): void {
    this.#ticks.read()
    this.#gathering.read()
    if (this.#gathering.active) this.#attention.end()
    else this.#attention.input()
    this.#handle(() => {
      this.#splitter.push(chunk, transient)
    })
    // It was only a look: this chunk is kept, and no more is read.
    if (this.#pressure.held) this.#wire.pause()
  }

  /** Handles input by `work`, then lets the output go that it led to. */
  #handle(work: () => void): void {
    this.#handlingInput = true
    try {
      work()
    } catch (error) {
      this.close(asReason(error))
    }
    this.#handlingInput = false
    if (!this.#closed) this.#outbox.flush()
  }

  /** One frame: the bytes from `start` to before `end`. */
  #onFrame(bytes: Uint8Array, start: number, end: number, transient: boolean): void {
    if (start === end) return
    this.#gathering.message()
    if (bytes[start] !== PASS_THROUGH) throw notNegotiated(bytes.subarray(start, end))
    const decoder = this.#decoder
    // A binary that is a view keeps the whole chunk, which may be much more than its message.
    const copying = transient || 2 * (end - start) < bytes.length
    const control = decoder.decodeAt(bytes, start + 1, copying, end)
    const operation = this.#codec.operation(control)
    const payload = operation.payload ? decoder.decodeAt(bytes, decoder.position, copying, end) : null
    if (decoder.position !== end) {
      throw new BeamcadeError('bad_frame', `${end - decoder.position} bytes too many behind ${operation.name}.`)
    }
    const signal = this.#codec.read(operation, control as Tuple, payload)
    if (signal !== undefined) this.#options.onSignal(signal, this)
    if (!this.#pressure.isHigh() || this.#isClosed()) return
    // Only what the system does not take is a reason to wait.
    this.#outbox.flush()
    if (this.#pressure.isHigh()) this.#pressure.hold()
  }

  /** Handles the input that was held back, and what follows. */
  #goOn(): void {
    this.#handle(() => {
      this.#splitter.go()
    })
    if (this.#pressure.held || this.#isClosed()) return
    this.#wire.resume()
    this.#publishBusy()
  }

  #publishBusy(): void {
    const { held } = this.#pressure
    this.#options.events.publish('dist.busy', { peer: this.peer.name, busy: held, queuedBytes: this.queuedBytes })
  }

  #onEnd(error: Error | undefined): void {
    if (error !== undefined) this.close(lost(error))
    else if (this.#splitter.partial) {
      this.close(new BeamcadeError('connection_lost', `${this.peer.name} closed in the middle of a frame.`))
    } else this.close()
  }

  // ---- output

  #afterSend(): void {
    this.#outbox.wrote()
    if (this.queuedBytes > this.#limits.maxQueuedBytes) this.#overflow()
    else if (!this.#handlingInput) {
      this.#outbox.flushSoon()
      this.#gathering.beforeRest(this.#flush)
    }
  }

  readonly #flush = (): void => {
    if (!this.#closed) this.#outbox.flush()
  }

  #overflow(): void {
    const { maxQueuedBytes } = this.#limits
    const text = `${this.queuedBytes} bytes wait for ${this.peer.name}; the limit maxQueuedBytes is ${maxQueuedBytes}.`
    this.#overflowed = true
    // Later: the sender may be in the middle of what the end of the connection changes.
    queueMicrotask(() => {
      this.close(new BeamcadeError('slow_reader', text))
    })
  }

  #dropped(signal: Signal): void {
    const message = `${this.peer.name} did not announce what a signal of kind ${signal.kind} needs.`
    this.#options.events.publish('dist.dropped', {
      peer: this.peer.name,
      kind: signal.kind,
      code: 'peer_lacks',
      message,
    })
  }

  // A method, so that the compiler does not believe what it saw before a call that may have changed it.
  #isClosed(): boolean {
    return this.#closed
  }
}

function notNegotiated(frame: Uint8Array): BeamcadeError {
  const header = frame[0] === VERSION && (frame[1] === 68 || frame[1] === 69 || frame[1] === 70)
  const what = header
    ? `a frame with a distribution header (131, ${frame[1] ?? 0}), which was not negotiated`
    : `a frame that begins with the byte ${frame[0] ?? 0} instead of ${PASS_THROUGH}`
  return new BeamcadeError('bad_frame', `The other node sent ${what}.`)
}

function closedError(peer: string): BeamcadeError {
  return new BeamcadeError('connection_closed', `The connection to ${peer} is closed.`)
}

function asReason(error: unknown): BeamcadeError {
  if (isBeamcadeError(error)) return error
  return new BeamcadeError('internal', `A signal could not be handled: ${messageOf(error)}`, { cause: error })
}
