/**
 * A node's name in an epmd. The connection is the registration: it stays open, and closing it frees the name. When epmd
 * goes away, the name is registered again as soon as one answers, with a new creation.
 */
import type net from 'node:net'
import { BeamcadeError, isBeamcadeError, messageOf } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { ask, DEFAULT_EPMD_PORT } from './ask.ts'
import { decodeAliveReply, type NodeInfo } from './wire.ts'

export interface RegisterOptions {
  /** Where epmd is; default 127.0.0.1. */
  readonly host?: string
  /** Default 4369. */
  readonly port?: number
  /** The part of the node's name before the `@`. */
  readonly name: string
  /** Where the node listens. */
  readonly nodePort: number
  /** Default true. */
  readonly hidden?: boolean
  readonly events: Events
  /** Milliseconds for each attempt to register; default 5000. */
  readonly timeoutMs?: number
  /** Gives up the first attempt. Afterwards `close()` ends the registration. */
  readonly signal?: AbortSignal
  /** Milliseconds between attempts after epmd went away, doubled each time; default 250 to 15,000. */
  readonly retryMs?: { readonly min: number; readonly max: number }
  /** 0 to 1, for the share of the wait that is left to chance, so that many nodes do not come all at once. */
  readonly random?: () => number
  /** Called after each later registration: the node has to take on this creation. */
  readonly onCreation?: (creation: number) => void
  /** Called when epmd went away; the name cannot be looked up until `onCreation`. */
  readonly onLost?: (error: BeamcadeError) => void
}

export interface Registration {
  /** Told apart by it: this life of the node and its former ones. 1 to 3 from an epmd before OTP 23, else 4 to 2^32-1. */
  readonly creation: number
  /** False from the loss of epmd until the name is registered again. */
  readonly registered: boolean
  /** Frees the name; resolves when the connection is closed. A second call does nothing. */
  close(): Promise<void>
}

/**
 * Registers a node. Errors: `name_taken`, `epmd_unreachable`, `timeout`, `aborted`, `bad_epmd_reply`,
 * `epmd_name_too_long`. Later losses do not raise errors: they are events, and the node registers again.
 */
export async function registerNode(options: RegisterOptions): Promise<Registration> {
  const held = new HeldRegistration(options)
  await held.register(options.signal)
  return held
}

class HeldRegistration implements Registration {
  creation = 0
  readonly #options: RegisterOptions
  readonly #host: string
  readonly #port: number
  readonly #closing = new AbortController()
  #socket: net.Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #attempt = 0

  constructor(options: RegisterOptions) {
    this.#options = options
    this.#host = options.host ?? '127.0.0.1'
    this.#port = options.port ?? DEFAULT_EPMD_PORT
  }

  get registered(): boolean {
    return this.#socket !== undefined
  }

  get #where(): { name: string; host: string; port: number } {
    return { name: this.#options.name, host: this.#host, port: this.#port }
  }

  async register(signal: AbortSignal | undefined): Promise<void> {
    const { name, nodePort, hidden = true, timeoutMs, events } = this.#options
    const node: NodeInfo = { name, port: nodePort, hidden, highVersion: 6, lowVersion: 6, extra: new Uint8Array() }
    const { value, socket } = await ask({
      host: this.#host,
      port: this.#port,
      request: { kind: 'alive', node },
      decode: decodeAliveReply,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal !== undefined && { signal }),
    })
    if (value.result !== 0) {
      socket.destroy()
      const message = `The epmd at ${this.#host}:${this.#port} refuses the name ${name}: another node has it (result ${value.result}).`
      throw new BeamcadeError('name_taken', message, { details: { name, result: value.result } })
    }
    if (socket.destroyed || this.#closing.signal.aborted) {
      socket.destroy()
      throw new BeamcadeError('epmd_unreachable', `The epmd at ${this.#host}:${this.#port} went away at once.`)
    }
    const again = this.creation !== 0
    this.creation = value.creation
    this.#attempt = 0
    this.#hold(socket)
    if (again) this.#options.onCreation?.(value.creation)
    events.publish('epmd.registered', { ...this.#where, creation: value.creation })
  }

  #hold(socket: net.Socket): void {
    this.#socket = socket
    // A host that vanished without a word is noticed, though nothing is ever sent here.
    socket.setKeepAlive(true, 30_000)
    let cause: unknown
    socket.on('error', (error) => (cause = error))
    socket.on('close', () => {
      this.#socket = undefined
      if (!this.#closing.signal.aborted) this.#lost(cause)
    })
    // Nothing is expected; reading on is how the end of the connection is noticed.
    socket.resume()
  }

  #lost(cause: unknown): void {
    const why = cause === undefined ? 'it closed the connection' : messageOf(cause)
    const message = `The epmd at ${this.#host}:${this.#port} went away: ${why}. The name is registered again when it is back.`
    const error = new BeamcadeError('epmd_unreachable', message, { cause })
    this.#options.events.publish('epmd.lost', { ...this.#where, code: error.code, message })
    this.#options.onLost?.(error)
    this.#retryLater(error)
  }

  #retryLater(error: BeamcadeError): void {
    const { events, random = Math.random, retryMs = { min: 250, max: 15_000 } } = this.#options
    const full = Math.min(retryMs.max, retryMs.min * 2 ** Math.min(this.#attempt, 30))
    const delayMs = Math.round(full / 2 + (full / 2) * random())
    this.#attempt += 1
    const { code, message } = error
    events.publish('epmd.retry', { ...this.#where, attempt: this.#attempt, delayMs, code, message })
    this.#timer = setTimeout(() => {
      void this.#registerAgain()
    }, delayMs)
  }

  async #registerAgain(): Promise<void> {
    try {
      await this.register(this.#closing.signal)
    } catch (error) {
      if (!isBeamcadeError(error)) throw error
      if (!this.#closing.signal.aborted) this.#retryLater(error)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#timer)
    const socket = this.#socket
    if (socket === undefined) return
    await new Promise<void>((resolve) => {
      socket.once('close', () => {
        resolve()
      })
      socket.destroy()
    })
  }
}
