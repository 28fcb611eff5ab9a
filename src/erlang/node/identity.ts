/** Who this node is, and the pids and references it makes: none is ever made twice in one life of the node. */
import { Pid, Ref } from '../etf/terms.ts'

/** The number of the first word of a reference: 18 bits are what all readers keep. */
const FIRST_WORD = 0x40000
const WORD = 0x1_0000_0000

export class Identity {
  readonly name: string
  /** Tells this life of the node from those before it: part of every pid and reference. Not 0. */
  readonly creation: number
  #id = 0
  #serial = 0
  readonly #refWords: [number, number, number] = [0, 0, 0]

  constructor(name: string, creation: number) {
    this.name = name
    this.creation = creation
  }

  /** A new pid. The id counts through 32 bits, then the serial goes on. */
  makePid(): Pid {
    this.#id += 1
    if (this.#id === WORD) {
      this.#id = 0
      this.#serial += 1
    }
    return new Pid(this.name, this.#id, this.#serial, this.creation)
  }

  /** A new reference: 82 bits of counter. */
  makeRef(): Ref {
    const words = this.#refWords
    words[0] += 1
    if (words[0] === FIRST_WORD) {
      words[0] = 0
      words[1] += 1
      if (words[1] === WORD) {
        words[1] = 0
        words[2] += 1
      }
    }
    return new Ref(this.name, this.creation, [words[0], words[1], words[2]])
  }

  /** True if this node made `pid` in this life. */
  owns(term: Pid | Ref): boolean {
    return term.node === this.name && term.creation === this.creation
  }
}
