/** Accepts connections, by the native addon or by `net`, and lets in who knows the cookie. */
import { lookup } from 'node:dns/promises'
import { closeSync } from 'node:fs'
import net from 'node:net'
import { BeamcadeError, messageOf, systemCode } from '../../errors.ts'
import { loadNative, type NativeAccept } from '../../native.ts'
import { greet, HANDSHAKE_LIMITS, withDefaults } from './greeting.ts'
import { SocketWire } from './socket-wire.ts'
import type { Listener, ListenOptions } from './types.ts'

/** Listens from when it resolves. Rejects with `listen_failed`. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host = '127.0.0.1', port = 0, events } = options
  const limits = withDefaults(HANDSHAKE_LIMITS, options.limits)
  /** Handshakes that run: what ends each of them. */
  const pending = new Set<(reason: BeamcadeError) => void>()
  let connections = 0

  function welcome(wire: SocketWire): void {
    if (pending.size >= limits.maxPending) {
      refuse(wire, `maxPending = ${limits.maxPending} handshakes are under way.`)
      return
    }
    if (connections >= limits.maxConnections) {
      refuse(wire, `There are maxConnections = ${limits.maxConnections} connections already.`)
      return
    }
    connections += 1
    wire.onGone = () => (connections -= 1)
    const over = (): void => void pending.delete(abort)
    const abort = greet({
      wire,
      local: options.local,
      events,
      limits,
      deadlineMs: limits.handshakeMs,
      decide: (caller) => options.decide(caller),
      confirmDead: () => true,
      onConnection(connection) {
        over()
        options.onConnection(connection)
      },
      onFailure: over,
    })
    pending.add(abort)
  }

  function refuse(wire: SocketWire, message: string): void {
    events.publish('dist.refused', { address: wire.address, code: 'too_many_connections', message })
    wire.destroy()
  }

  function acceptFailed(error: unknown): void {
    events.publish('dist.accept_failed', { code: systemCode(error) ?? 'internal', message: messageOf(error) })
  }

  const { accept } = options.native === false ? { accept: undefined } : loadNative()
  const paths = { welcome, acceptFailed, readBufferBytes: limits.readBufferBytes }
  let server: Server
  try {
    server =
      accept === undefined ? await listenByNet(host, port, paths) : await listenByAddon(accept, host, port, paths)
  } catch (error) {
    throw listenFailed(error, host, port)
  }
  events.publish('dist.listening', { host, port: server.port, native: accept !== undefined })
  return {
    host,
    port: server.port,
    native: accept !== undefined,
    close() {
      server.close()
      const reason = new BeamcadeError('connection_closed', 'This node stops accepting connections.')
      for (const abort of [...pending]) abort(reason)
      return Promise.resolve()
    },
  }
}

interface Server {
  readonly port: number
  close(): void
}

interface AcceptPath {
  welcome(wire: SocketWire): void
  acceptFailed(error: unknown): void
  readonly readBufferBytes: number
}

async function listenByAddon(accept: NativeAccept, host: string, port: number, path: AcceptPath): Promise<Server> {
  const { address } = await lookup(host)
  return accept.listen({
    host: address,
    port,
    onSocket(fd) {
      let wire: SocketWire
      try {
        wire = SocketWire.fromDescriptor(fd, path.readBufferBytes)
      } catch (error) {
        closeSync(fd)
        path.acceptFailed(error)
        return
      }
      path.welcome(wire)
    },
    onError: (error) => {
      path.acceptFailed(error)
    },
  })
}

function listenByNet(host: string, port: number, path: AcceptPath): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ noDelay: true }, (socket) => {
      path.welcome(SocketWire.accepted(socket))
    })
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.removeListener('error', reject)
      server.on('error', (error) => {
        path.acceptFailed(error)
      })
      const address = server.address()
      const chosen = typeof address === 'object' && address !== null ? address.port : port
      // The callback of close comes only when all connections are gone, which is not what is meant here.
      resolve({ port: chosen, close: () => void server.close() })
    })
  })
}

function listenFailed(error: unknown, host: string, port: number): BeamcadeError {
  const code = systemCode(error)
  const where = `port ${port} of ${host}`
  const text =
    code === 'EADDRINUSE' ? `Another program listens on ${where}` : `Cannot listen on ${where}: ${messageOf(error)}`
  return new BeamcadeError('listen_failed', `${text}${code === undefined ? '' : ` (${code})`}.`, {
    details: { host, port, system: code },
    cause: error,
  })
}
