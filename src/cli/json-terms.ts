/**
 * Terms as JSON, for `beamcade call`. JSON's strings are binaries, `null`, `true` and `false` the atoms; what JSON has no
 * form for is an object with one key: `{"$atom": "ok"}`, `{"$tuple": [1, 2]}`, `{"$bytes": "base64"}`, `{"$float": 1}`;
 * pids and other things that only Erlang can write are `{"$erlang": "<0.1.0>"}`, on the way out only.
 */
import { BeamcadeError } from '../errors.ts'
import { Atom, Float, TermMap, Tuple, atom, inspectErlang, type Term } from '../erlang/index.ts'

/** @throws BeamcadeError `bad_argument` */
export function fromJson(json: unknown): Term {
  if (typeof json === 'number' && Number.isInteger(json) && !Number.isSafeInteger(json)) {
    throw new BeamcadeError('bad_argument', `JSON cannot hold the integer ${json} exactly.`)
  }
  if (json === null || typeof json === 'boolean' || typeof json === 'number') return json
  if (typeof json === 'string') return Buffer.from(json)
  if (Array.isArray(json)) return json.map(fromJson)
  const entries = Object.entries(json as object) as [string, unknown][]
  const [only] = entries
  if (entries.length === 1 && only?.[0].startsWith('$') === true) return special(only[0], only[1])
  return new TermMap(entries.flatMap(([key, value]) => [Buffer.from(key), fromJson(value)]))
}

function special(kind: string, content: unknown): Term {
  if (kind === '$atom' && typeof content === 'string') return atom(content)
  if (kind === '$tuple' && Array.isArray(content)) return new Tuple(content.map(fromJson))
  if (kind === '$bytes' && typeof content === 'string') return Buffer.from(content, 'base64')
  if (kind === '$float' && typeof content === 'number') return Number.isInteger(content) ? new Float(content) : content
  const sentence = `{"${kind}": …} means no term: known are "$atom" and "$bytes" with a string, "$tuple" with a list, "$float" with a number.`
  throw new BeamcadeError('bad_argument', sentence, { hint: 'See `beamcade call --help`.' })
}

/** What JSON.stringify takes. */
export function toJson(term: Term): unknown {
  if (term === null || typeof term === 'boolean' || typeof term === 'number' || typeof term === 'string') return term
  if (typeof term === 'bigint') return { $erlang: String(term) }
  if (term instanceof Atom) return term.name
  if (term instanceof Float) return term.value
  if (ArrayBuffer.isView(term)) return textOf(term) ?? { $bytes: Buffer.from(term).toString('base64') }
  if (term instanceof Tuple) return { $tuple: term.elements.map(toJson) }
  if (Array.isArray(term)) return (term as readonly Term[]).map(toJson)
  if (term instanceof TermMap) return objectOf(term)
  return { $erlang: inspectErlang(term) }
}

/** Keys that are no text are written as Erlang writes them. Without a prototype a key means nothing but itself. */
function objectOf(map: TermMap): unknown {
  const object = Object.create(null) as Record<string, unknown>
  for (const [key, value] of map) object[keyText(key)] = toJson(value)
  return object
}

function keyText(key: Term): string {
  if (key instanceof Atom) return key.name
  return (ArrayBuffer.isView(key) ? textOf(key) : undefined) ?? (typeof key === 'string' ? key : inspectErlang(key))
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
