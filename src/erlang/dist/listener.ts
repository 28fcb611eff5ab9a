/** Accepts connections and lets in who knows the cookie. */
import { BeamcadeError, messageOf, systemCode } from '../../errors.ts'
import { acceptSockets } from '../../sockets/accept.ts'
import type { SocketWire } from '../../sockets/socket-wire.ts'
import { greet, HANDSHAKE_LIMITS, withDefaults } from './greeting.ts'
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

  const acceptor = await acceptSockets({
    host,
    port,
    native: options.native,
    readBufferBytes: limits.readBufferBytes,
    onWire: welcome,
    onError: (error) => {
      events.publish('dist.accept_failed', { code: systemCode(error) ?? 'internal', message: messageOf(error) })
    },
  })
  events.publish('dist.listening', { host, port: acceptor.port, native: acceptor.native })
  return {
    host,
    port: acceptor.port,
    native: acceptor.native,
    close() {
      acceptor.close()
      const reason = new BeamcadeError('connection_closed', 'This node stops accepting connections.')
      for (const abort of [...pending]) abort(reason)
      return Promise.resolve()
    },
  }
}
