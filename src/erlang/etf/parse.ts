/** Reads terms as Erlang's shell and `file:consult/1` do: text to term. Source: Erlang Reference Manual, "Data Types". */
import { BeamcadeError } from '../../errors.ts'
import { DEFAULT_MAX_DEPTH } from './limits.ts'
import { parseBinary } from './parse-binary.ts'
import { Scanner, type Token } from './scan.ts'
import { TermMap } from './term-map.ts'
import { atom, ExportFun, Float, float, ImproperList, Tuple, type Term } from './terms.ts'

/** The longest text that is read, in characters: its terms fit into memory. */
const MAX_CHARACTERS = 33_554_432

/** A container whose end has not come yet. */
interface Frame {
  readonly open: '{' | '[' | '#{'
  readonly at: number
  readonly items: Term[]
  tail: Term | undefined
  inTail: boolean
  /** How many lists that go on as the tail of this one wait for their bracket, too. */
  extra: number
}

const CLOSERS = { '{': '}', '[': ']', '#{': '}' } as const

/**
 * The term that `text` holds: numbers (also `16#ff`, `$a`), atoms, strings, tuples, lists, maps, binaries, `fun m:f/a`.
 * A full stop at the end may be there. Of equal keys in a map the last one counts, as in Erlang.
 * @throws BeamcadeError `bad_syntax` (details: line, column, offset), `too_deep`, `too_large`
 */
export function parse(text: string): Term {
  if (text.length > MAX_CHARACTERS) {
    throw new BeamcadeError('too_large', `A text of ${text.length} characters is longer than ${MAX_CHARACTERS}.`)
  }
  const parser = new Parser(new Scanner(text))
  return parser.parse()
}

class Parser {
  readonly #scanner: Scanner
  #token: Token

  constructor(scanner: Scanner) {
    this.#scanner = scanner
    this.#token = scanner.next()
  }

  parse(): Term {
    const stack: Frame[] = []
    for (;;) {
      const token = this.#token
      if (token.kind === 'sign' && (token.text === '{' || token.text === '[' || token.text === '#{')) {
        if (stack.length >= DEFAULT_MAX_DEPTH) {
          throw new BeamcadeError('too_deep', `The term is nested deeper than ${DEFAULT_MAX_DEPTH} levels.`)
        }
        this.#advance()
        const outer = stack[stack.length - 1]
        if (token.text === '[' && outer?.inTail === true && this.#goesOn(outer)) continue
        const frame: Frame = { open: token.text, at: token.at, items: [], tail: undefined, inTail: false, extra: 0 }
        if (!this.#takes(CLOSERS[frame.open])) {
          stack.push(frame)
          continue
        }
        const done = this.#complete(stack, close(frame))
        if (done !== undefined) return done
        continue
      }
      const done = this.#complete(stack, this.#leaf())
      if (done !== undefined) return done
    }
  }

  /** Puts a value where it belongs, and closes what ends with it. Answers the whole term when it is complete. */
  #complete(stack: Frame[], first: Term): Term | undefined {
    let value = first
    for (;;) {
      const frame = stack[stack.length - 1]
      if (frame === undefined) return this.#finish(value)
      if (frame.inTail) frame.tail = value
      else frame.items.push(value)
      if (frame.open === '#{' && frame.items.length % 2 === 1) {
        if (!this.#takes('=>')) this.#unexpected('=> after a key')
        return undefined
      }
      if (!frame.inTail && this.#takes(',')) return undefined
      if (frame.open === '[' && !frame.inTail && this.#takes('|')) {
        frame.inTail = true
        return undefined
      }
      for (let i = 0; i <= frame.extra; i++) {
        if (!this.#takes(CLOSERS[frame.open])) this.#unexpected(`, or ${CLOSERS[frame.open]}`)
      }
      value = close(frame)
      stack.pop()
    }
  }

  /** A list that stands as the tail of another makes that one longer, not deeper; an empty one only ends it. */
  #goesOn(outer: Frame): boolean {
    if (this.#token.kind === 'sign' && this.#token.text === ']') return false
    outer.inTail = false
    outer.extra += 1
    return true
  }

  #finish(value: Term): Term {
    this.#takes('.')
    if (this.#token.kind !== 'end') this.#unexpected('the end')
    return value
  }

  #advance(): Token {
    const token = this.#token
    this.#token = this.#scanner.next()
    return token
  }

  #takes(sign: string): boolean {
    if (this.#token.kind !== 'sign' || this.#token.text !== sign) return false
    this.#advance()
    return true
  }

  #unexpected(wanted: string): never {
    const token = this.#token
    if (token.kind === 'variable')
      this.#scanner.fail(`${token.text} is a variable, and a term has none: an atom is '${token.text}'`, token.at)
    const found =
      token.kind === 'end' ? 'the text ends' : `there is ${'text' in token ? JSON.stringify(token.text) : token.value}`
    return this.#scanner.fail(`Expected ${wanted}, but ${found}`, token.at)
  }

  #leaf(): Term {
    if (this.#takes('-')) return negated(this.#number())
    if (this.#takes('+')) return this.#number()
    if (this.#takes('<<')) return this.#binary()
    const token = this.#token
    switch (token.kind) {
      case 'integer':
      case 'float':
        return this.#number()
      case 'atom':
        this.#advance()
        return token.text === 'fun' && this.#token.kind === 'atom' ? this.#fun() : atom(token.text)
      case 'string':
        return this.#string()
      default:
        return this.#unexpected('a term')
    }
  }

  #number(): number | bigint | Float {
    const token = this.#token
    if (token.kind !== 'integer' && token.kind !== 'float') return this.#unexpected('a number')
    this.#advance()
    return token.kind === 'float' ? float(token.value) : token.value
  }

  /** Strings behind each other are one. */
  #string(): Term {
    const codes: number[] = []
    for (let token = this.#token; token.kind === 'string'; token = this.#token) {
      for (const char of token.text) codes.push(char.codePointAt(0) as number)
      this.#advance()
    }
    return codes
  }

  #fun(): ExportFun {
    const module = this.#name()
    if (!this.#takes(':')) this.#unexpected(': in fun m:f/a')
    const name = this.#name()
    if (!this.#takes('/')) this.#unexpected('/ in fun m:f/a')
    const token = this.#token
    if (token.kind !== 'integer' || token.value > 255) return this.#unexpected('an arity up to 255')
    this.#advance()
    return new ExportFun(atom(module), atom(name), Number(token.value))
  }

  #name(): string {
    const token = this.#token
    if (token.kind !== 'atom') return this.#unexpected('an atom')
    this.#advance()
    return token.text
  }

  #binary(): Term {
    return parseBinary({
      token: () => this.#token,
      advance: () => this.#advance(),
      takes: (sign) => this.#takes(sign),
      unexpected: (wanted) => this.#unexpected(wanted),
    })
  }
}

function negated(value: number | bigint | Float): number | bigint | Float {
  if (value instanceof Float) return new Float(-value.value)
  if (typeof value === 'bigint') return -value
  return value === 0 ? 0 : -value
}

function close(frame: Frame): Term {
  const { items, tail } = frame
  if (frame.open === '{') return new Tuple(items)
  if (frame.open === '#{') {
    const pairs: [Term, Term][] = []
    for (let i = 0; i < items.length; i += 2) pairs.push([items[i] as Term, items[i + 1] as Term])
    return TermMap.from(pairs)
  }
  // Of lists, only the empty one gets here as a tail.
  return tail === undefined || Array.isArray(tail) ? items : new ImproperList(items, tail)
}
