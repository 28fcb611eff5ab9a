/** Staying awake after input: with turns that the test gives. */
import { expect, test } from '@jest/globals'
import { Attention } from '../../src/sockets/attention.ts'

/** An attention of three turns, and the event loop it runs in. */
function start(turns = 3) {
  const waiting: (() => void)[] = []
  const attention = new Attention(turns, (turn) => waiting.push(turn))
  const loop = {
    turn: () => waiting.shift()?.(),
    /** Turns until nothing keeps the loop awake; answers how many. */
    idle: () => {
      let count = 0
      for (; waiting.length > 0; count += 1) loop.turn()
      return count
    },
  }
  return { attention, ...loop }
}

test('stays awake for so many turns after the last input', () => {
  const { attention, turn, idle } = start()
  attention.input()
  turn()
  expect(attention.awake).toBe(true)
  attention.input()
  expect(idle()).toBe(3)
  expect(attention.awake).toBe(false)
})

test('sleeps when waiting is in vain, and tries again at times', () => {
  const { attention, idle } = start()
  const turns = Array.from({ length: 200 }, () => {
    attention.input()
    return idle()
  })
  const attempts = turns.flatMap((count, i) => (count > 0 ? [i] : []))
  expect(attempts.slice(0, 4)).toEqual([0, 1, 2, 3])
  expect(attempts.slice(4)).toEqual([67, 131, 195])
})

test('stays awake again once input comes close to input', () => {
  const { attention, turn, idle } = start()
  for (let i = 0; i < 67; i++) {
    attention.input()
    idle()
  }
  attention.input()
  for (let i = 0; i < 10; i++) {
    turn()
    attention.input()
  }
  // Ten that were not in vain pay for two that are.
  idle()
  for (const expected of [3, 3, 0]) {
    attention.input()
    expect(idle()).toBe(expected)
  }
})

test('can be switched off, and ended', () => {
  const off = start(0)
  off.attention.input()
  expect(off.idle()).toBe(0)
  const ended = start(100)
  ended.attention.input()
  ended.attention.end()
  expect(ended.idle()).toBe(1)
})
