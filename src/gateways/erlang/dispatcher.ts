/** From a request to its reply: terms to values, the router, values to terms. The one way to an operation on this wire. */
import { MAX_DEPTH, type Operation, type Router, type Shape, type Value } from '../../engine/index.ts'
import { BeamcadeError } from '../../errors.ts'
import type { Events, RequestForm } from '../../events.ts'
import { Atom, Tuple, type Pid, type Term } from '../../erlang/index.ts'
import { failure, success, type Outcome } from './reply.ts'
import { nameOf, type Request } from './request.ts'
import { toTermOf, type ToTerm } from './to-term.ts'
import { GATEWAY, opaque, toValue } from './to-value.ts'

/** Who asks, and how. `caller` is undefined for a cast: nobody says who sent it. */
export interface Asker {
  readonly form: RequestForm
  readonly caller: Pid | undefined
  /** The node that sent it. */
  readonly peer: string
}

export interface DispatcherOptions {
  router: Router
  events: Events
  /** Levels of nesting of arguments, for operations that say no other number; default {@link MAX_DEPTH}. */
  maxDepth?: number
}

export class Dispatcher {
  readonly #router: Router
  readonly #events: Events
  readonly #maxDepth: number
  readonly #outputs = new WeakMap<Operation, ToTerm>()
  /** Casts and plain messages that failed: nobody waits for their answers. */
  failedCasts = 0
  /** Requests whose answers are promised. */
  #open = 0
  #whenIdle: (() => void) | undefined

  constructor({ router, events, maxDepth = MAX_DEPTH }: DispatcherOptions) {
    this.#router = router
    this.#events = events
    this.#maxDepth = maxDepth
  }

  /** Does what a request asks for. Never throws, never rejects. */
  perform(request: Request, asker: Asker): Outcome | Promise<Outcome> {
    const begun = this.#events.wants('gateway.request') ? performance.now() : 0
    let outcome: Outcome | Promise<Outcome>
    try {
      outcome = this.#run(request, asker)
    } catch (error) {
      outcome = failure(error)
    }
    if (!(outcome instanceof Promise)) return this.#tell(outcome, request, asker, begun)
    this.#open += 1
    return outcome.then((settled) => {
      this.#open -= 1
      if (this.#open === 0) this.#whenIdle?.()
      return this.#tell(settled, request, asker, begun)
    })
  }

  /** Resolves when no answer is owed any more, or after `ms`. */
  async drain(ms: number): Promise<void> {
    if (this.#open === 0) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
    await Promise.race([timeout, new Promise<void>((resolve) => (this.#whenIdle = resolve))])
    clearTimeout(timer)
  }

  /** A message that is no request: the reply, and an event. */
  refuse(error: unknown, asker: Asker): Outcome {
    return this.#tell(failure(error), undefined, asker, performance.now())
  }

  /** True if an operation of that name takes so many arguments. */
  has(module: string, name: string, arity: number): boolean {
    const operation = this.#router.operations.find(module, name, arity)
    return operation !== undefined
  }

  #run(request: Request, { caller }: Asker): Outcome | Promise<Outcome> {
    const { module, name } = request
    const who = caller === undefined ? {} : { caller: opaque(caller) }
    const given = isList(request.args) ? request.args : namedTerms(request)
    // To be found it is enough to know how many arguments there are, or their names.
    const operation = this.#router.find({ module, name, args: given as readonly Value[], wire: GATEWAY })
    const args = this.#values(operation, given)
    const answer = this.#router.result(operation, { module, name, args, wire: GATEWAY, ...who })
    return answer instanceof Promise
      ? answer.then((result) => this.#answer(operation, result), failure)
      : this.#answer(operation, answer)
  }

  #values(
    operation: Operation,
    given: readonly Term[] | ReadonlyMap<string, Term>,
  ): readonly Value[] | Map<Value, Value> {
    const levels = operation.maxDepth ?? this.#maxDepth
    const convert = (term: Term, param: Operation['params'][number] | undefined): Value =>
      param === undefined ? toValue(term, levels) : argument(term, param.shape, levels)
    if (isList(given)) return given.map((term, i) => convert(term, operation.params[i]))
    const byName = new Map<Value, Value>()
    for (const [name, term] of given)
      byName.set(
        name,
        convert(
          term,
          operation.params.find((param) => param.name === name),
        ),
      )
    return byName
  }

  /** Never throws. */
  #answer(operation: Operation, result: unknown): Outcome {
    try {
      let convert = this.#outputs.get(operation)
      if (convert === undefined) {
        convert = toTermOf(operation.output)
        this.#outputs.set(operation, convert)
      }
      const term = convert(result)
      return { term: operation.reply === 'bare' ? term : success(term) }
    } catch (error) {
      return failure(error)
    }
  }

  #tell(outcome: Outcome, request: Request | undefined, { form, peer }: Asker, begun: number): Outcome {
    const { error } = outcome
    const silent = form === 'cast' || form === 'plain'
    if (error !== undefined && silent) {
      this.failedCasts += 1
      this.#events.publish('gateway.cast_failed', {
        form,
        ...(request !== undefined && { operation: label(request) }),
        peer,
        code: error.code,
        message: error.message,
        count: this.failedCasts,
      })
    }
    if (this.#events.wants('gateway.request')) {
      this.#events.publish('gateway.request', {
        form,
        operation: request === undefined ? '?' : label(request),
        peer,
        ms: Math.round((performance.now() - begun) * 1000) / 1000,
        ...(error !== undefined && { code: error.code, message: error.message }),
      })
    }
    return outcome
  }
}

/** What the shape says of a whole argument: any term goes through as it is, and options may come as a keyword list. */
function argument(term: Term, shape: Shape, levels: number): Value {
  if (shape.kind === 'opaque') return opaque(term)
  return toValue(shape.kind === 'object' ? keywords(term) : term, levels)
}

/** `[link: true]` is a list of pairs; as a map it is the same. Of a key that is there twice the first counts, as in Elixir. */
function keywords(term: Term): Term {
  const items = Array.isArray(term) ? (term as readonly Term[]) : []
  if (items.length === 0) return term
  const pairs = new Map<Term, Term>()
  const seen = new Set<string>()
  for (const item of items) {
    const [key, value] = item instanceof Tuple && item.arity === 2 ? item.elements : []
    if (!(key instanceof Atom) || value === undefined) return term
    if (!seen.has(key.name)) pairs.set(key, value)
    seen.add(key.name)
  }
  return pairs
}

function namedTerms({ name, args }: Request): Map<string, Term> {
  const byName = new Map<string, Term>()
  for (const [key, term] of args as ReadonlyMap<Term, Term>) {
    const text = nameOf(key)
    const twice = text !== undefined && byName.has(text)
    if (text === undefined || twice) {
      const what = twice ? `the name ${text} is there twice` : 'every key must be a name'
      throw new BeamcadeError('bad_argument', `The arguments of ${name} are not understood: ${what}.`)
    }
    byName.set(text, term)
  }
  return byName
}

const label = ({ module, name, args }: Request): string =>
  isList(args) ? `${module}:${name}/${args.length}` : `${module}:${name}`

function isList(args: Request['args'] | readonly Term[] | ReadonlyMap<string, Term>): args is readonly Term[] {
  return Array.isArray(args)
}
