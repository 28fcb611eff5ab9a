/** What a message to a server asks for, in all the forms in which it may come. Nothing is looked up or run here. */
import { BeamcadeError } from '../../errors.ts'
import { Atom, Tuple, atomName, inspectElixir, type Term, type TermMap } from '../../erlang/index.ts'
import { isMap } from './to-value.ts'

export interface Request {
  /** `cast`: the caller said by the request's own form that no answer is wanted. */
  form: 'call' | 'cast'
  module: string
  name: string
  /** By position, or a map by name. */
  args: readonly Term[] | TermMap | ReadonlyMap<Term, Term>
}

const FORMS =
  'Known forms are {M, F, Args}, {call, M, F, Args}, {cast, M, F, Args} and {M, F}; Args is a list or a map.'

/** @throws BeamcadeError `bad_request` */
export function parseRequest(request: Term): Request {
  if (!(request instanceof Tuple)) throw notUnderstood(request)
  const parts = request.elements
  const first = parts[0]
  const form = parts.length === 4 && first instanceof Atom ? first.name : undefined
  if (form === 'call' || form === 'cast') return { form, ...functionOf(request, parts[1], parts[2], parts[3]) }
  if (parts.length === 3) return { form: 'call', ...functionOf(request, parts[0], parts[1], parts[2]) }
  if (parts.length === 2) return { form: 'call', ...functionOf(request, parts[0], parts[1], []) }
  throw notUnderstood(request)
}

function functionOf(
  request: Term,
  m: Term | undefined,
  f: Term | undefined,
  args: Term | undefined,
): Omit<Request, 'form'> {
  const module = nameOf(m)
  const name = nameOf(f)
  if (module === undefined || name === undefined || args === undefined) throw notUnderstood(request)
  if (Array.isArray(args)) return { module, name, args: args as readonly Term[] }
  if (isMap(args)) return { module, name, args }
  throw notUnderstood(request)
}

/** A name as atom, binary or charlist. */
export function nameOf(term: Term | undefined): string | undefined {
  if (term instanceof Atom) return term.name
  if (term === undefined) return undefined
  if (typeof term === 'string') return term
  if (ArrayBuffer.isView(term)) return utf8(term)
  if (Array.isArray(term)) return charlist(term as readonly Term[])
  return atomName(term)
}

/** No name is longer: what is, is not worth decoding. */
const MAX_NAME_BYTES = 1024

function utf8(bytes: Uint8Array): string | undefined {
  return bytes.length === 0 || bytes.length > MAX_NAME_BYTES ? undefined : Buffer.from(bytes).toString('utf8')
}

function charlist(items: readonly Term[]): string | undefined {
  if (items.length === 0 || items.length > MAX_NAME_BYTES) return undefined
  let text = ''
  for (const item of items) {
    if (typeof item !== 'number' || !Number.isInteger(item) || item < 0 || item > 0x10ffff) return undefined
    text += String.fromCodePoint(item)
  }
  return text
}

/** What is said of a request in no known form. `hint`: the forms that are known. */
export function notUnderstood(request: Term, hint = FORMS): BeamcadeError {
  const shown = inspectElixir(request, { limit: 10 })
  const short = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown
  return new BeamcadeError('bad_request', `The request ${short} has no form that this server understands.`, { hint })
}
