/**
 * Keeps the event loop awake for some turns after input. To sleep until the next message and to be woken by it costs
 * both sides several microseconds, more than a small message itself; where calls come one after the other, looking once
 * more finds the next one. The schedulers of a BEAM wait the same way ("busy wait", `+sbwt`).
 *
 * It learns whether that pays: input that comes while awake is a reason to go on, a wait in vain one to stop. A quiet
 * connection is left to sleep, with an attempt every now and then.
 */

/** How often a wait in vain is forgiven. */
const CREDIT = 16
/** What a wait in vain costs. */
const PRICE = 4
/** Asleep, every so many inputs it tries again. */
const RETRY_INPUTS = 64

export class Attention {
  readonly #turns: number
  readonly #soon: (turn: () => void) => void
  #left = 0
  #awake = false
  #credit = CREDIT
  #inputs = 0

  /**
   * @param turns how many turns of the event loop to stay awake after input; 0: none
   * @param soon calls a function in the next turn, for which the event loop does not sleep
   */
  constructor(turns: number, soon: (turn: () => void) => void = setImmediate) {
    this.#turns = turns
    this.#soon = soon
  }

  get awake(): boolean {
    return this.#awake
  }

  /** Something came. */
  input(): void {
    if (this.#turns === 0) return
    this.#left = this.#turns
    if (this.#awake) {
      if (this.#credit < CREDIT) this.#credit += 1
      return
    }
    if (this.#credit <= 0) {
      this.#inputs += 1
      if (this.#inputs < RETRY_INPUTS) return
      this.#inputs = 0
    }
    this.#awake = true
    this.#soon(this.#turn)
  }

  /** Sleeps at once. */
  end(): void {
    this.#left = 0
  }

  readonly #turn = (): void => {
    this.#left -= 1
    if (this.#left > 0) {
      this.#soon(this.#turn)
      return
    }
    this.#awake = false
    this.#credit = Math.max(this.#credit - PRICE, 0)
  }
}
