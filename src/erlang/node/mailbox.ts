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

/** Mail, the node whose connection brought it, and what it takes in memory while it waits; 0 if it is this node's own. */
export interface Letter {
  readonly mail: Mail
  readonly origin: string | undefined
  readonly weight: number
}

/** A queue of mail: constant time at both ends. */
export class Mailbox {
  #mails: Mail[] = []
  #origins: (string | undefined)[] = []
  #weights: number[] = []
  #head = 0

  get length(): number {
    return this.#mails.length - this.#head
  }

  push(mail: Mail, origin: string | undefined, weight: number): void {
    this.#mails.push(mail)
    this.#origins.push(origin)
    this.#weights.push(weight)
  }

  /** The first letter; only if `length` is not 0. */
  first(): Letter {
    const head = this.#head
    return { mail: this.#mails[head] as Mail, origin: this.#origins[head], weight: this.#weights[head] as number }
  }

  /** Drops the first letter. The space of what was read is given back when it is the larger half. */
  drop(): void {
    this.#mails[this.#head] = null
    this.#head += 1
    if (this.#head === this.#mails.length) {
      this.#mails.length = 0
      this.#origins.length = 0
      this.#weights.length = 0
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#mails.length) {
      this.#mails = this.#mails.slice(this.#head)
      this.#origins = this.#origins.slice(this.#head)
      this.#weights = this.#weights.slice(this.#head)
      this.#head = 0
    }
  }

  /** Puts letters before everything else, in their order. */
  unshift(letters: readonly Letter[]): void {
    this.#mails = [...letters.map(({ mail }) => mail), ...this.#mails.slice(this.#head)]
    this.#origins = [...letters.map(({ origin }) => origin), ...this.#origins.slice(this.#head)]
    this.#weights = [...letters.map(({ weight }) => weight), ...this.#weights.slice(this.#head)]
    this.#head = 0
  }

  /** Forgets everything. Answers what it took in memory. */
  clear(): number {
    let weight = 0
    for (let i = this.#head; i < this.#weights.length; i += 1) weight += this.#weights[i] as number
    this.#mails = []
    this.#origins = []
    this.#weights = []
    this.#head = 0
    return weight
  }
}
