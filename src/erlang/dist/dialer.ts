/** Connects to another node and proves the cookie. */
import { BeamcadeError, messageOf, systemCode } from '../../errors.ts'
import { SocketWire } from '../../sockets/socket-wire.ts'
import { greet, HANDSHAKE_LIMITS, withDefaults } from './greeting.ts'
import type { Connection, DialOptions } from './types.ts'

/**
 * Dials `peer` at `host:port`. The connection that it resolves with is paused: make a channel of it.
 *
 * Rejects with `connect_failed`, `handshake_timeout`, `aborted` (by `signal`), or with what the handshake says:
 * `bad_cookie`, `not_allowed`, `already_connecting` (its own attempt stands: wait for it), `still_connected`,
 * `wrong_node`, `missing_flags`, `reflected_challenge`, `bad_handshake`, `connection_lost`.
 */
export async function dial(options: DialOptions): Promise<Connection> {
  const limits = withDefaults(HANDSHAKE_LIMITS, options.limits)
  const { host, port, peer, events } = options
  const deadline = performance.now() + limits.handshakeMs
  const timeout = AbortSignal.timeout(limits.handshakeMs)
  const stop = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
  let wire: SocketWire
  try {
    wire = await SocketWire.dial(host, port, limits.readBufferBytes, stop)
  } catch (error) {
    const reason = connectError(error, options, limits.handshakeMs)
    if (reason.code !== 'aborted') {
      events.publish('dist.refused', { address: `${host}:${port}`, peer, code: reason.code, message: reason.message })
    }
    throw reason
  }
  return new Promise((resolve, reject) => {
    const abort = greet({
      wire,
      local: options.local,
      events,
      limits,
      deadlineMs: Math.max(1, deadline - performance.now()),
      wanted: peer,
      decide: () => 'not_allowed',
      confirmDead: () => options.wanted?.() ?? true,
      onConnection(connection) {
        options.signal?.removeEventListener('abort', onAbort)
        resolve(connection)
      },
      onFailure(error) {
        options.signal?.removeEventListener('abort', onAbort)
        reject(error)
      },
    })
    const onAbort = (): void => {
      abort(aborted(peer))
    }
    options.signal?.addEventListener('abort', onAbort)
    if (options.signal?.aborted === true) onAbort()
  })
}

function aborted(peer: string): BeamcadeError {
  return new BeamcadeError('aborted', `Dialling ${peer} was given up.`)
}

function connectError(error: unknown, { signal, host, port, peer }: DialOptions, ms: number): BeamcadeError {
  if (signal?.aborted === true) return aborted(peer)
  const code = systemCode(error)
  const where = `${peer} at ${host}:${port}`
  if (code === undefined && messageOf(error) === 'aborted') {
    return new BeamcadeError('connect_failed', `${where} did not answer within ${ms} ms.`)
  }
  const why = code === 'ECONNREFUSED' ? 'nothing listens there' : messageOf(error)
  return new BeamcadeError(
    'connect_failed',
    `Cannot connect to ${where}: ${why}${code === undefined ? '' : ` (${code})`}.`,
    {
      details: { host, port, system: code },
      cause: error,
    },
  )
}
