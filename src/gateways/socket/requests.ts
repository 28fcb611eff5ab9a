/** Requests that wait for their responses, in the order in which they were sent. */
import type { BeamcadeError } from '../../errors.ts'
import type { Response } from './response.ts'

export interface Waiting {
  readonly id: string
  /** When it is given up, by `performance.now()`. */
  readonly deadline: number
  readonly answered: (response: Response) => void
  readonly failed: (error: BeamcadeError) => void
}

export class Requests {
  #queue: (Waiting | undefined)[] = []
  /** Where the first one lies. */
  #first = 0
  #timer: NodeJS.Timeout | undefined
  readonly #expired: (one: Waiting) => BeamcadeError

  /** @param expired says why a request is given up whose time is over */
  constructor(expired: (one: Waiting) => BeamcadeError) {
    this.#expired = expired
  }

  get size(): number {
    return this.#queue.length - this.#first
  }

  add(one: Waiting): void {
    this.#queue.push(one)
    if (this.#timer === undefined && one.deadline !== Infinity) this.#wait(one.deadline)
  }

  /** The one that the next response is for. */
  first(): Waiting | undefined {
    return this.#queue[this.#first]
  }

  /** Its response came. */
  shift(): void {
    this.#queue[this.#first] = undefined
    this.#first += 1
    if (this.#first < this.#queue.length) return
    this.#queue = []
    this.#first = 0
  }

  /** None of them will be answered. */
  failAll(error: BeamcadeError): void {
    clearTimeout(this.#timer)
    const all = this.#queue
    this.#queue = []
    this.#first = 0
    for (const one of all) one?.failed(error)
  }

  /** One timer for all, as most are answered long before. */
  #wait(deadline: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        const now = performance.now()
        let next = Infinity
        for (const one of this.#queue) {
          if (one === undefined) continue
          // Its place in the queue stays: its response may still come.
          if (one.deadline <= now) one.failed(this.#expired(one))
          else next = Math.min(next, one.deadline)
        }
        if (next !== Infinity) this.#wait(next)
      },
      Math.max(1, Math.ceil(deadline - performance.now())),
    )
    this.#timer.unref()
  }
}
