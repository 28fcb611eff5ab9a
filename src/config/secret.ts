/** A text that never prints. */
import { inspect } from 'node:util'

/** Prints as its kind in brackets wherever it is printed; only `reveal()` gives it out. */
export class Secret {
  readonly #text: string
  readonly #kind: string

  /** @param kind what is printed instead: `token` prints as `[token]` */
  constructor(text: string, kind: string) {
    this.#text = text
    this.#kind = kind
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return `[${this.#kind}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
