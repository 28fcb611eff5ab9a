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

  #answer(request: Term, origin: string | undefined): Term {
    if (!(request instanceof Tuple)) return ENOTSUP
    const [kind, ...rest] = request.elements
    if (atomName(kind) === 'requests' && Array.isArray(rest[0])) {
      let answer: Term = A.ok
      for (const one of rest[0] as readonly Term[]) answer = this.#answer(one, origin)
      return answer
    }
    if (atomName(kind) !== 'put_chars') return ENOTSUP
    const text = rest.length >= 3 ? formatted(rest.at(-1) ?? []) : characters(rest.at(-1) ?? [])
    this.process.core.events.publish('node.output', { peer: origin ?? this.pid.node, text })
    return A.ok
  }
}

const ENOTSUP = tuple(A.error, new Atom('enotsup'))

/** `{put_chars, Encoding, Module, Function, Args}` asks the I/O server to format: format and arguments must do. */
function formatted(args: Term): string {
  const [format, values] = Array.isArray(args) ? (args as readonly Term[]) : []
  const rest = Array.isArray(values) ? (values as readonly Term[]) : []
  return [characters(format ?? []), ...rest.map((value) => inspectErlang(value))].join(' ')
}

/** The text of `unicode:chardata()`. Not recursive: depth is the sender's choice. */
function characters(data: Term): string {
  let text = ''
  const todo: Term[] = [data]
  while (todo.length > 0) {
    const item = todo.pop() as Term
    if (typeof item === 'number') text += item >= 0 && item <= 0x10ffff ? String.fromCodePoint(item) : '\ufffd'
    else if (typeof item === 'string') text += item
    else if (ArrayBuffer.isView(item)) text += Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString()
    else if (item instanceof ImproperList) todo.push(item.tail, ...item.elements.toReversed())
    else if (Array.isArray(item)) todo.push(...(item as readonly Term[]).toReversed())
  }
  return text
}
