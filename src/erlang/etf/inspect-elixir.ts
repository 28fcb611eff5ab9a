/** How Elixir writes terms: the rules of its `Inspect` protocol. */
import type { InspectOptions, Layout, Notation } from './inspect.ts'
import { elixirFloat } from './inspect-float.ts'
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

/** Atoms that need no quotes although they are no identifiers. */
const OPERATORS = new Set(
  (
    '+ - * / < > = ! & | . ^ % @ ++ -- -> ** <- <> <= <~ >= == =~ != && |> || .. ~> {} \\\\ +++ --- <<< <<~ <~> <|> ' +
    '>>> >>> === !== &&& ||| ... ~>> %{} <<>> ..//'
  ).split(' '),
)
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}@]*[?!]?$/u
/**
 * Beyond ASCII, Elixir takes the letters that Unicode recommends for identifiers (UTS 39), without mixing scripts. Here
 * are the large scripts in today's use; a name in another one is put in quotes, which is right, too.
 */
const ONE_SCRIPT =
  /^(?:[\w@\u00c0-\u017e]+|[\d_@\u0386-\u03ce]+|[\d_@\u0400-\u045f\u048a-\u052f]+|[\w@\u00c0-\u017e\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]+|[\w@\uac00-\ud7a3]+|[\d_@\u05d0-\u05ea]+|[\d_@\u0620-\u064a]+|[\d_@\u0e01-\u0e4e]+|[\d_@\u0904-\u0939]+)[?!]?$/u
const ASCII = /^[\0-\x7f]*$/
const ALIAS = /^Elixir(?:\.[A-Z][A-Za-z0-9_]*)+$/

function isIdentifier(name: string): boolean {
  if (!IDENTIFIER.test(name)) return false
  if (ASCII.test(name)) return true
  return ONE_SCRIPT.test(name) && name === name.normalize('NFKC')
}

/** An atom as `inspect/1` writes it. */
export function elixirAtom(name: string): string {
  if (name === 'nil' || name === 'true' || name === 'false' || name === 'Elixir') return name
  if (ALIAS.test(name)) return name.slice(7)
  if (OPERATORS.has(name) || isIdentifier(name)) return `:${name}`
  return `:"${escape(name, '"')}"`
}

/** An atom as the key of a keyword list or map: `name: `. */
function keyOf(name: string): string {
  if (name !== 'Elixir' && (OPERATORS.has(name) || isIdentifier(name))) return `${name}: `
  return `"${escape(name, '"')}": `
}

/** An atom as the name of a function behind a dot. */
function functionName(name: string): string {
  return (OPERATORS.has(name) && name !== '%' && name !== '.') || (isIdentifier(name) && !/^\p{Lu}/u.test(name))
    ? name
    : `"${escape(name, '"')}"`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\x7f': '\\d',
  '\x1b': '\\e',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
  '\t': '\\t',
  '\v': '\\v',
  '\0': '\\0',
  '\ufeff': '\\uFEFF',
}

function isPrintable(code: number): boolean {
  return (
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff) ||
    (code >= 7 && code <= 13) ||
    code === 27 ||
    code === 127
  )
}

function escape(text: string, delimiter: string): string {
  const out = new TextBuilder()
  for (let i = 0; i < text.length;) {
    const code = text.codePointAt(i) as number
    const char = String.fromCodePoint(code)
    i += char.length
    if (char === delimiter || (char === '#' && text[i] === '{')) out.add(`\\${char}`)
    else out.add(escaped(char, code))
  }
  return out.text()
}

function escaped(char: string, code: number): string {
  const named = ESCAPES[char]
  if (named !== undefined) return named
  if (isPrintable(code)) return char
  const digits = code.toString(16).toUpperCase()
  return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\x{${digits}}`
}

function isKeywordKey(term: Term | undefined): boolean {
  const name = atomName(term)
  return name !== undefined && !name.startsWith('Elixir.')
}

export class ElixirNotation implements Notation {
  readonly separator = ', '
  readonly arrow = ' => '
  readonly bar = ' | '
  readonly #printableLimit: number
  readonly #sigil: boolean
  readonly #localNode: string | undefined

  constructor(options: InspectOptions) {
    this.#printableLimit = options.printableLimit ?? 4096
    this.#sigil = options.charlists !== 'quotes'
    this.#localNode = options.localNode
  }

  write(term: Term, limit: number): string | Layout {
    switch (typeof term) {
      case 'number':
        return Number.isInteger(term) ? integer(term) : elixirFloat(term)
      case 'bigint':
        return String(term)
      case 'string':
        return this.#text(Buffer.from(term, 'utf8'), limit)
    }
    const name = atomName(term)
    if (name !== undefined) return elixirAtom(name)
    if (Array.isArray(term)) return this.#list(term as readonly Term[], limit)
    if (term instanceof Tuple) return layout('{', term.elements, '}')
    if (isBytes(term)) return this.#text(term, limit)
    if (term instanceof BitString) return bits(term.bytes, term.bitsInLast, limit)
    if (isMapTerm(term)) return map(mapItems(term))
    if (term instanceof ImproperList) return layout('[', term.elements, ']', term.tail)
    if (term instanceof Float) return elixirFloat(term.value)
    if (term instanceof Pid) return `#PID<${this.#node(term)}.${term.id}.${term.serial}>`
    if (term instanceof Ref) return `#Reference<${this.#node(term)}.${term.words.toReversed().join('.')}>`
    if (term instanceof Port) return `#Port<${this.#node(term)}.${term.id}>`
    if (term instanceof ExportFun) {
      return `&${elixirAtom(nameOf(term.module))}.${functionName(nameOf(term.function))}/${term.arity}`
    }
    if (term instanceof Fun) {
      return `#Function<${term.index}.${term.oldUniq}/${term.arity} in ${elixirAtom(nameOf(term.module))}>`
    }
    return otherTerm(term, elixirAtom)
  }

  #node(identifier: Pid | Ref | Port): string {
    return identifierNode(identifier.node, this.#localNode)
  }

  #list(list: readonly Term[], limit: number): string | Layout {
    if (list.length === 0) return '[]'
    const text = asciiText(list)
    if (text !== undefined) {
      const quote = this.#sigil ? '"' : "'"
      const shown = escape(text.slice(0, this.#printableLimit), quote)
      const rest = text.length > this.#printableLimit ? ' ++ ...' : ''
      return `${this.#sigil ? '~c' : ''}${quote}${shown}${quote}${rest}`
    }
    if (!list.every((item) => item instanceof Tuple && item.arity === 2 && isKeywordKey(item.elements[0]))) {
      return layout('[', list, ']')
    }
    const shown = list.slice(0, limit + 1) as Tuple[]
    const keys = shown.map((pair) => keyOf(nameOf(pair.elements[0] as Atom)))
    return {
      ...layout(
        '[',
        shown.map((pair) => pair.elements[1] as Term),
        ']',
      ),
      prefixes: keys,
    }
  }

  #text(bytes: Uint8Array, limit: number): string {
    const text = textOf(bytes, this.#printableLimit)
    if (text === undefined) return bits(bytes, 8, limit)
    const chars = Array.from(text)
    for (const char of chars) if (!isPrintable(char.codePointAt(0) as number)) return bits(bytes, 8, limit)
    const cut = Buffer.byteLength(text) < bytes.length
    return `"${escape(text, '"')}"${cut ? ' <> ...' : ''}`
  }
}

function nameOf(term: Atom | boolean | null): string {
  return atomName(term) as string
}

function integer(value: number): string {
  return value === 0 ? '0' : BigInt(value).toString()
}

function layout(left: string, items: readonly Term[], right: string, tail?: Term): Layout {
  return { left, items, right, pairs: false, prefixes: undefined, tail }
}

/** The text of a list of printable ASCII, without DEL, as Elixir's `List.ascii_printable?/1` tells. */
function asciiText(list: readonly Term[]): string | undefined {
  for (const item of list) {
    if (!Number.isInteger(item)) return undefined
    const code = item as number
    if (!((code >= 32 && code <= 126) || (code >= 7 && code <= 13) || code === 27)) return undefined
  }
  return Buffer.from(list as readonly number[]).toString('latin1')
}

function map(items: readonly Term[]): Layout {
  let left = '%{'
  let shown = items
  const struct = structName(items)
  if (struct !== undefined) {
    left = `%${struct.name}{`
    shown = [...items.slice(0, struct.at), ...items.slice(struct.at + 2)]
  }
  const keys: string[] = []
  const values: Term[] = []
  for (let i = 0; i < shown.length; i += 2) {
    const key = shown[i] as Term
    if (!isKeywordKey(key)) return { ...layout(left, shown, '}'), pairs: true }
    keys.push(keyOf(nameOf(key as Atom)))
    values.push(shown[i + 1] as Term)
  }
  return { ...layout(left, values, '}'), prefixes: keys }
}

/** The module of a struct, and where it stands, if all keys are atoms as in every struct. */
function structName(items: readonly Term[]): { name: string; at: number } | undefined {
  let found: { name: string; at: number } | undefined
  for (let i = 0; i < items.length; i += 2) {
    const key = atomName(items[i])
    if (key === undefined) return undefined
    const value = atomName(items[i + 1])
    if (key === '__struct__' && value !== undefined && ALIAS.test(value)) found = { name: value.slice(7), at: i }
  }
  return found
}

function bits(bytes: Uint8Array, bitsInLast: number, limit: number): string {
  return writeBytes(bytes, bitsInLast, limit, ', ', ['::size(', ')'])
}
