/**
 * `rex`, the server behind `:rpc` of OTP 22 and older, C nodes, and what newer releases still ask it (`block_call`, `sbcast`,
 * `features_request`). It runs what the function table has, and answers as OTP's `rpc` module does.
 */
import { Atom, Pid, type Term, Tuple, atomName, tuple } from '../etf/terms.ts'
import type { Process } from '../node/process.ts'
import type { ProcessHandler } from '../node/types.ts'
import { A } from './atoms.ts'
import { type Executor, type Job, type Outcome, jobHandler, jobTarget } from './execute.ts'
import { type CallResult, GenServer, NO_REPLY } from './gen-server.ts'
import type { From } from './reply.ts'

export class Rex extends GenServer {
  readonly #executor: Executor

  constructor(executor: Executor) {
    super()
    this.#executor = executor
  }

  /** `{call | block_call, M, F, A, GroupLeader}`. A block_call makes the next request wait, a call does not. */
  override handleCall(request: Term, from: From): CallResult | Promise<CallResult> {
    const elements = request instanceof Tuple ? request.elements : []
    const kind = atomName(elements[0])
    if (kind === 'call') {
      this.#run(request, from.pid, from.origin, (result) => void from.reply(result), from.tag)
      return NO_REPLY
    }
    if (kind !== 'block_call') return NO_REPLY
    return new Promise((resolve) => {
      const answer = (result: Term): void => {
        from.reply(result)
        resolve(NO_REPLY)
      }
      this.#run(request, from.pid, from.origin, answer, from.tag)
    })
  }

  /** `{cast, M, F, A, GroupLeader}`. */
  override handleCast(request: Term, origin: string | undefined): void {
    const elements = request instanceof Tuple ? request.elements : []
    if (atomName(elements[0]) === 'cast') this.#run(request, this.pid, origin, () => undefined)
  }

  /** `{Pid, Request}`: from C nodes, and some calls of OTP's own. */
  override handleInfo(message: Term, origin: string | undefined): void {
    if (!(message instanceof Tuple) || message.arity !== 2) return
    const [from, request] = message.elements
    if (!(from instanceof Pid)) return
    const here = new Atom(this.pid.node)
    if (atomName(request) === 'features_request') {
      this.send(from, tuple(A.features_reply, here, [A.erpc]))
      return
    }
    const elements = request instanceof Tuple ? request.elements : []
    const [, name, content] = elements
    switch (atomName(elements[0])) {
      case 'call':
        this.#run(request as Term, from, origin, (result) => {
          this.send(from, tuple(A.rex, result))
        })
        return
      case 'sbcast': {
        const process = this.#find(name)
        process?.postMessage(content ?? null)
        const answer = process === undefined ? tuple(A.nonexisting_name, name ?? null) : here
        this.send(from, tuple(A.rex, here, answer))
        return
      }
      case 'send': {
        const process = this.#find(name)
        // It is up to that process to answer.
        if (process !== undefined) process.postMessage(tuple(from, content ?? null))
        else this.send(from, tuple(A.rex, here, tuple(A.nonexisting_name, name ?? null)))
      }
    }
  }

  #find(name: Term | undefined): Process | undefined {
    const text = atomName(name)
    return text === undefined ? undefined : this.node.whereis(text)
  }

  /** Runs `{_, M, F, A, GroupLeader}` in a process of its own. */
  #run(
    request: Term,
    from: Pid,
    origin: string | undefined,
    answer: (result: Term) => void,
    ...kept: readonly Term[]
  ): void {
    const elements = request instanceof Tuple ? request.elements : []
    const [, module, name, args, leader] = elements
    const target = jobTarget(module, name, args)
    if (target === undefined || elements.length !== 5) {
      answer(failedBy('badarg'))
      return
    }
    const { core } = this.process
    if (core.room.full) {
      answer(failedBy('system_limit'))
      return
    }
    const groupLeader = leader instanceof Pid ? leader : undefined
    const job: Job = { ...target, from, groupLeader, origin, kept: [request, ...kept] }
    const options = job.groupLeader === undefined ? {} : { groupLeader: job.groupLeader }
    let answered = false
    const answerOnce = (result: Term): void => {
      if (answered) return
      // What has no form on the wire was not sent: the end of the process, which follows, is the answer then.
      answer(result)
      answered = true
    }
    const begin = (self: Process): ProcessHandler => {
      const handler = jobHandler(this.#executor, job, self, (outcome) => {
        answerOnce(resultOf(outcome))
        self.exit(A.normal)
      })
      // Killed from outside before it was done.
      handler.terminate = (reason) => {
        answerOnce(tuple(A.badrpc, tuple(A.EXIT, reason)))
      }
      return handler
    }
    try {
      core.spawn(begin, options).post(A.ok)
    } catch {
      // Only the limit of processes stands against it.
      answer(failedBy('system_limit'))
    }
  }
}

/** An error of Erlang's, with an empty stack. */
function failedBy(reason: string): Term {
  return tuple(A.badrpc, tuple(A.EXIT, tuple(new Atom(reason), [])))
}

/** As `catch apply(M, F, A)` gives it: a thrown term is a value. */
function resultOf(outcome: Outcome): Term {
  if ('value' in outcome) return outcome.value
  const { error } = outcome
  if (error.class === 'throw') return error.reason
  const reason = error.class === 'exit' ? error.reason : tuple(error.reason, error.stacktrace)
  return tuple(A.badrpc, tuple(A.EXIT, reason))
}
