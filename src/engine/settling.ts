/** Ids whose games are about to begin or to end somewhere else: who asks for one waits until that is settled. */
import type { Answer } from './answer.ts'

export class Settling {
  readonly #open = new Map<string, Promise<void>>()

  get size(): number {
    return this.#open.size
  }

  /** Resolves when it is settled; undefined if it is. Never rejects. */
  of(id: string): Promise<void> | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(id)
  }

  /** The same of all ids. */
  all(): Promise<unknown> | undefined {
    return this.#open.size === 0 ? undefined : Promise.all(this.#open.values())
  }

  /**
   * The id is open until `work` is done and `next` was called.
   * @returns what `next` answers
   */
  add<A, T>(id: string, work: Promise<A>, next: (result: A) => Answer<T>): Promise<T> {
    const settled = work.then((result) => ({ answer: next(result) }))
    const close = (): void => {
      if (this.#open.get(id) === open) this.#open.delete(id)
    }
    const open = settled.then(close, close)
    this.#open.set(id, open)
    return settled.then(({ answer }) => answer)
  }
}
