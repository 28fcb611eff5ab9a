/** The order among terms that hold no others. The order of everything is in `compare.ts`. */
import { types } from 'node:util'
import { BeamcadeError } from '../../errors.ts'
import { TermMap } from './term-map.ts'
import {
  Atom,
  atomName,
  BitString,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  isBytes,
  LocalTerm,
  NativeRecord,
  Pid,
  Port,
  Ref,
  Tuple,
  type Term,
} from './terms.ts'

/** The kinds of terms, in the order of Erlang. */
export const Rank = {
  number: 0,
  atom: 1,
  reference: 2,
  fun: 3,
  port: 4,
  pid: 5,
  tuple: 6,
  record: 7,
  map: 8,
  nil: 9,
  list: 10,
  bits: 11,
  local: 12,
} as const

/** Where the kind of a term stands in the order. Throws `bad_argument` for what is no term. */
export function rankOf(term: Term): number {
  switch (typeof term) {
    case 'number':
    case 'bigint':
      return Rank.number
    case 'boolean':
      return Rank.atom
    case 'string':
      return Rank.bits
    case 'object':
      if (term === null || term instanceof Atom) return Rank.atom
      if (Array.isArray(term)) return term.length === 0 ? Rank.nil : Rank.list
      if (term instanceof Tuple) return Rank.tuple
      if (isBytes(term) || term instanceof BitString) return Rank.bits
      if (term instanceof TermMap || types.isMap(term)) return Rank.map
      if (term instanceof Float) return Rank.number
      if (term instanceof Pid) return Rank.pid
      if (term instanceof Ref) return Rank.reference
      if (term instanceof ImproperList) return Rank.list
      if (term instanceof Port) return Rank.port
      if (term instanceof Fun || term instanceof ExportFun) return Rank.fun
      if (term instanceof NativeRecord) return Rank.record
      if (term instanceof LocalTerm) return Rank.local
  }
  throw new BeamcadeError('bad_argument', `A value of type ${typeof term} is no Erlang term.`)
}

function isFloat(term: Term): boolean {
  return term instanceof Float || (typeof term === 'number' && !Number.isInteger(term))
}

/** JavaScript compares a bigint with a number by their exact values, as Erlang does. */
export function compareNumbers(left: Term, right: Term, exact: boolean): number {
  const a = (left instanceof Float ? left.value : left) as number | bigint
  const b = (right instanceof Float ? right.value : right) as number | bigint
  if (exact) {
    const kinds = Number(isFloat(left)) - Number(isFloat(right))
    if (kinds !== 0) return kinds
    if (a === 0 && b === 0 && isFloat(left)) return Number(Object.is(b, -0)) - Number(Object.is(a, -0))
  }
  return a < b ? -1 : a > b ? 1 : 0
}

/** By code points, as bytes of UTF-8 sort; JavaScript's own `<` sorts by units of UTF-16. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates stand for code points above all others.
    if (x >= 0xd800 && x <= 0xdfff) x += 0x10000
    if (y >= 0xd800 && y <= 0xdfff) y += 0x10000
    return x - y
  }
  return a.length - b.length
}

export function compareText(left: Term, right: Term): number {
  return compareNames(atomName(left) as string, atomName(right) as string)
}

function compareNodes(a: { node: string; creation: number }, b: { node: string; creation: number }): number {
  return compareNames(a.node, b.node) || a.creation - b.creation
}

export function compareIdentifiers(left: Term, right: Term): number {
  if (left instanceof Pid && right instanceof Pid) {
    return left.serial - right.serial || left.id - right.id || compareNodes(left, right)
  }
  if (left instanceof Port && right instanceof Port) {
    return compareNodes(left, right) || (left.id < right.id ? -1 : Number(left.id > right.id))
  }
  const a = left as Ref
  const b = right as Ref
  return compareNodes(a, b) || compareWords(a.words, b.words)
}

/** The last word is the most significant; missing ones count as zero. */
function compareWords(a: readonly number[], b: readonly number[]): number {
  for (let i = Math.max(a.length, b.length) - 1; i >= 0; i--) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Funs without what they hold; `fun m:f/a` stands behind those with an environment. */
export function compareFuns(left: Fun | ExportFun, right: Fun | ExportFun): number {
  if (left instanceof ExportFun) {
    if (!(right instanceof ExportFun)) return 1
    return (
      compareText(left.module, right.module) || compareText(left.function, right.function) || left.arity - right.arity
    )
  }
  if (right instanceof ExportFun) return -1
  return (
    compareText(left.module, right.module) ||
    left.oldIndex - right.oldIndex ||
    left.oldUniq - right.oldUniq ||
    left.free.length - right.free.length ||
    left.index - right.index ||
    Buffer.compare(left.uniq, right.uniq)
  )
}

function bytesOf(term: Term): Uint8Array {
  if (typeof term === 'string') return Buffer.from(term, 'utf8')
  if (term instanceof BitString || term instanceof LocalTerm) return term.bytes
  return term as Uint8Array
}

/** Bit by bit; of two that are equal as far as the shorter one goes, the longer is greater. */
export function compareBits(left: Term, right: Term): number {
  const a = bytesOf(left)
  const b = bytesOf(right)
  const bitsA = left instanceof BitString ? left.bitsInLast : 8
  const bitsB = right instanceof BitString ? right.bitsInLast : 8
  if (bitsA === 8 && bitsB === 8) return Buffer.compare(a, b)
  const lengthA = a.length * 8 - 8 + bitsA
  const lengthB = b.length * 8 - 8 + bitsB
  const common = Math.min(lengthA, lengthB)
  const whole = common >> 3
  for (let i = 0; i < whole; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  const rest = common & 7
  if (rest > 0) {
    const difference = ((a[whole] as number) >> (8 - rest)) - ((b[whole] as number) >> (8 - rest))
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}
