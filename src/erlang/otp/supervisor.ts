/**
 * Keeps processes alive: one that ends is started again at once, under its name and with a new pid, before anybody who
 * watched it hears of its end. It may be stopped and killed from outside again and again; but a start that fails is tried
 * again after a pause, and so is a child that ends so often that it can only be its own fault.
 */
import { messageOf } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { type Process, showPid } from '../node/process.ts'
import { Watcher } from '../node/watcher-list.ts'

export interface ChildSpec {
  /** What it is called in events. */
  readonly name: string
  /** Makes the process, registered. */
  start(): Process
}

export interface SupervisorOptions {
  readonly events: Events
  /** Milliseconds until a start that failed is tried again; default 1000. */
  readonly retryMs?: number
  /** Restarts of one child within a second, default 100: then it waits as after a start that failed. */
  readonly maxRestarts?: number
}

const PERIOD_MS = 1000

export class Supervisor {
  readonly #events: Events
  readonly #retryMs: number
  readonly #maxRestarts: number
  /** The restarts of each child in the current second. */
  readonly #restarts = new Map<string, { since: number; count: number }>()
  readonly #children = new Map<string, Process>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopped = false

  constructor(options: SupervisorOptions) {
    this.#events = options.events
    this.#retryMs = options.retryMs ?? 1000
    this.#maxRestarts = options.maxRestarts ?? 100
  }

  /** Starts a child. What its first start throws goes to the caller. */
  add(spec: ChildSpec): Process {
    const process = spec.start()
    this.#watch(spec, process)
    return process
  }

  /** The living process of a child. */
  child(name: string): Process | undefined {
    return this.#children.get(name)
  }

  /** Restarts nothing any more. The children live on. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #watch(spec: ChildSpec, process: Process): void {
    this.#children.set(spec.name, process)
    const ended = (): void => {
      this.#children.delete(spec.name)
      if (this.#tooOften(spec.name)) this.#later(spec)
      else this.#restart(spec)
    }
    // A watcher, not a message: there is no moment in which the name is free.
    if (!process.ended) process.watchers.add(new ChildWatcher(ended))
    // It stopped itself when it was started.
    else ended()
  }

  #restart(spec: ChildSpec): void {
    if (this.#stopped) return
    try {
      const process = spec.start()
      this.#watch(spec, process)
      this.#events.publish('process.restarted', { name: spec.name, pid: showPid(process.pid) })
    } catch (error) {
      this.#events.publish('process.failed', { pid: '', names: [spec.name], message: messageOf(error), error })
      this.#later(spec)
    }
  }

  #later(spec: ChildSpec): void {
    if (this.#stopped) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#restart(spec)
    }, this.#retryMs)
    this.#timers.add(timer)
  }

  #tooOften(name: string): boolean {
    const now = performance.now()
    const known = this.#restarts.get(name)
    if (known === undefined || now - known.since > PERIOD_MS) {
      this.#restarts.set(name, { since: now, count: 1 })
      return false
    }
    known.count += 1
    return known.count > this.#maxRestarts
  }
}

class ChildWatcher extends Watcher {
  readonly fire: () => void
  constructor(fire: () => void) {
    super()
    this.fire = fire
  }
}
