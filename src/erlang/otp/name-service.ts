/** How a node is found by others and finds them: epmd, one of its own if need be, or a function of the user's. */
import { BeamcadeError, isBeamcadeError } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { type NodeName, parseNodeName } from '../dist/node-name.ts'
import {
  DEFAULT_EPMD_PORT,
  type EpmdOptions,
  type EpmdServer,
  lookupNode,
  registerNode,
  type Registration,
  startEpmd,
} from '../epmd/index.ts'
import type { EpmdChoice, NodeAddress, NodeOptions } from './options.ts'

export class NameService {
  /** The port of epmd; undefined if there is none. */
  readonly epmdPort: number | undefined
  /** True if epmd is our own. */
  readonly embedded: boolean
  /** Tells this life of the node from those before. */
  readonly creation: number
  readonly #self: NodeName
  readonly #host: string
  readonly #resolve: NodeOptions['resolve']
  readonly #server: EpmdServer | undefined
  readonly #registration: Registration | undefined

  private constructor(
    self: NodeName,
    parts: {
      resolve: NodeOptions['resolve']
      host: string
      port?: number
      creation: number
      server?: EpmdServer | undefined
      registration?: Registration
    },
  ) {
    this.#self = self
    this.#resolve = parts.resolve
    this.#host = parts.host
    this.epmdPort = parts.port
    this.creation = parts.creation
    this.#server = parts.server
    this.#registration = parts.registration
    this.embedded = parts.server !== undefined
  }

  /** Registers the node that listens on `nodePort`. */
  static async start(self: NodeName, nodePort: number, events: Events, options: NodeOptions): Promise<NameService> {
    const { resolve, epmd = {}, signal } = options
    if (epmd === false) return new NameService(self, { resolve, host: '127.0.0.1', creation: randomCreation() })
    const host = epmd.host ?? '127.0.0.1'
    const asked = epmd.port ?? defaultPort()
    const register = (port: number): Promise<Registration> =>
      registerNode({
        host,
        port,
        name: self.alive,
        nodePort,
        hidden: options.hidden ?? true,
        events,
        ...(signal === undefined ? {} : { signal }),
      })
    const { server, registration } = await registerAnywhere(
      { host, port: asked, embed: epmd.embed ?? 'if-needed', alsoOn: epmd.alsoOn ?? [] },
      events,
      register,
    )
    const port = server?.port ?? asked
    return new NameService(self, { resolve, host, port, creation: registration.creation, server, registration })
  }

  /** Where a node listens. Throws `node_not_found`. */
  async find(name: string, signal: AbortSignal): Promise<NodeAddress> {
    const address = await this.#resolve?.(name)
    if (address !== undefined) return address
    const { alive, host } = parseNodeName(name)
    if (this.epmdPort === undefined) throw new BeamcadeError('node_not_found', `Without epmd, ${name} cannot be found.`)
    // The own host is the one whose epmd we use, whatever its name resolves to.
    const where = host === this.#self.host ? this.#host : host
    const info = await lookupNode(where, this.epmdPort, alive, { signal })
    if (info === undefined) throw new BeamcadeError('node_not_found', `epmd on ${where} knows no node ${alive}.`)
    return { host: where, port: info.port }
  }

  /** Frees the name, and ends an epmd of our own. */
  async stop(): Promise<void> {
    await this.#registration?.close()
    await this.#server?.stop()
  }
}

interface Registered {
  readonly server: EpmdServer | undefined
  readonly registration: Registration
}

async function registerAnywhere(
  { host, port, embed, alsoOn }: Required<EpmdChoice>,
  events: Events,
  register: (port: number) => Promise<Registration>,
): Promise<Registered> {
  if (embed !== 'always') {
    try {
      return { server: undefined, registration: await register(port) }
    } catch (error) {
      const needed = embed === 'if-needed' && isBeamcadeError(error) && error.code === 'epmd_unreachable'
      if (!needed) throw error
    }
  }
  const server = await startOwn({ host, port, alsoOn, events }, embed === 'always')
  try {
    return { server, registration: await register(server?.port ?? port) }
  } catch (error) {
    await server?.stop()
    throw error
  }
}

/** Another program may have started an epmd since we looked: then that one serves. */
async function startOwn(options: EpmdOptions, must: boolean): Promise<EpmdServer | undefined> {
  try {
    return await startEpmd(options)
  } catch (error) {
    if (!must && isBeamcadeError(error) && error.code === 'port_taken') return undefined
    throw error
  }
}

function defaultPort(): number {
  const port = Number(process.env['ERL_EPMD_PORT'])
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : DEFAULT_EPMD_PORT
}

/** Not 0, which is a wildcard of old formats, and not 1 to 3, which old releases of epmd give. */
function randomCreation(): number {
  return 4 + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 0xffff_fff0)
}
