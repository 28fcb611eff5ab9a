/** Resting between turns: with rests, turns and a clock that the test gives. */
import { expect, test } from '@jest/globals'
import { Gathering } from '../../src/sockets/gathering.ts'

/** A gathering, and the event loop it rests in. */
function start() {
  const planned: (() => void)[] = []
  let ms = 0
  let rests = 0
  let restMs = 0.06
  const gathering = new Gathering({
    atEnd: (turn) => planned.push(turn),
    rest: () => {
      rests += 1
      ms += restMs
    },
    now: () => ms,
  })
  /** A turn of the event loop with one read of so many messages; answers whether it ended with a rest. */
  const turn = (messages: number, took = 0.01): boolean => {
    const before = rests
    gathering.read()
    for (let i = 0; i < messages; i++) gathering.message()
    ms += took
    planned.shift()?.()
    return rests > before
  }
  /** Many turns alike; answers how many of them ended with a rest. */
  const turns = (count: number, messages: number, took?: number): number =>
    Array.from({ length: count }, () => turn(messages, took)).filter(Boolean).length
  const system = (slow: number): void => {
    restMs = slow
  }
  return { gathering, planned, turn, turns, system }
}

/** The 128th read tries a rest, and the next ones show that it pays. */
function active() {
  const loop = start()
  loop.turns(128, 3)
  loop.turns(20, 16)
  return loop
}

test('one caller: a rest is tried every 128 reads, and brings too little', () => {
  const { gathering, turns } = start()
  expect(turns(127, 3)).toBe(0)
  expect(turns(1, 3)).toBe(1)
  expect(gathering.active).toBe(true)
  expect(turns(1, 3)).toBe(0)
  expect(gathering.active).toBe(false)
  expect(turns(129 * 4, 3)).toBe(4)
})

test('four callers that wait for their answers are left in peace', () => {
  const { turns } = start()
  expect(turns(129 * 4, 12)).toBe(4)
})

test('many callers: rests after every turn, once one brought a handful', () => {
  const { gathering, turns } = start()
  turns(128, 2)
  expect(turns(100, 16)).toBe(100)
  expect(gathering.active).toBe(true)
})

test('a few rests in vain are forgiven, then it ends', () => {
  const { gathering, turns } = active()
  expect(turns(16, 1)).toBe(16)
  expect(turns(1, 1)).toBe(0)
  expect(gathering.active).toBe(false)
})

test('does not rest after a turn that was long, or that brought much', () => {
  const { gathering, turns } = active()
  expect(turns(10, 16, 0.2)).toBe(0)
  expect(turns(10, 100)).toBe(0)
  expect(gathering.active).toBe(true)
  expect(turns(10, 16)).toBe(10)
})

test('where a rest takes milliseconds it does not pay, whatever it brings', () => {
  const { gathering, turns, system } = active()
  system(2)
  expect(turns(100, 16)).toBeLessThan(40)
  expect(gathering.active).toBe(false)
})

test('what shall leave at the end of the turn leaves before the rest, once', () => {
  const { gathering, turns } = active()
  const done: string[] = []
  const work = (): void => void done.push('flushed')
  gathering.beforeRest(work)
  gathering.beforeRest(work)
  expect(turns(2, 16)).toBe(2)
  expect(done).toEqual(['flushed'])
  // Without a rest it leaves at its own time.
  gathering.beforeRest(work)
  turns(1, 16, 0.2)
  turns(1, 16)
  expect(done).toEqual(['flushed'])
})

test('several reads of one turn, of several connections, lead to one rest', () => {
  const { gathering, planned } = active()
  gathering.read()
  gathering.read()
  expect(planned).toHaveLength(1)
})

test('by default it rests by the system, save on Windows', async () => {
  const turn = new Promise<void>((resolve) => {
    const gathering = new Gathering({
      atEnd: (end) => {
        end()
        resolve()
      },
    })
    for (let i = 0; i < 128; i++) gathering.read()
    expect(gathering.active).toBe(process.platform !== 'win32')
    if (process.platform === 'win32') resolve()
  })
  await turn
})
