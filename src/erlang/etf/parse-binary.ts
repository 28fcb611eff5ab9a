/** `<<…>>`: texts and integers, each with a size or type. Source: Erlang Reference Manual, "Bit Syntax Expressions". */
import type { Token } from './scan.ts'
import { BitString, type Term } from './terms.ts'

/** What the parser lends. */
export interface TokenSource {
  token(): Token
  advance(): Token
  takes(sign: string): boolean
  unexpected(wanted: string): never
}

/** The longest segment, in bits: a size is only a number, and must not take memory that the text does not. */
const MAX_SEGMENT_BITS = 4096

/** Collects bits; whole bytes as they fill. */
class Bits {
  readonly bytes: number[] = []
  #open = 0
  #count = 0

  push(value: number | bigint, size: number): void {
    if (this.#count === 0 && size === 8) {
      this.bytes.push(Number(BigInt.asUintN(8, BigInt(value))))
      return
    }
    const bits = BigInt.asUintN(size, BigInt(value))
    for (let i = size - 1; i >= 0; i--) {
      this.#open = (this.#open << 1) | Number((bits >> BigInt(i)) & 1n)
      this.#count += 1
      if (this.#count < 8) continue
      this.bytes.push(this.#open)
      this.#open = 0
      this.#count = 0
    }
  }

  term(): Term {
    if (this.#count === 0) return Uint8Array.from(this.bytes)
    return new BitString(Uint8Array.from([...this.bytes, this.#open << (8 - this.#count)]), this.#count)
  }
}

/** What stands between `<<`, which has been read, and `>>`. */
export function parseBinary(source: TokenSource): Term {
  const bits = new Bits()
  if (source.takes('>>')) return bits.term()
  do segment(source, bits)
  while (source.takes(','))
  if (!source.takes('>>')) source.unexpected(', or >>')
  return bits.term()
}

function segment(source: TokenSource, bits: Bits): void {
  const negative = source.takes('-')
  const token = source.token()
  if (token.kind === 'string' && !negative) {
    source.advance()
    if (source.takes('/')) {
      type(source, 'utf8')
      for (const byte of Buffer.from(token.text, 'utf8')) bits.push(byte, 8)
    } else {
      const size = source.takes(':') ? sizeOf(source) : 8
      for (const char of token.text) bits.push(char.codePointAt(0) as number, size)
    }
    return
  }
  if (token.kind !== 'integer') source.unexpected('a string or an integer')
  source.advance()
  if (source.takes('/')) {
    type(source, 'utf8')
    if (negative || token.value > 0x10ffff) source.unexpected('the number of a character before /utf8')
    for (const byte of Buffer.from(String.fromCodePoint(Number(token.value)), 'utf8')) bits.push(byte, 8)
    return
  }
  const size = source.takes(':') ? sizeOf(source) : 8
  bits.push(negative ? -token.value : token.value, size)
}

function sizeOf(source: TokenSource): number {
  const token = source.token()
  if (token.kind !== 'integer' || token.value > MAX_SEGMENT_BITS)
    source.unexpected(`a size up to ${MAX_SEGMENT_BITS} bits`)
  source.advance()
  return Number(token.value)
}

function type(source: TokenSource, wanted: string): void {
  const token = source.token()
  if (token.kind !== 'atom' || token.text !== wanted) source.unexpected(wanted)
  source.advance()
}
