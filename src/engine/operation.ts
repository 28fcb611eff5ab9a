/**
 * An operation: something that can be called from every wire. What it takes and answers is said once, by schemas; Erlang
 * modules, routes, command line and documentation all come from that.
 */
import type { z } from 'zod'
import { BeamcadeError } from '../errors.ts'
import type { Events } from '../events.ts'
import { describeField, describeSchema } from './describe-schema.ts'
import { readerOf, type Reader } from './read.ts'
import type { Registry } from './registry.ts'
import type { Field, Shape } from './shape.ts'
import type { OperationTable } from './table.ts'
import type { Opaque, Value } from './value.ts'
import { writerOf, type Writer } from './write.ts'

/** What a handler may use besides its arguments. */
export interface Context {
  readonly registry: Registry
  readonly operations: OperationTable
  readonly events: Events
  /** Who called, in the words of the gateway; undefined where callers have no identity. */
  readonly caller: Opaque | undefined
  /** The gateway that the call came by: `erlang`, `http`, … */
  readonly wire: string
}

/** A parameter. Declared apart from its operation it needs `as const`, or its name is any string to the handler's types. */
export interface Param<N extends string = string, S extends z.ZodType = z.ZodType> {
  readonly name: N
  readonly doc: string
  readonly schema: S
  /** It may be left out. Only the last parameters may be optional. */
  readonly optional?: boolean
}

/** The arguments of a handler, by the names of the parameters. */
export type ArgsOf<P extends readonly Param[]> = {
  [K in P[number] as K['name']]: z.output<K['schema']> | (K extends { readonly optional: true } ? undefined : never)
}

export interface OperationDefinition<P extends readonly Param[], O extends z.ZodType> {
  readonly module: string
  readonly name: string
  /** What it does, in a sentence or two. */
  readonly doc: string
  readonly params: P
  readonly output: O
  /** `tagged` (default): Erlang callers get `{ok, Value}` or `{error, Map}`; `bare`: the value itself. */
  readonly reply?: 'tagged' | 'bare'
  /** `erlang`: served to Erlang callers only. Default: `all`. */
  readonly wires?: 'all' | 'erlang'
  /** It only looks: nothing is other than before. Default: false. */
  readonly reads?: boolean
  /** Levels of nesting that the arguments may have. Default: 512. */
  readonly maxDepth?: number
  handler(args: ArgsOf<P>, context: Context): z.input<O> | Promise<z.input<O>>
}

/** A parameter of an operation that is ready to be served. */
export interface ReadyParam extends Field {
  readonly name: string
  readonly doc: string
  readonly read: Reader
}

/** An operation that is ready to be served: its schemas as plain trees. */
export interface Operation {
  /** Tells it from an engine, also across copies of this module. */
  readonly kind: 'operation'
  readonly module: string
  readonly name: string
  readonly doc: string
  readonly params: readonly ReadyParam[]
  /** How many arguments it takes, at least and at most. */
  readonly arity: { readonly min: number; readonly max: number }
  readonly output: Shape
  readonly reply: 'tagged' | 'bare'
  readonly wires: 'all' | 'erlang'
  /** It only looks: safe to call for whoever must not change anything. */
  readonly reads: boolean
  readonly maxDepth: number | undefined
  readonly write: Writer
  /** @throws BeamcadeError `bad_argument` if a written answer does not follow the output schema */
  checkOutput(answer: Value): void
  handler(args: Readonly<Record<string, unknown>>, context: Context): unknown
}

const IDENTIFIER = /^[a-z][a-z0-9_]*$/

/**
 * Makes an operation out of its definition.
 * @throws BeamcadeError `bad_operation` if it could not be served: a name that no wire can carry, a schema with no form
 */
export function defineOperation<const P extends readonly Param[], O extends z.ZodType>(
  definition: OperationDefinition<P, O>,
): Operation {
  const { module, name, doc } = definition
  const id = `${module}:${name}`
  for (const part of [module, name, ...definition.params.map((param) => param.name)]) {
    if (!IDENTIFIER.test(part)) {
      throw new BeamcadeError('bad_operation', `${id}: "${part}" is no name in snake_case.`)
    }
  }
  if (doc.trim() === '') throw new BeamcadeError('bad_operation', `${id} has no doc.`)
  const params = definition.params.map(readyParam)
  const min = params.filter((param) => !param.optional).length
  if (params.slice(0, min).some((param) => param.optional)) {
    throw new BeamcadeError('bad_operation', `${id}: a parameter that must be there follows an optional one.`)
  }
  const output = describeSchema(definition.output)
  const readOutput = readerOf(definition.output, output)
  return {
    kind: 'operation',
    module,
    name,
    doc,
    params,
    arity: { min, max: params.length },
    output,
    reply: definition.reply ?? 'tagged',
    wires: definition.wires ?? 'all',
    reads: definition.reads ?? false,
    maxDepth: definition.maxDepth,
    write: writerOf(output),
    checkOutput: (answer) => void readOutput(answer, ['answer']),
    // The router reads the arguments by these very schemas.
    handler: (args, context) => definition.handler(args as ArgsOf<P>, context),
  }
}

function readyParam({ name, doc, schema, optional = false }: Param): ReadyParam {
  const field = describeField(schema)
  const read = readerOf(schema, field.shape)
  return { ...field, optional: optional || field.optional, name, doc, read }
}
