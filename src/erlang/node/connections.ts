/**
 * The connections of a node, by the name at the other end: dials on demand, one dial for all who want the same node, and
 * settles who wins when two nodes dial each other, as `net_kernel` does.
 */
import { BeamcadeError, isBeamcadeError, messageOf } from '../../errors.ts'
import { simultaneous } from '../dist/node-name.ts'
import type { Signal } from '../dist/signal.ts'
import type { Decision } from '../dist/types.ts'
import { encode } from '../etf/encode.ts'
import { Remote } from './remote.ts'
import type { WaitingRoom } from './room.ts'
import type { Dial, NodeLimits, SignalChannel } from './types.ts'

export interface ConnectionsOptions {
  readonly self: string
  /** Makes connections; undefined: this node never dials. */
  readonly dial: Dial | undefined
  /** Nodes that replies and signals may dial as well. */
  readonly allowed: readonly string[]
  readonly limits: NodeLimits
  /** Where signals wait for a dial. */
  readonly room: WaitingRoom
  onUp(remote: Remote, channel: SignalChannel): void
  /** Everything that went over the connection is to be told. `wasUp` is false if a dial failed. */
  onDown(remote: Remote, channel: SignalChannel | undefined, reason: BeamcadeError | undefined): void
  onDropped(signal: Signal, remote: Remote, code: string): void
}

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #remotes = new Map<string, Remote>()
  #closed = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** The names of the nodes that are connected. */
  names(): string[] {
    return [...this.#remotes.values()].filter((remote) => remote.channel !== undefined).map((remote) => remote.name)
  }

  /** The node, if it is connected. */
  find(name: string): Remote | undefined {
    const remote = this.#remotes.get(name)
    return remote?.channel === undefined ? undefined : remote
  }

  /** The way to a node: connected, being dialled, or undefined if it is not to be dialled. */
  route(name: string, dial: boolean): Remote | undefined {
    const remote = this.#remotes.get(name)
    if (remote !== undefined) return remote
    if (this.#closed || this.#options.dial === undefined || name === this.#options.self) return undefined
    return dial || this.#options.allowed.includes(name) ? this.#dial(name, this.#options.dial) : undefined
  }

  /** Hands a signal to a connection, or lets it wait for the dial: not without bound. False if too much waits already. */
  send(remote: Remote, signal: Signal): boolean {
    const { room, limits } = this.#options
    if (remote.queue !== undefined && (remote.queue.length >= limits.maxQueuedSignals || room.full)) {
      this.#options.onDropped(signal, remote, 'queue_full')
      return false
    }
    if (remote.pending && 'message' in signal) {
      // What is no term is the sender's fault: it hears of it now, not nobody later.
      const { length } = encode(signal.message)
      remote.queueBytes += length
      room.take(length)
    }
    remote.send(signal)
    return true
  }

  /** The queue of a node leaves, or is forgotten. */
  #giveRoom(remote: Remote): void {
    this.#options.room.give(remote.queueBytes)
    remote.queueBytes = 0
  }

  /** What to answer a node that dials us, see `Decision`. */
  decide(name: string): Decision {
    if (this.#closed || name === this.#options.self) return 'not_allowed'
    const remote = this.#remotes.get(name)
    if (remote === undefined) return 'ok'
    if (remote.channel !== undefined) return 'alive'
    // Our own dial is not ended yet: whoever knocks has not proved the cookie. `attach` ends it.
    return simultaneous(this.#options.self, name)
  }

  /** False: a connection that we dialled is not needed any more, because the other node's came first. */
  wanted(name: string): boolean {
    return this.#remotes.get(name)?.pending === true
  }

  /** A connection stands, dialled by either side. A former one to the same node is dead: the other node says so. */
  attach(channel: SignalChannel): Remote | undefined {
    const { name } = channel.peer
    if (this.#closed) {
      channel.close(new BeamcadeError('connection_closed', `The node ${this.#options.self} stops.`))
      return undefined
    }
    let remote = this.#remotes.get(name)
    if (remote?.channel !== undefined) {
      const old = remote.channel
      this.#lose(
        remote,
        new BeamcadeError('connection_lost', `${name} connected again: the connection before is dead.`),
      )
      old.close(new BeamcadeError('connection_lost', `${name} connected again.`))
      // Who heard of the loss may have dialled already: this connection serves him.
      remote = this.#remotes.get(name)
    }
    if (remote === undefined) {
      remote = new Remote(name)
      this.#remotes.set(name, remote)
    }
    const known = remote
    this.#giveRoom(remote)
    remote.up(channel, (signal) => {
      this.#options.onDropped(signal, known, 'bad_argument')
    })
    remote.abort.abort()
    this.#options.onUp(remote, channel)
    return remote
  }

  /** A channel ended. One that was replaced is no news. */
  detach(channel: SignalChannel, reason: BeamcadeError | undefined): void {
    const remote = this.#remotes.get(channel.peer.name)
    if (remote?.channel === channel) this.#lose(remote, reason)
  }

  /** Ends the connection to a node, or the dial; what was sent still leaves. */
  disconnect(name: string, reason: BeamcadeError): void {
    const remote = this.#remotes.get(name)
    if (remote === undefined) return
    const { channel } = remote
    this.#lose(remote, reason)
    channel?.close()
  }

  /** Ends all and makes no new ones. */
  close(reason: BeamcadeError): void {
    this.#closed = true
    for (const name of [...this.#remotes.keys()]) this.disconnect(name, reason)
  }

  /** The connected node's channels. */
  channels(): SignalChannel[] {
    return [...this.#remotes.values()].flatMap((remote) => remote.channel ?? [])
  }

  #dial(name: string, dial: Dial): Remote {
    const remote = new Remote(name)
    this.#remotes.set(name, remote)
    const fail = (reason: BeamcadeError): void => {
      clearTimeout(timer)
      if (this.#remotes.get(name) === remote && remote.pending) this.#lose(remote, reason)
      remote.abort.abort()
    }
    const { dialMs } = this.#options.limits
    const timer = setTimeout(() => {
      fail(new BeamcadeError('timeout', `No connection to ${name} within ${dialMs} ms.`))
    }, dialMs)
    remote.abort.signal.addEventListener('abort', () => {
      clearTimeout(timer)
    })
    const attach = (channel: SignalChannel): void => {
      if (this.#remotes.get(name) === remote && remote.pending) this.attach(channel)
      else channel.close(new BeamcadeError('connection_closed', `A connection to ${name} is there already.`))
    }
    dial(name, remote.abort.signal, attach).catch((error: unknown) => {
      // Both dialled, and theirs stands: it arrives by `attach`, or the timer ends the wait.
      if (isBeamcadeError(error) && error.code === 'already_connecting') return
      fail(isBeamcadeError(error) ? error : new BeamcadeError('connect_failed', messageOf(error), { cause: error }))
    })
    return remote
  }

  #lose(remote: Remote, reason: BeamcadeError | undefined): void {
    const { channel, queue } = remote
    this.#remotes.delete(remote.name)
    this.#giveRoom(remote)
    remote.down(reason)
    remote.abort.abort()
    for (const signal of queue ?? []) this.#options.onDropped(signal, remote, reason?.code ?? 'noconnection')
    this.#options.onDown(remote, channel, reason)
  }
}
