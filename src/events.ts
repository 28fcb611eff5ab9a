/**
 * What the program tells about itself: names and payloads of every event, and the bus that carries them. Protocol code
 * and engines publish; `observe/` subscribes. One bus per server, so that two servers in one process stay apart.
 */

/** Event name → payload. Times are milliseconds; sizes are bytes. */
export interface EventMap {
  /** A subscriber threw; it stays subscribed. */
  'events.subscriber_failed': { event: string; error: unknown }

  // epmd, our side as a client
  /** Our node is registered; with `creation` its new pids are told from those of former lives. */
  'epmd.registered': { name: string; host: string; port: number; creation: number }
  /** epmd went away, and our name with it; registering goes on by itself. */
  'epmd.lost': { name: string; host: string; port: number; code: string; message: string }
  /** Registering again failed; the next attempt comes after `delayMs`. */
  'epmd.retry': {
    name: string
    host: string
    port: number
    attempt: number
    delayMs: number
    code: string
    message: string
  }

  // epmd, the embedded server
  'epmd.listening': { host: string; port: number }
  'epmd.name_added': { name: string; port: number; creation: number; address: string }
  'epmd.name_removed': { name: string; port: number }
  /** A connection was closed, or a name refused, for the reason in `code`. */
  'epmd.refused': { address: string; code: string; message: string }
  'epmd.stopped': { host: string; port: number }

  // distribution: connections between nodes. `address` is `host:port`; `code` one of ERROR_CODES
  /** The node accepts connections. `native` tells which accept path. */
  'dist.listening': { host: string; port: number; native: boolean }
  /** Accepting failed; it goes on after a pause. */
  'dist.accept_failed': { code: string; message: string }
  /** Another node connected to this one and proved the cookie. */
  'dist.accepted': { peer: string; address: string; hidden: boolean }
  /** This node connected to another one, which proved the cookie. */
  'dist.connected': { peer: string; address: string; hidden: boolean }
  /** A connection ended before it was one. `peer` is the name it gave, if it came so far. */
  'dist.refused': { address: string; peer?: string; code: string; message: string }
  /** A connection ended. Without `code`: the other end closed it, or this node when it was asked to. */
  'dist.closed': { peer: string; address: string; code?: string; message?: string }
  /** A signal was not sent to `peer`: why is in `code`. */
  'dist.dropped': { peer: string; kind: string; code: string; message: string }
  /** Output for this peer waits: reading from it pauses until `busy` is false again. */
  'dist.busy': { peer: string; busy: boolean; queuedBytes: number }

  // the server
  /** Everything runs. `ports` by what listens there; `node` and `epmd` are missing where only the socket is served. */
  'server.ready': { node?: string; epmd?: string; ports: Readonly<Record<string, number>> }
  /** Something that is needed is taken or not there; the next attempt comes after `delayMs`. */
  'server.waiting': { code: string; message: string; delayMs: number }
  'server.stopping': { why: string }
  'server.stopped': { ms: number }

  // gateway to Erlang, and requests of all gateways
  /** One request and what became of it. `code` is there if it failed. `peer`: the node or client that sent it. */
  'gateway.request': {
    form: RequestForm
    operation: string
    peer: string
    ms: number
    code?: string
    message?: string
  }
  /** A cast or plain message failed, or was not understood: nobody else will hear of it. `count`: how many so far. */
  'gateway.cast_failed': {
    form: RequestForm
    operation?: string
    peer: string
    code: string
    message: string
    count: number
  }
  /** A game got its process. */
  'gateway.game_started': { game: string; pid: string }
  /** A game's process ended. */
  'gateway.game_ended': { game: string; pid: string; reason: string }

  // gateway of MettaGrid's own protocol. `address` is `host:port` of the client; `code` one of ERROR_CODES
  /** Clients can connect. `token`: they have to show one. */
  'socket.listening': { host: string; port: number; native: boolean; token: boolean }
  /** Other machines can connect, too. */
  'socket.exposed': { host: string; port: number; token: boolean }
  /** Accepting failed; it goes on after a pause. */
  'socket.accept_failed': { code: string; message: string }
  /** A client may ask: it has shown its token, where one is wanted. */
  'socket.connected': { address: string }
  /** A connection ended before it could ask anything. */
  'socket.refused': { address: string; code: string; message: string }
  /** A connection ended. Without `code`: the client closed it, or the server when it was asked to. */
  'socket.closed': { address: string; code?: string; message?: string }
  /** Replies for this client wait: nothing is read from it until `busy` is false again. */
  'socket.busy': { address: string; busy: boolean; queuedBytes: number }

  // engine: games and operations
  'game.created': { game: string; engine: string }
  /** `error` is there if the game broke. */
  'game.closed': { game: string; engine: string; reason: string; error?: unknown }
  /** There is no room for more steps in the recording of a game, which goes on: its trace ends with that many. */
  'game.recording_full': { game: string; engine: string; steps: number; maxBytes: number }
  /** A game cannot give the snapshot that would spare the journal its inputs. */
  'game.no_snapshot': { game: string; engine: string; error: unknown }
  /** An operation failed by a fault of its own: its caller was answered `internal`. */
  'operation.failed': { operation: string; error: unknown }

  // threads that games live in
  /** A thread ended that was meant to go on, and with it so many games; another one takes its place. */
  'thread.lost': { thread: number; games: number; code: string; message: string }
  /** A thread is there that takes the place of one that ended. */
  'thread.replaced': { thread: number; ms: number }

  // storage: what survives a crash
  /** Games of a former life are being taken back; told now and then while that goes on. `steps`: replayed so far. */
  'storage.restoring': { games: number; total: number; steps: number }
  /** All that could be taken back is back. `steps` were replayed. */
  'storage.restored': { games: number; steps: number; refused: number; ms: number }
  /** A game of a former life is not taken back. `game` is there if its bytes still tell. */
  'storage.refused': {
    game?: string
    /** `stay`: they are tried again at the next start; `are set aside`: they are damaged, and kept for people. */
    bytes: 'stay' | 'are set aside'
    code: string
    message: string
  }
  /** A write failed; until it is `recovered`, what would change games is refused. */
  'storage.failed': { code: string; message: string; delayMs: number }
  'storage.recovered': { ms: number }

  // processes of this node
  /** A signal had no receiver: `code` is `noproc`, or why there is no connection to `peer`. */
  'node.dropped': { kind: string; peer: string; code: string }
  /** A process ended because its code threw. */
  'process.failed': { pid: string; names: readonly string[]; message: string; error: unknown }
  /** A supervised process ended and was started again; `pid` is the new one. */
  'process.restarted': { name: string; pid: string }
  /** Another node asked for a function that is not in the table. */
  'rpc.undefined': { module: string; function: string; arity: number; peer: string }
  /** Code that runs elsewhere on behalf of this node printed something. */
  'node.output': { peer: string; text: string }
}

/** How a request came: to a server, to a game, by one of OTP's ways to call a function, or by MettaGrid's own protocol. */
export type RequestForm = 'call' | 'cast' | 'plain' | 'rpc' | 'socket'

export type EventName = keyof EventMap

export interface Events {
  /** Calls the subscribers of `name` at once. A subscriber that throws is caught, counted and reported. */
  publish<N extends EventName>(name: N, payload: EventMap[N]): void
  /** True if anyone listens: ask before building a costly payload. */
  wants(name: EventName): boolean
  /** Returns the function that ends the subscription. */
  subscribe<N extends EventName>(name: N, subscriber: (payload: EventMap[N]) => void): () => void
  /** Subscribes to all events. */
  subscribeAll(subscriber: (name: EventName, payload: EventMap[EventName]) => void): () => void
  /** How many times a subscriber threw. */
  readonly failures: number
}

type Subscriber = (name: EventName, payload: EventMap[EventName]) => void

/** Makes a bus. Nobody listening costs one look into a map. */
export function createEvents(): Events {
  const byName = new Map<EventName, Set<Subscriber>>()
  const all = new Set<Subscriber>()
  let failures = 0

  function deliver(name: EventName, payload: EventMap[EventName], to: Iterable<Subscriber>): void {
    for (const subscriber of to) {
      try {
        subscriber(name, payload)
      } catch (error) {
        failures += 1
        // A failing listener of failures must not call itself for ever.
        if (name !== 'events.subscriber_failed') bus.publish('events.subscriber_failed', { event: name, error })
      }
    }
  }

  const bus: Events = {
    publish(name, payload) {
      const named = byName.get(name)
      if (named !== undefined) deliver(name, payload, [...named])
      if (all.size > 0) deliver(name, payload, [...all])
    },
    wants: (name) => all.size > 0 || byName.has(name),
    subscribe(name, subscriber) {
      const set = byName.get(name) ?? new Set<Subscriber>()
      byName.set(name, set)
      const entry: Subscriber = (_, payload) => {
        subscriber(payload as EventMap[typeof name])
      }
      set.add(entry)
      return () => {
        set.delete(entry)
        if (set.size === 0 && byName.get(name) === set) byName.delete(name)
      }
    },
    subscribeAll(subscriber) {
      const entry: Subscriber = (name, payload) => {
        subscriber(name, payload)
      }
      all.add(entry)
      return () => void all.delete(entry)
    },
    get failures() {
      return failures
    },
  }
  return bus
}
