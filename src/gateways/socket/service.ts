/**
 * From a request to its reply. Games are made and deleted by the operations that every gateway calls; steps go to the
 * registry, as those operations do, so that replies are written straight from the arrays of the game. Knows nothing of
 * connections.
 */
import { fromBinary } from '@bufbuild/protobuf'
import { Writer } from '../../bytes/writer.ts'
import { andThen, isPromise, type AnyGame, type Answer, type Engine, type Router } from '../../engine/index.ts'
import { BeamcadeError, isBeamcadeError, messageOf } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { MettaGridRequestSchema, type MettaGridRequest } from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { callOf, type Call } from './calls.ts'
import { CreateReading, makesGame, tooMany, UNREADABLE } from './create-reading.ts'
import type { SocketLimits } from './limits.ts'
import { countParts } from './parts.ts'
import { ackPayload, errorPayload, reply, WRITTEN, type Frame, type Payload } from './reply.ts'
import { readStepRequest, writeStepResponse, type StepRequest, type StepView } from './step-codec.ts'
import type { Token } from './token.ts'

/** What this gateway uses of a game. */
export interface SteppedGame extends AnyGame {
  advance(input: never): void
  /** What there is to see, where it lies: the next step changes it. */
  view(): StepView
}

/** The engine of the games that are served here. */
export type SteppedEngine = Engine<never, SteppedGame>

export interface ServiceOptions {
  readonly router: Router
  readonly engine: SteppedEngine
  readonly events: Events
  /** What one request may have: what it is decoded to takes a hundred bytes and more for each of its parts. */
  readonly limits: Pick<SocketLimits, 'maxParts' | 'maxEntries' | 'maxCells'>
}

/** Who asks, and where the reply may be written at once. */
interface Client {
  readonly peer: string
  /** Only until `perform` has answered: then others may write there. */
  into: Writer | undefined
  /** Bytes of a reply that was encoded elsewhere. */
  encoded?: number
}

/** A reply that is promised. */
export class Pending {
  /** Never rejects. */
  readonly frame: Promise<Frame>
  /** The client's next request waits for it. */
  readonly exclusive: boolean
  /** Bytes of it that are in memory already. */
  readonly bytes: number

  constructor(frame: Promise<Frame>, exclusive: boolean, bytes = 0) {
    this.frame = frame
    this.exclusive = exclusive
    this.bytes = bytes
  }
}

/** The name of this gateway among those that call operations. */
const WIRE = 'socket'

export class Service {
  readonly #router: Router
  readonly #engine: SteppedEngine
  readonly #events: Events
  readonly #limits: ServiceOptions['limits']
  /** Where steps are encoded whose replies have to wait. What was taken out stays as it is. */
  readonly #writer = new Writer()
  /** Long maps are read one after the other. */
  #reading: Promise<unknown> = Promise.resolve()

  constructor({ router, engine, events, limits }: ServiceOptions) {
    this.#router = router
    this.#engine = engine
    this.#events = events
    this.#limits = limits
  }

  /**
   * Does what the message in `bytes`, from `start` to before `end`, asks for. Never throws.
   * @param into where the reply may be written at once; undefined: others are before it
   * @param transient false if the bytes stay as they are until there is a reply
   */
  perform(
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: string,
    into?: Writer,
    transient = true,
  ): Frame | Pending {
    const client = { peer, into }
    const step = readStepRequest(bytes, start, end)
    if (step !== undefined) return this.#step(step, client)
    try {
      const reading = CreateReading.begin(bytes, { start, end }, this.#limits, transient)
      if (reading === undefined) return this.#other(bytes.subarray(start, end), client)
      if (reading.read()) return this.#made(reading, client)
      return new Pending(this.#inTurn(reading, peer), true)
    } catch {
      return reply('', errorPayload(UNREADABLE))
    }
  }

  /** Any request, read by the generated code. */
  #other(message: Uint8Array, client: Client): Frame | Pending {
    const request = this.#parse(message)
    if (typeof request === 'string') return reply('', errorPayload(request))
    const { requestId, payload } = request
    switch (payload.case) {
      case 'stepGame': {
        const { gameId, flatActions: flat, actionTypes: types, actionArgs: args } = payload.value
        return this.#step({ requestId, gameId, flat, types, args }, client)
      }
      case 'getState':
        return this.#state(requestId, payload.value.gameId, client)
      case 'authenticate':
        return reply(requestId, ackPayload('authenticateResult'))
      default: {
        const call = callOf(request)
        if (call === undefined) return reply(requestId, errorPayload('request payload is empty'))
        return this.#call(requestId, call, client)
      }
    }
  }

  /** Does what a request that makes a game asks for, which was read. */
  #made(reading: CreateReading, client: Client): Frame | Pending {
    const { requestId, outcome } = reading
    if (outcome === undefined) return this.#other(reading.message, client)
    if (typeof outcome === 'string') return reply(requestId, errorPayload(outcome))
    return this.#call(requestId, outcome, client)
  }

  /** Reads on when those before it are read, a slice a turn of the event loop. Never rejects. */
  #inTurn(reading: CreateReading, peer: string): Promise<Frame> {
    const read = async (): Promise<Frame> => {
      try {
        do await new Promise((resolve) => setImmediate(resolve))
        while (!reading.read())
        const done = this.#made(reading, { peer, into: undefined })
        return done instanceof Pending ? await done.frame : done
      } catch {
        return reply('', errorPayload(UNREADABLE))
      }
    }
    const frame = this.#reading.then(read)
    this.#reading = frame
    return frame
  }

  /** The first request of a client that has to show a token. */
  authenticate(
    bytes: Uint8Array,
    start: number,
    end: number,
    token: Token,
  ): { readonly frame: Frame; readonly allowed: boolean } {
    const request = this.#parse(bytes.subarray(start, end))
    if (typeof request === 'string') return { frame: reply('', errorPayload(request)), allowed: false }
    const { requestId, payload } = request
    if (payload.case !== 'authenticate') {
      const words = 'this server asks for a token: send authenticate first'
      return { frame: reply(requestId, errorPayload(words)), allowed: false }
    }
    const allowed = token.matches(payload.value.token)
    const answer = ackPayload('authenticateResult', allowed ? undefined : 'this is not the token of this server')
    return { frame: reply(requestId, answer), allowed }
  }

  /** The request, or the words for what is none. */
  #parse(message: Uint8Array): MettaGridRequest | string {
    const { maxParts, maxEntries } = this.#limits
    try {
      // One of so few bytes cannot have more parts.
      if (message.length > Math.min(maxEntries, maxParts)) {
        const [most, words] = makesGame(message) ? [maxEntries, tooMany.unusual] : [maxParts, tooMany.parts]
        if (countParts(MettaGridRequestSchema, message, most) > most) return words(most)
      }
      return fromBinary(MettaGridRequestSchema, message, { readUnknownFields: false })
    } catch {
      return UNREADABLE
    }
  }

  #step({ requestId, gameId, flat, types, args }: StepRequest, client: Client): Frame | Pending {
    const work = (): Answer<Frame> => {
      const { registry } = this.#router
      if (flat.length === 0 && types.length === 0 && args.length === 0) {
        // A game that is not there is told first.
        return andThen(registry.find(gameId), () => {
          const reference = 'step_game request missing actions'
          throw new BeamcadeError('wrong_number_of_actions', `${reference}.`, { details: { reference } })
        })
      }
      // If both kinds of actions are there, the flat ones count.
      const input = flat.length > 0 ? { flat } : { types, args }
      return registry.advance(this.#engine, gameId, input as never, (view) =>
        this.#show(requestId, view, 'step', client),
      )
    }
    return this.#run('step_game', requestId, client, work, errorPayload)
  }

  #state(requestId: string, gameId: string, client: Client): Frame | Pending {
    const look = (): Answer<Frame> =>
      this.#router.registry.look(this.#engine, gameId, (view) => this.#show(requestId, view, 'state', client))
    return this.#run('get_state', requestId, client, look, errorPayload)
  }

  /** Encodes what there is to see: the next step changes it. */
  #show(requestId: string, view: StepView, as: 'step' | 'state', client: Client): Frame {
    const { into } = client
    writeStepResponse(into ?? this.#writer, requestId, view, as)
    if (into !== undefined) return WRITTEN
    const frame = this.#writer.take()
    client.encoded = frame.length
    return frame
  }

  #call(requestId: string, call: Call, client: Client): Frame | Pending {
    const { name, result } = call
    const work = (): Answer<Frame> => {
      const answer = this.#router.call({ module: 'mettagrid', name, args: call.args(), wire: WIRE })
      return andThen(answer, () => reply(requestId, ackPayload(result)))
    }
    return this.#run(name, requestId, client, work, (words) => ackPayload(result, words))
  }

  /** Runs `work`; what it throws is said by `refuse`. */
  #run(
    name: string,
    requestId: string,
    client: Client,
    work: () => Answer<Frame>,
    refuse: (words: string) => Payload,
  ): Frame | Pending {
    const { peer, into } = client
    const begun = this.#events.wants('gateway.request') ? performance.now() : 0
    const before = into?.position ?? 0
    const done = (frame: Frame): Frame => {
      this.#tell(name, peer, begun)
      return frame
    }
    const refused = (error: unknown): Frame => {
      this.#tell(name, peer, begun, error)
      return reply(requestId, refuse(wordsOf(error)))
    }
    try {
      const answer = work()
      if (!isPromise(answer)) return done(answer)
      // Others may be faster, so what was written already leaves the queue until it is its turn.
      const written = into !== undefined && into.position > before ? into.takeBack(before) : undefined
      client.into = undefined
      return new Pending(
        answer.then((frame) => done(written ?? frame), refused),
        name === 'create_game' || name === 'delete_game',
        written?.length ?? client.encoded,
      )
    } catch (error) {
      into?.truncate(before)
      return refused(error)
    }
  }

  #tell(name: string, peer: string, begun: number, error?: unknown): void {
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
