/** The place of one game in a thread, as the registry sees it. */
import type { ManySteps, Place } from '../engine/index.ts'
import type { RequestName } from './protocol.ts'
import type { GameThread } from './thread.ts'

export class ThreadPlace implements Place {
  /** Its number in the thread. */
  readonly number: number
  readonly id: string
  readonly #thread: GameThread
  #last: Promise<unknown> | undefined
  #lost: Error | undefined
  #onLost: ((error: Error) => void) | undefined
  #closed = false

  constructor(thread: GameThread, number: number, id: string) {
    this.#thread = thread
    this.number = number
    this.id = id
  }

  set onLost(listener: (error: Error) => void) {
    this.#onLost = listener
    const error = this.#lost
    if (error === undefined) return
    queueMicrotask(() => {
      this.lose(error)
    })
  }

  step(input: unknown): Promise<unknown> {
    return this.#ask('step', [input])
  }

  advance<T>(input: unknown, show: (view: unknown) => T): Promise<T> {
    return this.#ask('advance', [input], show)
  }

  stepMany(inputs: readonly unknown[], options: unknown): Promise<ManySteps> {
    return this.#ask('stepMany', [inputs, options])
  }

  look<T>(show: (view: unknown) => T): Promise<T> {
    return this.#ask('look', [], show)
  }

  ask(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#ask('ask', [method, args])
  }

  replay(inputs: readonly unknown[], first: number): Promise<void> {
    return this.#ask('replay', [inputs, first])
  }

  trace(): Promise<string | undefined> {
    return this.#ask('trace', [])
  }

  settled(): Promise<void> | undefined {
    return this.#last?.then(nothing, nothing)
  }

  close(): Promise<void> {
    this.#closed = true
    return this.#thread.release(this)
  }

  /** The thread ended. */
  lose(error: Error): void {
    this.#lost = error
    if (!this.#closed) this.#onLost?.(error)
  }

  /** @throws BeamcadeError `not_sendable`, `game_lost` */
  #ask<T>(name: RequestName, args: readonly unknown[], read?: (value: unknown) => T): Promise<T> {
    const answer = this.#thread.request(this.number, name, args, read)
    this.#last = answer
    return answer
  }
}

function nothing(): void {
  // It does not matter what became of it.
}
