/** Terms and bytes for the tests of the term format. */
import fc from 'fast-check'
import { isBeamcadeError } from '../../src/errors.ts'
import {
  atom,
  BitString,
  ExportFun,
  float,
  ImproperList,
  Pid,
  Port,
  Ref,
  TermMap,
  Tuple,
  type Term,
} from '../../src/erlang/etf/index.ts'

export const NODE = 'node@127.0.0.1'

/** Bytes from numbers, texts and other bytes. */
export function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'number' ? Buffer.from([part]) : typeof part === 'string' ? Buffer.from(part) : part,
    ),
  )
}

export function u32(value: number): Uint8Array {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(value)
  return four
}

export function hex(of: Uint8Array): string {
  return Buffer.from(of.buffer, of.byteOffset, of.length).toString('hex')
}

/** The code of the BeamcadeError that `run` throws; any other error goes on. */
export function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (isBeamcadeError(error)) return error.code
    throw error
  }
  return 'no error'
}

/** `depth` levels of `wrap` around `inner`. */
export function nested(depth: number, wrap: (inner: Term) => Term, inner: Term): Term {
  let term = inner
  for (let i = 0; i < depth; i++) term = wrap(term)
  return term
}

const word = fc.integer({ min: 0, max: 0xffffffff })
const node = fc.constantFrom(NODE, 'a@b', 'zzz@example.org')
const name = fc.oneof(
  fc.constantFrom('ok', 'error', 'true', 'false', 'nil', 'undefined', '', 'Elixir.Foo', 'foo bar', 'end'),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const integer = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).filter((n) => n > 2n ** 53n || n < -(2n ** 53n)),
  fc.bigInt({ min: -(2n ** 2100n), max: 2n ** 2100n }).filter((n) => n > 2n ** 53n || n < -(2n ** 53n)),
)
const floats = fc.double({ noNaN: true, noDefaultInfinity: true }).map(float)
const binary = fc.uint8Array({ maxLength: 80 })
const bits = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 7 }))
  .map(([content, count]) => new BitString(content, count))
const atoms = name.map(atom)
const pid = fc.tuple(node, word, word, word).map(([n, id, serial, creation]) => new Pid(n, id, serial, creation))
const ref = fc
  .tuple(node, word, fc.array(word, { minLength: 1, maxLength: 5 }))
  .map(([n, creation, words]) => new Ref(n, creation, words))
const port = fc
  .tuple(node, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), word)
  .map(([n, id, creation]) => new Port(n, id, creation))
const exported = fc.tuple(atoms, atoms, fc.integer({ min: 0, max: 255 })).map(([m, f, a]) => new ExportFun(m, f, a))
const leaf = fc.oneof(
  integer,
  floats,
  binary,
  atoms,
  bits,
  pid,
  ref,
  port,
  exported,
  fc.string().map((s): Term => Buffer.from(s)),
)

/** Any term that a decoder may give, some of them nested. */
export const terms: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('term'), { maxLength: 6 }),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 }),
    fc.array(tie('term'), { maxLength: 6 }).map((items) => new Tuple(items)),
    fc
      .tuple(fc.array(tie('term'), { minLength: 1, maxLength: 4 }), leaf)
      .map(([items, tail]) => new ImproperList(items, tail)),
    fc.array(fc.tuple(tie('term'), tie('term')), { maxLength: 5 }).map((pairs) => TermMap.from(pairs)),
  ),
})).term
