/**
 * The client side: call, cast and remote function calls. A call monitors its target, and the monitor's reference is the
 * alias that the reply goes to: when the call is over, nothing that comes late is delivered (OTP `gen:do_call`).
 */
import { BeamcadeError } from '../../errors.ts'
import { inspectErlang } from '../etf/index.ts'
import { Atom, ImproperList, type Term, Tuple, tuple } from '../etf/terms.ts'
import { ErlangError } from '../node/errors.ts'
import type { MonitorHandlers } from '../node/monitors.ts'
import type { Process } from '../node/process.ts'
import type { CallOptions, Target } from '../node/types.ts'
import { A } from './atoms.ts'

export interface RequestOptions extends CallOptions {
  /** The process in whose name it is asked; a hidden one of the node unless given. */
  readonly from?: Process
}

const DEFAULT_TIMEOUT_MS = 5000
/** Node's timers have no room for more: 24 days. What is longer waits for ever. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * `GenServer.call`. Errors: `timeout`, `aborted`, `noproc`, `noconnection`, and `exited` if the target ended with another
 * reason before it answered; the term is in the cause, an `ErlangError`.
 */
export function call(process: Process, to: Target, request: Term, options: CallOptions): Promise<Term> {
  const what = `${show(to)} was called`
  return waitFor(what, options, (settle, handlers) => {
    const ref = process.watch(
      to,
      {
        ...handlers,
        message: (message) => {
          process.demonitor(ref)
          settle(undefined, (message as Tuple).elements[1] ?? null)
        },
      },
      options,
    )
    const from = tuple(process.pid, new ImproperList([A.alias], ref))
    const giveUp = (): void => {
      process.demonitor(ref)
    }
    try {
      const { core, ended } = process
      const dial = options.dial ?? true
      if (!ended && !core.send(to, tuple(A.gen_call, from, request), process, { dial })) {
        giveUp()
        const text = `${what}, but too many signals wait for a connection to that node.`
        settle(new BeamcadeError('noconnection', text), null)
      }
    } catch (error) {
      giveUp()
      throw error
    }
    return giveUp
  })
}

type Settle = (error: BeamcadeError | undefined, value: Term) => void

/**
 * Waits for one outcome: what `begin` reports, the timeout or the signal. `begin` starts the request and returns how to
 * give it up.
 */
export function waitFor(
  what: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: CallOptions,
  begin: (settle: Settle, handlers: MonitorHandlers) => () => void,
): Promise<Term> {
  if (signal?.aborted === true) return Promise.reject(aborted(what, signal))
  return new Promise((resolve, reject) => {
    let giveUp = (): void => undefined
    const settle: Settle = (error, value) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      if (error === undefined) resolve(value)
      else reject(error)
    }
    const onAbort = (): void => {
      giveUp()
      settle(aborted(what, signal), null)
    }
    const onTimeout = (): void => {
      giveUp()
      settle(new BeamcadeError('timeout', `${what}, and there was no answer within ${timeoutMs} ms.`), null)
    }
    const timer = timeoutMs > LONGEST_TIMER_MS ? undefined : setTimeout(onTimeout, timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    const down: MonitorHandlers['down'] = (reason, cause) => {
      settle(endedError(what, reason, cause), null)
    }
    const abandoned = (): void => {
      settle(new BeamcadeError('aborted', `${what}, and the calling process ended.`), null)
    }
    try {
      giveUp = begin(settle, { down, abandoned })
    } catch (error) {
      // The request holds what cannot be written.
      settle(error as BeamcadeError, null)
    }
  })
}

function aborted(what: string, signal: AbortSignal | undefined): BeamcadeError {
  return new BeamcadeError('aborted', `${what}, and the caller gave up waiting.`, { cause: signal?.reason })
}

/** The error for a target that is not there, not reachable, or ended with `reason`. */
export function endedError(what: string, reason: Term, cause: BeamcadeError | undefined): BeamcadeError {
  const name = reason instanceof Atom ? reason.name : ''
  if (name === 'noproc') return new BeamcadeError('noproc', `${what}, but there is no such process.`)
  if (name === 'noconnection') {
    const why = cause === undefined ? '' : `: ${cause.message}`
    return new BeamcadeError('noconnection', `${what}, but there is no connection${why}`, { cause })
  }
  const text = inspectErlang(reason)
  return new BeamcadeError('exited', `${what}, and it ended before it answered: ${text}`, {
    details: { reason: text },
    cause: new ErlangError('exit', reason),
  })
}

/** `GenServer.cast`: nobody hears whether it arrives. */
export function cast(process: Process, to: Target, request: Term, dial = true): void {
  process.send(to, tuple(A.gen_cast, request), { dial })
}

/** A target in words. */
export function show(to: Target): string {
  if (typeof to === 'string') return to
  return 'name' in to ? `${to.name} on ${to.node}` : inspectErlang(to)
}
