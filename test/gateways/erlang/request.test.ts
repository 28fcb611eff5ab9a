import { describe, expect, test } from '@jest/globals'
import { TermMap, atom, tuple, type Term } from '../../../src/erlang/index.ts'
import { parseRequest } from '../../../src/gateways/erlang/request.ts'

const charlist = (text: string): Term => Array.from(text, (c) => c.codePointAt(0) ?? 0)
const bytes = (text: string): Term => new TextEncoder().encode(text)

describe('requests', () => {
  test.each<[string, Term, string]>([
    ['{M, F, Args}', tuple(atom('m'), atom('f'), [1]), 'call m:f [1]'],
    ['{call, M, F, Args}', tuple(atom('call'), atom('m'), atom('f'), [1]), 'call m:f [1]'],
    ['{cast, M, F, Args}', tuple(atom('cast'), atom('m'), atom('f'), [1]), 'cast m:f [1]'],
    ['{M, F}', tuple(atom('m'), atom('f')), 'call m:f []'],
    ['names as binaries', tuple(bytes('m'), bytes('f'), []), 'call m:f []'],
    ['names as charlists', tuple(charlist('mö'), charlist('f'), []), 'call mö:f []'],
    ['a module called call', tuple(atom('call'), atom('f'), []), 'call call:f []'],
    ['a module called nil', tuple(null, true, []), 'call nil:true []'],
    ['bytes as arguments', tuple(atom('m'), atom('f'), [1, 2, 3]), 'call m:f [1,2,3]'],
  ])('%s', (_, term, expected) => {
    const { form, module, name, args } = parseRequest(term)
    expect(`${form} ${module}:${name} ${JSON.stringify(args)}`).toBe(expected)
  })

  test('Args may be a map of named ones', () => {
    const args = new TermMap([atom('ms'), 1])
    expect(parseRequest(tuple(atom('test'), atom('sleep'), args)).args).toBe(args)
  })

  test.each<[string, Term]>([
    ['an atom', atom('hello')],
    ['a number', 1],
    ['an empty tuple', tuple()],
    ['one element', tuple(atom('m'))],
    ['a pid-like name', tuple(1, 2)],
    ['arguments that are no list', tuple(atom('m'), atom('f'), 1)],
    ['an improper number of elements', tuple(atom('send'), atom('m'), atom('f'), [])],
    ['five elements', tuple(atom('call'), atom('m'), atom('f'), [], 1)],
    ['an empty name', tuple(bytes(''), atom('f'), [])],
    ['a name of 2 kB', tuple(bytes('x'.repeat(2048)), atom('f'), [])],
    ['a huge list', Array.from({ length: 100_000 }, () => 1)],
  ])('%s is refused with a sentence of bounded length', (_, term) => {
    expect(() => parseRequest(term)).toThrow(/^The request .{1,210} has no form that this server understands\.$/)
  })
})
