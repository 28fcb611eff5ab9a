/**
 * A server in the manner of OTP's `gen_server`: subclass it, start it with `node.startServer`, and any Erlang or Elixir
 * process calls it. Requests are handled one after the other, in the order they came; a method that returns a promise
 * makes the next one wait. To serve others meanwhile, return {@link NO_REPLY} and call `from.reply` later.
 *
 * What a method throws ends the server, and its callers hear of it by their monitors. Throw an `ErlangError` to choose
 * the reason.
 */
import type { Pid, Term } from '../etf/terms.ts'
import type { Process } from '../node/process.ts'
import type { Destination, Down, ExitNotice, Target } from '../node/types.ts'
import { A } from './atoms.ts'
import type { RequestOptions } from './call.ts'
import type { ErlangNode } from './erlang-node.ts'
import type { From } from './reply.ts'

/** The result of `handleCall` that says: `from.reply` will be called later, or never. */
export const NO_REPLY = Symbol('no reply')

export type CallResult = Term | typeof NO_REPLY

export abstract class GenServer {
  #process: Process | undefined = undefined
  #node: ErlangNode | undefined = undefined

  /** Called once, before any message. Messages wait for the promise, if it is one. */
  init?(): void | Promise<void>

  /** `GenServer.call`: the result is the reply. Without this method a call ends the server with `{bad_call, Request}`. */
  handleCall?(request: Term, from: From): CallResult | Promise<CallResult>

  /** `GenServer.cast`. Without this method a cast ends the server with `{bad_cast, Request}`. */
  handleCast?(request: Term, origin: string | undefined): void | Promise<void>

  /** Every other message. `origin`: the node whose connection brought it, undefined if it came from this one. */
  handleInfo?(message: Term, origin: string | undefined): void | Promise<void>

  /** A monitor fired. Without this method it comes to `handleInfo` as `{'DOWN', Ref, process, Target, Reason}`. */
  handleDown?(down: Down): void | Promise<void>

  /** An exit signal was trapped (`process.trapExit`). Without this method it comes to `handleInfo` as `{'EXIT', Pid, Reason}`. */
  handleExit?(exit: ExitNotice): void | Promise<void>

  /** `rpc:server_call`: a bare `{Pid, Request}`. The result goes back as `{Name, Node, Result}`, Name being ours. */
  handleServerCall?(request: Term, from: From): CallResult | Promise<CallResult>

  /** The server ends, whatever the cause: the place to release resources. */
  terminate?(reason: Term): void

  /** What `:sys.get_state` and `:sys.get_status` show; `undefined`, the atom, unless given. */
  getState?(): Term

  /** The process that this server is. */
  get process(): Process {
    return this.#process ?? notStarted()
  }

  get node(): ErlangNode {
    return this.#node ?? notStarted()
  }

  get pid(): Pid {
    return this.process.pid
  }

  /** Ends the server. */
  stop(reason: Term = A.normal): void {
    this.process.exit(reason)
  }

  /** Calls another server, in the name of this one. */
  call(to: Target, request: Term, options: Omit<RequestOptions, 'from'> = {}): Promise<Term> {
    return this.node.call(to, request, { ...options, from: this.process })
  }

  cast(to: Target, request: Term): void {
    this.node.cast(to, request, { from: this.process })
  }

  send(to: Destination, message: Term): void {
    this.process.send(to, message)
  }

  /** @internal */
  attach(node: ErlangNode, process: Process): void {
    if (this.#process !== undefined) throw new TypeError('A server object is started once: make a new one.')
    this.#node = node
    this.#process = process
  }
}

function notStarted(): never {
  throw new TypeError('This server was not started: use node.startServer(server).')
}
