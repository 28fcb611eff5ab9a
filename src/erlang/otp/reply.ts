/** Who waits for the answer of a call, and the answer (OTP `gen:reply/2`). */
import { ImproperList, type Pid, Ref, type Term, tuple } from '../etf/terms.ts'
import { isAtom } from '../etf/terms.ts'
import type { Process } from '../node/process.ts'

/** The alias in a tag: `[alias|Ref]` of a call, `[[alias|Ref]|_]` of a multi_call (OTP 27), or none. */
export function aliasOf(tag: Term): Ref | undefined {
  if (!(tag instanceof ImproperList)) return undefined
  const first = tag.elements[0]
  if (first instanceof ImproperList) return aliasOf(first)
  return tag.tail instanceof Ref && isAtom(first, 'alias') ? tag.tail : undefined
}

/** The calling process and the tag of its call. A caller is answered at most once. */
export class From {
  readonly pid: Pid
  /** Goes back untouched, whatever it is. */
  readonly tag: Term
  /** The node whose connection brought the call; undefined: this one. The pid may be forged, this is not. */
  readonly origin: string | undefined
  readonly #server: Process
  #open = true

  constructor(server: Process, pid: Pid, tag: Term, origin: string | undefined) {
    this.#server = server
    this.pid = pid
    this.tag = tag
    this.origin = origin
  }

  /** True until the answer was given. */
  get open(): boolean {
    return this.#open
  }

  /**
   * Answers the call; a second answer is dropped (false), as is that of a server that ended. It goes to the alias, if the
   * tag has one: then it is dropped at the other end once the caller gave up, instead of ending up in its mailbox.
   */
  reply(value: Term): boolean {
    if (!this.#open || this.#server.ended) return false
    this.#open = false
    const { core } = this.#server
    const alias = aliasOf(this.tag)
    const direct = alias === undefined || core.connections.find(alias.node)?.takesAliases === false
    try {
      this.#server.send(direct ? this.pid : alias, tuple(this.tag, value))
    } catch (error) {
      // Nothing went out (a value with no form on the wire): the caller can still be told so.
      this.#open = true
      throw error
    }
    return true
  }
}
