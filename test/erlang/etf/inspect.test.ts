/** How terms are printed; what OTP and Elixir printed themselves is in `vectors.test.ts` and `beam.test.ts`. */
import { describe, expect, test } from '@jest/globals'
import {
  atom,
  Float,
  Fun,
  ImproperList,
  inspectElixir,
  inspectErlang,
  LocalTerm,
  NativeRecord,
  Pid,
  Ref,
  TermMap,
  tuple,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { codeOf } from '../../support/etf.ts'

const pid = new Pid('godot@127.0.0.1', 300, 7, 1)

describe('inspectElixir', () => {
  const cases: [Term, string][] = [
    [atom('ok'), ':ok'],
    [atom('foo bar'), ':"foo bar"'],
    [atom('godot@127.0.0.1'), ':"godot@127.0.0.1"'],
    [atom('Elixir.Beamcade.Game'), 'Beamcade.Game'],
    [atom('#{x}'), ':"\\#{x}"'],
    [atom('<>'), ':<>'],
    [null, 'nil'],
    [[97, 98, 99], '~c"abc"'],
    [[97, 34], '~c"a\\""'],
    [[0], '[0]'],
    [[97.5], '[97.5]'],
    ['grüße\n', '"grüße\\n"'],
    [Buffer.from([0xff]), '<<255>>'],
    [tuple(1, new Float(2), 1e-7), '{1, 2.0, 1.0e-7}'],
    [[tuple(atom('a'), 1), tuple(atom('b c'), [])], '[a: 1, "b c": []]'],
    [TermMap.atoms({ ok: 1, Foo: 2 }), '%{ok: 1, Foo: 2}'],
    [
      TermMap.from([
        [atom('a'), 1],
        ['b', 2],
      ]),
      '%{:a => 1, "b" => 2}',
    ],
    [new Map<Term, Term>([['b', 2]]), '%{"b" => 2}'],
    [
      TermMap.from([
        [atom('__struct__'), atom('Elixir.Beamcade.Step')],
        [atom('rewards'), [0.5]],
      ]),
      '%Beamcade.Step{rewards: [0.5]}',
    ],
    [new ImproperList([atom('alias')], new Ref('a@b', 1, [1, 2, 3])), '[:alias | #Reference<a@b.3.2.1>]'],
    [pid, '#PID<godot@127.0.0.1.300.7>'],
    [new NativeRecord(atom('m'), atom('r'), true, [atom('f')], [1]), '#:m::r{:f = 1}'],
    [new LocalTerm(new Uint8Array(9)), '#Local<9 bytes>'],
  ]
  test.each(cases)('%#', (term, text) => {
    expect(inspectElixir(term)).toBe(text)
  })

  test('the node itself is 0', () => {
    expect(inspectElixir(pid, { localNode: 'godot@127.0.0.1' })).toBe('#PID<0.300.7>')
  })

  test('limits, as Elixir counts them', () => {
    const nested: Term = [
      [
        [1, 2, 3],
        [4, 5],
      ],
      [6],
      7,
      8,
    ]
    expect(inspectElixir(nested, { limit: 3 })).toBe('[[[1, ...], [...]], [6], 7, ...]')
    expect(
      inspectElixir(
        TermMap.from([
          [atom('a'), [1, 2, 3]],
          [atom('b'), 2],
          [atom('c'), 3],
        ]),
        { limit: 2 },
      ),
    ).toBe('%{a: [1, ...], b: 2, ...}')
    expect(inspectElixir(new ImproperList([1, 2, 3], 4), { limit: 2 })).toBe('[1, 2, ...]')
    expect(inspectElixir(new ImproperList([1, 2, 3], 4), { limit: 3 })).toBe('[1, 2, 3 | 4]')
    expect(inspectElixir('abcdefgh', { printableLimit: 5 })).toBe('"abcde" <> ...')
    expect(
      inspectElixir(
        Array.from('abcdefgh', (c) => c.charCodeAt(0)),
        { printableLimit: 5 },
      ),
    ).toBe('~c"abcde" ++ ...')
    expect(inspectElixir(Uint8Array.of(1, 2, 255, 4), { limit: 2 })).toBe('<<1, 2, ...>>')
    expect(inspectElixir(Array.from({ length: 60 }, (_, i) => i + 1000)).endsWith(' 1049, ...]')).toBe(true)
  })
})

describe('inspectErlang', () => {
  const cases: [Term, string, latin1?: string][] = [
    [atom('foo@bar'), 'foo@bar'],
    [atom('Foo'), "'Foo'"],
    [atom('when'), "'when'"],
    [atom('中'), "'中'", "'\\x{4E2D}'"],
    [[97, 98], '"ab"'],
    [[0x4e2d], '"中"', '[20013]'],
    ['grüße', '<<"grüße"/utf8>>', '<<103,114,195,188,195,159,101>>'],
    [TermMap.from([['k', [1, 2.5]]]), '#{<<"k">> => [1,2.5]}'],
    [pid, '<godot@127.0.0.1.300.7>'],
    [
      new Fun({
        arity: 1,
        uniq: Buffer.alloc(16),
        index: 5,
        module: atom('m'),
        oldIndex: 2,
        oldUniq: 77,
        pid,
        free: [],
      }),
      '#Fun<m.2.77>',
    ],
    [new NativeRecord(atom('m'), atom('r'), true, [atom('f'), atom('g')], [1, []]), '#m:r{f = 1,g = []}'],
  ]
  test.each(cases)('%#', (term, text, latin1 = text) => {
    expect(inspectErlang(term)).toBe(text)
    expect(inspectErlang(term, { unicode: false })).toBe(latin1)
  })

  test('limit', () => {
    expect(inspectErlang([1000, tuple(1, 2, 3), 3, 4], { limit: 3 })).toBe('[1000,{1,...},3,...]')
  })
})

test('what is no term is refused', () => {
  expect(codeOf(() => inspectElixir([undefined as unknown as Term]))).toBe('bad_argument')
  expect(codeOf(() => inspectErlang(new Date() as unknown as Term))).toBe('bad_argument')
})
