/**
 * A home whose answers are promised: what is asked is done when the test says so, in the order in which it was asked. For
 * tests of what is around games that live elsewhere.
 *
 * ```ts
 * const home = new LaterHome(events)
 * const answer = registry.step(counter, 'a', 1)   // a promise
 * await home.work()                               // now it is done
 * home.lose(new Error('the thread ended'))        // all places are gone
 * ```
 */
import { LocalHome, RecordingRoom, type Home, type Place, type Plan } from '../../src/engine/index.ts'
import { BeamcadeError } from '../../src/errors.ts'
import type { Events } from '../../src/events.ts'

interface Request {
  readonly run: () => void
  readonly refuse: (error: Error) => void
}

export class LaterHome implements Home {
  readonly #local: LocalHome
  readonly places = new Set<LaterPlace>()
  #queue: Request[] = []

  constructor(events: Events) {
    this.#local = new LocalHome({ events, room: new RecordingRoom(1e6) })
  }

  /** What was asked and not done. */
  get waiting(): number {
    return this.#queue.length
  }

  make(plan: Plan): Promise<Place> {
    return this.ask(() => {
      const place = new LaterPlace(this, this.#local.make(plan))
      this.places.add(place)
      return place
    })
  }

  ask<T>(work: () => unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = (): void => {
        // What is thrown in there rejects it.
        const done = new Promise<unknown>((give) => {
          give(work())
        })
        resolve(done as Promise<T>)
      }
      this.#queue.push({ run, refuse: reject })
    })
  }

  /** Does what was asked so far, and lets those who asked go on. @param most so many requests */
  async work(most = Infinity): Promise<void> {
    for (const { run } of this.#queue.splice(0, most)) run()
    await settle()
  }

  /** What was asked so far waits until what this returns is called; what comes after it may be done before. */
  hold(): () => void {
    const held = this.#queue.splice(0)
    return () => {
      this.#queue.unshift(...held)
    }
  }

  /** Does everything, also what comes of it. */
  async workAll(): Promise<void> {
    do await this.work()
    while (this.#queue.length > 0)
  }

  /** All places are gone, and all that was asked of them. */
  lose(error: Error): void {
    const lost = new BeamcadeError('game_lost', error.message)
    const queue = this.#queue.splice(0)
    for (const place of this.places) place.lose(lost)
    this.places.clear()
    for (const { refuse } of queue) refuse(lost)
  }

  close(): void {
    for (const { refuse } of this.#queue.splice(0)) refuse(new BeamcadeError('node_stopped'))
  }
}

class LaterPlace implements Place {
  readonly #home: LaterHome
  readonly #place: Place
  #last: Promise<unknown> = Promise.resolve()
  onLost?: (error: Error) => void

  constructor(home: LaterHome, place: Place) {
    this.#home = home
    this.#place = place
  }

  #ask<T>(work: (place: Place) => unknown): Promise<T> {
    const answer = this.#home.ask<T>(() => work(this.#place))
    this.#last = answer.catch(() => undefined)
    return answer
  }

  step = (input: unknown) => this.#ask<unknown>((place) => place.step(input))
  advance = <T>(input: unknown, show: (view: unknown) => T) => this.#ask<T>((place) => place.advance(input, show))
  stepMany = (inputs: readonly unknown[], options: unknown) =>
    this.#ask<{ steps: number }>((place) => place.stepMany(inputs, options))
  look = <T>(show: (view: unknown) => T) => this.#ask<T>((place) => place.look(show))
  ask = (method: string, args: readonly unknown[]) => this.#ask<unknown>((place) => place.ask(method, args))
  replay = (inputs: readonly unknown[], first: number) => this.#ask<undefined>((place) => place.replay(inputs, first))
  trace = () => this.#ask<string | undefined>((place) => place.trace())

  async settled(): Promise<void> {
    await this.#last
  }

  close(): Promise<void> {
    this.#home.places.delete(this)
    return this.#ask((place) => place.close())
  }

  lose(error: Error): void {
    this.onLost?.(error)
  }
}

/** Everything that can go on without new events has gone on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
