/**
 * Who is told when a process ends, in the order they came. Every call that another node makes adds a watcher and takes
 * it away again, so they are chained to each other: neither costs a search, or memory beside the watcher itself.
 */
import type { Term } from '../etf/terms.ts'

/** Is told of the end of a process; in one list at most. */
export abstract class Watcher {
  /** @internal Kept by the list that it is in. */
  list: WatcherList | undefined = undefined
  /** @internal */
  before: Watcher | undefined = undefined
  /** @internal */
  after: Watcher | undefined = undefined

  /** The watched process ended: takes itself out of all tables but that process's. */
  abstract fire(reason: Term): void
}

export class WatcherList {
  #first: Watcher | undefined = undefined
  #last: Watcher | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  add(watcher: Watcher): void {
    watcher.list = this
    watcher.before = this.#last
    if (this.#last === undefined) this.#first = watcher
    else this.#last.after = watcher
    this.#last = watcher
    this.#size += 1
  }

  /** Does nothing if it is not in this list (any more). */
  delete(watcher: Watcher): void {
    if (watcher.list !== this) return
    const { before, after } = watcher
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    watcher.list = watcher.before = watcher.after = undefined
    this.#size -= 1
  }

  /** Takes all of them out and returns them in their order. */
  takeAll(): Watcher[] {
    const all: Watcher[] = []
    for (let first = this.#first; first !== undefined; first = this.#first) {
      all.push(first)
      this.delete(first)
    }
    return all
  }
}
