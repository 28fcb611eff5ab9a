/** The protocol of a `gen_server`: which message is a call, a cast, a system message (OTP `gen_server:decode_msg`). */
import { Atom, Pid, type Term, Tuple, tuple } from '../etf/terms.ts'
import { ErlangError } from '../node/errors.ts'
import type { Process } from '../node/process.ts'
import type { Down, ExitNotice, ProcessHandler } from '../node/types.ts'
import { type CallResult, type GenServer, NO_REPLY } from './gen-server.ts'
import { From } from './reply.ts'
import { SystemState } from './sys.ts'

const UNDEFINED = new Atom('undefined')

export class GenServerHandler implements ProcessHandler {
  readonly #server: GenServer
  readonly #process: Process
  readonly #system: SystemState
  readonly down?: (down: Down) => void | Promise<void>
  readonly exit?: (exit: ExitNotice) => void | Promise<void>

  constructor(server: GenServer, process: Process) {
    this.#server = server
    this.#process = process
    const view = { process, getState: () => server.getState?.() ?? UNDEFINED }
    this.#system = new SystemState(view, () => {
      process.unpark()
    })
    if (server.handleDown !== undefined) this.down = (down) => server.handleDown?.(down)
    if (server.handleExit !== undefined) this.exit = (exit) => server.handleExit?.(exit)
  }

  message(message: Term, process: Process, origin: string | undefined): void | Promise<void> {
    if (message instanceof Tuple) {
      const { elements } = message
      const tag = elements[0]
      if (tag instanceof Atom) {
        if (tag.name === 'system' && elements.length === 3) {
          this.#system.handle(elements, origin)
          return
        }
        if (this.#system.suspended) {
          process.park(message, origin)
          return
        }
        if (tag.name === '$gen_call' && elements.length === 3) {
          const caller = elements[1]
          const [pid, id] = caller instanceof Tuple && caller.elements.length === 2 ? caller.elements : []
          if (pid instanceof Pid && id !== undefined) {
            return this.#call(new From(process, pid, id, origin), elements[2] as Term)
          }
        } else if (tag.name === '$gen_cast' && elements.length === 2) {
          const request = elements[1] as Term
          if (this.#server.handleCast !== undefined) return this.#server.handleCast(request, origin)
          throw new ErlangError('exit', tuple(new Atom('bad_cast'), request))
        }
      } else if (tag instanceof Pid && elements.length === 2 && this.#server.handleServerCall !== undefined) {
        return this.#serverCall(tag, elements[1] as Term, origin)
      }
    }
    if (this.#system.suspended) process.park(message, origin)
    else return this.#server.handleInfo?.(message, origin)
  }

  terminate(reason: Term): void {
    this.#server.terminate?.(reason)
  }

  #call(from: From, request: Term): void | Promise<void> {
    if (this.#server.handleCall === undefined) throw new ErlangError('exit', tuple(new Atom('bad_call'), request))
    const result = this.#server.handleCall(request, from)
    if (isPromise(result)) {
      return result.then((value) => {
        if (value !== NO_REPLY) from.reply(value)
      })
    }
    if (result !== NO_REPLY) from.reply(result)
  }

  /** The answer names the server and the node, and its tag is no tuple of ours: sent by hand. */
  #serverCall(pid: Pid, request: Term, origin: string | undefined): void | Promise<void> {
    const from = new From(this.#process, pid, UNDEFINED, origin)
    const answer = (value: CallResult): void => {
      if (value === NO_REPLY) return
      const name = new Atom(this.#process.names[0] ?? 'undefined')
      this.#process.send(pid, tuple(name, new Atom(this.#process.pid.node), value))
    }
    const result = this.#server.handleServerCall?.(request, from)
    if (isPromise(result)) return result.then(answer)
    if (result !== undefined) answer(result)
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value
}
