/** Splits Erlang text into tokens. Source: Erlang Reference Manual, "Data Types" and "Escape Sequences". */
import { BeamcadeError } from '../../errors.ts'

export type Token =
  | { kind: 'atom' | 'string' | 'sign' | 'variable'; text: string; at: number }
  | { kind: 'integer'; value: number | bigint; at: number }
  | { kind: 'float'; value: number; at: number }
  | { kind: 'end'; at: number }

const SPACE = /(?:[\s\u0080-\u00a0]+|%[^\n]*)+/y
const ATOM = /[a-z\xdf-\xf6\xf8-\xff][\p{L}\p{N}_@]*/uy
const VARIABLE = /[A-Z_\xc0-\xd6\xd8-\xde][\p{L}\p{N}_@]*/uy
const NUMBER = /\d+(?:_\d+)*(?:\.\d+(?:_\d+)*(?:[eE][+-]?\d+)?|#[0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*)?/y
const SIGN = /#\{|<<|>>|=>|:=|[{}[\],|:/.+-]/y
const PLAIN_TEXT = /[^\\"]+/y
const PLAIN_NAME = /[^\\']+/y
const ESCAPE = /\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([0-7]{1,3})|\^([@-_a-z])|([^]))/uy
const CHAR = /[^]/uy

const NAMED: Readonly<Record<string, string>> = {
  b: '\b',
  d: '\x7f',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  s: ' ',
  t: '\t',
  v: '\v',
}

/** More digits than an integer of `maxBigBytes` (512 KiB) has. */
const MAX_DIGITS = 1_262_612

export class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  fail(what: string, at = this.#at): never {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    throw new BeamcadeError('bad_syntax', `${what} at line ${line}, column ${column}.`, {
      details: { line, column, offset: at },
    })
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found !== null) this.#at = pattern.lastIndex
    return found
  }

  next(): Token {
    this.#match(SPACE)
    const at = this.#at
    if (at === this.#text.length) return { kind: 'end', at }
    const first = this.#text[at]
    if (first === '"') return { kind: 'string', text: this.#quoted('"', PLAIN_TEXT), at }
    if (first === "'") return { kind: 'atom', text: this.#quoted("'", PLAIN_NAME), at }
    if (first === '$') return { kind: 'integer', value: this.#char(), at }
    const sign = this.#match(SIGN)
    if (sign !== null) return { kind: 'sign', text: sign[0], at }
    const atom = this.#match(ATOM)
    if (atom !== null) return { kind: 'atom', text: atom[0], at }
    const number = this.#match(NUMBER)
    if (number !== null) return this.#number(number[0], at)
    const variable = this.#match(VARIABLE)
    if (variable !== null) return { kind: 'variable', text: variable[0], at }
    return this.fail(`Nothing in a term begins with ${JSON.stringify(first)}`)
  }

  #number(text: string, at: number): Token {
    const digits = text.replaceAll('_', '')
    if (digits.length > MAX_DIGITS) this.fail(`An integer of ${digits.length} digits is too long`, at)
    if (digits.includes('#')) return { kind: 'integer', value: this.#based(digits, at), at }
    if (digits.includes('.')) {
      const value = Number(digits)
      if (!Number.isFinite(value)) this.fail(`The float ${digits} is too large`, at)
      return { kind: 'float', value, at }
    }
    return { kind: 'integer', value: narrowed(BigInt(digits)), at }
  }

  #based(text: string, at: number): number | bigint {
    const [base, digits] = text.split('#') as [string, string]
    const radix = Number(base)
    if (radix < 2 || radix > 36) this.fail(`A base is 2 to 36, not ${base}`, at)
    const bits = { 2: '0b', 8: '0o', 16: '0x' }[radix]
    const big = BigInt(radix)
    let value = 0n
    for (const digit of digits) {
      const number = parseInt(digit, 36)
      if (number >= radix) this.fail(`${digit} is no digit in base ${radix}`, at)
      if (bits === undefined) value = value * big + BigInt(number)
    }
    return narrowed(bits === undefined ? value : BigInt(bits + digits))
  }

  #quoted(quote: string, plain: RegExp): string {
    const start = this.#at
    this.#at += 1
    const parts: string[] = []
    for (;;) {
      const run = this.#match(plain)
      if (run !== null) parts.push(run[0])
      if (this.#at >= this.#text.length) this.fail(`The ${quote} is never closed`, start)
      if (this.#text[this.#at] === quote) {
        this.#at += 1
        return parts.join('')
      }
      parts.push(this.#escape())
    }
  }

  #escape(): string {
    const at = this.#at
    const found = this.#match(ESCAPE)
    if (found === null) return this.fail('An escape sequence is incomplete')
    const [, long, hex, octal, control, other] = found
    if (control !== undefined) return String.fromCharCode(control.toUpperCase().charCodeAt(0) - 64)
    if (other !== undefined)
      return other === 'x' ? this.fail('An escape sequence is incomplete', at) : (NAMED[other] ?? other)
    const code = octal === undefined ? parseInt((long ?? hex) as string, 16) : parseInt(octal, 8)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.fail('An escape sequence is no character', at)
    return String.fromCodePoint(code)
  }

  #char(): number {
    this.#at += 1
    if (this.#text[this.#at] === '\\') return this.#escape().codePointAt(0) as number
    const found = this.#match(CHAR)
    return found === null ? this.fail('A character must follow $') : (found[0].codePointAt(0) as number)
  }
}

function narrowed(value: bigint): number | bigint {
  return value <= 0x1fffffffffffffn ? Number(value) : value
}
