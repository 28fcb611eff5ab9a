/**
 * Erlang's order of terms: number < atom < reference < fun < port < pid < tuple < record < map < [] < list < bit string.
 * Integers and floats are compared by their exact values; as keys of maps, integers come before floats.
 * Source: Erlang Reference Manual, "Term Comparisons"; among identifiers and funs, the order that the BEAM shows.
 */
import { BeamcadeError } from '../../errors.ts'
import {
  compareBits,
  compareFuns,
  compareIdentifiers,
  compareNumbers,
  compareText,
  Rank,
  rankOf,
} from './compare-leaf.ts'
import { DEFAULT_MAX_DEPTH } from './limits.ts'
import { sortedMap, type TermMap } from './term-map.ts'
import { ExportFun, Fun, ImproperList, type NativeRecord, type Term, type Tuple } from './terms.ts'

/** Two rows of terms, to be compared in pairs. */
class Frame {
  readonly left: readonly Term[]
  readonly right: readonly Term[]
  readonly length: number
  readonly exact: boolean
  readonly depth: number
  /** The answer if all pairs are equal. */
  readonly after: number
  next = 0
  constructor(left: readonly Term[], right: readonly Term[], exact: boolean, depth: number, after: number) {
    this.left = left
    this.right = right
    this.length = Math.min(left.length, right.length)
    this.exact = exact
    this.depth = depth
    this.after = after
  }
}

/** How many levels of maps that are keys of maps are put in order by recursion. Decoded ones are in order already. */
const MAX_KEY_LEVELS = 100

/** Negative, zero or positive, as `left` is less than, equal (`==`) to or greater than `right`. */
export function compare(left: Term, right: Term): number {
  return order(left, right, false, 0)
}

/**
 * True if the two are the same term (`=:=`). 1 and 1.0 are not; 0.0 and -0.0 are not either, as in OTP 27 and later.
 */
export function equal(left: Term, right: Term): boolean {
  return left === right || order(left, right, true, 0) === 0
}

/**
 * The order itself.
 * @param exact true for keys of maps and for equality: integers before floats, -0.0 before 0.0
 * @param level how many maps are being put in order around this comparison
 */
export function order(left: Term, right: Term, exact: boolean, level: number): number {
  const rank = rankOf(left)
  const difference = rank - rankOf(right)
  if (difference !== 0) return difference
  if (rank < Rank.fun || rank === Rank.port || rank === Rank.pid || rank >= Rank.bits || rank === Rank.nil) {
    return orderLeaves(rank, left, right, exact)
  }
  if (level > MAX_KEY_LEVELS) {
    throw new BeamcadeError('too_deep', `Maps are keys of maps on more than ${MAX_KEY_LEVELS} levels.`)
  }
  const stack: Frame[] = [new Frame([left], [right], exact, 0, 0)]
  for (let frame = stack[0]; frame !== undefined; frame = stack[stack.length - 1]) {
    if (frame.next === frame.length) {
      if (frame.after !== 0) return frame.after
      stack.pop()
      continue
    }
    const index = frame.next++
    const result = orderPair(
      frame.left[index] as Term,
      frame.right[index] as Term,
      frame.exact,
      frame.depth,
      level,
      stack,
    )
    if (result !== 0) return result
  }
  return 0
}

/** Compares two terms as far as it goes without their elements, for which it pushes frames. */
function orderPair(left: Term, right: Term, exact: boolean, depth: number, level: number, stack: Frame[]): number {
  if (left === right && typeof left !== 'number') return 0
  const rank = rankOf(left)
  const difference = rank - rankOf(right)
  if (difference !== 0) return difference
  switch (rank) {
    case Rank.tuple: {
      const a = (left as Tuple).elements
      const b = (right as Tuple).elements
      if (a.length !== b.length) return a.length - b.length
      return push(stack, a, b, exact, depth, 0)
    }
    case Rank.list:
      return pushLists(
        left as readonly Term[] | ImproperList,
        right as readonly Term[] | ImproperList,
        exact,
        depth,
        stack,
      )
    case Rank.map: {
      const a = left as TermMap | ReadonlyMap<Term, Term>
      const b = right as TermMap | ReadonlyMap<Term, Term>
      if (a.size !== b.size) return a.size - b.size
      const sortedA = sortedMap(a, level + 1)
      const sortedB = sortedMap(b, level + 1)
      push(stack, sortedA.values, sortedB.values, exact, depth, 0)
      return push(stack, sortedA.keys, sortedB.keys, true, depth, 0)
    }
    case Rank.record: {
      const a = left as NativeRecord
      const b = right as NativeRecord
      const named = (record: NativeRecord): Term[] => [record.module, record.name, record.exported, ...record.names]
      if (a.names.length !== b.names.length) return a.names.length - b.names.length
      push(stack, a.values, b.values, exact, depth, 0)
      return push(stack, named(a), named(b), exact, depth, 0)
    }
    case Rank.fun: {
      const result = compareFuns(left as Fun | ExportFun, right as Fun | ExportFun)
      if (result !== 0 || left instanceof ExportFun || right instanceof ExportFun) return result
      return push(stack, (left as Fun).free, (right as Fun).free, exact, depth, 0)
    }
    default:
      return orderLeaves(rank, left, right, exact)
  }
}

function push(
  stack: Frame[],
  left: readonly Term[],
  right: readonly Term[],
  exact: boolean,
  depth: number,
  after: number,
): 0 {
  if (depth >= DEFAULT_MAX_DEPTH) {
    throw new BeamcadeError('too_deep', `The terms are nested deeper than ${DEFAULT_MAX_DEPTH} levels.`)
  }
  if (left.length > 0 || right.length > 0 || after !== 0) stack.push(new Frame(left, right, exact, depth + 1, after))
  return 0
}

type List = readonly Term[] | ImproperList

function pushLists(left: List, right: List, exact: boolean, depth: number, stack: Frame[]): 0 {
  const a = left instanceof ImproperList ? left.elements : left
  const b = right instanceof ImproperList ? right.elements : right
  const tailA = left instanceof ImproperList ? left.tail : []
  const tailB = right instanceof ImproperList ? right.tail : []
  // The tail of the shorter one meets what is left of the longer one, which is a list that is not empty.
  if (a.length < b.length) return push(stack, a, b, exact, depth, rankOf(tailA) - Rank.list)
  if (a.length > b.length) return push(stack, a, b, exact, depth, Rank.list - rankOf(tailB))
  push(stack, [tailA], [tailB], exact, depth, 0)
  return push(stack, a, b, exact, depth, 0)
}

function orderLeaves(rank: number, left: Term, right: Term, exact: boolean): number {
  switch (rank) {
    case Rank.number:
      return compareNumbers(left, right, exact)
    case Rank.atom:
      return compareText(left, right)
    case Rank.reference:
    case Rank.port:
    case Rank.pid:
      return compareIdentifiers(left, right)
    case Rank.nil:
      return 0
    default:
      return compareBits(left, right)
  }
}
