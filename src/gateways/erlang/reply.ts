/** The forms of replies. */
import { isBeamcadeError, messageOf, BeamcadeError } from '../../errors.ts'
import { Atom, TermMap, Tuple, type Term } from '../../erlang/index.ts'
import { detailsTerm } from './to-term.ts'

/** What became of a request: the reply, and the error if it is one. */
export interface Outcome {
  readonly term: Term
  readonly error?: BeamcadeError
}

export const OK = new Atom('ok')
const ERROR = new Atom('error')
const CODE = new Atom('code')
const MESSAGE = new Atom('message')
const HINT = new Atom('hint')
const DETAILS = new Atom('details')

/** `{ok, Value}` */
export function success(value: Term): Term {
  return new Tuple([OK, value])
}

/** `{error, #{code, message, hint, details}}` */
export function failure(thrown: unknown): Outcome {
  const error = isBeamcadeError(thrown)
    ? thrown
    : new BeamcadeError('internal', `The request failed by a fault of its own: ${messageOf(thrown)}`, { cause: thrown })
  const { code, message, hint, details } = error
  const fields = [CODE, new Atom(code), MESSAGE, message, HINT, hint, DETAILS, detailsTerm(details)]
  return { error, term: new Tuple([ERROR, new TermMap(fields)]) }
}
