/** The operations of another node, for `beamcade mcp --node`: asked for by `beamcade:describe`, called by GenServer.call. */
import { shapeOf, toJson, utf8, type Value } from '../engine/index.ts'
import { Float, Name, Tagged } from '../engine/value.ts'
import { BeamcadeError, ERROR_CODES, type ErrorCode } from '../errors.ts'
import {
  Atom,
  Float as FloatTerm,
  TermMap,
  Tuple,
  atom,
  inspectElixir,
  inspectErlang,
  isAtom,
  type Term,
} from '../erlang/index.ts'
import type { Backend, Offer } from '../gateways/mcp/index.ts'
import type { Client } from './client.ts'

/** @throws BeamcadeError what the node answers, or why it does not */
export async function nodeBackend({ node, timeoutMs }: Client, target: string, signal: AbortSignal): Promise<Backend> {
  const call = async (module: string, name: string, args: Term): Promise<Value> => {
    const request = new Tuple([atom(module), atom(name), args])
    return valueOf(await node.call({ name: 'godot_server', node: target }, request, { timeoutMs, signal }))
  }
  const all = toJson(await call('beamcade', 'describe', [])) as { module: string }[]
  const modules = [...new Set(all.map(({ module }) => module))]
  const described = await Promise.all(modules.map((module) => call('beamcade', 'describe', [Buffer.from(module)])))
  const offers = described.flatMap((answer) => toJson(answer) as Description[]).filter(({ wires }) => wires === 'all')
  return {
    offers: offers.map(offerOf),
    call: ({ module, name }, args) => call(module, name, toTerm(args)),
  }
}

/** What `beamcade:describe/1` answers of an operation. */
interface Description {
  module: string
  name: string
  doc: string
  params: { name: string; doc: string; optional: boolean; schema: unknown }[]
  output: unknown
  wires: string
  /** Not told by older nodes. */
  reads?: boolean
}

function offerOf({ module, name, doc, params, output, reads = false }: Description): Offer {
  const fields = params.map(({ schema, ...param }) => ({ ...param, shape: shapeOf(schema) }))
  return { module, name, doc, params: fields, output: shapeOf(output), reads }
}

/** The value in `{ok, Value}`. @throws BeamcadeError the error in `{error, Map}` */
function valueOf(reply: Term): Value {
  const [tag, content = null] = reply instanceof Tuple && reply.arity === 2 ? reply.elements : []
  if (isAtom(tag, 'ok')) return toValue(content)
  if (!isAtom(tag, 'error')) return toValue(reply)
  const fields = content instanceof TermMap ? (toJson(toValue(content)) as Partial<Failure>) : {}
  const { code = '', message = inspectElixir(content), hint, details = {} } = fields
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'remote_error'
  throw new BeamcadeError(known, message, { details, ...(typeof hint === 'string' && { hint }) })
}

interface Failure {
  code: string
  message: string
  hint: string | null
  details: Record<string, unknown>
}

/** Binaries that are UTF-8 are taken for text: where the shape says bytes, they become bytes again. */
function toValue(term: Term): Value {
  if (typeof term !== 'object' || term === null) return term
  if (ArrayBuffer.isView(term)) return utf8(term) ?? term
  if (term instanceof Atom) return new Name(term.name)
  if (term instanceof FloatTerm) return new Float(term.value)
  if (Array.isArray(term)) return (term as readonly Term[]).map(toValue)
  if (term instanceof TermMap) return new Map([...term].map(([key, item]) => [toValue(key), toValue(item)]))
  const [tag, ...fields] = term instanceof Tuple ? term.elements : []
  return tag instanceof Atom ? new Tagged(tag.name, fields.map(toValue)) : inspectErlang(term)
}

function toTerm(value: Value): Term {
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return value
  if (value instanceof Name) return atom(value.text)
  if (value instanceof Float) return new FloatTerm(value.value)
  if (value instanceof Tagged) return new Tuple([atom(value.tag), ...value.fields.map(toTerm)])
  if (Array.isArray(value)) return (value as readonly Value[]).map(toTerm)
  return new TermMap([...(value as ReadonlyMap<Value, Value>)].flatMap(([key, item]) => [toTerm(key), toTerm(item)]))
}
