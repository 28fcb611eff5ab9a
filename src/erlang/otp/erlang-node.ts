/** A node of an Erlang cluster: everything put together. The public face of `beamcade/erlang`. */
import { BeamcadeError } from '../../errors.ts'
import { type Events, createEvents } from '../../events.ts'
import { Channel } from '../dist/channel.ts'
import { createChallenges } from '../dist/cookie.ts'
import { dial } from '../dist/dialer.ts'
import { ourFlags } from '../dist/flags.ts'
import { listen } from '../dist/listener.ts'
import { type Connection, Gathering, type Listener, type LocalNode, type Peer } from '../dist/types.ts'
import { Atom, type Pid, type Ref, type Term, isAtom, tuple } from '../etf/terms.ts'
import { NodeCore } from '../node/core.ts'
import type { Process } from '../node/process.ts'
import type { Destination, DialChoice, NodeListener, ProcessHandler, SpawnOptions, Target } from '../node/types.ts'
import { A } from './atoms.ts'
import { type RequestOptions, call, cast, waitFor } from './call.ts'
import { serveSpawns } from './erpc.ts'
import { functionTable } from './functions.ts'
import type { GenServer } from './gen-server.ts'
import { GenServerHandler } from './gen-server-handler.ts'
import { GroupLeader } from './group-leader.ts'
import { NameService } from './name-service.ts'
import { NetKernel } from './net-kernel.ts'
import { type NodeOptions, checkOptions, cookieFor } from './options.ts'
import { remoteCall, remoteSpawn } from './remote-call.ts'
import { Rex } from './rpc.ts'
import { Supervisor } from './supervisor.ts'

/** How long `stop` waits for what was sent to arrive. Who does not read must not keep a program from ending soon. */
const FLUSH_MS = 500

/** What is known of a connected node. */
export interface PeerInfo extends Peer {
  /** Bytes that wait to be written to it. */
  readonly queuedBytes: number
}

export class ErlangNode {
  readonly name: string
  readonly events: Events
  /** Keeps `net_kernel` and `rex` alive; servers that shall come back like them can join. */
  readonly supervisor: Supervisor
  /** @internal */
  readonly core: NodeCore
  readonly #listener: Listener
  readonly #names: NameService
  #client: Process | undefined = undefined
  #stopped: Promise<void> | undefined = undefined

  private constructor(core: NodeCore, parts: { listener: Listener; names: NameService; options: NodeOptions }) {
    this.core = core
    this.name = core.identity.name
    this.events = core.events
    this.#listener = parts.listener
    this.#names = parts.names
    this.supervisor = new Supervisor({ events: this.events })
    const executor = { functions: parts.options.functions ?? functionTable({}), events: this.events }
    this.supervise('user', () => new GroupLeader())
    this.supervise('net_kernel', () => new NetKernel())
    this.supervise('rex', () => new Rex(executor))
    serveSpawns(core, executor)
  }

  /**
   * Starts a node: it listens, registers at epmd (or brings one), and answers pings. Errors: `bad_node_name`, `bad_config`,
   * `listen_failed`, `name_taken`, `epmd_unreachable` and what else epmd can say.
   */
  static async start(options: NodeOptions): Promise<ErlangNode> {
    const self = checkOptions(options)
    const events = options.events ?? eventsWithWarnings()
    const { hidden = true, distMonitor = true, limits } = options
    let core: NodeCore | undefined = undefined as NodeCore | undefined
    const local: LocalNode = {
      name: self.name,
      flags: ourFlags({ hidden, distMonitor }),
      creation: () => core?.identity.creation ?? 0,
      cookie: (peer) => cookieFor(options.cookie, peer),
      challenges: createChallenges(),
    }
    const common = { local, events, ...(limits === undefined ? {} : { limits }) }
    const gathering = new Gathering()
    const channelOf = (connection: Connection): Channel =>
      new Channel(connection, {
        ...common,
        gathering,
        ...(options.tickMs === undefined ? {} : { tickMs: options.tickMs }),
        onSignal: (signal, channel) => core?.receive(signal, channel),
        onClose: (channel, reason) => core?.connections.detach(channel, reason),
      })
    const listener = await listen({
      ...common,
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      ...(options.native === undefined ? {} : { native: options.native }),
      decide: (caller) => core?.connections.decide(caller.name) ?? 'not_allowed',
      onConnection: (connection) => {
        const channel = channelOf(connection)
        core?.connections.attach(channel)
      },
    })
    let names: NameService
    try {
      names = await NameService.start(self, listener.port, events, options)
    } catch (error) {
      await listener.close()
      throw error
    }
    core = new NodeCore({
      name: self.name,
      creation: names.creation,
      events,
      allowed: options.dial === undefined || options.dial === 'none' ? [] : options.dial,
      limits,
      async dial(peer, signal, attach) {
        const address = await names.find(peer, signal)
        const wanted = (): boolean => core?.connections.wanted(peer) === true
        const connection = await dial({ ...common, ...address, peer, signal, wanted })
        attach(channelOf(connection))
      },
    })
    return new ErlangNode(core, { listener, names, options })
  }

  /** Tells this life of the node from those before; part of every pid. */
  get creation(): number {
    return this.core.identity.creation
  }

  /** Where other nodes connect to. */
  get port(): number {
    return this.#listener.port
  }

  /** The port of epmd, and whether it is our own. */
  get epmd(): { port: number; embedded: boolean } | undefined {
    const { epmdPort: port, embedded } = this.#names
    return port === undefined ? undefined : { port, embedded }
  }

  // Processes

  /** Starts a process: `init` gets it and returns what handles its messages. */
  spawn(init: (process: Process) => ProcessHandler, options?: SpawnOptions): Process {
    this.#check()
    return this.core.spawn(init, options)
  }

  /** Starts a server, registered under `name` if given. What its `init` throws goes to the caller. */
  startServer<S extends GenServer>(server: S, options?: SpawnOptions): S {
    this.spawn((process) => {
      server.attach(this, process)
      const work = server.init?.()
      if (work !== undefined) process.wait(work)
      return new GenServerHandler(server, process)
    }, options)
    return server
  }

  /** Starts a server that comes back under its name whenever it ends, each time made anew. */
  supervise(name: string, make: () => GenServer, options: SpawnOptions = {}): void {
    this.supervisor.add({ name, start: () => this.startServer(make(), { ...options, name }).process })
  }

  register(name: string, process: Process): void {
    this.core.register(name, process)
  }

  unregister(name: string): boolean {
    return this.core.unregister(name)
  }

  whereis(name: string): Process | undefined {
    return this.core.find(name)
  }

  /** The process of this node that a pid means, while it lives. */
  find(pid: Pid): Process | undefined {
    return pid.node === this.name ? this.core.find(pid) : undefined
  }

  registered(): string[] {
    return this.core.names()
  }

  makeRef(): Ref {
    return this.core.identity.makeRef()
  }

  // Talking to processes, here and elsewhere

  /** Sends a message. A name on another node is dialled; a pid or an alias only if it is connected or `dial` says so. */
  send(to: Destination, message: Term, options: DialChoice & { from?: Process } = {}): void {
    this.#check()
    this.core.send(to, message, options.from, options)
  }

  /**
   * `GenServer.call`, to any `gen_server` of any node. Errors: `timeout` (5 s unless given), `aborted`, `noproc`,
   * `noconnection`, `exited` (its cause has the reason).
   */
  async call(to: Target, request: Term, options: RequestOptions = {}): Promise<Term> {
    this.#check()
    return call(options.from ?? this.#clientProcess(), to, request, options)
  }

  /** `GenServer.cast`. */
  cast(to: Target, request: Term, options: DialChoice & { from?: Process } = {}): void {
    this.#check()
    cast(options.from ?? this.#clientProcess(), to, request, options.dial)
  }

  /** `:erpc.call`: runs a function on another node. Errors: `remote_error`, `timeout`, `aborted`, `noconnection`, `exited`. */
  async rpc(
    node: string,
    module: string,
    name: string,
    args: readonly Term[],
    options: RequestOptions = {},
  ): Promise<Term> {
    this.#check()
    return remoteCall(options.from ?? this.#clientProcess(), node, [module, name, args], options)
  }

  /**
   * Starts a process on another node that runs a function there (`spawn_link`, `spawn_monitor`). Link and monitor are those
   * of the process `from`; its monitor is `ref`. Errors: `noconnection`, `remote_error`.
   */
  async spawnAt(
    node: string,
    module: string,
    name: string,
    args: readonly Term[],
    options: { from: Process; link?: boolean; monitor?: boolean; dial?: boolean },
  ): Promise<{ pid: Pid; ref: Ref }> {
    this.#check()
    return remoteSpawn(options.from, node, [module, name, args], options)
  }

  // Other nodes

  /** Connects to a node; nothing to do if it is. */
  async connect(node: string, options: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<void> {
    this.#check()
    const remote = this.core.connections.route(node, true)
    if (remote === undefined) throw new BeamcadeError('noconnection', `${node} cannot be dialled from ${this.name}.`)
    await waitFor(`A connection to ${node} was asked for`, { timeoutMs: Infinity, ...options }, (settle) => {
      remote.ready.then(
        () => {
          settle(undefined, null)
        },
        (error: unknown) => {
          settle(error as BeamcadeError, null)
        },
      )
      return () => undefined
    })
  }

  /** Ends the connection to a node: links and monitors over it get `noconnection`. */
  disconnect(node: string): void {
    this.core.connections.disconnect(
      node,
      new BeamcadeError('connection_closed', `${this.name} disconnects from ${node}.`),
    )
  }

  /** True if the node can be reached and answers (`Node.ping`). */
  async ping(node: string, options: RequestOptions = {}): Promise<boolean> {
    if (node === this.name) return true
    try {
      const request = tuple(A.is_auth, new Atom(this.name))
      return isAtom(await this.call({ name: 'net_kernel', node }, request, options), 'yes')
    } catch {
      return false
    }
  }

  /** The names of the nodes that are connected. */
  nodes(): string[] {
    return this.core.connections.names()
  }

  peerInfo(node: string): PeerInfo | undefined {
    const channel = this.core.connections.find(node)?.channel
    return channel === undefined ? undefined : { ...channel.peer, queuedBytes: channel.queuedBytes }
  }

  /** Resolves when little enough waits to be written to a node. At once if it is not connected. */
  async drained(node: string, signal?: AbortSignal): Promise<void> {
    await this.core.connections.find(node)?.channel?.drained(signal)
  }

  /** Tells when nodes come and go. Returns the function that ends it. */
  onNode(listener: NodeListener): () => void {
    return this.core.onNode(listener)
  }

  // The end

  /** Accepts no more connections. Those that stand live on. */
  stopAccepting(): Promise<void> {
    return this.#listener.close()
  }

  /**
   * Stops in order: accepts no more, ends all processes (`shutdown`: who is linked or watches is told), lets what was
   * sent leave, closes the connections, frees the name at epmd. The program may exit then: everything that the other nodes
   * took within half a second is theirs.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    await this.#listener.close()
    this.supervisor.stop()
    for (const process of this.core.processes().reverse()) process.exit(A.shutdown)
    const channels = this.core.connections.channels()
    const over = AbortSignal.timeout(FLUSH_MS)
    const tooLong = new Promise((resolve) => {
      over.addEventListener('abort', resolve)
    })
    await Promise.allSettled(channels.map((channel) => channel.flushed(over)))
    this.core.connections.close(new BeamcadeError('node_stopped', `The node ${this.name} stops.`))
    // A socket that is closed while input waits in it takes back what the other end has not read.
    await Promise.race([tooLong, Promise.all(channels.map((channel) => channel.gone))])
    await this.#names.stop()
  }

  #check(): void {
    if (this.#stopped !== undefined) throw new BeamcadeError('node_stopped', `The node ${this.name} was stopped.`)
  }

  /** The process in whose name the node itself asks. */
  #clientProcess(): Process {
    if (this.#client?.alive !== true) {
      this.#client = this.core.spawn(() => ({ message: () => undefined }), { trapExit: true })
    }
    return this.#client
  }
}

/** Where nobody listens, a process that fails shall not do so in silence: Node warns on standard error. */
function eventsWithWarnings(): Events {
  const events = createEvents()
  events.subscribe('process.failed', ({ pid, names, message }) => {
    const who = names.length === 0 ? pid : `${names.join(', ')} (${pid})`
    process.emitWarning(`The process ${who} ended: ${message}`, { code: 'process_failed' })
  })
  return events
}
