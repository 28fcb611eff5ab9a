/**
 * The clock of a connection: tells when to send a tick, and when the other node is down because nothing came of it.
 * Counts turns of its own timer, so a process that was blocked counts one turn, however long that was.
 * Source: Erlang distribution protocol; `net_ticktime` and `net_tickintensity` of the kernel application.
 */
export interface TickOptions {
  /** Milliseconds between two ticks; 0: none. */
  readonly tickMs: number
  /** Ticks without a byte from the other node until it counts as down. */
  readonly intensity: number
  /** Send a tick, unless something was sent since the last time. */
  tick(): void
  /** The peer is about to be judged: read what it may have sent, also if input is held back. */
  look(): void
  /** Nothing came for so many ticks. */
  silent(ticks: number): void
}

export class Ticks {
  readonly #options: TickOptions
  readonly #timer: NodeJS.Timeout | undefined
  #silent = 0
  #read = true
  #over = false

  constructor(options: TickOptions) {
    this.#options = options
    if (options.tickMs === 0) return
    this.#timer = setInterval(() => {
      this.#turn()
    }, options.tickMs)
    // A connection keeps the process alive, not its clock.
    this.#timer.unref()
  }

  /** Something came. */
  read(): void {
    this.#read = true
  }

  end(): void {
    this.#over = true
    clearInterval(this.#timer)
  }

  #turn(): void {
    const { intensity } = this.#options
    this.#options.tick()
    this.#silent = this.#read ? 0 : this.#silent + 1
    this.#read = false
    if (this.#silent >= intensity - 1) this.#options.look()
    if (this.#silent < intensity) return
    // If this process was blocked, what the peer sent meanwhile is still in the socket: let it be read before judging.
    setImmediate(() => {
      if (!this.#over && !this.#read) this.#options.silent(this.#silent)
    })
  }
}
