import { describe, expect, test } from '@jest/globals'
import { BeamcadeError } from '../../../src/errors.ts'
import {
  atom,
  BitString,
  encode,
  equal,
  ExportFun,
  float,
  Float,
  ImproperList,
  parse,
  TermMap,
  tuple,
  type Term,
} from '../../../src/erlang/etf/index.ts'
import { codeOf, hex } from '../../support/etf.ts'

const codes = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0) as number)

describe('parse', () => {
  const cases: [text: string, term: Term][] = [
    ['0', 0],
    ['-17', -17],
    ['- 17', -17],
    ['+5', 5],
    ['1_000_000', 1_000_000],
    ['9007199254740992', 2n ** 53n],
    ['-9007199254740991', -(2 ** 53 - 1)],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['16#ff', 255],
    ['16#FFFF_FFFF_FFFF_FFFF', 2n ** 64n - 1n],
    ['2#1010', 10],
    ['-8#17', -15],
    ['36#zz', 1295],
    ['3#12', 5],
    ['1.0', new Float(1)],
    ['1.5', 1.5],
    ['-0.0', new Float(-0)],
    ['1.0e10', float(1e10)],
    ['1.5E-3', 0.0015],
    ['$a', 97],
    ['$ ', 32],
    ['$\\n', 10],
    ['$\\x{1F600}', 0x1f600],
    ['$\\\\', 92],
    ["$'", 39],
    ['$😀', 0x1f600],
    ['ok', atom('ok')],
    ['foo@bar_1', atom('foo@bar_1')],
    ['true', true],
    ['nil', null],
    ["'foo bar'", atom('foo bar')],
    ["'it\\'s'", atom("it's")],
    ["''", atom('')],
    ["'\\x{4e2d}\\x41\\101\\d\\s'", atom('中AA\x7f ')],
    ['été', atom('été')],
    ['"abc"', codes('abc')],
    ['""', []],
    ['"a" "b"\n"c"', codes('abc')],
    ['"a\\"\\t\\^A中"', codes('a"\t\x01中')],
    ['{}', tuple()],
    ['{ok, [1,2|3]}', tuple(atom('ok'), new ImproperList([1, 2], 3))],
    ['[]', []],
    ['[[],[[]]]', [[], [[]]]],
    ['[1|[2|[3]]]', [1, 2, 3]],
    ['[1|[]]', [1]],
    ['[1|[2|x]]', new ImproperList([1, 2], atom('x'))],
    ['[1|[{2}|[]]]', [1, tuple(2)]],
    ['#{}', new TermMap([])],
    [
      '#{a => 1, "b" => #{c => {}}}',
      TermMap.from([
        [atom('a'), 1],
        [codes('b'), TermMap.atoms({ c: tuple() })],
      ]),
    ],
    ['#{a => 1, a => 2}', TermMap.atoms({ a: 2 })],
    ['<<>>', new Uint8Array(0)],
    ['<<1,2,255>>', Uint8Array.of(1, 2, 255)],
    ['<<"abc">>', 'abc'],
    ['<<"grüße"/utf8>>', 'grüße'],
    ['<<"é">>', Uint8Array.of(233)],
    ['<<"a", 0, "b">>', 'a\0b'],
    ['<<258:16, 1:4, 2:4>>', Uint8Array.of(1, 2, 0x12)],
    ['<<-1>>', Uint8Array.of(255)],
    ['<<5:3>>', new BitString(Uint8Array.of(0xa0), 3)],
    ['<<"ab":4>>', Uint8Array.of(0x12)],
    ['<<16#20ac/utf8>>', '€'],
    ['fun lists:map/2', new ExportFun(atom('lists'), atom('map'), 2)],
    ["fun 'foo bar':'X'/1", new ExportFun(atom('foo bar'), atom('X'), 1)],
    [' % a comment\n {a, % another\n 1} . ', tuple(atom('a'), 1)],
  ]
  test.each(cases)('%s', (text, term) => {
    const parsed = parse(text)
    expect(hex(encode(parsed))).toBe(hex(encode(term)))
    expect(equal(parsed, term)).toBe(true)
  })

  const faults: [text: string, says: RegExp, line: number, column: number][] = [
    ['', /a term, but the text ends/, 1, 1],
    ['{a, b', /, or }/, 1, 6],
    ['{a b}', /, or }/, 1, 4],
    ['[1,\n 2,]', /a term/, 2, 4],
    ['[1|2,3]', /, or \]/, 1, 5],
    ['[|1]', /a term/, 1, 2],
    ['#{a}', /=>/, 1, 4],
    ['#{a => }', /a term/, 1, 8],
    ['#{a := 1}', /=>/, 1, 5],
    ['Foo', /Foo is a variable/, 1, 1],
    ['_', /variable/, 1, 1],
    ["'abc", /never closed/, 1, 1],
    ['"abc', /never closed/, 1, 1],
    ['"abc\\', /incomplete/, 1, 5],
    ['"\\x{110000}"', /no character/, 1, 2],
    ['1 2', /the end/, 1, 3],
    ['a.b', /the end/, 1, 3],
    ['-a', /a number/, 1, 2],
    ['16#xyz', /no digit/, 1, 1],
    ['37#1', /base/, 1, 1],
    ['1.0e999', /too large/, 1, 1],
    ['<<1,2', /, or >>/, 1, 6],
    ['<<a>>', /a string or an integer/, 1, 3],
    ['<<1/float>>', /utf8/, 1, 5],
    ['<<1:99999>>', /4096/, 1, 5],
    ['<0.1.0>', /begins with "<"/, 1, 1],
    ['#Ref<0.1>', /begins with "#"/, 1, 1],
    ['fun m/1', /:/, 1, 6],
    ['fun m:f/256', /255/, 1, 9],
    ['$', /must follow/, 1, 2],
    ['😀', /begins with/, 1, 1],
  ]
  test.each(faults)('%s is refused with its place', (text, says, line, column) => {
    let error: unknown
    try {
      parse(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(BeamcadeError)
    const fault = error as BeamcadeError
    expect(fault.code).toBe('bad_syntax')
    expect(fault.message).toMatch(says)
    expect(fault.details).toMatchObject({ line, column })
  })

  test('too deep', () => {
    expect(codeOf(() => parse('['.repeat(200_000)))).toBe('too_deep')
  })
})
