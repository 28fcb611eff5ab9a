/**
 * Spawn requests of other nodes: `erpc:execute_call` and `execute_cast`, which are `:erpc` and, since OTP 25, `:rpc`; and
 * plain ones, `Node.spawn` and its kin. Each is answered, and each runs a function of the table or ends with `undef`.
 */
import { Atom, Pid, type Term, Tuple, atomName, tuple } from '../etf/terms.ts'
import type { NodeCore } from '../node/core.ts'
import { ErlangError, reasonOf } from '../node/errors.ts'
import type { Process } from '../node/process.ts'
import type { Remote } from '../node/remote.ts'
import { type IncomingSpawn, acceptSpawn, refuseSpawn } from '../node/spawns.ts'
import { A } from './atoms.ts'
import { type Executor, type Job, type Outcome, jobHandler, jobTarget } from './execute.ts'

/** Options that tune a process of a BEAM and mean nothing here. */
const IGNORED_OPTIONS = new Set([
  'priority',
  'fullsweep_after',
  'min_heap_size',
  'min_bin_vheap_size',
  'max_heap_size',
  'message_queue_data',
  'async_dist',
])
const START = new Atom('start')

/** Lets `core` answer spawn requests. */
export function serveSpawns(core: NodeCore, executor: Executor): void {
  core.onSpawnRequest = (request, remote) => {
    const wish = parseOptions(request.options)
    if (wish === undefined) {
      refuseSpawn(request, remote, 'badopt')
      return
    }
    const plan = planOf(request)
    if (plan === undefined) {
      refuseSpawn(request, remote, 'badarg')
      return
    }
    if (core.room.full) {
      refuseSpawn(request, remote, 'system_limit')
      return
    }
    try {
      const process = acceptSpawn(core, request, remote, wish, (self) => plan(executor, remote, self))
      process.deliver(START, remote.name)
    } catch {
      // Only limits stand against it.
      refuseSpawn(request, remote, 'system_limit')
    }
  }
}

/** The options that count, or undefined if one is unknown (OTP answers `badopt`). */
function parseOptions(options: Term): { link: boolean; monitor: boolean } | undefined {
  if (!Array.isArray(options)) return undefined
  const wish = { link: false, monitor: false }
  for (const option of options as readonly Term[]) {
    const name = atomName(option instanceof Tuple ? option.elements[0] : option)
    if (name === 'link' && !(option instanceof Tuple)) wish.link = true
    else if (name === 'monitor') wish.monitor = true
    else if (!(option instanceof Tuple) || name === undefined || !IGNORED_OPTIONS.has(name)) return undefined
  }
  return wish
}

type Plan = (executor: Executor, remote: Remote, self: Process) => ReturnType<typeof jobHandler>

function planOf(request: IncomingSpawn): Plan | undefined {
  const { module, function: name, args } = request
  if (!Array.isArray(args)) return undefined
  const list = args as readonly Term[]
  if (module === 'erpc' && name === 'execute_call' && list.length === 4) return executeCall(request, list)
  if (module === 'erpc' && name === 'execute_cast' && list.length === 3) return executeCast(request, list)
  return plain(request, { module, name, args: list })
}

function plain(request: IncomingSpawn, target: Pick<Job, 'module' | 'name' | 'args'>): Plan {
  return (executor, remote, self) =>
    jobHandler(executor, jobOf(request, target, remote), self, (outcome) => {
      self.exit('error' in outcome ? reasonOf(outcome.error) : A.normal)
    })
}

/** `[Module, Function, Args]`: nobody waits for the result. */
function executeCast(request: IncomingSpawn, [module, name, args]: readonly Term[]): Plan {
  const target = jobTarget(module, name, args)
  return target === undefined
    ? badArgument(new ErlangError('error', tuple(A.erpc, new Atom('badarg'))))
    : plain(request, target)
}

/** `[Ref, Module, Function, Args]`: the reason of the process's end is the result (OTP `erpc:execute_call/4`). */
function executeCall(request: IncomingSpawn, [id, module, name, args]: readonly Term[]): Plan {
  const target = jobTarget(module, name, args)
  const mark = id ?? null
  if (target === undefined) {
    return badArgument(new ErlangError('exit', tuple(mark, A.error, tuple(A.erpc, new Atom('badarg')))))
  }
  return (executor, remote, self) =>
    jobHandler(executor, jobOf(request, target, remote), self, (outcome) => {
      self.exit(callResult(mark, outcome))
    })
}

function badArgument(error: ErlangError): Plan {
  return (_, __, self) => ({
    message() {
      self.exit(reasonOf(error))
    },
  })
}

function callResult(id: Term, outcome: Outcome): Term {
  if ('value' in outcome) return tuple(id, A.return, outcome.value)
  const { error } = outcome
  if (error.class === 'throw') return tuple(id, A.throw, error.reason)
  if (error.class === 'exit') return tuple(id, A.exit, error.reason)
  return tuple(id, A.error, error.reason, error.stacktrace)
}

function jobOf(request: IncomingSpawn, target: Pick<Job, 'module' | 'name' | 'args'>, remote: Remote): Job {
  const { from, groupLeader } = request
  const leader = groupLeader instanceof Pid ? groupLeader : undefined
  return { ...target, from, groupLeader: leader, origin: remote.name, kept: [request.args] }
}
