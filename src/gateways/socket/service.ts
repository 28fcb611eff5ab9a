/**
 * From a request to its reply: the message becomes a call of an operation, and its answer or error the response that the
 * protocol has for it. Knows nothing of connections.
 */
import { fromBinary } from '@bufbuild/protobuf'
import { isPromise, type Router, type Value } from '../../engine/index.ts'
import { isBeamcadeError, messageOf } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { MettaGridRequestSchema, type MettaGridRequest } from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { callOf, MANNERS, stepCall, type Call } from './calls.ts'
import { countParts } from './parts.ts'
import { ackPayload, errorReply, messageReply, type Reply } from './reply.ts'
import { readStepRequest, type StepRequest } from './step-codec.ts'
import type { Token } from './token.ts'

export interface ServiceOptions {
  readonly router: Router
  readonly events: Events
  /** Messages, entries and elements of one request: what it is decoded to takes a hundred bytes and more for each. */
  readonly maxParts: number
}

/** A reply that is promised. */
export interface Pending {
  readonly kind: 'pending'
  /** Never rejects. */
  readonly reply: Promise<Reply>
  /** The client's next request waits for it. */
  readonly exclusive: boolean
}

/** The name of this gateway among those that call operations. */
const WIRE = 'socket'

export class Service {
  readonly #router: Router
  readonly #events: Events
  readonly #maxParts: number

  constructor({ router, events, maxParts }: ServiceOptions) {
    this.#router = router
    this.#events = events
    this.#maxParts = maxParts
  }

  /** Does what the message in `bytes`, from `start` to before `end`, asks for. Never throws. */
  perform(bytes: Uint8Array, start: number, end: number, peer: string): Reply | Pending {
    const step = readStepRequest(bytes, start, end)
    if (step !== undefined) return this.#step(step, peer)
    const request = this.#parse(bytes, start, end)
    if ('kind' in request) return request
    const { requestId, payload } = request
    if (payload.case === 'stepGame') {
      const { gameId, flatActions: flat, actionTypes: types, actionArgs: args } = payload.value
      return this.#step({ requestId, gameId, flat, types, args }, peer)
    }
    if (payload.case === 'authenticate') return messageReply(requestId, ackPayload('authenticateResult'))
    const call = callOf(request)
    return call === undefined ? errorReply(requestId, 'request payload is empty') : this.#call(requestId, call, peer)
  }

  /** The first request of a client that has to show a token. */
  authenticate(
    bytes: Uint8Array,
    start: number,
    end: number,
    token: Token,
  ): { readonly reply: Reply; readonly allowed: boolean } {
    const request = this.#parse(bytes, start, end)
    if ('kind' in request) return { reply: request, allowed: false }
    const { requestId, payload } = request
    if (payload.case !== 'authenticate') {
      return { reply: errorReply(requestId, 'this server asks for a token: send authenticate first'), allowed: false }
    }
    const allowed = token.matches(payload.value.token)
    const answer = ackPayload('authenticateResult', allowed ? undefined : 'this is not the token of this server')
    return { reply: messageReply(requestId, answer), allowed }
  }

  #parse(bytes: Uint8Array, start: number, end: number): MettaGridRequest | Reply {
    const message = bytes.subarray(start, end)
    try {
      // One of so few bytes cannot have more parts.
      const most = this.#maxParts
      if (message.length > most && countParts(MettaGridRequestSchema, message, most) > most) {
        return errorReply('', `the request has more than maxSocketParts = ${most} cells, entries and elements`)
      }
      return fromBinary(MettaGridRequestSchema, message, { readUnknownFields: false })
    } catch {
      return errorReply('', 'failed to parse request')
    }
  }

  #step(request: StepRequest, peer: string): Reply | Pending {
    const { requestId, gameId, flat, types, args } = request
    if (flat.length === 0 && types.length === 0 && args.length === 0) {
      return errorReply(requestId, this.#withoutActions(gameId))
    }
    return this.#call(requestId, stepCall(request), peer)
  }

  /** What a step without actions is told: an unknown game is told first. */
  #withoutActions(gameId: string): string {
    try {
      this.#router.registry.get(gameId)
    } catch (error) {
      return wordsOf(error)
    }
    return 'step_game request missing actions'
  }

  #call(requestId: string, call: Call, peer: string): Reply | Pending {
    const manner = MANNERS[call.name]
    const begun = this.#events.wants('gateway.request') ? performance.now() : 0
    const done = (answer: Value): Reply => {
      this.#tell(call, peer, begun)
      return manner.done(requestId, answer)
    }
    const refused = (error: unknown): Reply => {
      this.#tell(call, peer, begun, error)
      return messageReply(requestId, manner.refused(wordsOf(error)))
    }
    try {
      const answer = this.#router.call({ module: 'mettagrid', name: call.name, args: call.args, wire: WIRE })
      if (!isPromise(answer)) return done(answer)
      return { kind: 'pending', reply: answer.then(done, refused), exclusive: manner.exclusive }
    } catch (error) {
      return refused(error)
    }
  }

  #tell({ name }: Call, peer: string, begun: number, error?: unknown): void {
    if (!this.#events.wants('gateway.request')) return
    this.#events.publish('gateway.request', {
      form: 'socket',
      operation: `mettagrid:${name}`,
      peer,
      ms: Math.round((performance.now() - begun) * 1000) / 1000,
      ...(error !== undefined && { code: isBeamcadeError(error) ? error.code : 'internal', message: messageOf(error) }),
    })
  }
}

/** What the reference says in this case; where it has no words for it, the error's own sentence. */
function wordsOf(error: unknown): string {
  const reference = isBeamcadeError(error) ? error.details['reference'] : undefined
  return typeof reference === 'string' ? reference : messageOf(error)
}
