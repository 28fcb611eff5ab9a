/** A node of bare connections, for tests of the distribution: keeps what comes, answers pings, echoes calls. */
import { Channel, createChallenges, dial, listen, ourFlags } from '../../src/erlang/dist/index.ts'
import type {
  ChannelOptions,
  Connection,
  Decision,
  HandshakeLimits,
  Listener,
  LocalNode,
  Signal,
} from '../../src/erlang/dist/index.ts'
import { registerNode, type Registration } from '../../src/erlang/epmd/index.ts'
import { atom, isAtom, Pid, Ref, type Term, Tuple, tuple } from '../../src/erlang/etf/terms.ts'
import type { BeamcadeError } from '../../src/errors.ts'
import { loadNative } from '../../src/native.ts'
import { createEvents, type EventMap, type EventName } from '../../src/events.ts'

/** The ways to accept: by the addon (true), where it was built, and by `net` (false). */
export function acceptPaths(): boolean[] {
  const { accept, why } = loadNative()
  if (accept !== undefined) return [true, false]
  process.stderr.write(`skipped: the native accept path, ${why}\n`)
  return [false]
}

export interface DistNodeOptions {
  name: string
  cookie?: string
  /** Register there. */
  epmdPort?: number
  native?: boolean
  flags?: bigint
  decide?: () => Decision
  limits?: Partial<HandshakeLimits>
  channel?: Partial<ChannelOptions<Channel>>
}

type Match<T> = (item: T) => boolean

/** Things that came, and who waits for some of them. */
class Inbox<T> {
  readonly all: T[] = []
  readonly #waiting = new Set<() => void>()

  add(item: T): void {
    this.all.push(item)
    for (const look of [...this.#waiting]) look()
  }

  /** The first that matches, also one that is there already. */
  find(match: Match<T>, what: string, timeoutMs?: number): Promise<T> {
    return this.#wait(() => this.all.find(match), what, timeoutMs)
  }

  /** Waits until there are `count` that match. */
  async count(count: number, match: Match<T>, what: string, timeoutMs?: number): Promise<void> {
    let looked = 0
    let found = 0
    const look = (): true | undefined => {
      for (; looked < this.all.length; looked += 1) if (match(this.all[looked] as T)) found += 1
      return found >= count ? true : undefined
    }
    await this.#wait(look, `${count} ${what}`, timeoutMs)
  }

  #wait<R>(look: () => R | undefined, what: string, timeoutMs = 10_000): Promise<R> {
    return new Promise((resolve, reject) => {
      const watcher = (): void => {
        const found = look()
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiting.delete(watcher)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(watcher)
        reject(new Error(`no ${what} within ${timeoutMs} ms, among ${this.all.length}`))
      }, timeoutMs)
      this.#waiting.add(watcher)
      watcher()
    })
  }
}

export class DistNode {
  readonly name: string
  readonly local: LocalNode
  readonly events = createEvents()
  readonly signals = new Inbox<Signal>()
  readonly happened = new Inbox<{ name: EventName; payload: EventMap[EventName] }>()
  readonly channels = new Map<string, Channel>()
  readonly closed = new Inbox<{ peer: string; reason: BeamcadeError | undefined }>()
  listener: Listener | undefined
  #registration: Registration | undefined
  readonly #options: DistNodeOptions

  private constructor(options: DistNodeOptions) {
    this.#options = options
    this.name = options.name
    this.local = {
      name: options.name,
      flags: options.flags ?? ourFlags(),
      creation: () => this.creation,
      cookie: () => options.cookie ?? 'cookie',
      challenges: createChallenges(),
    }
    this.events.subscribeAll((name, payload) => {
      this.happened.add({ name, payload })
    })
  }

  get creation(): number {
    return this.#registration?.creation ?? 77
  }

  static async start(options: DistNodeOptions): Promise<DistNode> {
    const node = new DistNode(options)
    node.listener = await listen({
      local: node.local,
      events: node.events,
      ...(options.native === undefined ? {} : { native: options.native }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      decide: options.decide ?? (() => 'ok'),
      onConnection: (connection) => node.adopt(connection),
    })
    const alive = node.name.split('@')[0] ?? ''
    if (options.epmdPort !== undefined) {
      node.#registration = await registerNode({
        host: '127.0.0.1',
        port: options.epmdPort,
        name: alive,
        nodePort: node.listener.port,
        hidden: true,
        events: node.events,
      })
    }
    return node
  }

  adopt(connection: Connection): Channel {
    const channel = new Channel(connection, {
      events: this.events,
      onSignal: (signal, from) => {
        this.signals.add(signal)
        this.#answer(signal, from)
      },
      onClose: (closing, reason) => {
        this.channels.delete(closing.peer.name)
        this.closed.add({ peer: closing.peer.name, reason })
      },
      ...this.#options.channel,
    })
    this.channels.set(channel.peer.name, channel)
    return channel
  }

  async dial(peer: string, port: number, host = '127.0.0.1'): Promise<Channel> {
    const limits = this.#options.limits === undefined ? {} : { limits: this.#options.limits }
    return this.adopt(await dial({ local: this.local, events: this.events, peer, host, port, ...limits }))
  }

  pid(id: number): Pid {
    return new Pid(this.name, id, 0, this.creation)
  }

  event<N extends EventName>(name: N, match: Match<EventMap[N]> = () => true): Promise<EventMap[N]> {
    const found = this.happened.find((one) => one.name === name && match(one.payload as EventMap[N]), name)
    return found.then((one) => one.payload as EventMap[N])
  }

  signal<K extends Signal['kind']>(kind: K): Promise<Extract<Signal, { kind: K }>> {
    return this.signals.find((one) => one.kind === kind, kind) as Promise<Extract<Signal, { kind: K }>>
  }

  /** A gen_server that echoes, under every name; net_kernel says yes. */
  #answer(signal: Signal, channel: Channel): void {
    if (signal.kind !== 'reg_send') return
    const { message } = signal
    if (!(message instanceof Tuple) || !isAtom(message.elements[0], '$gen_call')) return
    const [, from, request] = message.elements
    const [pid, tag] = from instanceof Tuple ? from.elements : []
    if (!(pid instanceof Pid) || tag === undefined || request === undefined) return
    const reply: Term = tuple(tag, signal.name === 'net_kernel' ? atom('yes') : request)
    const alias = Array.isArray(tag) ? (tag as readonly Term[])[1] : undefined
    const ref = isTail(tag) ?? alias
    if (ref instanceof Ref) channel.send({ kind: 'alias_send', from: this.pid(1), alias: ref, message: reply })
    else channel.send({ kind: 'send', from: this.pid(1), to: pid, message: reply })
  }

  async stop(): Promise<void> {
    await this.listener?.close()
    await this.#registration?.close()
    for (const channel of [...this.channels.values()]) channel.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** The alias in `[alias | Ref]`. */
function isTail(tag: Term): Ref | undefined {
  const tail = typeof tag === 'object' && tag !== null && 'tail' in tag ? tag.tail : undefined
  return tail instanceof Ref ? tail : undefined
}
