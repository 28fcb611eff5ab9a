/**
 * The gateway to Erlang: `godot_server`, the functions behind rpc, erpc and spawn requests, and a process for each game.
 * Made in two steps, because a node is started with its functions, and the servers need the node.
 */
import type { Operation, Router } from '../../engine/index.ts'
import { MAX_DEPTH } from '../../engine/index.ts'
import type { Events } from '../../events.ts'
import type { ErlangNode, FunctionTable } from '../../erlang/index.ts'
import { Dispatcher } from './dispatcher.ts'
import { operationFunctions } from './functions.ts'
import { GameProcesses } from './games.ts'
import { GodotServer } from './godot-server.ts'
import { erlangOperations } from './operations.ts'

export { erlangOperations } from './operations.ts'

/** The name that Elixir users call. */
const SERVER_NAME = 'godot_server'

export interface ErlangGatewayOptions {
  router: Router
  events: Events
  /** Names of the server besides `godot_server`. */
  register?: readonly string[]
  /** Levels of nesting of an argument; default 512. Code `too_deep`. */
  maxValueDepth?: number
  /** Requests of one server that may wait for their answers at once; default 100,000. Code `overloaded`. */
  maxWaiting?: number
}

export class ErlangGateway {
  /** For the node: what rpc, erpc and spawn requests may run. */
  readonly functions: FunctionTable
  readonly #options: ErlangGatewayOptions
  readonly #dispatcher: Dispatcher
  #node: ErlangNode | undefined
  #detach: (() => void) | undefined

  constructor(options: ErlangGatewayOptions) {
    this.#options = options
    const { router, events, maxValueDepth = MAX_DEPTH } = options
    this.#dispatcher = new Dispatcher({ router, events, maxDepth: maxValueDepth })
    this.functions = operationFunctions(this.#dispatcher)
    router.operations.add(...this.#operations())
  }

  #operations(): Operation[] {
    const node = (): ErlangNode | undefined => this.#node
    return erlangOperations({
      get name() {
        return node()?.name ?? 'nonode@nohost'
      },
      nodes: () => node()?.nodes() ?? [],
    })
  }

  /** Starts the servers on `node`. */
  start(node: ErlangNode): void {
    this.#node = node
    const { router, events, register = [], maxWaiting = 100_000 } = this.#options
    const dispatcher = this.#dispatcher
    this.#detach = router.registry.attachHost(new GameProcesses({ node, router, events, dispatcher, maxWaiting }))
    const moreNames = [...new Set(register)].filter((name) => name !== SERVER_NAME)
    node.supervise(SERVER_NAME, () => {
      const state = () => ({ games: router.registry.list().length, failed_casts: dispatcher.failedCasts })
      return new GodotServer({ dispatcher, maxWaiting, moreNames, state })
    })
  }

  /** Resolves when what runs is answered, or after `ms`. */
  drain(ms: number): Promise<void> {
    return this.#dispatcher.drain(ms)
  }

  /** New games get no processes any more. The servers end with the node. */
  stop(): void {
    this.#detach?.()
    this.#detach = undefined
  }
}
