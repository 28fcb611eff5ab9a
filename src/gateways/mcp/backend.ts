/** Whose operations are offered: those of this process, or of another node. */
import type { Answer, Field, Operation, Router, Shape, Value } from '../../engine/index.ts'
import type { Events } from '../../events.ts'

/** What has to be known of an operation to offer it; an {@link Operation} is one. */
export interface Offer extends Pick<Operation, 'module' | 'name' | 'doc' | 'reads'> {
  readonly params: readonly (Field & { readonly name: string; readonly doc: string })[]
  readonly output: Shape
  readonly maxDepth?: number | undefined
}

export interface Backend {
  /** In the order in which they are listed. */
  readonly offers: readonly Offer[]
  /** @throws BeamcadeError (or the promise is rejected with it) */
  call(offer: Offer, args: ReadonlyMap<Value, Value>): Answer<Value>
  /** Calls `listener` when a game came or went, until what it returns is called. Absent where nobody tells. */
  onGames?(listener: () => void): () => void
}

/** The name of this gateway in the context of handlers. */
export const GATEWAY = 'mcp'

/** The operations of a router in this process. */
export function routerBackend(router: Router, events: Events): Backend {
  const operations = router.operations.list().filter(({ wires }) => wires === 'all')
  const byOffer = new Map<Offer, Operation>(operations.map((operation) => [operation, operation]))
  return {
    offers: operations,
    call(offer, args) {
      const { module, name } = offer
      const call = { module, name, args, wire: GATEWAY }
      return router.run(byOffer.get(offer) ?? router.find(call), call)
    },
    onGames(listener) {
      const ends = [events.subscribe('game.created', listener), events.subscribe('game.closed', listener)]
      return () => {
        for (const end of ends) end()
      }
    },
  }
}
