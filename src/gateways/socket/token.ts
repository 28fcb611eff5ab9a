/** The token that a server may ask its clients for: compared in constant time, never printed. */
import { createHash, timingSafeEqual } from 'node:crypto'

export class Token {
  readonly #digest: Buffer

  constructor(text: string) {
    this.#digest = digest(text)
  }

  /** Takes as long for a wrong token as for the right one. */
  matches(given: string): boolean {
    return timingSafeEqual(this.#digest, digest(given))
  }
}

/** Digests are equally long, whatever is compared. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
