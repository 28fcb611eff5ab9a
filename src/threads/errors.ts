/** Errors on their way from one thread to another: with code, message, hint and details, and the stack of where they were. */
import { BeamcadeError, isBeamcadeError, messageOf, type ErrorCode } from '../errors.ts'

/** Plain data. */
interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** These make it one of ours. */
  readonly code?: string
  readonly hint?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** @param bare without the details, which may hold what is no plain data */
export function packError(error: unknown, bare = false): PackedError {
  const { name, stack } =
    typeof error === 'object' && error !== null ? (error as { name?: unknown; stack?: unknown }) : {}
  const packed = {
    name: typeof name === 'string' ? name : 'Error',
    message: messageOf(error),
    stack: typeof stack === 'string' ? stack : undefined,
  }
  if (!isBeamcadeError(error)) return packed
  const { code, hint, details } = error
  return { ...packed, code, hint, details: bare ? {} : details }
}

/** A refusal again, as it was thrown. */
export function unpackRefusal(given: unknown): BeamcadeError {
  const { message, stack, code, hint, details = {} } = given as PackedError
  const options = hint === undefined ? { details } : { hint, details }
  return restack(new BeamcadeError(code as ErrorCode, message, options), stack)
}

/** What broke something; what was thrown and was no error has become one. */
export function unpackFault(given: unknown): Error {
  const { name, message, stack } = given as PackedError
  const error = new Error(message)
  error.name = name
  return restack(error, stack)
}

function restack<E extends Error>(error: E, stack: string | undefined): E {
  if (stack !== undefined) error.stack = stack
  return error
}
