/** Another node: the connection to it, or the dial that shall make one, and everything that ends with it. */
import { BeamcadeError } from '../../errors.ts'
import { FLAGS, MONITORING, hasFlags } from '../dist/flags.ts'
import type { Signal } from '../dist/signal.ts'
import { Atom } from '../etf/terms.ts'
import type { Link } from './links.ts'
import type { OutgoingMonitor, RemoteWatcher } from './monitors.ts'
import { RefTable } from './ref-table.ts'
import type { SpawnRequest } from './spawns.ts'
import type { SignalChannel } from './types.ts'

const BAD_REASON = new Atom('bad_exit_reason')

export class Remote {
  readonly name: string
  /** Undefined while dialling, and after the end. */
  channel: SignalChannel | undefined = undefined
  /** Signals that wait for the connection, in their order; undefined once it stands or failed. */
  queue: Signal[] | undefined = []
  /** What the messages in it take. */
  queueBytes = 0
  /** Why the connection ended or was not made. */
  lostBecause: BeamcadeError | undefined = undefined
  /** Ends the dial. */
  readonly abort = new AbortController()
  /** Resolves when the connection stands; rejects when there will be none. */
  readonly ready: Promise<this>
  /** The peer takes messages to aliases. */
  takesAliases = true
  /** The peer can be asked to monitor. */
  takesMonitors = true
  /** The peer speaks the link protocol with ids (OTP 23 and later). */
  takesUnlinkIds = true
  /** The peer takes requests to start processes. */
  takesSpawns = true

  /** Monitors that the other node's processes hold on ours. */
  readonly watchers = new RefTable<RemoteWatcher>()
  /** Monitors that our processes hold there. */
  readonly monitors = new Set<OutgoingMonitor>()
  readonly links = new Set<Link>()
  /** Spawn requests of ours that wait for an answer. */
  readonly spawns = new Set<SpawnRequest>()

  readonly #resolve: (remote: this) => void
  readonly #reject: (error: BeamcadeError) => void

  constructor(name: string) {
    this.name = name
    const { promise, resolve, reject } = withResolvers<this>()
    this.ready = promise
    this.#resolve = resolve
    this.#reject = reject
    // Most dials are for a signal, and nobody waits.
    promise.catch(() => undefined)
  }

  /** True until the connection stands or the dial failed. */
  get pending(): boolean {
    return this.queue !== undefined
  }

  /** Throws `too_many_watches`, which ends the connection, if the other node holds as much here as it may. */
  checkWatches(limit: number): void {
    if (this.watchers.size + this.links.size < limit) return
    throw new BeamcadeError(
      'too_many_watches',
      `${this.name} has ${limit} links and monitors here, the limit maxWatches.`,
    )
  }

  send(signal: Signal): void {
    if (this.channel !== undefined) this.channel.send(signal)
    else this.queue?.push(signal)
  }

  /** Sends a signal with an exit reason. One that is no term must not keep the others from hearing of the end. */
  sendEnd(signal: Extract<Signal, { kind: 'exit' | 'monitor_exit' }>): void {
    try {
      this.send(signal)
    } catch {
      this.send({ ...signal, reason: BAD_REASON })
    }
  }

  /** The connection stands: what waited is sent, and `failed` told what cannot be. */
  up(channel: SignalChannel, failed: (signal: Signal) => void): void {
    const waiting = this.queue ?? []
    this.queue = undefined
    this.channel = channel
    const { flags } = channel.peer
    this.takesAliases = hasFlags(flags, FLAGS.ALIAS)
    this.takesUnlinkIds = hasFlags(flags, FLAGS.UNLINK_ID)
    this.takesSpawns = hasFlags(flags, FLAGS.SPAWN)
    this.takesMonitors = hasFlags(flags, MONITORING)
    for (const signal of waiting) {
      try {
        channel.send(signal)
      } catch {
        failed(signal)
      }
    }
    this.#resolve(this)
  }

  /** There is no connection any more, or never was one. Sending does nothing from now on. */
  down(reason: BeamcadeError | undefined): void {
    this.lostBecause = reason
    this.queue = undefined
    this.channel = undefined
    this.#reject(reason ?? new BeamcadeError('noconnection', `The connection to ${this.name} ended.`))
  }
}

function withResolvers<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: BeamcadeError) => void
} {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: BeamcadeError) => void = () => undefined
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}
