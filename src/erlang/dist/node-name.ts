/** Names of nodes: `alive@host`. A host with a dot (or an IPv6 address) makes a long name; long and short ones do not mix. */
import { BeamcadeError } from '../../errors.ts'
import { MAX_ATOM_LENGTH } from '../etf/terms.ts'

export interface NodeName {
  /** All of it, `alive@host`. */
  readonly name: string
  /** Before the `@`: what epmd knows. */
  readonly alive: string
  readonly host: string
  /** Started with `-name` (true) or `-sname`. */
  readonly long: boolean
}

// A peer may have more than what we allow ourselves: C nodes have dots and other letters in their names. U+FFFD stands
// for bytes that were no UTF-8, so two names could look the same.
const PEER_ALIVE = /^[^\s@\p{C}\ufffd]+$/u
const OWN_ALIVE = /^[0-9A-Za-z_-]+$/
const HOST = /^[^\s@\p{C}\ufffd]+$/u

function fail(text: string, what: string): never {
  // Names come from outside: shown as JSON so that no control character reaches a terminal.
  throw new BeamcadeError('bad_node_name', `${JSON.stringify(text.slice(0, 300))} is no node name: ${what}.`)
}

/** Reads the name of another node. Throws `bad_node_name`. */
export function parseNodeName(text: string): NodeName {
  const at = text.indexOf('@')
  if (at === -1) fail(text, 'there is no @ in it')
  const alive = text.slice(0, at)
  const host = text.slice(at + 1)
  if (!PEER_ALIVE.test(alive)) fail(text, 'the part before @ is empty or has blanks or control characters')
  if (!HOST.test(host)) fail(text, 'the part after @ is empty or has blanks, control characters or another @')
  if (Array.from(text).length > MAX_ATOM_LENGTH) fail(text, `it has more than ${MAX_ATOM_LENGTH} characters`)
  return { name: text, alive, host, long: /[.:]/.test(host) }
}

/** Reads the name that this node shall have: as OTP, only letters of ASCII, digits, `_` and `-` before the `@`. */
export function parseOwnNodeName(text: string): NodeName {
  const name = parseNodeName(text)
  if (!OWN_ALIVE.test(name.alive)) fail(text, 'before @ only letters, digits, _ and - may stand')
  return name
}

/**
 * Two nodes dial each other at the same moment: whose attempt stands? The one of the node with the greater name, names
 * compared by code points. Says what to answer the caller, when we are dialling it ourselves.
 */
export function simultaneous(ourName: string, callerName: string): 'nok' | 'ok_simultaneous' {
  return compareNames(ourName, callerName) > 0 ? 'nok' : 'ok_simultaneous'
}

/** As Erlang compares atoms. UTF-16, which JavaScript compares, has another order than code points beyond U+FFFF. */
function compareNames(a: string, b: string): number {
  const left = Array.from(a)
  const right = Array.from(b)
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
