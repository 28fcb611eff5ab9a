/** Erlang's exceptions in JavaScript, and the exit reasons that JavaScript's exceptions become. */
import { isBeamcadeError, messageOf } from '../../errors.ts'
import { Atom, type Term, tuple } from '../etf/terms.ts'

export type ErrorClass = 'error' | 'exit' | 'throw'

/** An Erlang exception: thrown by functions and servers to fail as a function of Erlang would. */
export class ErlangError extends Error {
  readonly class: ErrorClass
  readonly reason: Term
  /** Erlang's stack trace, a list of `{Module, Function, ArityOrArgs, Location}`. */
  readonly stacktrace: Term
  constructor(errorClass: ErrorClass, reason: Term, stacktrace: Term = []) {
    super(`Erlang ${errorClass}`)
    this.name = 'ErlangError'
    this.class = errorClass
    this.reason = reason
    this.stacktrace = stacktrace
  }
}

/** Tells Erlang's exceptions from others, also across copies of this module. */
export function isErlangError(error: unknown): error is ErlangError {
  return (
    typeof error === 'object' && error !== null && 'name' in error && error.name === 'ErlangError' && 'reason' in error
  )
}

/** What was thrown, as an Erlang exception. JavaScript's own become `error:{js_error, Sentence}`, without their stack. */
export function toErlangError(error: unknown): ErlangError {
  if (isErlangError(error)) return error
  if (isBeamcadeError(error))
    return new ErlangError('error', tuple(new Atom('beamcade'), new Atom(error.code), error.message))
  return new ErlangError('error', tuple(new Atom('js_error'), messageOf(error)))
}

/** The reason with which a process ends that threw this: `{Reason, Stack}` for errors, as a BEAM does it. */
export function reasonOf(error: unknown): Term {
  const erlang = toErlangError(error)
  if (erlang.class === 'exit') return erlang.reason
  if (erlang.class === 'throw') return tuple(tuple(new Atom('nocatch'), erlang.reason), erlang.stacktrace)
  return tuple(erlang.reason, erlang.stacktrace)
}
