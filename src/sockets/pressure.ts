/**
 * Back-pressure: who does not read our answers is not asked for more questions. When too much output waits, input is not
 * handled until most of it has left.
 *
 * Two nodes that wait for each other like this would wait for ever. So a node goes on with a little input from time to
 * time, until too much gathers by that: then only what the peer takes makes room.
 */
export interface PressureOptions {
  /** Waiting output from which on input is not handled, bytes. */
  readonly highWaterBytes: number
  /** How much waits now. */
  queued(): number
  /** Stops the input, at once. */
  hold(): void
  /** Lets the input go on. May lead to `check()`, and so to `hold()`. */
  release(): void
}

/** So many times the high water is written in one go; see `Outbox`. */
export const WRITE_STEPS = 17
/** So many times the high water may gather by going on, less what was taken since: more than one write. */
const PROBE_STEPS = 2 * WRITE_STEPS
const PROBE_MS = 10

export class Pressure {
  readonly #options: PressureOptions
  #held = false
  #holdFrom: number
  #probe: NodeJS.Timeout | undefined
  /** What gathered by going on, and how much waited when that began. */
  #probed = 0
  #probedFrom = 0

  constructor(options: PressureOptions) {
    this.#options = options
    this.#holdFrom = options.highWaterBytes
  }

  /** Input is not handled. */
  get held(): boolean {
    return this.#held
  }

  /** True if so much output waits that input should be held: write first, then call `hold()`. */
  isHigh(): boolean {
    return this.#options.queued() > this.#holdFrom
  }

  /** Stops the input. */
  hold(): void {
    if (this.#held) return
    if (this.#probedFrom > 0) this.#probed += Math.max(0, this.#options.queued() - this.#probedFrom)
    this.#held = true
    this.#options.hold()
    this.#probeLater()
  }

  /** The peer took `bytes`. Answers whether little waits now. */
  taken(bytes: number): boolean {
    this.#probed = Math.max(0, this.#probed - bytes)
    const { highWaterBytes } = this.#options
    if (this.#options.queued() > highWaterBytes / 4) {
      if (this.#held) this.#probeLater()
      return false
    }
    this.#holdFrom = highWaterBytes
    this.#probed = 0
    this.#probedFrom = 0
    if (this.#held) this.#release()
    return true
  }

  end(): void {
    clearTimeout(this.#probe)
  }

  #probeLater(): void {
    clearTimeout(this.#probe)
    const { highWaterBytes } = this.#options
    if (this.#probed >= PROBE_STEPS * highWaterBytes) return
    this.#probe = setTimeout(() => {
      this.#probedFrom = this.#options.queued()
      this.#holdFrom = this.#probedFrom + highWaterBytes
      this.#release()
    }, PROBE_MS)
    this.#probe.unref()
  }

  #release(): void {
    clearTimeout(this.#probe)
    this.#held = false
    this.#options.release()
  }
}
