/**
 * Term -> value, without a schema: the reader of the operation knows what is meant (text may be a name, bytes or a list
 * of code points). What values have no form for (pids, funs, tuples without a tag) goes through as `Opaque`.
 */
import { types } from 'node:util'
import { Float, Name, Opaque, Tagged, type Value } from '../../engine/value.ts'
import { BeamcadeError } from '../../errors.ts'
import { Atom, Float as FloatTerm, TermMap, Tuple, type Term } from '../../erlang/index.ts'

/** The name of this gateway, in `Opaque` and in the context of handlers. */
export const GATEWAY = 'erlang'

export function opaque(term: Term): Opaque {
  return new Opaque(GATEWAY, term)
}

/** The term in an `Opaque` of this gateway. */
export function contentOf(value: Value | undefined): Term | undefined {
  return value instanceof Opaque && value.gateway === GATEWAY ? (value.content as Term) : undefined
}

/**
 * @param levels how many levels of lists, maps and tuples may follow
 * @throws BeamcadeError `too_deep`: checked on the way down, so that no term can exhaust the stack
 */
export function toValue(term: Term, levels: number, limit = levels): Value {
  if (typeof term !== 'object' || term === null) return term
  if (ArrayBuffer.isView(term)) return term
  if (term instanceof Atom) return new Name(term.name)
  if (term instanceof FloatTerm) return new Float(term.value)
  if (Array.isArray(term)) {
    const items = term as readonly Term[]
    if (items.every(isPlain)) return items
    return items.map((item) => toValue(item, deeper(levels, limit), limit))
  }
  if (term instanceof Tuple) return tupleValue(term, levels, limit)
  if (isMap(term)) {
    const below = deeper(levels, limit)
    const map = new Map<Value, Value>()
    for (const [key, item] of term) map.set(toValue(key, below, limit), toValue(item, below, limit))
    return map
  }
  return opaque(term)
}

/** Only a tuple that begins with an atom is tagged. */
function tupleValue(term: Tuple, levels: number, limit: number): Value {
  const [tag, ...fields] = term.elements
  if (!(tag instanceof Atom)) return opaque(term)
  const below = deeper(levels, limit)
  return new Tagged(
    tag.name,
    fields.map((field) => toValue(field, below, limit)),
  )
}

/** The same as a term and as a value. */
function isPlain(term: Term): term is null | boolean | number | bigint | string {
  return typeof term !== 'object' || term === null
}

function deeper(levels: number, limit: number): number {
  if (levels > 1) return levels - 1
  const sentence = `The arguments are nested deeper than ${limit} levels (maxValueDepth).`
  throw new BeamcadeError('too_deep', sentence, { details: { limit } })
}

export function isMap(term: Term): term is TermMap | ReadonlyMap<Term, Term> {
  return term instanceof TermMap || types.isMap(term)
}
