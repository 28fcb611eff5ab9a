/**
 * Lets the input of many callers gather. To read from a socket and to write to it cost several microseconds each, more
 * than a small message itself: a node that looks at once at every message spends most of its time on looking, and wakes
 * the other side for every answer. So under concurrent load it rests for a moment after each turn of the event loop, some
 * 70 us; the next turn then finds a handful of messages in one read, and answers them in one write.
 *
 * One caller that waits for each answer would only wait longer. So a rest should bring `FEW` messages; when some
 * did not, it was the last one, and after `TRY_READS` reads another is tried. A turn that took longer than a rest has enough to do without it.
 */

/** What a rest has to bring, in messages: four callers that wait for their answers do not reach it (a call with its monitor is three). */
const FEW = 13
/** How many rests in vain are forgiven, once it pays. */
const CREDIT = 16
/** What is asked of the system, which takes its time on top. Milliseconds. */
const REST_MS = 0.005
/** A turn with so many messages needs no rest: its reads are long already. */
const MANY = 64
/** A turn that took so long needs no rest, milliseconds. */
const LONG_MS = 0.06
/** A rest that took so long was none, but a hindrance: some systems have no shorter one. Milliseconds, and credit. */
const OVERSLEPT_MS = 1
const OVERSLEPT_PRICE = 4
/** Without rests, one is tried after so many reads: at one caller that is one in some 8 ms. */
const TRY_READS = 128

export interface GatheringOptions {
  /** Calls a function at the end of this turn of the event loop. Default: `setImmediate`. */
  readonly atEnd?: (turn: () => void) => void
  /** Rests. Default: for as short as the system can, which on Linux is some 70 us; not at all on Windows, where it is milliseconds. */
  readonly rest?: () => void
  /** Milliseconds. Default: `performance.now`. */
  readonly now?: () => number
}

/** One for all connections of an event loop: they rest together. */
export class Gathering {
  readonly #atEnd: (turn: () => void) => void
  readonly #rest: (() => void) | undefined
  readonly #now: () => number
  readonly #before = new Set<() => void>()
  #active = false
  /** A rest was taken, and what it brought is not seen yet. */
  #rested = false
  #planned = false
  #began = 0
  #messages = 0
  #reads = 0
  #credit = 0

  constructor(options: GatheringOptions = {}) {
    this.#atEnd = options.atEnd ?? setImmediate
    this.#rest = options.rest ?? systemRest()
    this.#now = options.now ?? (() => performance.now())
  }

  /** It rests between turns: there is no need to stay awake for what comes next. */
  get active(): boolean {
    return this.#active
  }

  /** A read begins. */
  read(): void {
    if (this.#planned || this.#rest === undefined) return
    if (!this.#active) {
      this.#reads += 1
      if (this.#reads < TRY_READS) return
      this.#reads = 0
    }
    this.#planned = true
    this.#messages = 0
    this.#began = this.#now()
    this.#atEnd(this.#turn)
  }

  /** Calls `work` before the next rest, if this turn ends with one: what it would do at the end of the turn must not wait. */
  beforeRest(work: () => void): void {
    if (this.#active) this.#before.add(work)
  }

  /** A message was read. */
  message(): void {
    this.#messages += 1
  }

  readonly #turn = (): void => {
    this.#planned = false
    this.#judge()
    this.#rested = this.#active && this.#messages < MANY && this.#now() - this.#began < LONG_MS
    if (this.#rested) {
      for (const work of this.#before) work()
      const begun = this.#now()
      this.#rest?.()
      if (this.#now() - begun > OVERSLEPT_MS) this.#credit -= OVERSLEPT_PRICE
    }
    this.#before.clear()
  }

  /** Whether the last rest was worth it decides whether there is another one. */
  #judge(): void {
    if (this.#rested) this.#credit = Math.min(this.#credit + (this.#messages < FEW ? -1 : 1), CREDIT)
    this.#active = this.#credit >= 0
    if (!this.#active) this.#credit = 0
  }
}

/** The shortest wait that the system has. */
function systemRest(): (() => void) | undefined {
  if (process.platform === 'win32') return undefined
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const rest = (): void => {
    Atomics.wait(cell, 0, 0, REST_MS)
  }
  try {
    rest()
    return rest
  } catch {
    // A thread that must not wait, as the first one of some hosts.
    return undefined
  }
}
