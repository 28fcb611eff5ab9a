/** Checked access to the fields of a control tuple that came. */
import { BeamcadeError } from '../../errors.ts'
import { Atom, atomName, Pid, Ref, type Term, Tuple } from '../etf/terms.ts'

/** The fields of a control message: what its tuple holds behind the number of the operation, and the term that follows. */
export class Fields {
  readonly payload: Term
  readonly #operation: { readonly op: number; readonly name: string }
  readonly #control: readonly Term[]

  /** @param control the elements of the tuple, the operation first */
  constructor(operation: { readonly op: number; readonly name: string }, control: readonly Term[], payload: Term) {
    this.#operation = operation
    this.#control = control
    this.payload = payload
  }

  term(index: number): Term {
    return this.#control[index + 1] as Term
  }

  pid(index: number): Pid {
    const term = this.term(index)
    return term instanceof Pid ? term : this.#fail(index, 'a pid')
  }

  ref(index: number): Ref {
    const term = this.term(index)
    return term instanceof Ref ? term : this.#fail(index, 'a reference')
  }

  atom(index: number): string {
    return atomName(this.term(index)) ?? this.#fail(index, 'an atom')
  }

  pidOrName(index: number): Pid | string {
    const term = this.term(index)
    return term instanceof Pid ? term : (atomName(term) ?? this.#fail(index, 'a pid or a name'))
  }

  pidOrAtom(index: number): Pid | Atom {
    const term = this.term(index)
    if (term instanceof Pid || term instanceof Atom) return term
    const name = atomName(term)
    return name === undefined ? this.#fail(index, 'a pid or an atom') : new Atom(name)
  }

  integer(index: number): number {
    const term = this.term(index)
    return typeof term === 'number' && Number.isInteger(term) && term >= 0 ? term : this.#fail(index, 'a number')
  }

  /** 1 to 2^64-1. */
  unlinkId(index: number): number | bigint {
    const term = this.term(index)
    if (typeof term === 'bigint' && term > 0n && term < 1n << 64n) return term
    return typeof term === 'number' && Number.isInteger(term) && term > 0 ? term : this.#fail(index, 'an id of 64 bits')
  }

  /** `{Module, Function, Arity}`. */
  mfa(index: number): { module: string; function: string; arity: number } {
    const term = this.term(index)
    const [m, f, arity] = term instanceof Tuple && term.arity === 3 ? term.elements : []
    const module = atomName(m)
    const fun = atomName(f)
    if (
      module === undefined ||
      fun === undefined ||
      typeof arity !== 'number' ||
      !Number.isInteger(arity) ||
      arity < 0
    ) {
      return this.#fail(index, '{Module, Function, Arity}')
    }
    return { module, function: fun, arity }
  }

  #fail(index: number, wanted: string): never {
    throw badControl(
      `Element ${index + 2} of the control message ${this.#operation.op} (${this.#operation.name}) is not ${wanted}.`,
    )
  }
}

/** The error of a malformed control message. */
export function badControl(text: string): BeamcadeError {
  return new BeamcadeError('bad_control', text)
}
