/** What both ways of printing share. */
import { types } from 'node:util'
import { BeamcadeError } from '../../errors.ts'
import type { Layout } from './inspect.ts'
import { TermMap } from './term-map.ts'
import { atomName, LocalTerm, NativeRecord, type Term } from './terms.ts'

/** How the node of an identifier is written: 0 on that node itself, elsewhere by name. */
export function identifierNode(node: string, localNode: string | undefined): string {
  return node === localNode ? '0' : node
}

export function isMapTerm(term: Term): term is TermMap | ReadonlyMap<Term, Term> {
  return term instanceof TermMap || types.isMap(term)
}

/** Keys and values in turn. */
export function mapItems(map: TermMap | ReadonlyMap<Term, Term>): readonly Term[] {
  if (map instanceof TermMap) return map.entries
  const items: Term[] = []
  for (const [key, value] of map) items.push(key, value)
  return items
}

/** The terms that neither language of today has a syntax for: native records as OTP 29 writes them, node-local terms. */
export function otherTerm(term: Term, atomText: (name: string) => string): string | Layout {
  if (term instanceof LocalTerm) return `#Local<${term.bytes.length} bytes>`
  if (term instanceof NativeRecord) {
    const name = (atom: Term): string => atomText(atomName(atom) as string)
    return {
      left: `#${name(term.module)}:${name(term.name)}{`,
      right: '}',
      items: term.values,
      pairs: false,
      prefixes: term.names.map((field) => `${name(field)} = `),
      tail: undefined,
    }
  }
  throw new BeamcadeError('bad_argument', `A value of type ${typeof term} is no Erlang term.`)
}

/** The text that bytes are in UTF-8, at most `limit` characters of it; undefined if that much is no UTF-8. */
export function textOf(bytes: Uint8Array, limit = Infinity): string | undefined {
  let end = bytes.length
  if (end > limit) {
    // Where the character after the last one begins.
    let count = 0
    for (end = 0; end < bytes.length; end++) {
      if (((bytes[end] as number) & 0xc0) !== 0x80 && count++ === limit) break
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end))
  } catch {
    return undefined
  }
}

/** The longest text that is printed, in characters. A limit on what is shown (`limit`) is the way to stay below. */
export const MAX_TEXT = 33_554_432

/** How many pieces are gathered before they become one text. */
const CHUNK = 4096

/** Gathers a long text from short pieces, in bounded memory. */
export class TextBuilder {
  readonly #chunks: string[] = []
  #pieces: string[] = []
  #length = 0

  add(text: string): void {
    this.#length += text.length
    if (this.#length > MAX_TEXT) {
      throw new BeamcadeError('too_large', `The term takes more than ${MAX_TEXT} characters to print.`, {
        hint: 'Print less of it: set `limit`.',
      })
    }
    this.#pieces.push(text)
    if (this.#pieces.length < CHUNK) return
    this.#chunks.push(this.#pieces.join(''))
    this.#pieces = []
  }

  text(): string {
    return this.#chunks.join('') + this.#pieces.join('')
  }
}

/** The bytes between `<<` and `>>`; `size` is what stands between the bits of the last byte and their number. */
export function writeBytes(
  bytes: Uint8Array,
  bitsInLast: number,
  limit: number,
  separator: string,
  size: [string, string],
): string {
  const out = new TextBuilder()
  out.add('<<')
  for (let i = 0; i < bytes.length; i++) {
    if (i > 0) out.add(separator)
    if (i >= limit) {
      out.add('...')
      break
    }
    const byte = bytes[i] as number
    const last = i === bytes.length - 1 && bitsInLast < 8
    out.add(last ? `${byte >> (8 - bitsInLast)}${size[0]}${bitsInLast}${size[1]}` : String(byte))
  }
  out.add('>>')
  return out.text()
}
