/** What waits for a process, in the order it came: messages, and the notices of monitors and trapped exits. */
import { Atom, type Pid, type Ref, type Term, tuple } from '../etf/terms.ts'
import type { Down, ExitNotice, NamedProcess } from './types.ts'

const DOWN = new Atom('DOWN')
const EXIT = new Atom('EXIT')
const PROCESS = new Atom('process')

/** A monitor fired. */
export class DownMail implements Down {
  readonly ref: Ref
  readonly target: Pid | NamedProcess
  readonly reason: Term
  constructor(ref: Ref, target: Pid | NamedProcess, reason: Term) {
    this.ref = ref
    this.target = target
    this.reason = reason
  }
  toTerm(): Term {
    const { target } = this
    const item = 'name' in target ? tuple(new Atom(target.name), new Atom(target.node)) : target
    return tuple(DOWN, this.ref, PROCESS, item, this.reason)
  }
}

/** An exit signal was trapped. */
export class ExitMail implements ExitNotice {
  readonly from: Pid
  readonly reason: Term
  constructor(from: Pid, reason: Term) {
    this.from = from
    this.reason = reason
  }
  toTerm(): Term {
    return tuple(EXIT, this.from, this.reason)
  }
}

export type Mail = Term | DownMail | ExitMail

/** A queue of mail with its origin: constant time at both ends. */
export class Mailbox {
  #mails: Mail[] = []
  #origins: (string | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#mails.length - this.#head
  }

  push(mail: Mail, origin: string | undefined): void {
    this.#mails.push(mail)
    this.#origins.push(origin)
  }

  /** The first mail and its origin; only if `length` is not 0. */
  first(): { mail: Mail; origin: string | undefined } {
    return { mail: this.#mails[this.#head] as Mail, origin: this.#origins[this.#head] }
  }

  /** Drops the first mail. The space of what was read is given back when it is the larger half. */
  drop(): void {
    this.#mails[this.#head] = null
    this.#head += 1
    if (this.#head === this.#mails.length) {
      this.#mails.length = 0
      this.#origins.length = 0
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#mails.length) {
      this.#mails = this.#mails.slice(this.#head)
      this.#origins = this.#origins.slice(this.#head)
      this.#head = 0
    }
  }

  /** Puts mail before everything else, in its order. */
  unshift(mails: readonly { mail: Mail; origin: string | undefined }[]): void {
    this.#mails = [...mails.map((entry) => entry.mail), ...this.#mails.slice(this.#head)]
    this.#origins = [...mails.map((entry) => entry.origin), ...this.#origins.slice(this.#head)]
    this.#head = 0
  }

  clear(): void {
    this.#mails = []
    this.#origins = []
    this.#head = 0
  }
}
