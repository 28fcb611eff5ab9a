/**
 * A cursor over the bytes of a message in its plain form: short ASCII texts, numbers below 2^28, every field once. Where
 * a message is anything else, `ok` becomes false and stays so: then the generated code has to read it.
 */
export class PlainReader {
  /** False as soon as something was not plain. */
  ok = true
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  /** The next byte, which is a tag while fields have small numbers; -1 at the end. */
  peek(): number {
    return this.#at < this.#end ? (this.#bytes[this.#at] ?? -1) : -1
  }

  /** The same, and goes past it. */
  next(): number {
    const byte = this.peek()
    this.#at += 1
    return byte
  }

  /** True while everything was plain and something is left. */
  more(): boolean {
    return this.ok && this.#at < this.#end
  }

  /** Goes into a message that is the last field of the one around it. False: it is not. */
  opens(tag: number): boolean {
    return this.next() === tag && this.varint() === this.#end - this.#at && this.ok
  }

  /** A text, its tag included: at most 127 bytes of ASCII. */
  text(): string {
    const bytes = this.#bytes
    const length = bytes[this.#at + 1] ?? 0
    const start = this.#at + 2
    const end = start + length
    if (length > 127 || end > this.#end) return this.#doubt('')
    let text = ''
    for (let i = start; i < end; i++) {
      const byte = bytes[i] ?? 0
      if (byte > 127) return this.#doubt('')
      text += String.fromCharCode(byte)
    }
    this.#at = end
    return text
  }

  /** Bytes, their tag included: a view. */
  bytes(): Uint8Array {
    this.#at += 1
    const length = this.varint()
    const start = this.#at
    if (!this.ok || start + length > this.#end) return this.#doubt(this.#bytes.subarray(0, 0))
    this.#at = start + length
    return this.#bytes.subarray(start, this.#at)
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at >= this.#end) break
      const byte = this.#bytes[this.#at] ?? 0
      this.#at += 1
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
    return this.#doubt(-1)
  }

  /** Numbers in one piece, after their tag. */
  varints(to: number[]): void {
    const length = this.varint()
    const end = this.#at + length
    if (end > this.#end) this.ok = false
    while (this.ok && this.#at < end) to.push(this.varint())
    if (this.#at !== end) this.ok = false
  }

  #doubt<T>(value: T): T {
    this.ok = false
    return value
  }
}
