/** `godot_server`: the process that all requests can be sent to. */
import { Atom, TermMap, type Term } from '../../erlang/index.ts'
import { parseRequest, type Request } from './request.ts'
import { RequestServer, type RequestServerOptions } from './request-server.ts'

export interface GodotServerOptions extends RequestServerOptions {
  /** Names besides the one that it is started under. */
  moreNames: readonly string[]
  /** What `:sys.get_state` shows, by name. */
  state(): Readonly<Record<string, Term>>
}

export class GodotServer extends RequestServer {
  readonly #options: GodotServerOptions

  constructor(options: GodotServerOptions) {
    super(options)
    this.#options = options
  }

  override init(): void {
    for (const name of this.#options.moreNames) this.node.register(name, this.process)
  }

  protected override parse(request: Term): Request {
    return parseRequest(request)
  }

  override getState(): Term {
    const state = { ...this.#options.state(), waiting: this.order.open }
    return new TermMap(Object.entries(state).flatMap(([key, value]) => [new Atom(key), value]))
  }
}
