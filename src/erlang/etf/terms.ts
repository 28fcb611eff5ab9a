/**
 * Erlang terms as JavaScript values. The mapping is lossless: what was decoded encodes to an equal term.
 *
 * | Erlang | here |
 * |---|---|
 * | integer | `number` while safe (|n| < 2^53), else `bigint` |
 * | float | `number` with a fraction, else {@link Float} (`1.0`, `-0.0`, `1.0e300`) |
 * | atoms `true`, `false`, `nil` | `true`, `false`, `null` |
 * | other atoms | {@link Atom} |
 * | binary | `Uint8Array`; a `string` is accepted and sent as UTF-8 |
 * | bit string | {@link BitString} |
 * | tuple | {@link Tuple} |
 * | list | `Array`; with another tail than `[]`: {@link ImproperList} |
 * | map | {@link TermMap}; a `Map` is accepted |
 * | pid, reference, port | {@link Pid}, {@link Ref}, {@link Port} |
 * | fun | {@link Fun}, {@link ExportFun} (opaque: never called) |
 * | record of OTP 29, node-local term | {@link NativeRecord}, {@link LocalTerm} |
 *
 * Source: Erlang/OTP, "External Term Format".
 */
import { BeamcadeError } from '../../errors.ts'
import type { TermMap } from './term-map.ts'

export type Term =
  | number
  | bigint
  | Float
  | boolean
  | null
  | Atom
  | string
  | Uint8Array
  | BitString
  | Tuple
  | readonly Term[]
  | ImproperList
  | TermMap
  | ReadonlyMap<Term, Term>
  | Pid
  | Ref
  | Port
  | Fun
  | ExportFun
  | NativeRecord
  | LocalTerm

/** A float whose value JavaScript cannot tell from an integer: `1.0`, `-0.0`, `1.0e300`. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** The term of a JavaScript float: boxed if its value is integral. */
export function float(value: number): number | Float {
  return Number.isInteger(value) ? new Float(value) : value
}

/** The longest atom, in code points; in UTF-8 it may take four bytes for each. */
export const MAX_ATOM_LENGTH = 255

/** An atom other than `true`, `false` and `nil`. Two atoms are the same if their names are: compare `name`. */
export class Atom {
  readonly name: string
  /** The bytes on the wire, tag included; filled by the encoder when first sent. */
  wire: Uint8Array | undefined = undefined
  constructor(name: string) {
    this.name = name
  }
}

/** How many characters (code points) a text has. */
export function codePoints(text: string): number {
  return Array.from(text).length
}

/** The term of an atom's name: `true`, `false` and `null` for the three that have values of their own. */
export function atom(name: string): Atom | boolean | null {
  if (name === 'true') return true
  if (name === 'false') return false
  if (name === 'nil') return null
  if (name.length > MAX_ATOM_LENGTH && codePoints(name) > MAX_ATOM_LENGTH) {
    throw new BeamcadeError(
      'bad_argument',
      `An atom has at most ${MAX_ATOM_LENGTH} characters; this has ${codePoints(name)}.`,
    )
  }
  return new Atom(name)
}

/** The name of a term that is an atom (`true`, `false` and `null` are), else undefined. */
export function atomName(term: Term | undefined): string | undefined {
  if (term instanceof Atom) return term.name
  if (term === true) return 'true'
  if (term === false) return 'false'
  return term === null ? 'nil' : undefined
}

/** True if `term` is the atom `name`. */
export function isAtom(term: Term | undefined, name: string): boolean {
  return term instanceof Atom ? term.name === name : atomName(term) === name
}

export class Tuple {
  readonly elements: readonly Term[]
  constructor(elements: readonly Term[]) {
    this.elements = elements
  }
  get arity(): number {
    return this.elements.length
  }
}

export function tuple(...elements: Term[]): Tuple {
  return new Tuple(elements)
}

/** A list that ends in something else than `[]`. `elements` is not empty, `tail` is not a list. */
export class ImproperList {
  readonly elements: readonly Term[]
  readonly tail: Term
  constructor(elements: readonly Term[], tail: Term) {
    this.elements = elements
    this.tail = tail
  }
}

/** True for arrays of bytes, of whatever realm and subclass (`Buffer`). */
export function isBytes(term: unknown): term is Uint8Array {
  return ArrayBuffer.isView(term) && (term as Uint8Array).BYTES_PER_ELEMENT === 1
}

/** Bits that do not fill their last byte. */
export class BitString {
  readonly bytes: Uint8Array
  /** How many bits of the last byte count, from the most significant: 1 to 7. */
  readonly bitsInLast: number
  constructor(bytes: Uint8Array, bitsInLast: number) {
    this.bytes = bytes
    this.bitsInLast = bitsInLast
  }
}

/** A process identifier. Two pids are the same if all four parts are. */
export class Pid {
  readonly node: string
  readonly id: number
  readonly serial: number
  readonly creation: number
  constructor(node: string, id: number, serial: number, creation: number) {
    this.node = node
    this.id = id
    this.serial = serial
    this.creation = creation
  }
  equals(other: Term | undefined): other is Pid {
    return (
      other instanceof Pid &&
      other.id === this.id &&
      other.serial === this.serial &&
      other.creation === this.creation &&
      other.node === this.node
    )
  }
  /** A string that is the same for the same pid: for keys of a `Map`. */
  get key(): string {
    return `${this.id}.${this.serial}.${this.creation}@${this.node}`
  }
}

/** A reference: what `make_ref/0` gives, also an alias, a monitor or a request id. `words` has 1 to 5 numbers of 32 bits. */
export class Ref {
  readonly node: string
  readonly creation: number
  readonly words: readonly number[]
  constructor(node: string, creation: number, words: readonly number[]) {
    this.node = node
    this.creation = creation
    this.words = words
  }
  equals(other: Term | undefined): other is Ref {
    if (!(other instanceof Ref) || other.words.length !== this.words.length) return false
    if (other.creation !== this.creation || other.node !== this.node) return false
    for (let i = 0; i < this.words.length; i++) if (other.words[i] !== this.words[i]) return false
    return true
  }
  /** A string that is the same for the same reference: for keys of a `Map`. */
  get key(): string {
    return `${this.words.join('.')}.${this.creation}@${this.node}`
  }
}

/** A port identifier; `id` has up to 64 bits. */
export class Port {
  readonly node: string
  readonly id: bigint
  readonly creation: number
  constructor(node: string, id: bigint, creation: number) {
    this.node = node
    this.id = id
    this.creation = creation
  }
}

/** `fun m:f/a`. */
export class ExportFun {
  readonly module: Atom | boolean | null
  readonly function: Atom | boolean | null
  readonly arity: number
  constructor(module: Atom | boolean | null, fun: Atom | boolean | null, arity: number) {
    this.module = module
    this.function = fun
    this.arity = arity
  }
}

/** The parts of a {@link Fun}. */
export type FunFields = { [K in keyof Fun]: Fun[K] }

/** A fun with its environment, carried but never called (NEW_FUN_EXT). */
export class Fun {
  readonly arity: number
  /** 16 bytes: MD5 of the significant parts of the module's code. */
  readonly uniq: Uint8Array
  readonly index: number
  readonly module: Atom | boolean | null
  readonly oldIndex: number
  readonly oldUniq: number
  readonly pid: Pid
  readonly free: readonly Term[]
  constructor(fields: FunFields) {
    this.arity = fields.arity
    this.uniq = fields.uniq
    this.index = fields.index
    this.module = fields.module
    this.oldIndex = fields.oldIndex
    this.oldUniq = fields.oldUniq
    this.pid = fields.pid
    this.free = fields.free
  }
}

/** A native record of OTP 29 (RECORD_EXT). `names` and `values` have the same length. */
export class NativeRecord {
  readonly module: Atom | boolean | null
  readonly name: Atom | boolean | null
  readonly exported: boolean
  readonly names: readonly Term[]
  readonly values: readonly Term[]
  constructor(
    module: Atom | boolean | null,
    name: Atom | boolean | null,
    exported: boolean,
    names: readonly Term[],
    values: readonly Term[],
  ) {
    this.module = module
    this.name = name
    this.exported = exported
    this.names = names
    this.values = values
  }
}

/**
 * A term that only the node that wrote it may read (LOCAL_EXT). Its form is that node's own affair: kept are all bytes
 * behind the tag, as they came. It stands alone, never inside another term.
 */
export class LocalTerm {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}
