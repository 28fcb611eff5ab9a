/**
 * Nodes without sockets: cores that dial each other in memory. Signals travel by microtasks, in order; with `manual`, only
 * when the test says so, which is how the orders that a network can bring about are tried.
 *
 * ```ts
 * const network = new MemoryNetwork()
 * const [a, b] = [network.core('a@x'), network.core('b@x')]
 * await connect(a, 'b@x')
 * ```
 */
import './terms.ts'
import type { BeamcadeError } from '../../src/errors.ts'
import { BeamcadeError as Failure } from '../../src/errors.ts'
import { createEvents } from '../../src/events.ts'
import { ourFlags } from '../../src/erlang/dist/flags.ts'
import type { Signal } from '../../src/erlang/dist/signal.ts'
import type { Peer } from '../../src/erlang/dist/types.ts'
import { type CoreOptions, NodeCore } from '../../src/erlang/node/core.ts'
import type { Process } from '../../src/erlang/node/process.ts'
import type { SignalChannel, SpawnOptions } from '../../src/erlang/node/types.ts'
import { Pid, Ref, type Term } from '../../src/erlang/etf/terms.ts'

export class MemoryChannel implements SignalChannel {
  readonly peer: Peer
  readonly queuedBytes = 0
  readonly gone = Promise.resolve()
  /** Everything that was sent. */
  readonly sent: Signal[] = []
  other: MemoryChannel | undefined = undefined
  readonly #core: NodeCore
  readonly #manual: boolean
  readonly #queue: Signal[] = []
  closed = false

  constructor(core: NodeCore, peer: Peer, manual: boolean) {
    this.#core = core
    this.peer = peer
    this.#manual = manual
  }

  send(signal: Signal): void {
    if (this.closed) return
    this.sent.push(signal)
    this.other?.take(signal)
  }

  /** Signals that are on their way to this end. */
  get waiting(): number {
    return this.#queue.length
  }

  take(signal: Signal): void {
    this.#queue.push(signal)
    if (!this.#manual) queueMicrotask(() => void this.deliver())
  }

  /** Hands the next signal to the core at this end; false if there is none. */
  deliver(): boolean {
    const signal = this.#queue.shift()
    if (signal === undefined || this.closed) return false
    try {
      this.#core.receive(signal, this)
    } catch (error) {
      this.close(error as BeamcadeError)
    }
    return true
  }

  close(reason?: BeamcadeError): void {
    if (this.closed) return
    this.closed = true
    this.#core.connections.detach(this, reason)
    const { other } = this
    if (other !== undefined)
      queueMicrotask(() => {
        // What was sent before arrives before.
        while (other.deliver());
        other.close()
      })
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  flushed(): Promise<void> {
    return Promise.resolve()
  }
}

export interface MemoryOptions extends Partial<CoreOptions> {
  flags?: bigint
}

export class MemoryNetwork {
  readonly #cores = new Map<string, { core: NodeCore; flags: bigint }>()
  readonly #manual: boolean
  /** How often each node was dialled. */
  readonly dials = new Map<string, number>()
  /** Nodes that do not answer. */
  readonly unreachable = new Set<string>()
  /** Both ends of the newest connection. */
  ends: [MemoryChannel, MemoryChannel] | undefined = undefined

  constructor({ manual = false } = {}) {
    this.#manual = manual
  }

  core(name: string, { flags = ourFlags(), ...options }: MemoryOptions = {}): NodeCore {
    const core: NodeCore = new NodeCore({
      name,
      creation: 100 + this.#cores.size,
      events: createEvents(),
      dial: (peer, _, attach) => this.#dial(core, peer, attach),
      ...options,
    })
    this.#cores.set(name, { core, flags })
    return core
  }

  /** Joins two nodes, as if `from` had dialled and the other had let it in. */
  join(from: NodeCore, to: NodeCore): [MemoryChannel, MemoryChannel] {
    const flags = (this.#cores.get(from.identity.name)?.flags ?? 0n) & (this.#cores.get(to.identity.name)?.flags ?? 0n)
    const here = new MemoryChannel(from, peerOf(to, flags), this.#manual)
    const there = new MemoryChannel(to, peerOf(from, flags), this.#manual)
    here.other = there
    there.other = here
    this.ends = [here, there]
    return this.ends
  }

  async #dial(from: NodeCore, peer: string, attach: (channel: SignalChannel) => void): Promise<void> {
    this.dials.set(peer, (this.dials.get(peer) ?? 0) + 1)
    await Promise.resolve()
    const target = this.#cores.get(peer)?.core
    if (target === undefined || this.unreachable.has(peer)) {
      throw new Failure('connect_failed', `Nobody is at ${peer}.`)
    }
    const decision = target.connections.decide(from.identity.name)
    if (decision === 'nok') throw new Failure('already_connecting')
    if (decision === 'not_allowed') throw new Failure('not_allowed')
    const [here, there] = this.join(from, target)
    target.connections.attach(there)
    attach(here)
  }
}

function peerOf(core: NodeCore, flags: bigint): Peer {
  const { name, creation } = core.identity
  return { name, creation, flags, hidden: true, address: 'memory' }
}

/** Connects `core` to a node. */
export async function connect(core: NodeCore, name: string): Promise<void> {
  await core.connections.route(name, true)?.ready
}

/** Lets everything that is under way arrive. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A process that keeps what it gets. */
export interface Recorder {
  readonly process: Process
  readonly messages: Term[]
  /** The reason with which it ended; undefined while it lives. */
  reason: Term | undefined
}

export function recorder(core: NodeCore, options?: SpawnOptions): Recorder {
  const messages: Term[] = []
  const record: { process?: Process; messages: Term[]; reason: Term | undefined } = { messages, reason: undefined }
  record.process = core.spawn(
    () => ({
      message: (message) => void messages.push(message),
      terminate: (reason) => {
        record.reason = reason
      },
    }),
    options,
  )
  return record as Recorder
}

/** A pid of `node` that no process has. */
export function strangePid(core: NodeCore): Pid {
  return new Pid(core.identity.name, 99_999_999, 0, core.identity.creation)
}

export function refOf(node: string, ...words: number[]): Ref {
  return new Ref(node, 1, words)
}
