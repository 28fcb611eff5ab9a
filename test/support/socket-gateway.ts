/**
 * The gateway of MettaGrid's own protocol over real sockets, and a client that writes any bytes.
 *
 * ```ts
 * const { client, port } = await startSocketGateway()
 * await client.ask({ createGame: { gameId: 'g', config: smallConfig(), map: smallMap(), seed: 1 } })
 * ```
 */
import net from 'node:net'
import { afterAll } from '@jest/globals'
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { CORE_OPERATIONS, OperationTable, Registry, Router, type RegistryOptions } from '../../src/engine/index.ts'
import { mettagridEngine, mettagridOperations, type Limits } from '../../src/engines/mettagrid/index.ts'
import {
  GameConfigSchema,
  MapDefinitionSchema,
  MettaGridRequestSchema,
  MettaGridResponseSchema,
  type MettaGridResponse,
} from '../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { SocketGateway, type SocketGatewayOptions } from '../../src/gateways/socket/index.ts'
import { recordEvents } from './events.ts'

type Payload = NonNullable<MessageInitShape<typeof MettaGridRequestSchema>['payload']>
export type ConfigInit = MessageInitShape<typeof GameConfigSchema>
export type MapInit = MessageInitShape<typeof MapDefinitionSchema>

const running = new Set<{ stop(): void }>()
afterAll(() => {
  for (const one of running) one.stop()
})

export interface GatewayTestOptions extends Partial<SocketGatewayOptions> {
  games?: Partial<Limits>
  registryOptions?: Partial<RegistryOptions>
}

/** A gateway on a free port, with its house behind it. */
export async function startSocketGateway({ games, registryOptions, ...options }: GatewayTestOptions = {}) {
  const events = recordEvents()
  const engine = mettagridEngine(games)
  const registry = new Registry({ events, engines: [engine], ...registryOptions })
  const operations = new OperationTable([...CORE_OPERATIONS, ...mettagridOperations(engine)])
  const router = new Router({ operations, registry, events, checkOutput: true })
  const gateway = await SocketGateway.start({ router, engine, events, host: '127.0.0.1', port: 0, ...options })
  running.add(gateway)
  const { port } = gateway
  return {
    events,
    engine,
    registry,
    router,
    gateway,
    port,
    client: await RawClient.connect(port, { host: loopbackOf(options.host) }),
  }
}

/** Where a client of this machine reaches what is bound to `host`. */
function loopbackOf(host = '127.0.0.1'): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host
}

/** Four bytes of length, and the bytes. */
export function framed(bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + bytes.length)
  frame.writeUInt32BE(bytes.length)
  frame.set(bytes, 4)
  return frame
}

/** A request as a frame. */
export function requestFrame(payload: Payload, requestId = ''): Buffer {
  return framed(toBinary(MettaGridRequestSchema, create(MettaGridRequestSchema, { requestId, payload })))
}

/** A client with no more manners than the test gives it. */
export class RawClient {
  readonly socket: net.Socket
  /** Resolves when the connection is over, with the error that ended it, if one did. */
  readonly closed: Promise<NodeJS.ErrnoException | undefined>
  #bytes = Buffer.alloc(0)
  #ended = false
  readonly #watchers = new Set<() => void>()

  private constructor(socket: net.Socket) {
    this.socket = socket
    let failure: NodeJS.ErrnoException | undefined
    socket.on('error', (error) => (failure = error))
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve(failure)
      })
    })
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#look()
    })
    const over = (): void => {
      this.#ended = true
      this.#look()
    }
    socket.on('end', over).on('close', over)
    running.add({ stop: () => socket.destroy() })
  }

  static connect(port: number, options: Partial<net.TcpNetConnectOpts> = {}): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, ...options })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.removeListener('error', reject)
        resolve(new RawClient(socket))
      })
    })
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  send(payload: Payload, requestId = ''): void {
    this.write(requestFrame(payload, requestId))
  }

  /** The next frame; undefined: the stream ended before one. */
  async frame(): Promise<Buffer | undefined> {
    const whole = (): boolean => this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readUInt32BE(0)
    while (!whole() && !this.#ended) await this.#more()
    if (!whole()) return undefined
    const end = 4 + this.#bytes.readUInt32BE(0)
    const frame = this.#bytes.subarray(4, end)
    this.#bytes = this.#bytes.subarray(end)
    return frame
  }

  /** The next response. */
  async response(): Promise<MettaGridResponse> {
    const frame = await this.frame()
    if (frame === undefined) throw new Error('the connection ended')
    return fromBinary(MettaGridResponseSchema, frame)
  }

  ask(payload: Payload, requestId = ''): Promise<MettaGridResponse> {
    this.send(payload, requestId)
    return this.response()
  }

  /** A response as text: its form, and its words if it has any. */
  async words(payload: Payload): Promise<string> {
    return wordsOf(await this.ask(payload))
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        this.#watchers.delete(watcher)
        resolve()
      }
      this.#watchers.add(watcher)
    })
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}

export function wordsOf({ payload }: MettaGridResponse): string {
  switch (payload.case) {
    case undefined:
      return 'nothing'
    case 'stepResult':
    case 'stateResult':
      return payload.case
    default:
      return `${payload.case}: ${payload.value.message}`
  }
}

/** A small game for two agents, as the generated code takes it. */
export function smallConfig(more: ConfigInit = {}): ConfigInit {
  return {
    numAgents: 2,
    maxSteps: 100,
    obsWidth: 5,
    obsHeight: 5,
    numObservationTokens: 20,
    actions: [
      { name: 'noop', type: 1, config: { case: 'noop', value: {} } },
      { name: 'move', type: 2, config: { case: 'move', value: {} } },
    ],
    objects: [
      {
        name: 'agent',
        config: { case: 'agent', value: { typeName: 'agent', statRewards: { 'action.move.success': 0.25 } } },
      },
      { name: 'wall', config: { case: 'wall', value: { typeId: 1, typeName: 'wall' } } },
    ],
    ...more,
  }
}

export function smallMap(more: MapInit = {}): MapInit {
  return {
    height: 3,
    width: 4,
    cells: [
      { row: 0, col: 0, objectType: 'agent' },
      { row: 2, col: 3, objectType: 'agent' },
      { row: 1, col: 1, objectType: 'wall' },
    ],
    ...more,
  }
}

/** A request that makes the small game. */
export function createGame(gameId: string, config: ConfigInit = {}, map: MapInit = {}): Payload {
  return { case: 'createGame', value: { gameId, config: smallConfig(config), map: smallMap(map), seed: 42 } }
}

export function stepGame(gameId: string, flatActions: number[]): Payload {
  return { case: 'stepGame', value: { gameId, flatActions } }
}

export function getState(gameId: string): Payload {
  return { case: 'getState', value: { gameId } }
}

export function deleteGame(gameId: string): Payload {
  return { case: 'deleteGame', value: { gameId } }
}
