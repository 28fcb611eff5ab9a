/** Accepts connections, by the native addon or by `net`. */
import { lookup } from 'node:dns/promises'
import { closeSync } from 'node:fs'
import net from 'node:net'
import { BeamcadeError, messageOf, systemCode } from '../errors.ts'
import { loadNative, type NativeAccept } from '../native.ts'
import { SocketWire } from './socket-wire.ts'

export interface AcceptOptions {
  /** Address to bind. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** False: by `net` also where the addon is there. Default true. */
  readonly native?: boolean | undefined
  /** Bytes of the read buffer of each socket: what one read can bring. */
  readonly readBufferBytes: number
  /** Writing goes on when the other end has sent its last byte. Default false: then the connection ends. */
  readonly allowHalfOpen?: boolean
  /** A connection; who wants to read must set its handlers before the call returns. */
  onWire(wire: SocketWire): void
  /** Accepting failed; it goes on after a pause. */
  onError(error: unknown): void
}

/** A socket that listens. */
export interface Acceptor {
  readonly port: number
  /** True if the addon accepts. */
  readonly native: boolean
  /** Ends listening at once. Accepted connections live on. */
  close(): void
}

/** Listens from when it resolves. Rejects with `listen_failed`. */
export async function acceptSockets(options: AcceptOptions): Promise<Acceptor> {
  const { accept } = options.native === false ? { accept: undefined } : loadNative()
  try {
    return accept === undefined ? await byNet(options) : await byAddon(accept, options)
  } catch (error) {
    throw listenFailed(error, options.host, options.port)
  }
}

async function byAddon(accept: NativeAccept, options: AcceptOptions): Promise<Acceptor> {
  const { address } = await lookup(options.host)
  const listener = accept.listen({
    host: address,
    port: options.port,
    onSocket(fd) {
      let wire: SocketWire
      try {
        wire = SocketWire.fromDescriptor(fd, options.readBufferBytes, options.allowHalfOpen)
      } catch (error) {
        closeSync(fd)
        options.onError(error)
        return
      }
      options.onWire(wire)
    },
    onError: (error) => {
      options.onError(error)
    },
  })
  return {
    port: listener.port,
    native: true,
    close: () => {
      listener.close()
    },
  }
}

function byNet(options: AcceptOptions): Promise<Acceptor> {
  const { host, port, allowHalfOpen = false } = options
  return new Promise((resolve, reject) => {
    const server = net.createServer({ noDelay: true, allowHalfOpen }, (socket) => {
      options.onWire(SocketWire.accepted(socket))
    })
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.removeListener('error', reject)
      server.on('error', (error) => {
        options.onError(error)
      })
      const address = server.address()
      const chosen = typeof address === 'object' && address !== null ? address.port : port
      // The callback of close comes only when all connections are gone, which is not what is meant here.
      resolve({ port: chosen, native: false, close: () => void server.close() })
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
