import { describe, expect, test } from '@jest/globals'
import { parseNodeName, parseOwnNodeName, simultaneous } from '../../../src/erlang/dist/node-name.ts'

describe('node names', () => {
  test.each([
    ['godot@127.0.0.1', 'godot', '127.0.0.1', true],
    ['a@b', 'a', 'b', false],
    ['c1.x@host.example', 'c1.x', 'host.example', true],
    ['n@::1', 'n', '::1', true],
    ['żółw@host', 'żółw', 'host', false],
  ])('%s', (name, alive, host, long) => {
    expect(parseNodeName(name)).toEqual({ name, alive, host, long })
  })

  test.each([
    ['', 'there is no @'],
    ['noat', 'there is no @'],
    ['@host', 'before @'],
    ['a@', 'after @'],
    ['a@b@c', 'another @'],
    ['a b@c', 'before @'],
    ['a\u0000@c', 'before @'],
    ['a@c\n', 'after @'],
    ['a\ufffd@c', 'before @'],
    ['a\u202e@c', 'before @'],
    [`${'a'.repeat(254)}@b`, 'more than 255'],
  ])('%j is none', (name, why) => {
    expect(() => parseNodeName(name)).toThrow(why)
    expect(() => parseNodeName(name)).toThrow(expect.objectContaining({ code: 'bad_node_name' }))
  })

  test('our own name has only letters, digits, _ and -', () => {
    expect(parseOwnNodeName('my_node-1@h').alive).toBe('my_node-1')
    expect(() => parseOwnNodeName('a.b@h')).toThrow('only letters')
  })

  test('of two that dial each other the greater name stands; both see it the same way', () => {
    expect(simultaneous('b@h', 'a@h')).toBe('nok')
    expect(simultaneous('a@h', 'b@h')).toBe('ok_simultaneous')
    expect(simultaneous('a@h', 'a@h1')).toBe('ok_simultaneous')
    expect(simultaneous('a@h1', 'a@h')).toBe('nok')
    // Code points, not units of UTF-16: U+1F600 is greater than U+FF5E.
    expect(simultaneous('\u{1f600}@h', '\uff5e@h')).toBe('nok')
  })
})
