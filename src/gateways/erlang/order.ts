/**
 * Answers the requests of one process in the order in which they came, while those of others go on. What is answered at
 * once costs one look at a number.
 */
import type { Pid } from '../../erlang/index.ts'
import { BeamcadeError } from '../../errors.ts'

export class Order {
  /** Requests that are waiting or being served by a promise. */
  #open = 0
  /** The last open request of each process. */
  readonly #last = new Map<string, Promise<void>>()
  readonly #limit: number

  /** @param limit requests that may be open at once; beyond it they are refused, so that callers cannot fill the memory */
  constructor(limit: number) {
    this.#limit = limit
  }

  get open(): number {
    return this.#open
  }

  /**
   * Runs a request of `caller` when its earlier ones are answered; without a caller, at once. `run` answers, or promises
   * to; it does not throw.
   * @returns a promise for when it is answered, unless it is by now
   * @throws BeamcadeError `overloaded`
   */
  add(caller: Pid | undefined, run: () => void | Promise<void>): Promise<void> | undefined {
    if (this.#open === 0) {
      const work = run()
      return work === undefined ? undefined : this.#keep(caller?.key, work)
    }
    if (this.#open >= this.#limit) {
      const sentence = `${this.#open} requests are waiting for their answers; the limit maxWaiting is ${this.#limit}.`
      throw new BeamcadeError('overloaded', sentence, { details: { limit: this.#limit } })
    }
    const key = caller?.key
    const before = key === undefined ? undefined : this.#last.get(key)
    const work = before === undefined ? run() : before.then(run)
    return work === undefined ? undefined : this.#keep(key, work)
  }

  #keep(key: string | undefined, work: Promise<void>): Promise<void> {
    this.#open += 1
    const done = work.then(() => {
      this.#open -= 1
      if (key !== undefined && this.#last.get(key) === done) this.#last.delete(key)
    })
    if (key !== undefined) this.#last.set(key, done)
    return done
  }
}
