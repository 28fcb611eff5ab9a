/** Names and creations of the embedded epmd, with a clock of the test's own. */
import { expect, test } from '@jest/globals'
import { Names } from '../../../src/erlang/epmd/names.ts'
import type { NodeInfo } from '../../../src/erlang/epmd/wire.ts'

function node(name: string, highVersion = 6): NodeInfo {
  return { name, port: 5000, hidden: false, highVersion, lowVersion: 5, extra: new Uint8Array() }
}

function addAndRemove(names: Names, info: NodeInfo): number | undefined {
  const registered = names.add(info)
  if (registered !== undefined) names.remove(registered)
  return registered?.creation
}

test('a creation starts at the time and goes up by one for each life of a name', () => {
  let now = 1_700_000_000
  const names = new Names(10, () => now)
  expect(addAndRemove(names, node('a'))).toBe(1_700_000_000)
  now += 100
  expect(addAndRemove(names, node('a'))).toBe(1_700_000_001)
  expect(addAndRemove(names, node('b'))).toBe(1_700_000_100)
})

test('creations stay between 4 and 2^32-1, and between 1 and 3 for protocol version 5', () => {
  expect(addAndRemove(new Names(10, () => 0), node('a'))).toBe(4)
  const last = new Names(10, () => 0xffff_ffff)
  expect([1, 2, 3].map(() => addAndRemove(last, node('a')))).toEqual([0xffff_ffff, 4, 5])
  const old = new Names(10, () => 1000)
  expect([1, 2, 3, 4].map(() => addAndRemove(old, node('a', 5)))).toEqual([1, 2, 3, 1])
  // A node that was upgraded in between.
  expect(addAndRemove(old, node('a', 6))).toBe(1000)
  expect(addAndRemove(old, node('a', 5))).toBe(1)
})

test('a name is taken until it is freed, and only by its own registration', () => {
  const names = new Names(10, () => 1000)
  const first = names.add(node('a'))
  expect(names.add(node('a'))).toBeUndefined()
  if (first === undefined) throw new Error('not registered')
  names.remove(first)
  const second = names.add(node('a'))
  names.remove(first)
  expect(names.find('a')).toBe(second)
})

test('the oldest free name is forgotten first', () => {
  let now = 1000
  const names = new Names(2, () => now)
  for (const name of ['a', 'b', 'c']) addAndRemove(names, node(name))
  now = 5000
  expect(addAndRemove(names, node('b'))).toBe(1001)
  expect(addAndRemove(names, node('a'))).toBe(5000)
  expect(names.dump()).toBe('old/unused name <b>, port = 5000, fd = 4 \nold/unused name <a>, port = 5000, fd = 5 \n')
  names.add(node('a'))
  expect(names.dump()).toContain('active name     <a> at port 5000, fd = 6\n')
})

test('an epmd that comes back within a second gives another creation', () => {
  const now = 1_795_259_510_123
  const before = addAndRemove(new Names(10, () => now), node('a'))
  const after = addAndRemove(new Names(10, () => now + 100), node('a'))
  expect(before).toBe(now % 2 ** 32)
  expect(after).toBe((now + 100) % 2 ** 32)
})
