/** The composition root: builds everything in order, stops it in reverse, and decides nothing. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { dirname, extname } from 'node:path'
import { parseAddress, SOCKET_ADDRESS, type Config } from './config.ts'
import { Registry, restoreGames, Router, type Engine, type Home, type Operation } from './engine/index.ts'
import { DEFAULT_LIMITS, type Limits, type MettagridEngine } from './engines/mettagrid/index.ts'
import { BeamcadeError, messageOf } from './errors.ts'
import { createEvents, type Events } from './events.ts'
import { ErlangNode } from './erlang/index.ts'
import { ErlangGateway } from './gateways/erlang/index.ts'
import { SocketGateway } from './gateways/socket/index.ts'
import { buildParts } from './server/parts.ts'
import type { GameStore } from './storage/index.ts'
import { ThreadHome } from './threads/index.ts'

export { buildParts, describeTable, type Parts } from './server/parts.ts'

/** A running server. */
export interface Server {
  readonly config: Config
  readonly events: Events
  readonly node: ErlangNode
  readonly router: Router
  readonly registry: Registry
  /** Where epmd is, `host:port`, and whether it is our own. */
  readonly epmd: { readonly address: string; readonly embedded: boolean }
  /** What listens where: `dist`, `epmd` if it is our own, `socket` if it is served. */
  readonly ports: Readonly<Record<string, number>>
  /** Stops in order: answers what it can, ends games and links with a reason, frees the name. A second call joins the first. */
  stop(why?: string): Promise<void>
}

/** A server without a node: it serves MettaGrid's own protocol and nothing else. */
export type SocketServer = Omit<Server, 'node' | 'epmd'>

export interface ServerOptions {
  /** The bus to tell on; a new one unless given. */
  events?: Events
  /** Ends the start. */
  signal?: AbortSignal
  /** Modules of the user's own, besides those that `load` names. */
  extensions?: readonly (Operation | Engine)[]
}

const LOOPBACK = '127.0.0.1'
/** Milliseconds that requests get to be answered when the server stops. */
const DRAIN_MS = 500

/** The settings that limit a game. */
function gameLimits(config: Config): Limits {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]
  return Object.fromEntries(names.map((name) => [name, config[name]])) as Record<keyof Limits, number>
}

/**
 * Starts a server; when the promise resolves, it answers, and the games of its former life are back.
 * @throws BeamcadeError what was in the way: `port_taken`, `name_taken`, `epmd_unreachable`, `listen_failed`,
 *   `token_needed`, `bad_module`, `bad_config`, `data_in_use`, `bad_data`
 */
export async function createServer(config: Config, options: ServerOptions = {}): Promise<Server> {
  const games = await openGames(config, options)
  try {
    return await startServer(config, options, games)
  } catch (error) {
    await games.close()
    throw error
  }
}

/**
 * Starts a server that is no node: MettaGrid's own protocol at `config.socket`, or at 127.0.0.1:5858.
 * @throws BeamcadeError like {@link createServer}
 */
export async function createSocketServer(config: Config, options: ServerOptions = {}): Promise<SocketServer> {
  const games = await openGames(config, options)
  const { router, registry, events } = games
  let socket: SocketGateway
  try {
    socket = await serveSocket(config, games)
  } catch (error) {
    await games.close()
    throw error
  }
  const ports = { socket: socket.port }
  events.publish('server.ready', { ports })
  const stop = stopper(events, async () => {
    socket.stopAccepting()
    await socket.drain(DRAIN_MS)
    socket.stop()
    await games.close()
  })
  return { config, events, router, registry, ports, stop }
}

/** Games, and what can be called of them, without a node. */
export interface Games {
  readonly router: Router
  readonly registry: Registry
  readonly events: Events
  readonly mettagrid: MettagridEngine
  /** Ends what is in memory; what is kept stays kept. */
  close(): Promise<void>
}

/**
 * What a server has but its node; when the promise resolves, the games of its former life are back.
 * @throws BeamcadeError `bad_module`, `bad_config`, `data_in_use`, `bad_data`
 */
export async function openGames(config: Config, options: ServerOptions = {}): Promise<Games> {
  const events = options.events ?? createEvents()
  const { operations, engines, mettagrid } = await buildParts(config.load, options.extensions, gameLimits(config))
  const journal = await openJournal(config, events)
  const { maxGames, maxRecordedBytes, maxValueDepth: maxDepth } = config
  let home: Home | undefined
  try {
    home = await openThreads(config, events)
  } catch (error) {
    await journal?.close()
    throw error
  }
  const registry = new Registry({ events, maxGames, maxRecordedBytes, journal, engines, home })
  if (journal !== undefined) {
    const restore = (): Promise<void> => restoreGames({ registry, events, journal, signal: options.signal })
    journal.reopened = restore
    try {
      await restore()
    } catch (error) {
      await registry.home.close()
      await journal.close()
      throw error
    }
  }
  return {
    router: new Router({ operations, registry, events, maxDepth }),
    registry,
    events,
    mettagrid,
    async close() {
      registry.closeAll('shutdown')
      await registry.home.close()
      await journal?.close()
    },
  }
}

/** What the games are kept in, if they are. */
async function openJournal(config: Config, events: Events): Promise<GameStore | undefined> {
  const { data: folder, durability = 'async', snapshotEvery } = config
  if (folder === undefined) return undefined
  prepareFolder(folder)
  if (durability === 'none') return undefined
  // A server that keeps nothing does not need the database to be there.
  const { GameStore } = await import('./storage/index.ts')
  return GameStore.open({ folder, durability, snapshotEvery, events })
}

/** The threads that games live in, if they do not live here. */
async function openThreads(config: Config, events: Events): Promise<Home | undefined> {
  const { workers, load, maxThreadMemory: maxMemory, maxRecordedBytes } = config
  if (workers === 0) return undefined
  const module = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
  const limits = { ...gameLimits(config) }
  return ThreadHome.start({ module, workers, load, limits, maxMemory, maxRecordedBytes, events })
}

/** MettaGrid's own protocol, where the configuration says, or in its usual place. */
function serveSocket(config: Config, { router, events, mettagrid }: Games): Promise<SocketGateway> {
  const { host, port } = parseAddress(config.socket ?? '') ?? SOCKET_ADDRESS
  return SocketGateway.start({
    router,
    engine: mettagrid,
    events,
    host,
    port,
    token: config.socketToken?.reveal(),
    insecure: config.insecure,
    limits: {
      maxFrameBytes: config.maxSocketFrameBytes,
      maxParts: config.maxSocketParts,
      maxCells: config.maxCells,
      maxConnections: config.maxSocketConnections,
      maxPending: config.maxSocketPending,
      maxQueuedBytes: config.maxSocketQueuedBytes,
      highWaterBytes: config.highWaterBytes,
      stallMs: config.socketStallMs,
      maxGreetingBytes: config.maxHandshakeBytes,
      greetingMs: config.handshakeMs,
    },
  })
}

async function startServer(config: Config, options: ServerOptions, games: Games): Promise<Server> {
  const { router, registry, events } = games
  const { register, maxValueDepth, maxWaiting } = config
  const gateway = new ErlangGateway({ router, events, register, maxValueDepth, maxWaiting })
  const host = config.host ?? (await addressOf(config.node))
  const addresses = epmdAddresses(config, host)
  const node = await ErlangNode.start({
    name: config.node,
    cookie: config.cookie.reveal(),
    host,
    port: config.distPort,
    epmd: { ...addresses, port: config.epmdPort, embed: config.epmd },
    dial: config.dial,
    distMonitor: config.distMonitor,
    functions: gateway.functions,
    events,
    tickMs: config.tickMs,
    limits: {
      maxFrameBytes: config.maxFrameBytes,
      maxInflatedBytes: config.maxInflatedBytes,
      maxTermMemory: config.maxTermMemory,
      maxDepth: config.maxDepth,
      highWaterBytes: config.highWaterBytes,
      maxQueuedBytes: config.maxQueuedBytes,
      maxProcesses: config.maxProcesses,
      maxConnections: config.maxConnections,
      maxPending: config.maxPending,
      handshakeMs: config.handshakeMs,
      maxHandshakeBytes: config.maxHandshakeBytes,
      maxMailbox: config.maxMailbox,
      maxWaitingBytes: config.maxWaitingBytes,
      maxWatches: config.maxWatches,
      maxQueuedSignals: config.maxQueuedSignals,
      dialMs: config.dialMs,
    },
    ...(options.signal !== undefined && { signal: options.signal }),
  })
  let socket: SocketGateway | undefined
  try {
    gateway.start(node)
    if (config.socket !== undefined) socket = await serveSocket(config, games)
  } catch (error) {
    await node.stop()
    throw error
  }
  const { port: epmdPort = config.epmdPort, embedded = false } = node.epmd ?? {}
  const epmd = { address: `${addresses.host}:${epmdPort}`, embedded }
  const ports = { dist: node.port, ...(embedded && { epmd: epmdPort }), ...(socket && { socket: socket.port }) }
  events.publish('server.ready', { node: node.name, epmd: epmd.address, ports })

  const stop = stopper(events, async () => {
    socket?.stopAccepting()
    await node.stopAccepting()
    await Promise.all([gateway.drain(DRAIN_MS), socket?.drain(DRAIN_MS)])
    registry.closeAll('shutdown')
    socket?.stop()
    gateway.stop()
    // While the name is taken: whoever waits for it shall find the folder free as well.
    await games.close()
    await node.stop()
  })
  return { config, events, node, router, registry, epmd, ports, stop }
}

/** `stop` of a server: tells of it, and does it once. */
function stopper(events: Events, work: () => Promise<void>): Server['stop'] {
  let stopped: Promise<void> | undefined
  const stop = async (why: string): Promise<void> => {
    const begun = performance.now()
    events.publish('server.stopping', { why })
    await work()
    events.publish('server.stopped', { ms: Math.round(performance.now() - begun) })
  }
  return (why = 'asked to') => (stopped ??= stop(why))
}

/** Also where nothing is kept: a folder that cannot be used shall be known now, not when it is needed. */
function prepareFolder(folder: string): void {
  try {
    makeFolder(folder)
    accessSync(folder, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw new BeamcadeError('bad_config', `The folder ${folder} of --data cannot be used: ${messageOf(error)}.`, {
      cause: error,
    })
  }
}

/** Not by `recursive: true`, which goes round for ever where a folder that is there lets nothing be made in it (/proc). */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder))
  mkdirSync(folder)
}

/** Others connect to the address that the host in our name means for them: so that one is listened on, and no other. */
async function addressOf(node: string): Promise<string> {
  const host = node.slice(node.indexOf('@') + 1)
  try {
    return (await lookup(host, { family: 4 })).address
  } catch {
    return LOOPBACK
  }
}

/**
 * Where epmd is asked, and where an own one listens: on the address where others look for it, and on the loopback
 * interface, where the BEAM nodes of this machine register. A name like a@127.0.0.2 is on an address of its own, and so
 * is its epmd; a wildcard for the node is none for epmd.
 */
function epmdAddresses({ node, host: told }: Config, host: string): { host: string; alsoOn: string[] } {
  if (told === undefined) return { host, alsoOn: /@127\.[\d.]+$/.test(node) || host === LOOPBACK ? [] : [LOOPBACK] }
  return { host: LOOPBACK, alsoOn: ['0.0.0.0', '::', LOOPBACK].includes(told) ? [] : [told] }
}
