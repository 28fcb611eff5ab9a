/** Runs a function of the table for another node. Names are looked up and nothing else. */
import type { Events } from '../../events.ts'
import { Atom, ExportFun, type Pid, type Term, atom, atomName, tuple } from '../etf/terms.ts'
import { ErlangError, toErlangError } from '../node/errors.ts'
import type { Process } from '../node/process.ts'
import type { ProcessHandler } from '../node/types.ts'
import { A } from './atoms.ts'
import type { FunctionTable } from './functions.ts'

/** A function call as a request names it. */
export interface Job {
  readonly module: string
  readonly name: string
  readonly args: readonly Term[]
  readonly from: Pid
  readonly groupLeader: Pid | undefined
  /** The node that asked, by its connection; undefined: this one. */
  readonly origin: string | undefined
  /** All that came with the request: it is kept while the function runs. */
  readonly kept: readonly Term[]
}

export interface Executor {
  readonly functions: FunctionTable
  readonly events: Events
}

/** What came of a job: its value, or the exception. */
export type Outcome = { readonly value: Term } | { readonly error: ErlangError }

/** The call `Module:Function(Args)` from terms, or undefined if they are not two atoms and a list. */
export function jobTarget(module: Term | undefined, name: Term | undefined, args: Term | undefined) {
  const moduleName = atomName(module)
  const functionName = atomName(name)
  if (moduleName === undefined || functionName === undefined || !Array.isArray(args)) return undefined
  return { module: moduleName, name: functionName, args: args as readonly Term[] }
}

/** The handler of a process that runs one job and reports what came of it. It starts with its first message. */
export function jobHandler(
  executor: Executor,
  job: Job,
  process: Process,
  done: (outcome: Outcome) => void,
): ProcessHandler {
  const fail = (error: unknown): void => {
    done({ error: toErlangError(error) })
  }
  let started = false
  return {
    message() {
      if (started) return
      started = true
      let result: Term | Promise<Term>
      try {
        result = run(executor, job, process)
      } catch (error) {
        fail(error)
        return
      }
      if (typeof result === 'object' && result !== null && 'then' in result) {
        process.hold(result, ...job.kept)
        return result.then((value) => {
          done({ value })
        }, fail)
      }
      done({ value: result })
    },
  }
}

function run({ functions, events }: Executor, job: Job, process: Process): Term | Promise<Term> {
  const target = resolveApply(job)
  const found = functions.lookup(target.module, target.name, target.args.length)
  if (found === undefined) {
    const peer = job.origin ?? process.pid.node
    events.publish('rpc.undefined', { module: job.module, function: job.name, arity: job.args.length, peer })
    throw undef(job)
  }
  return found(target.args, {
    origin: job.origin ?? process.pid.node,
    from: job.from,
    groupLeader: job.groupLeader,
    self: process.pid,
    // Made only if the function looks at it.
    get signal() {
      return process.signal
    },
  })
}

/** `erlang:apply(fun m:f/n, Args)` and `erlang:apply(m, f, Args)` name a function of the table as well. */
function resolveApply(job: Job): Pick<Job, 'module' | 'name' | 'args'> {
  if (job.module !== 'erlang' || job.name !== 'apply') return job
  const [first, second, third] = job.args
  if (job.args.length === 3) return jobTarget(first, second, third) ?? job
  if (job.args.length !== 2 || !(first instanceof ExportFun) || !Array.isArray(second)) return job
  return second.length === first.arity ? (jobTarget(first.module, first.function, second) ?? job) : job
}

/** `undef` with the stack that OTP gives it. */
function undef({ module, name, args }: Job): ErlangError {
  return new ErlangError('error', A.undef, [tuple(atomTerm(module), atomTerm(name), args, [])])
}

/** Names from the wire are atoms already, so they are not too long. */
function atomTerm(name: string): Atom | boolean | null {
  return atom(name)
}
