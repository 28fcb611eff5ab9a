import { expect, test } from '@jest/globals'
import { Pid, Ref } from '../../../src/erlang/etf/terms.ts'
import { Identity } from '../../../src/erlang/node/identity.ts'

test('no pid and no reference is made twice', () => {
  const identity = new Identity('a@x', 7)
  const keys = new Set<string>()
  for (let i = 0; i < 300_000; i += 1) keys.add(identity.makeRef().key)
  for (let i = 0; i < 1000; i += 1) keys.add(identity.makePid().key)
  expect(keys.size).toBe(301_000)
})

test('the first word of a reference stays within 18 bits, as old readers need it', () => {
  const identity = new Identity('a@x', 7)
  let most = 0
  let last = identity.makeRef()
  for (let i = 0; i < 0x40001; i += 1) {
    last = identity.makeRef()
    most = Math.max(most, last.words[0] ?? 0)
  }
  expect(most).toBe(0x3ffff)
  expect(last.words[1]).toBe(1)
})

test('knows its own', () => {
  const identity = new Identity('a@x', 7)
  expect(identity.makePid()).toEqual(new Pid('a@x', 1, 0, 7))
  expect(identity.owns(new Pid('a@x', 1, 0, 7))).toBe(true)
  expect(identity.owns(new Pid('a@x', 1, 0, 6))).toBe(false)
  expect(identity.owns(new Ref('b@x', 7, [1]))).toBe(false)
})
