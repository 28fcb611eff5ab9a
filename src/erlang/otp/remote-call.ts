/** Functions of other nodes, run by `erpc:execute_call` as `:erpc.call` does it (OTP `erpc:call/5`). */
import { BeamcadeError } from '../../errors.ts'
import { inspectErlang } from '../etf/index.ts'
import { Pid, Ref, type Term, Tuple, atom, atomName } from '../etf/terms.ts'
import { type ErrorClass, ErlangError } from '../node/errors.ts'
import type { Process } from '../node/process.ts'
import { type SpawnChoice, abandonSpawn, spawnAt } from '../node/spawns.ts'
import type { CallOptions } from '../node/types.ts'
import { endedError, waitFor } from './call.ts'

/** The function that is meant: module, name, arguments. */
export type FunctionCall = readonly [module: string, name: string, args: readonly Term[]]

/**
 * Runs a function on another node and gives its value. Errors: `remote_error` for its exceptions (the cause is an
 * `ErlangError` with class, reason and stack), `timeout`, `aborted`, `noconnection`, `exited` if the process was killed.
 */
export function remoteCall(process: Process, node: string, call: FunctionCall, options: CallOptions): Promise<Term> {
  const [module, name, args] = call
  const what = `${module}:${name}/${args.length} was called on ${node}`
  const id = process.core.identity.makeRef()
  return waitFor(what, options, (settle, handlers) => {
    const down = (reason: Term, cause: BeamcadeError | undefined): void => {
      const outcome = resultOf(what, id, reason)
      if (outcome === undefined) handlers.down(reason, cause)
      else settle(outcome.error, outcome.value)
    }
    const ref = spawnAt(
      process,
      node,
      ['erpc', 'execute_call', [id, atom(module), atom(name), args]],
      { monitor: true, handlers: { ...handlers, down }, dial: options.dial ?? true },
      (result, cause) => {
        if (!(result instanceof Pid)) settle(spawnError(what, result, cause), null)
      },
    )
    return () => {
      abandonSpawn(process, ref)
    }
  })
}

/** Starts a process on another node. `ref` is its monitor, if there is one. */
export function remoteSpawn(
  process: Process,
  node: string,
  call: FunctionCall,
  choice: Pick<SpawnChoice, 'link' | 'monitor' | 'dial'>,
): Promise<{ pid: Pid; ref: Ref }> {
  return new Promise((resolve, reject) => {
    const ref = spawnAt(process, node, call, choice, (result, cause) => {
      if (result instanceof Pid) resolve({ pid: result, ref })
      else reject(spawnError(`${call[0]}:${call[1]}/${call[2].length} was to be spawned on ${node}`, result, cause))
    })
  })
}

function spawnError(what: string, why: Term, cause: BeamcadeError | undefined): BeamcadeError {
  const name = atomName(why) ?? ''
  if (name === 'noconnection') return endedError(what, why, cause)
  return new BeamcadeError('remote_error', `${what}, but that node started no process for it: ${name}`, {
    details: { class: 'error', reason: name },
    cause: new ErlangError('error', why),
  })
}

/** The result in the reason of a process that ran `execute_call`, or undefined if it ended otherwise. */
function resultOf(what: string, id: Ref, reason: Term): { value: Term; error: BeamcadeError | undefined } | undefined {
  if (!(reason instanceof Tuple) || !id.equals(reason.elements[0])) return undefined
  const [, kind, content = null, stack = []] = reason.elements
  const outcome = atomName(kind)
  if (outcome === 'return') return { value: content, error: undefined }
  const text = inspectErlang(content)
  const error = new BeamcadeError('remote_error', `${what}, and failed there with ${outcome ?? 'error'}: ${text}`, {
    details: { class: outcome, reason: text },
    cause: new ErlangError(errorClass(outcome), content, stack),
  })
  return { value: null, error }
}

function errorClass(text: string | undefined): ErrorClass {
  return text === 'throw' || text === 'exit' ? text : 'error'
}
