/**
 * The process that takes the output of code that runs elsewhere for this node: without an answer, a remote function that
 * prints would wait for ever (Erlang "The Erlang I/O Protocol").
 */
import { inspectErlang } from '../etf/index.ts'
import { Atom, ImproperList, Pid, type Term, Tuple, atomName, tuple } from '../etf/terms.ts'
import { A } from './atoms.ts'
import { GenServer } from './gen-server.ts'

export class GroupLeader extends GenServer {
  override init(): void {
    this.process.core.groupLeader = this.pid
  }

  /** `{io_request, From, ReplyAs, Request}`. */
  override handleInfo(message: Term, origin: string | undefined): void {
    if (!(message instanceof Tuple) || message.arity !== 4 || atomName(message.elements[0]) !== 'io_request') return
    const [, from, replyAs = null, request = null] = message.elements
    if (from instanceof Pid) this.send(from, tuple(A.io_reply, replyAs, this.#answer(request, origin)))
  }

  override handleCast(): void {
    // Nobody casts to an I/O server on purpose.
  }

  /** Of several requests, those behind one that fails are not looked at, as with OTP. */
  #answer(request: Term, origin: string | undefined): Term {
    for (const one of single(request)) {
      const answer = this.#answerOne(one, origin)
      if (answer !== A.ok) return answer
    }
    return A.ok
  }

  #answerOne(request: Term, origin: string | undefined): Term {
    const [kind, ...rest] = request instanceof Tuple ? request.elements : []
    if (atomName(kind) !== 'put_chars') return ENOTSUP
    const text = rest.length >= 3 ? formatted(rest.at(-1) ?? []) : characters(rest.at(-1) ?? [])
    this.process.core.events.publish('node.output', { peer: origin ?? this.pid.node, text })
    return A.ok
  }
}

/** The requests in `{requests, List}`, which may be nested. Not recursive: depth is the sender's choice. */
function* single(request: Term): Iterable<Term> {
  const open: Iterator<Term, undefined>[] = [[request].values()]
  for (let here = open.at(-1); here !== undefined; here = open.at(-1)) {
    const step = here.next()
    if (step.done === true) {
      open.pop()
      continue
    }
    const { value } = step
    const [kind, list] = value instanceof Tuple ? value.elements : []
    if (atomName(kind) === 'requests' && Array.isArray(list)) open.push((list as readonly Term[]).values())
    else yield value
  }
}

const ENOTSUP = tuple(A.error, new Atom('enotsup'))

/** `{put_chars, Encoding, Module, Function, Args}` asks the I/O server to format: format and arguments must do. */
function formatted(args: Term): string {
  const [format, values] = Array.isArray(args) ? (args as readonly Term[]) : []
  const rest = Array.isArray(values) ? (values as readonly Term[]) : []
  return [characters(format ?? []), ...rest.map((value) => inspectErlang(value))].join(' ')
}

/** The text of `unicode:chardata()`, with U+FFFD for what is no character. Not recursive, as above. */
function characters(data: Term): string {
  let text = ''
  const open: Iterator<Term, undefined>[] = [[data].values()]
  for (let here = open.at(-1); here !== undefined; here = open.at(-1)) {
    const step = here.next()
    if (step.done === true) {
      open.pop()
      continue
    }
    const item = step.value
    if (typeof item === 'number') text += isCharacter(item) ? String.fromCodePoint(item) : '\ufffd'
    else if (typeof item === 'string') text += item
    else if (ArrayBuffer.isView(item)) text += Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString()
    else if (item instanceof ImproperList) open.push([item.tail].values(), item.elements.values())
    else if (Array.isArray(item)) open.push((item as readonly Term[]).values())
  }
  return text
}

function isCharacter(code: number): boolean {
  return Number.isInteger(code) && code >= 0 && code <= 0x10ffff
}
