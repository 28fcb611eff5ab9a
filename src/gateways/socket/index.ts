/** The gateway of MettaGrid's own protocol: Protobuf over TCP, each message with its length in front. */
import type { Router } from '../../engine/index.ts'
import { BeamcadeError, messageOf, systemCode } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { acceptSockets, type Acceptor } from '../../sockets/accept.ts'
import type { SocketWire } from '../../sockets/socket-wire.ts'
import { Connection } from './connection.ts'
import { checkExposure, isLoopback } from './exposure.ts'
import { greet } from './greeting.ts'
import { SOCKET_LIMITS, type SocketLimits } from './limits.ts'
import { Service, type SteppedEngine } from './service.ts'
import { Token } from './token.ts'

export { SOCKET_LIMITS, type SocketLimits } from './limits.ts'
export type { SteppedEngine, SteppedGame } from './service.ts'
export type { StepView } from './step-codec.ts'

export interface SocketGatewayOptions {
  readonly router: Router
  /** The engine of the games that are served here. */
  readonly engine: SteppedEngine
  readonly events: Events
  /** Address to bind. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** What every client has to show in its first frame. Default: nothing. */
  readonly token?: string | undefined
  /** Listen beyond this machine without a token. */
  readonly insecure?: boolean
  /** False: accept by `net` also where the addon is there. */
  readonly native?: boolean
  readonly limits?: Partial<SocketLimits>
}

export class SocketGateway {
  readonly #events: Events
  readonly #limits: SocketLimits
  readonly #service: Service
  readonly #token: Token | undefined
  readonly #connections = new Set<Connection>()
  /** Clients that have not shown a token yet: what ends each of them. */
  readonly #strangers = new Set<(reason: BeamcadeError) => void>()
  /** Sockets that are open. */
  #open = 0
  #acceptor: Acceptor | undefined
  #whenEmpty: (() => void) | undefined

  private constructor({ router, engine, events, token, limits }: SocketGatewayOptions) {
    this.#events = events
    this.#limits = { ...SOCKET_LIMITS, ...limits }
    this.#service = new Service({ router, engine, events, limits: this.#limits })
    this.#token = token === undefined ? undefined : new Token(token)
  }

  /** Listens from when it resolves. Rejects with `listen_failed`, `token_needed`. */
  static async start(options: SocketGatewayOptions): Promise<SocketGateway> {
    const gateway = new SocketGateway(options)
    await gateway.#listen(options)
    return gateway
  }

  async #listen({ host, port, native, token, insecure = false }: SocketGatewayOptions): Promise<void> {
    const loopback = await isLoopback(host).catch(() => true)
    checkExposure(host, loopback, token, insecure)
    const acceptor = await acceptSockets({
      host,
      port,
      native,
      readBufferBytes: this.#limits.readBufferBytes,
      // A client may close its side and wait for its last replies.
      allowHalfOpen: true,
      onWire: (wire) => {
        this.#welcome(wire)
      },
      onError: (error) => {
        const code = systemCode(error) ?? 'internal'
        this.#events.publish('socket.accept_failed', { code, message: messageOf(error) })
      },
    })
    this.#acceptor = acceptor
    const facts = { host, port: acceptor.port, token: token !== undefined }
    this.#events.publish('socket.listening', { ...facts, native: acceptor.native })
    if (!loopback) this.#events.publish('socket.exposed', facts)
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#acceptor?.port ?? 0
  }

  /** Clients that may ask. */
  get connections(): number {
    return this.#connections.size
  }

  stopAccepting(): void {
    this.#acceptor?.close()
    for (const refuse of [...this.#strangers]) refuse(stopping())
  }

  /** Reads no more requests; resolves when every client has taken its replies, or after `ms`. */
  async drain(ms: number): Promise<void> {
    for (const connection of [...this.#connections]) connection.finish()
    if (this.#connections.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
    await Promise.race([timeout, new Promise<void>((resolve) => (this.#whenEmpty = resolve))])
    clearTimeout(timer)
  }

  /** Ends all connections, each after what was written to it. */
  stop(): void {
    this.stopAccepting()
    for (const connection of [...this.#connections]) connection.close()
  }

  #welcome(wire: SocketWire): void {
    const { maxConnections } = this.#limits
    const { address } = wire
    if (this.#open >= maxConnections) {
      this.#refused(
        address,
        new BeamcadeError(
          'too_many_connections',
          `There are maxSocketConnections = ${maxConnections} clients already.`,
        ),
      )
      wire.destroy()
      return
    }
    this.#open += 1
    wire.onGone = () => (this.#open -= 1)
    if (this.#token === undefined) {
      this.#connect(wire)
      return
    }
    const refuse = greet({
      wire,
      token: this.#token,
      service: this.#service,
      limits: this.#limits,
      onAdmitted: (greeting) => {
        this.#strangers.delete(refuse)
        this.#connect(wire, greeting)
      },
      onRefused: (reason) => {
        this.#strangers.delete(refuse)
        this.#refused(address, reason)
      },
    })
    this.#strangers.add(refuse)
  }

  #connect(wire: SocketWire, greeting?: ConstructorParameters<typeof Connection>[2]): void {
    this.#events.publish('socket.connected', { address: wire.address })
    const connection = new Connection(
      wire,
      {
        service: this.#service,
        events: this.#events,
        limits: this.#limits,
        onClose: (one) => {
          this.#connections.delete(one)
          if (this.#connections.size === 0) this.#whenEmpty?.()
        },
      },
      greeting,
    )
    if (!connection.closed) this.#connections.add(connection)
  }

  #refused(address: string, { code, message }: BeamcadeError): void {
    this.#events.publish('socket.refused', { address, code, message })
  }
}

function stopping(): BeamcadeError {
  return new BeamcadeError('connection_closed', 'This server stops.')
}
