/**
 * An epmd inside our process, for machines that have none. BEAM nodes register at it as at their own. It listens on the
 * loopback interface unless told otherwise, and serves no KILL and no STOP. A registration lives as long as its socket.
 * Source: Erlang/OTP, "Distribution Protocol", section "EPMD Protocol".
 */
import net from 'node:net'
import { BeamcadeError, isBeamcadeError, messageOf, systemCode } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { DEFAULT_EPMD_PORT } from './ask.ts'
import { Names, type Registered } from './names.ts'
import {
  decodeRequest,
  encodeAliveReply,
  encodeNamesReply,
  encodePortReply,
  MAX_NAME_BYTES,
  MAX_REQUEST_BYTES,
  textReply,
  type NameEntry,
  type Request,
} from './wire.ts'

export interface EpmdLimits {
  /** Connections at a time, registered nodes included: each takes a descriptor. Default 1024; code `epmd_full`. */
  readonly maxConnections: number
  /** Bytes of a request. Default 2053, the longest that makes sense; code `epmd_request_too_long`. */
  readonly maxRequestBytes: number
  /** Bytes of a name or of extra data. Default 1020, as in OTP; code `epmd_name_too_long`. */
  readonly maxNameBytes: number
  /** Milliseconds from connecting until the request is there and its answer is taken. Default 10,000; code `epmd_idle`. */
  readonly requestMs: number
  /** Free names whose last creation is remembered. Default 1000, as in OTP; the oldest is forgotten. */
  readonly maxOldNames: number
}

export interface EpmdOptions {
  /** The address to listen on; default 127.0.0.1. */
  readonly host?: string
  /** More addresses to listen on, at the same port; default none. One where an epmd listens already is left to it. */
  readonly alsoOn?: readonly string[]
  /** Default 4369; 0 lets the system choose. */
  readonly port?: number
  readonly events: Events
  readonly limits?: Partial<EpmdLimits>
  /** The time in milliseconds that creations start from; default: now. */
  readonly nowMs?: () => number
}

export interface EpmdServer {
  readonly host: string
  readonly port: number
  /** The nodes that are registered. */
  names(): readonly NameEntry[]
  /** Closes all connections, so that every node knows, and resolves when the port is free. */
  stop(): Promise<void>
}

const DEFAULTS: EpmdLimits = {
  maxConnections: 1024,
  maxRequestBytes: MAX_REQUEST_BYTES,
  maxNameBytes: MAX_NAME_BYTES,
  requestMs: 10_000,
  maxOldNames: 1000,
}

/** Starts an epmd. Errors: `port_taken` if something listens there already, else `bad_config` with the system's reason. */
export async function startEpmd(options: EpmdOptions): Promise<EpmdServer> {
  const { host = '127.0.0.1', alsoOn = [], port = DEFAULT_EPMD_PORT, events } = options
  const nowMs = options.nowMs ?? Date.now
  const limits = { ...DEFAULTS, ...options.limits }
  const names = new Names(limits.maxOldNames, nowMs)
  const sockets = new Set<net.Socket>()
  const servers: net.Server[] = []
  let stopped: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const closing = servers.map((server) => new Promise((resolve) => server.close(resolve)))
    for (const socket of sockets) socket.destroy()
    await Promise.all(closing)
  }
  const open = async (address: string, wanted: number): Promise<number> => {
    const server = net.createServer({ noDelay: true })
    const bound = await listen(server, address, wanted)
    servers.push(server)
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      serve(socket, { names, limits, events, port: bound, full: sockets.size > limits.maxConnections })
    })
    // Accepting failed (no descriptor is free): the server goes on, and this connection is lost.
    server.on('error', (error) => {
      events.publish('epmd.refused', { address, code: systemCode(error) ?? 'internal', message: messageOf(error) })
    })
    events.publish('epmd.listening', { host: address, port: bound })
    return bound
  }
  const bound = await open(host, port)
  for (const address of alsoOn) {
    try {
      await open(address, bound)
    } catch (error) {
      if (isBeamcadeError(error) && error.code === 'port_taken') continue
      await close()
      throw error
    }
  }
  return {
    host,
    port: bound,
    names: () => names.active().map(({ name, port }) => ({ name, port })),
    stop() {
      stopped ??= close().then(() => {
        events.publish('epmd.stopped', { host, port: bound })
      })
      return stopped
    },
  }
}

function listen(server: net.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = systemCode(error) === 'EADDRINUSE'
      const message = taken
        ? `Port ${port} of ${host} is taken, so no epmd can be started there.`
        : `No epmd can listen on ${host}:${port}: ${messageOf(error)}.`
      reject(new BeamcadeError(taken ? 'port_taken' : 'bad_config', message, { cause: error }))
    })
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve((server.address() as net.AddressInfo).port)
    })
  })
}

interface Service {
  readonly names: Names
  readonly limits: EpmdLimits
  readonly events: Events
  readonly port: number
  readonly full: boolean
}

/** One connection, from its first byte to its end. */
function serve(socket: net.Socket, { names, limits, events, port, full }: Service): void {
  const address = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`
  const local = isLocal(socket)
  let got: Uint8Array = new Uint8Array()
  let registered: Registered | undefined

  const timer = setTimeout(() => {
    refuse(
      new BeamcadeError(
        'epmd_idle',
        `No whole request within requestMs (${limits.requestMs}), or its answer was not taken.`,
      ),
    )
  }, limits.requestMs)
  socket.on('error', () => undefined)
  socket.once('close', () => {
    clearTimeout(timer)
    if (registered === undefined) return
    names.remove(registered)
    events.publish('epmd.name_removed', { name: registered.name, port: registered.port })
  })
  if (full) {
    refuse(new BeamcadeError('epmd_full', `More connections than maxConnections (${limits.maxConnections}).`))
    return
  }
  socket.on('data', onData)

  function onData(chunk: Buffer): void {
    got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
    const decoded = decodeRequest(got, limits)
    if (decoded.status === 'more') return
    socket.off('data', onData)
    // What comes after the request has no meaning; it is read to notice the end, and dropped.
    socket.resume()
    got = new Uint8Array()
    if (decoded.status === 'error') refuse(decoded.error)
    else answer(decoded.value)
  }

  function answer(request: Request): void {
    switch (request.kind) {
      case 'alive':
        alive(request)
        break
      case 'port':
        socket.end(encodePortReply(names.find(request.name)))
        break
      case 'names':
        socket.end(encodeNamesReply({ epmdPort: port, nodes: names.active() }))
        break
      case 'dump':
        if (local) socket.end(textReply(port, names.dump()))
        else refuse(new BeamcadeError('epmd_not_local', 'DUMP is answered on the same machine only.'))
        break
      case 'kill':
      case 'stop':
        refuse(
          new BeamcadeError(
            'bad_epmd_request',
            'KILL and STOP are not served: the names here belong to running nodes.',
          ),
        )
    }
  }

  function alive({ node }: Request & { kind: 'alive' }): void {
    if (!local) {
      refuse(new BeamcadeError('epmd_not_local', `The name ${node.name} was asked for from another machine.`))
      return
    }
    const wide = node.highVersion >= 6
    registered = names.add(node)
    if (registered === undefined) {
      const message = `The name ${node.name} is taken.`
      events.publish('epmd.refused', { address, code: 'name_taken', message })
      socket.end(encodeAliveReply({ result: 1, creation: 99, wide }))
      return
    }
    clearTimeout(timer)
    socket.setKeepAlive(true, 60_000)
    const { name, port: nodePort, creation } = registered
    socket.write(encodeAliveReply({ result: 0, creation, wide }))
    events.publish('epmd.name_added', { name, port: nodePort, creation, address })
  }

  function refuse(error: BeamcadeError): void {
    events.publish('epmd.refused', { address, code: error.code, message: error.message })
    socket.destroy()
  }
}

/** True if the peer is on this machine: by the loopback interface, or by an address that is both its and ours. */
function isLocal({ remoteAddress, localAddress }: net.Socket): boolean {
  if (remoteAddress === undefined) return false
  const plain = remoteAddress.replace(/^::ffff:/, '')
  return plain === '::1' || plain.startsWith('127.') || remoteAddress === localAddress
}
