/**
 * Prints terms as text. What a language writes for a leaf and around the elements of a container is in
 * `inspect-elixir.ts` and `inspect-erlang.ts`; here is the walk, with a stack of its own, so that depth costs no recursion.
 */
import { BeamcadeError } from '../../errors.ts'
import { ElixirNotation } from './inspect-elixir.ts'
import { ErlangNotation } from './inspect-erlang.ts'
import { TextBuilder } from './inspect-shared.ts'
import { DEFAULT_MAX_DEPTH } from './limits.ts'
import type { Term } from './terms.ts'

/** How a container is written: the text around its elements, and what they are. */
export interface Layout {
  readonly left: string
  readonly right: string
  /** Elements; keys and values in turn if `pairs`. */
  readonly items: readonly Term[]
  /** True if items are keys and values. */
  readonly pairs: boolean
  /** Texts before the items: the keys of a keyword list. */
  readonly prefixes: readonly string[] | undefined
  /** What stands behind the bar of an improper list. */
  readonly tail: Term | undefined
}

/** How a language writes terms. */
export interface Notation {
  readonly separator: string
  readonly arrow: string
  readonly bar: string
  /** The text of a term that is written without looking into elements, or how to write the others. */
  write(term: Term, limit: number): string | Layout
}

/** Options for printing as Elixir does. */
export interface InspectOptions {
  /** How many elements are printed, the nested ones counted as Elixir's `:limit` does. Default 50. */
  limit?: number
  /** How many characters of a text are printed. Default 4096. */
  printableLimit?: number
  /** How lists of printable ASCII are written: `~c"abc"` (Elixir 1.15 and later, default) or `'abc'` (before). */
  charlists?: 'sigil' | 'quotes'
  /** The node whose identifiers are written with 0, as on that node itself. The others are written with the node's name. */
  localNode?: string
}

/** Options for printing as Erlang does. */
export interface InspectErlangOptions {
  /** How many elements are printed, the nested ones counted. Default: all. */
  limit?: number
  /** False writes all lists and binaries as numbers (`~w`). Default true (`~p`). */
  strings?: boolean
  /** False writes nothing beyond Latin-1 (`~p`); true, the default, writes as `~tp` in a shell started with `+pc unicode`. */
  unicode?: boolean
  /** The node whose identifiers are written with 0, as on that node itself. The others are written with the node's name. */
  localNode?: string
}

/**
 * The term as Elixir's `inspect/1` prints it, on one line. Maps are printed in the order in which they came. A map
 * whose `__struct__` is a module's name is printed as a struct, without knowing the module: ranges, dates and the like
 * show their fields.
 */
export function inspectElixir(term: Term, options: InspectOptions = {}): string {
  return print(term, new ElixirNotation(options), options.limit ?? 50)
}

/** The term as Erlang's shell prints it (`~p`), on one line. */
export function inspectErlang(term: Term, options: InspectErlangOptions = {}): string {
  return print(term, new ErlangNotation(options), options.limit ?? Infinity)
}

/** What `step` answers behind the last element. */
const END = Symbol('end')

/** A container that is being printed. */
class Frame {
  readonly layout: Layout
  limit: number
  next = 0
  constructor(layout: Layout, limit: number) {
    this.layout = layout
    this.limit = limit
  }
}

function print(term: Term, notation: Notation, limit: number): string {
  const first = notation.write(term, limit)
  if (typeof first === 'string') return first
  const out = new TextBuilder()
  out.add(first.left)
  const stack: Frame[] = [new Frame(first, limit)]
  for (let frame = stack[0]; frame !== undefined; frame = stack[stack.length - 1]) {
    const child = step(frame, notation, out)
    if (child === END) {
      out.add(frame.layout.right)
      stack.pop()
      continue
    }
    const written = notation.write(child, frame.limit)
    if (typeof written === 'string') {
      out.add(written)
      continue
    }
    if (stack.length >= DEFAULT_MAX_DEPTH) {
      throw new BeamcadeError('too_deep', `The term is nested deeper than ${DEFAULT_MAX_DEPTH} levels.`)
    }
    out.add(written.left)
    stack.push(new Frame(written, frame.limit))
  }
  return out.text()
}

/** Writes what stands before the next element, and answers the element. */
function step(frame: Frame, notation: Notation, out: TextBuilder): Term | typeof END {
  const { items, pairs, prefixes, tail } = frame.layout
  const index = frame.next++
  if (pairs && index % 2 === 1) {
    out.add(notation.arrow)
    return items[index] as Term
  }
  if (index > items.length || (index === items.length && tail === undefined)) return END
  if (index === items.length) {
    out.add(notation.bar)
    return tail as Term
  }
  if (index > 0) out.add(notation.separator)
  if (frame.limit <= 0) {
    out.add('...')
    frame.next = items.length + 1
    return END
  }
  frame.limit -= 1
  if (prefixes !== undefined) out.add(prefixes[index] as string)
  return items[index] as Term
}
