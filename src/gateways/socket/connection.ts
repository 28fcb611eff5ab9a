/**
 * One client: frames in, replies out, in the order of the requests. Requests are done as they come, also while earlier
 * ones wait for the journal; all replies that are at hand leave in one write.
 *
 * A client that does not read its replies is not read from; one that takes nothing for too long is cut off.
 */
import { Splitter } from '../../bytes/splitter.ts'
import { BeamcadeError, isBeamcadeError, messageOf } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { Attention } from '../../sockets/attention.ts'
import { Outbox } from '../../sockets/outbox.ts'
import type { Wire } from '../../sockets/wire.ts'
import { lostReason, type Greeting } from './greeting.ts'
import type { ConnectionLimits } from './limits.ts'
import { errorPayload, reply, type Frame } from './reply.ts'
import { Pending, type Service } from './service.ts'
import { Waiting } from './waiting.ts'

export interface ConnectionOptions {
  readonly service: Service
  readonly events: Events
  readonly limits: ConnectionLimits
  onClose(connection: Connection): void
}

/** What is missing of a frame is read straight into it, if it is more than this. */
const DIRECT_BYTES = 65_536

export class Connection {
  readonly #wire: Wire
  readonly #options: ConnectionOptions
  readonly #limits: ConnectionLimits
  readonly #splitter: Splitter
  readonly #outbox: Outbox
  readonly #attention: Attention
  /** From the first reply that is not there on. */
  readonly #waiting = new Waiting()
  /** An exclusive request is under way. */
  #alone = false
  /** So much output waits that nothing is read. */
  #full = false
  /** Input is not handled. */
  #held = false
  #handlingInput = false
  #flushSoon = false
  #stall: NodeJS.Timeout | undefined
  /** The client sends no more. */
  #ended = false
  /** Nothing more is read. */
  #finishing = false
  #closed = false

  /** @param greeting what came behind the token, and the reply to it */
  constructor(wire: Wire, options: ConnectionOptions, greeting?: Greeting) {
    this.#wire = wire
    this.#options = options
    const { limits } = options
    this.#limits = limits
    // A write is no longer than what makes us wait: so it is seen when the client takes something.
    this.#outbox = new Outbox(wire, limits.highWaterBytes, true)
    this.#attention = new Attention(limits.awakeTurns)
    this.#splitter = new Splitter(4, limits.maxFrameBytes, (bytes, start, end, transient) => {
      this.#onFrame(bytes, start, end, transient)
    })
    wire.handlers = {
      onBytes: (chunk, transient) => {
        this.#attention.input()
        this.#handle(() => {
          this.#splitter.push(chunk, transient)
        })
      },
      room: () => this.#splitter.room(DIRECT_BYTES),
      onFilled: (count) => {
        this.#handle(() => {
          this.#splitter.filled(count)
        })
      },
      onWritten: () => {
        this.#outbox.written()
        this.#taken()
      },
      onEnd: (error) => {
        if (error !== undefined) this.close(lostReason(error))
        this.#ended = true
        this.#endIfDone()
      },
    }
    if (greeting !== undefined) {
      this.#handle(() => {
        this.#write(greeting.frame)
        this.#splitter.push(greeting.leftover, false)
      })
    }
    if (!this.#held && !this.#closed) wire.resume()
  }

  get address(): string {
    return this.#wire.address
  }

  /** Nothing is owed to the client. */
  get idle(): boolean {
    return this.#waiting.count === 0 && this.#outbox.bytes === 0
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Reads no more, and closes when the client has taken what it is owed. */
  finish(): void {
    this.#finishing = true
    this.#holdIfNeeded()
    this.#endIfDone()
  }

  /** Closes: at once, unless there is no reason or the client was told it; then after what was written has left. */
  close(reason?: BeamcadeError, told = reason === undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#splitter.stop()
    this.#attention.end()
    this.#waiting.clear()
    clearTimeout(this.#stall)
    if (told) this.#outbox.end(reason !== undefined)
    else this.#outbox.destroy()
    const facts = reason === undefined ? {} : { code: reason.code, message: reason.message }
    this.#options.events.publish('socket.closed', { address: this.address, ...facts })
    this.#options.onClose(this)
  }

  // ---- input

  /** Handles input by `work`, then lets the replies go. */
  #handle(work: () => void): void {
    this.#handlingInput = true
    this.#guard(work)
    this.#handlingInput = false
    this.#flush()
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      const reason = isBeamcadeError(error) ? error : broken(error)
      // The client hears why: the stream behind that frame cannot be understood any more.
      const told = reason.code === 'frame_too_large'
      if (told && this.#waiting.count === 0) this.#outbox.writer.put(reply('', errorPayload(reason.message)))
      this.close(reason, told)
    }
  }

  #onFrame(bytes: Uint8Array, start: number, end: number, transient: boolean): void {
    // A reply whose turn it is can be written where it leaves from.
    const into = this.#waiting.count === 0 ? this.#outbox.writer : undefined
    const outcome = this.#options.service.perform(bytes, start, end, this.address, into, transient)
    if (outcome instanceof Pending) this.#wait(outcome)
    else if (this.#waiting.count > 0) this.#waiting.push({ frame: outcome, bytes: outcome.length })
    else this.#write(outcome)
    // Only what the system does not take at once is a reason to wait.
    if (this.#outbox.bytes > this.#limits.highWaterBytes) this.#outbox.flush()
    this.#holdIfNeeded()
  }

  #wait({ frame, exclusive, bytes }: Pending): void {
    const slot = this.#waiting.push({ frame: undefined, bytes })
    if (exclusive) this.#alone = true
    void frame.then((settled) => {
      slot.frame = settled
      if (exclusive) this.#alone = false
      this.#guard(() => {
        this.#settle()
      })
    })
  }

  /** Writes the replies whose turn has come. */
  #settle(): void {
    for (let frame = this.#waiting.take(); frame !== undefined; frame = this.#waiting.take()) this.#write(frame)
    this.#goOn()
  }

  /** Why no more input may be handled now. */
  #mustHold(): boolean {
    if (this.#outbox.bytes > this.#limits.highWaterBytes) this.#setFull(true)
    const { maxPending, highWaterBytes } = this.#limits
    const waits = this.#waiting.count >= maxPending || this.#waiting.bytes > highWaterBytes
    return this.#full || this.#alone || this.#finishing || waits
  }

  #holdIfNeeded(): void {
    if (this.#held || this.#closed || !this.#mustHold()) return
    this.#held = true
    this.#splitter.stop()
    this.#wire.pause()
  }

  /** Handles the input that was held back, and what follows. */
  #goOn(): void {
    if (!this.#held || this.#closed || this.#mustHold()) return
    this.#held = false
    this.#handle(() => {
      this.#splitter.go()
    })
    if (!this.#isHeld()) this.#wire.resume()
  }

  /** Closes when the client sent its last request and has taken the last reply. */
  #endIfDone(): void {
    const over = this.#finishing || (this.#ended && !this.#held)
    if (!over || this.#closed || !this.idle) return
    const cut = this.#ended && this.#splitter.partial
    this.close(cut ? new BeamcadeError('connection_lost', 'The client closed in the middle of a frame.') : undefined)
  }

  // ---- output

  #write(frame: Frame): void {
    if (this.#closed) return
    this.#outbox.writer.part(frame)
    this.#outbox.wrote()
    const { bytes } = this.#outbox
    const { maxQueuedBytes } = this.#limits
    if (bytes > maxQueuedBytes) {
      const sentence = `${bytes} bytes wait for the client; the limit maxSocketQueuedBytes is ${maxQueuedBytes}.`
      throw new BeamcadeError('slow_reader', sentence)
    }
    if (this.#handlingInput || this.#flushSoon) return
    this.#flushSoon = true
    setImmediate(() => {
      this.#flushSoon = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#closed) return
    this.#outbox.flush()
    this.#watch()
    this.#relax()
    this.#endIfDone()
  }

  /** The client took a write. */
  #taken(): void {
    clearTimeout(this.#stall)
    this.#stall = undefined
    this.#watch()
    this.#relax()
    this.#endIfDone()
  }

  /** Goes on if little waits now. */
  #relax(): void {
    if (!this.#full || this.#outbox.bytes > this.#limits.highWaterBytes / 4) return
    this.#setFull(false)
    this.#goOn()
  }

  /** After a flush, what is left waits for the client. */
  #watch(): void {
    if (this.#stall !== undefined || this.#closed || this.#outbox.bytes === 0) return
    const { stallMs } = this.#limits
    this.#stall = setTimeout(() => {
      const sentence = `The client took none of ${this.#outbox.bytes} bytes for ${stallMs} ms.`
      this.close(new BeamcadeError('slow_reader', sentence))
    }, stallMs)
    this.#stall.unref()
  }

  #setFull(full: boolean): void {
    if (this.#full === full) return
    this.#full = full
    const { address } = this
    this.#options.events.publish('socket.busy', { address, busy: full, queuedBytes: this.#outbox.bytes })
  }

  // A method, so that the compiler does not believe what it saw before a call that may have changed it.
  #isHeld(): boolean {
    return this.#held || this.#closed
  }
}

function broken(error: unknown): BeamcadeError {
  return new BeamcadeError('internal', `A reply could not be written: ${messageOf(error)}`, { cause: error })
}
