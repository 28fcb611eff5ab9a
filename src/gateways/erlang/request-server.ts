/** What `godot_server` and the games have in common: requests by call, by cast and as plain messages. */
import { GenServer, From, NO_REPLY, Pid, Tuple, isAtom, type CallResult, type Term } from '../../erlang/index.ts'
import { BeamcadeError } from '../../errors.ts'
import type { RequestForm } from '../../events.ts'
import type { Dispatcher } from './dispatcher.ts'
import { Order } from './order.ts'
import type { Request } from './request.ts'
import { OK, type Outcome } from './reply.ts'

export interface RequestServerOptions {
  dispatcher: Dispatcher
  /** Requests that may wait for their answers at once. */
  maxWaiting: number
}

export abstract class RequestServer extends GenServer {
  protected readonly order: Order
  readonly #dispatcher: Dispatcher
  /** Requests that are not answered yet. */
  #open = 0
  #whenIdle: (() => void) | undefined

  constructor({ dispatcher, maxWaiting }: RequestServerOptions) {
    super()
    this.#dispatcher = dispatcher
    this.order = new Order(maxWaiting)
  }

  /** @throws BeamcadeError `bad_request` */
  protected abstract parse(request: Term): Request

  override handleCall(request: Term, from: From): CallResult {
    this.#serve(request, 'call', from, from.origin)
    return NO_REPLY
  }

  override handleCast(request: Term, origin: string | undefined): void {
    this.#serve(request, 'cast', undefined, origin)
  }

  /** Every other message is taken for a cast. */
  override handleInfo(message: Term, origin: string | undefined): void {
    const inner = message instanceof Tuple && isAtom(message.elements[0], 'rex') ? message.elements : undefined
    if (inner === undefined) this.#serve(message, 'plain', undefined, origin)
    // An answer of another node's rex to something that C nodes ask when they begin.
    else if (inner.length > 2) this.#wrapped(message, inner[2], origin)
  }

  /** `{rex, Pid, {'$gen_call', {Pid, Tag}, Request}}` and `{rex, Pid, {'$gen_cast', Request}}`: no BEAM sends them, C nodes do. */
  #wrapped(message: Term, inner: Term | undefined, origin: string | undefined): void {
    const parts = inner instanceof Tuple ? inner.elements : []
    const [kind, second, third] = parts
    const from = parts.length === 3 && isAtom(kind, '$gen_call') ? this.#fromOf(second, origin) : undefined
    if (from !== undefined) this.#serve(third as Term, 'call', from, origin)
    else if (parts.length === 2 && isAtom(kind, '$gen_cast')) this.#serve(second as Term, 'cast', undefined, origin)
    else this.#serve(message, 'plain', undefined, origin)
  }

  #fromOf(term: Term | undefined, origin: string | undefined): From | undefined {
    if (!(term instanceof Tuple) || term.arity !== 2) return undefined
    const [pid, tag] = term.elements
    return pid instanceof Pid && tag !== undefined ? new From(this.process, pid, tag, origin) : undefined
  }

  /** Ends the server when what it serves is answered: the reply of the call that ended it goes out first. */
  protected stopWhenIdle(reason: Term): void {
    const stop = (): void => {
      this.stop(reason)
    }
    if (this.#open === 0) stop()
    else this.#whenIdle = stop
  }

  #serve(term: Term, form: RequestForm, from: From | undefined, origin: string | undefined): void {
    const asker = { form, caller: from?.pid, peer: origin ?? from?.pid.node ?? this.node.name }
    const answer = (outcome: Outcome): void => {
      from?.reply(outcome.term)
      this.#open -= 1
      if (this.#open === 0) this.#whenIdle?.()
    }
    this.#open += 1
    try {
      if (this.process.overfull) throw overfull()
      const request = this.parse(term)
      const work = this.order.add(from?.pid, () => {
        if (from !== undefined && request.form === 'cast') {
          // The caller of a call waits for something, even if the request says that it is a cast.
          from.reply(OK)
          asker.form = 'cast'
          asker.caller = undefined
        }
        const outcome = this.#dispatcher.perform(request, asker)
        if (!(outcome instanceof Promise)) {
          answer(outcome)
          return undefined
        }
        return outcome.then((settled) => {
          try {
            answer(settled)
          } catch (error) {
            answer(this.#dispatcher.refuse(error, asker))
          }
        })
      })
      if (work !== undefined) this.process.hold(work, term, ...(from === undefined ? [] : [from.tag]))
    } catch (error) {
      answer(this.#dispatcher.refuse(error, asker))
    }
  }
}

function overfull(): BeamcadeError {
  return new BeamcadeError(
    'overloaded',
    'What waits in this node takes as much memory as it may: the limit maxWaitingBytes.',
  )
}
