/** How Erlang writes terms: `~p` and `~w` of `io_lib`, on one line. */
import type { InspectErlangOptions, Layout, Notation } from './inspect.ts'
import { erlangFloat } from './inspect-float.ts'
import { identifierNode, isMapTerm, mapItems, otherTerm, TextBuilder, textOf, writeBytes } from './inspect-shared.ts'
import {
  Atom,
  atomName,
  BitString,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  isBytes,
  Pid,
  Port,
  Ref,
  Tuple,
  type Term,
} from './terms.ts'

const RESERVED = new Set(
  (
    'after and andalso band begin bnot bor bsl bsr bxor case catch cond div else end fun if let maybe not of or orelse ' +
    'receive rem try when xor'
  ).split(' '),
)
/** Latin-1's small letters begin an atom; its letters, digits, `_` and `@` go on. */
const PLAIN = /^[a-z\xdf-\xf6\xf8-\xff][A-Za-z0-9_@\xc0-\xd6\xd8-\xf6\xf8-\xff]*$/

const ESCAPES: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  92: '\\\\',
  127: '\\d',
}

function escape(text: string, quote: string, unicode: boolean): string {
  const out = new TextBuilder()
  for (const char of text) {
    const code = char.codePointAt(0) as number
    const named = ESCAPES[code]
    if (char === quote) out.add(`\\${quote}`)
    else if (named !== undefined) out.add(named)
    else if (code < 32 || (code > 127 && code < 160)) out.add(`\\${code.toString(8).padStart(3, '0')}`)
    else if (code > 255 && !unicode) out.add(`\\x{${code.toString(16).toUpperCase()}}`)
    else out.add(char)
  }
  return out.text()
}

/** An atom as Erlang writes it: in quotes where it needs them. */
export function erlangAtom(name: string, unicode = true): string {
  return PLAIN.test(name) && !RESERVED.has(name) ? name : `'${escape(name, "'", unicode)}'`
}

function isPrintable(code: number, unicode: boolean): boolean {
  if ((code >= 32 && code <= 126) || (code >= 8 && code <= 13) || code === 27 || (code >= 160 && code <= 255))
    return true
  return (
    unicode &&
    ((code > 255 && code < 0xd800) || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff))
  )
}

export class ErlangNotation implements Notation {
  readonly separator = ','
  readonly arrow = ' => '
  readonly bar = '|'
  readonly #strings: boolean
  readonly #unicode: boolean
  readonly #localNode: string | undefined

  constructor(options: InspectErlangOptions) {
    this.#strings = options.strings ?? true
    this.#unicode = options.unicode ?? true
    this.#localNode = options.localNode
  }

  write(term: Term, limit: number): string | Layout {
    switch (typeof term) {
      case 'number':
        return Number.isInteger(term) ? BigInt(term).toString() : erlangFloat(term)
      case 'bigint':
        return String(term)
      case 'string':
        return this.#binary(Buffer.from(term, 'utf8'), limit)
    }
    const name = atomName(term)
    if (name !== undefined) return this.#atom(name)
    if (Array.isArray(term)) return this.#list(term as readonly Term[])
    if (term instanceof Tuple) return layout('{', term.elements, '}')
    if (isBytes(term)) return this.#binary(term, limit)
    if (term instanceof BitString) return numbers(term.bytes, term.bitsInLast, limit)
    if (isMapTerm(term)) return { ...layout('#{', mapItems(term), '}'), pairs: true }
    if (term instanceof ImproperList) return layout('[', term.elements, ']', term.tail)
    if (term instanceof Float) return erlangFloat(term.value)
    if (term instanceof Pid) return `<${this.#node(term)}.${term.id}.${term.serial}>`
    if (term instanceof Ref) return `#Ref<${this.#node(term)}.${term.words.toReversed().join('.')}>`
    if (term instanceof Port) return `#Port<${this.#node(term)}.${term.id}>`
    if (term instanceof ExportFun) {
      return `fun ${this.#atom(nameOf(term.module))}:${this.#atom(nameOf(term.function))}/${term.arity}`
    }
    if (term instanceof Fun) return `#Fun<${this.#atom(nameOf(term.module))}.${term.oldIndex}.${term.oldUniq}>`
    return otherTerm(term, (atom) => this.#atom(atom))
  }

  #atom(name: string): string {
    return erlangAtom(name, this.#unicode)
  }

  #node(identifier: Pid | Ref | Port): string {
    return identifierNode(identifier.node, this.#localNode)
  }

  #list(list: readonly Term[]): string | Layout {
    if (list.length === 0) return '[]'
    if (!this.#strings) return layout('[', list, ']')
    for (const item of list) {
      if (!Number.isInteger(item) || !isPrintable(item as number, this.#unicode)) return layout('[', list, ']')
    }
    const text = new TextBuilder()
    for (const code of list as readonly number[]) text.add(String.fromCodePoint(code))
    return `"${escape(text.text(), '"', this.#unicode)}"`
  }

  #binary(bytes: Uint8Array, limit: number): string {
    if (bytes.length === 0) return '<<>>'
    if (!this.#strings) return numbers(bytes, 8, limit)
    const utf8 = this.#unicode ? textOf(bytes) : undefined
    if (utf8 !== undefined) {
      if (!this.#isText(utf8)) return numbers(bytes, 8, limit)
      return `<<"${escape(utf8, '"', true)}"${utf8.length === bytes.length ? '' : '/utf8'}>>`
    }
    const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    return this.#isText(latin1) ? `<<"${escape(latin1, '"', true)}">>` : numbers(bytes, 8, limit)
  }

  #isText(text: string): boolean {
    for (const char of text) if (!isPrintable(char.codePointAt(0) as number, this.#unicode)) return false
    return true
  }
}

function nameOf(term: Atom | boolean | null): string {
  return atomName(term) as string
}

function layout(left: string, items: readonly Term[], right: string, tail?: Term): Layout {
  return { left, items, right, pairs: false, prefixes: undefined, tail }
}

function numbers(bytes: Uint8Array, bitsInLast: number, limit: number): string {
  return writeBytes(bytes, bitsInLast, limit, ',', [':', ''])
}
