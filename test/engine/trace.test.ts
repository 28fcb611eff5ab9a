/** Recording games, and playing recordings again, with a game of which nobody knows anything. */
import { describe, expect, test } from '@jest/globals'
import { defineEngine, fromPlainJson, toPlainJson, verify, type Game, type Recording } from '../../src/engine/index.ts'
import { counter, counterHouse } from '../support/counter-game.ts'

/** The code of a refusal. */
function codeOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  throw new Error('it was not refused')
}

function recorded(steps: readonly number[], options: { maxRecordedBytes?: number } = {}) {
  const house = counterHouse(options)
  void house.registry.create(counter, 'c', 5, { record: true })
  for (const by of steps) void house.registry.step(counter, 'c', by)
  return house
}

const traceOf = (house: ReturnType<typeof counterHouse>): string => house.registry.trace('c') as string
const read = (text: string): Recording => counter.trace.read(JSON.parse(text) as object)

describe('games:trace', () => {
  test('tells what a game was made of, every input, and a hash of every output', () => {
    const text = traceOf(recorded([2, 3]))
    expect(JSON.parse(text)).toMatchObject({
      format: 'beamcade-trace/1',
      engine: 'counter',
      name: 'c',
      complete: true,
      request: 5,
      steps: [{ input: 2 }, { input: 3 }],
    })
    expect(verify(read(text))).toEqual({ steps: 2 })
  })

  test('is asked for as an operation', async () => {
    const house = recorded([1])
    const answer = await house.router.call({ module: 'games', name: 'trace', args: ['c'], wire: 'test' })
    expect(answer).toBe(traceOf(house))
  })

  test('has steps that were refused left out', () => {
    const house = recorded([2])
    expect(codeOf(() => house.registry.step(counter, 'c', 0))).toBe('bad_argument')
    expect(verify(read(traceOf(house)))).toEqual({ steps: 1 })
  })

  test('of a game that nobody recorded, or that is not there, is refused', () => {
    const { registry } = counterHouse()
    void registry.create(counter, 'c', 5)
    expect(codeOf(() => registry.trace('c'))).toBe('not_recorded')
    expect(codeOf(() => registry.trace('d'))).toBe('no_such_game')
  })

  test('cannot be kept of a game that goes on from a snapshot', () => {
    const { registry } = counterHouse({ engines: [counter] })
    void registry.create(counter, 'c', 5)
    const snapshot = registry.snapshot('c') as Uint8Array
    expect(codeOf(() => registry.restore('d', snapshot, { record: true }))).toBe('bad_argument')
    expect(registry.list().map(({ id }) => id)).toEqual(['c'])
  })
})

describe('recordings take a bounded place in memory', () => {
  const steps = Array.from({ length: 20 }, (_, i) => i + 1)

  test('a recording that has no more room ends, and says so; the game goes on', () => {
    const house = counterHouse({ maxRecordedBytes: 1_000 })
    const full: unknown[] = []
    house.events.subscribe('game.recording_full', (payload) => full.push(payload))
    void house.registry.create(counter, 'c', 5, { record: true })
    for (const by of steps) void house.registry.step(counter, 'c', by)
    const document = JSON.parse(traceOf(house)) as { steps: unknown[]; complete: boolean }
    expect(document.complete).toBe(false)
    expect(document.steps.length).toBeGreaterThan(3)
    expect(full).toEqual([{ game: 'c', engine: 'counter', steps: document.steps.length, maxBytes: 1_000 }])
    expect(house.registry.ask(counter, 'c', 'state')).toEqual({ count: 5 + 210 })
    const recording = read(traceOf(house))
    expect([recording.complete, verify(recording)]).toEqual([false, { steps: document.steps.length }])
  })

  test('no game is made whose recording could not even begin, and the end of one makes room', () => {
    const house = counterHouse({ maxRecordedBytes: 150 })
    const make = (id: string) => house.registry.create(counter, id, 5, { record: true })
    void make('c')
    expect(codeOf(() => make('d'))).toBe('recording_full')
    expect(house.registry.list()).toHaveLength(1)
    void house.registry.delete('c')
    void make('d')
    expect(house.registry.list().map(({ id }) => id)).toEqual(['d'])
  })
})

describe('verify finds the first difference', () => {
  const text = traceOf(recorded([2, 3, 4]))
  const changed = (change: (document: { request: unknown; steps: { input: unknown }[] }) => void) => {
    const document = JSON.parse(text) as Parameters<typeof change>[0]
    change(document)
    return verify(counter.trace.read(document))
  }

  test('in the beginning, in a step, and where a step is not possible any more', () => {
    expect(changed((document) => (document.request = 6))).toMatchObject({
      steps: 0,
      difference: expect.stringMatching(
        /^before the first step: the hash of the output was [0-9a-f]{64} and is/,
      ) as unknown,
    })
    expect(changed((document) => (document.steps[1] = { ...document.steps[1], input: 7 }))).toMatchObject({
      steps: 1,
      difference: expect.stringMatching(/^step 2: the hash of the output was/) as unknown,
    })
    expect(changed((document) => (document.steps[2] = { ...document.steps[2], input: 0 }))).toEqual({
      steps: 2,
      difference: 'step 3: it was done once, and cannot be done any more: by: zero is no step.',
    })
  })

  test('and what is no trace is refused with a sentence', () => {
    expect(codeOf(() => counter.trace.read({ format: 'beamcade-trace/1' }))).toBe('bad_trace')
    expect(codeOf(() => changed((document) => (document.request = { $bigint: 'x' })))).toBe('bad_trace')
  })
})

test('a game that has other ways to step tells of each step by itself', () => {
  const twice = defineEngine<number, Game<number, number> & { twice(by: number): void }>({
    name: 'twice',
    doc: 'Counts, once or twice.',
    create(start) {
      let count = start
      let watcher: (input: unknown) => void = () => undefined
      const add = (by: number): void => {
        count += by
        watcher(by)
      }
      return {
        step(by) {
          add(by)
          return count
        },
        twice(by) {
          add(by)
          add(by)
        },
        watch: (given) => (watcher = given),
        state: () => count,
        snapshot: () => new Uint8Array([count]),
        info: () => ({}),
        close: () => undefined,
      }
    },
    restore: () => {
      throw new TypeError('never')
    },
  })
  const { registry } = counterHouse()
  void registry.create(twice, 't', 1, { record: true })
  void registry.step(twice, 't', 2)
  void registry.ask(twice, 't', 'twice', 3)
  const document = JSON.parse(registry.trace('t') as string) as { steps: { input: number }[] }
  expect(document.steps.map(({ input }) => input)).toEqual([2, 3, 3])
})

describe('plain data as JSON', () => {
  test.each<[unknown]>([
    [{ b: [1, null, 'x', true], a: { c: -0, d: [NaN, Infinity, -Infinity] } }],
    [{ bytes: new Uint8Array([0, 255]), floats: new Float32Array([1.5, -2]), big: 2n ** 70n }],
    [new Map<unknown, unknown>([[1, new Map([['x', 2n]])], ['1', [undefined]]])], // prettier-ignore
    [{ $bytes: 'not bytes' }],
    [{ $a: 1, b: { $map: [] } }],
  ])('%# comes back as it was', (data) => {
    expect(fromPlainJson(JSON.parse(JSON.stringify(toPlainJson(data))))).toEqual(data)
  })

  test('does not depend on the order of keys', () => {
    expect(JSON.stringify(toPlainJson({ b: 1, a: 2 }))).toBe(JSON.stringify(toPlainJson({ a: 2, b: 1 })))
  })

  test('refuses what is no data, and what has no end', () => {
    expect(codeOf(() => toPlainJson({ f: () => 1 }))).toBe('bad_argument')
    expect(codeOf(() => toPlainJson(new Date()))).toBe('bad_argument')
    const ring: unknown[] = []
    ring.push(ring)
    expect(codeOf(() => toPlainJson(ring))).toBe('too_deep')
  })
})
