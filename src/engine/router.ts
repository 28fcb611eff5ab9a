/** One call, from any gateway: finds the operation in the table, reads the arguments by its schemas, runs its handler. */
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import type { Events } from '../events.ts'
import { checkDepth, MAX_DEPTH } from './depth.ts'
import type { Context, Operation } from './operation.ts'
import { isMap } from './phrases.ts'
import { readField, textKeys } from './read.ts'
import { andThen, type Answer, isPromise } from './answer.ts'
import type { Registry } from './registry.ts'
import type { OperationTable } from './table.ts'
import type { Opaque, Value } from './value.ts'

/** By position, or by the names of the parameters. */
export type Args = readonly Value[] | ReadonlyMap<Value, Value>

export interface Call {
  readonly module: string
  readonly name: string
  readonly args: Args
  /** Which gateway it came by. */
  readonly wire: string
  readonly caller?: Opaque | undefined
}

export interface RouterOptions {
  operations: OperationTable
  registry: Registry
  events: Events
  /**
   * Levels that lists, maps and tuples of arguments may be nested, unless an operation says another number (default 512):
   * no honest argument is deeper, and handlers may recurse.
   */
  maxDepth?: number
  /** Checks what handlers answer against their output schemas (default false): for tests, since it costs time. */
  checkOutput?: boolean
}

export class Router {
  readonly operations: OperationTable
  readonly registry: Registry
  readonly #events: Events
  readonly #checkOutput: boolean
  readonly #maxDepth: number

  constructor({ operations, registry, events, checkOutput = false, maxDepth = MAX_DEPTH }: RouterOptions) {
    this.operations = operations
    this.registry = registry
    this.#events = events
    this.#maxDepth = maxDepth
    this.#checkOutput = checkOutput
  }

  /**
   * Calls an operation.
   * @throws BeamcadeError (or the promise is rejected with it) `unknown_operation`, `wrong_arity`, `bad_argument`,
   *   `too_deep`, what the operation has against it, `internal` if it failed by a fault of its own
   */
  call(call: Call): Answer<Value> {
    return this.run(this.find(call), call)
  }

  /** The operation that a call means. @throws BeamcadeError `unknown_operation`, `wrong_arity` */
  find({ module, name, args, wire }: Call): Operation {
    const operation = isMap(args) ? this.#byNames(module, name, args) : this.operations.find(module, name, args.length)
    if (operation === undefined || !served(operation, wire)) throw this.#unknown(module, name, args, wire)
    return operation
  }

  /** Runs an operation that `find` gave for this call. @throws like {@link Router.call} */
  run(operation: Operation, call: Call): Answer<Value> {
    return andThen(this.result(operation, call), operation.write)
  }

  /**
   * The same as the handler answered it, with plain objects where the output's shape has objects and records: for gateways
   * that make their own form of it, in one go. @throws like {@link Router.call}
   */
  result(operation: Operation, { args, wire, caller }: Call): Answer<unknown> {
    checkDepth(args.values(), operation.maxDepth ?? this.#maxDepth)
    const read = readArgs(operation, args)
    const context: Context = {
      registry: this.registry,
      operations: this.operations,
      events: this.#events,
      caller,
      wire,
    }
    try {
      const result = operation.handler(read, context)
      if (!isPromise(result)) return this.#checked(operation, result)
      return result.then(
        (value) => this.#checked(operation, value),
        (error: unknown) => {
          throw this.#failure(operation, error)
        },
      )
    } catch (error) {
      throw this.#failure(operation, error)
    }
  }

  #checked(operation: Operation, result: unknown): unknown {
    if (this.#checkOutput) operation.checkOutput(operation.write(result))
    return result
  }

  #failure(operation: Operation, error: unknown): BeamcadeError {
    if (isBeamcadeError(error)) return error
    const id = `${operation.module}:${operation.name}`
    this.#events.publish('operation.failed', { operation: id, error })
    return new BeamcadeError('internal', `${id} failed by a fault of its own.`, { cause: error })
  }

  /** Of several operations of one name: the one whose parameters have the given names. */
  #byNames(module: string, name: string, args: ReadonlyMap<Value, Value>): Operation | undefined {
    const named = this.operations.named(module, name)
    if (named.length < 2) return named[0]
    const given = textKeys(args, [name])
    const fits = (operation: Operation): boolean =>
      operation.params.every((param) => param.optional || given.has(param.name)) &&
      [...given.keys()].every((key) => operation.params.some((param) => param.name === key))
    return named.find(fits) ?? named[0]
  }

  #unknown(module: string, name: string, args: Args, wire: string): BeamcadeError {
    const named = this.operations.named(module, name).filter((operation) => served(operation, wire))
    const details = { module, name }
    if (named.length > 0 && !isMap(args)) {
      return new BeamcadeError('wrong_arity', `${signatures(named)}, got ${args.length}.`, {
        details: { ...details, arities: aritiesOf(named), got: args.length },
      })
    }
    const others = this.operations.list(module).filter((operation) => served(operation, wire))
    const known =
      others.length > 0 ? ` ${module} has ${[...new Set(others.map((other) => other.name))].join(', ')}.` : ''
    const what = others.length > 0 ? `no operation ${name}` : `no module ${module}`
    return new BeamcadeError('unknown_operation', `${module}:${name} cannot be called: there is ${what}.${known}`, {
      details,
    })
  }
}

function served(operation: Operation, wire: string): boolean {
  return operation.wires === 'all' || operation.wires === wire
}

/** `mettagrid:get_state takes 1 argument (game_id)`; of several operations of one name, all that fit it: `… or …`. */
function signatures(named: readonly Operation[]): string {
  const forms = named.map(({ params, arity }) => {
    const count = arity.min === arity.max ? plural(arity.min) : `${arity.min} to ${arity.max} arguments`
    return params.length === 0 ? count : `${count} (${params.map((param) => param.name).join(', ')})`
  })
  return `${named[0]?.module ?? ''}:${named[0]?.name ?? ''} takes ${forms.join(' or ')}`
}

/** Every number of arguments that one of them takes. */
function aritiesOf(named: readonly Operation[]): number[] {
  const all = named.flatMap(({ arity: { min, max } }) => Array.from({ length: max - min + 1 }, (_, i) => min + i))
  return all.sort((a, b) => a - b)
}

function plural(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`
}

function readArgs(operation: Operation, args: Args): Record<string, unknown> {
  const byName = isMap(args) ? named(operation, args) : undefined
  const read: Record<string, unknown> = {}
  const path: (string | number)[] = []
  for (const [position, param] of operation.params.entries()) {
    path[0] = param.name
    const item = byName === undefined ? (args as readonly Value[])[position] : byName.get(param.name)
    const value = readField(param, param.read, item, path)
    if (value !== undefined) read[param.name] = value
  }
  return read
}

function named(operation: Operation, args: ReadonlyMap<Value, Value>): Map<string, Value> {
  const given = textKeys(args, [operation.name])
  for (const key of given.keys()) {
    if (!operation.params.some((param) => param.name === key)) {
      throw new BeamcadeError('bad_argument', `${signatures([operation])}, not ${JSON.stringify(key)}.`)
    }
  }
  return given
}
