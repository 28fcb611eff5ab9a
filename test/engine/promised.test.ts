/** The registry with games that live elsewhere, so that every answer is promised. */
import { describe, expect, test } from '@jest/globals'
import {
  Opaque,
  openSnapshot,
  Registry,
  restoreGames,
  sealSnapshot,
  type GameHost,
  type RegistryOptions,
} from '../../src/engine/index.ts'
import { createEvents } from '../../src/events.ts'
import { counter } from '../support/counter-game.ts'
import { LaterHome, settle } from '../support/later-home.ts'
import { ToyJournal } from '../support/toy-journal.ts'

function house(options: Partial<RegistryOptions> = {}) {
  const events = createEvents()
  const home = new LaterHome(events)
  const registry = new Registry({ events, home, engines: [counter], ...options })
  const log: string[] = []
  let processes = 0
  const host: GameHost = {
    adopt: ({ id }) => {
      log.push(`adopt ${id}`)
      return new Opaque('test', ++processes)
    },
    release: ({ id }, reason, error) =>
      void log.push(`release ${id} ${reason}${error === undefined ? '' : `: ${(error as Error).message}`}`),
  }
  registry.attachHost(host)
  /** What became of an answer, in `outcomes`. */
  const outcomes: string[] = []
  const note = (name: string, answer: unknown): void => {
    void Promise.resolve(answer).then(
      (value) => outcomes.push(`${name} ${JSON.stringify(value)}`),
      (error: unknown) => outcomes.push(`${name} ${(error as { code?: string }).code ?? String(error)}`),
    )
  }
  /** An answer, when the home has worked. */
  const done = async <T>(answer: T | Promise<T>): Promise<T> => {
    await home.workAll()
    return answer
  }
  const make = (id: string, start = 1) => done(registry.create(counter, id, start))
  return { events, home, registry, log, outcomes, note, done, make }
}

const code = (wanted: string) => expect.objectContaining({ code: wanted }) as unknown as Error

describe('a game that lives elsewhere', () => {
  test('does what is asked in the order in which it was asked, also while it is being made', async () => {
    const { registry, home, outcomes, note } = house()
    note(
      'create',
      Promise.resolve(registry.create(counter, 'a', 1)).then(({ id }) => id),
    )
    note('step', registry.step(counter, 'a', 2))
    note('refused', registry.step(counter, 'a', 0))
    note('state', registry.ask(counter, 'a', 'state'))
    note('twice', registry.create(counter, 'a', 5))
    note(
      'list',
      registry.settled(() => registry.list().map(({ id }) => id)),
    )
    expect(registry.list()).toEqual([])
    await home.workAll()
    expect(outcomes.sort()).toEqual([
      'create "a"',
      'list ["a"]',
      'refused bad_argument',
      'state {"count":3}',
      'step {"count":3}',
      'twice game_exists',
    ])
  })

  test('counts for maxGames while it is being made, and not if it cannot be', async () => {
    const { registry, done } = house({ maxGames: 1 })
    const first = registry.create({ ...counter, create: () => raise(new TypeError('no')) }, 'a', 1)
    expect(() => registry.create(counter, 'b', 1)).toThrow(code('too_many_games'))
    await expect(done(first)).rejects.toThrow('no')
    expect(await done(registry.create(counter, 'b', 1))).toMatchObject({ id: 'b' })
  })

  test('that breaks is closed alone; what was asked behind hears that it is gone', async () => {
    const { registry, home, log, outcomes, note, make } = house()
    await make('a')
    await make('b')
    note('breaks', registry.step(counter, 'a', 666))
    note('behind', registry.ask(counter, 'a', 'state'))
    note('other', registry.step(counter, 'b', 1))
    await home.workAll()
    expect(outcomes.sort()).toEqual(['behind no_such_game', 'breaks internal', 'other {"count":2}'])
    expect(log).toEqual(['adopt a', 'adopt b', 'release a crashed: the counter fell over'])
    expect(() => registry.get('a')).toThrow(code('no_such_game'))
  })

  test('that is deleted answers first what it was asked before', async () => {
    const { registry, home, log, outcomes, note, make } = house()
    await make('a')
    note('step', registry.step(counter, 'a', 2))
    note('delete', registry.delete('a'))
    note('late', registry.step(counter, 'a', 2))
    note(
      'again',
      Promise.resolve(registry.create(counter, 'a', 7)).then(() => registry.ask(counter, 'a', 'state')),
    )
    await home.workAll()
    expect(outcomes).toEqual(['step {"count":3}', 'delete undefined', 'late no_such_game', 'again {"count":7}'])
    expect(log).toEqual(['adopt a', 'release a deleted', 'adopt a'])
  })

  test('that is taken over answers first what it was asked before; the new one answers what comes after', async () => {
    const { registry, home, log, outcomes, note, make } = house()
    await make('a')
    // The new one is made elsewhere, and ready first.
    const slow = registry.step(counter, 'a', 2)
    const held = home.hold()
    note('step', slow)
    note(
      'take over',
      Promise.resolve(registry.create(counter, 'a', 9, { ifExists: 'take_over' })).then(() => 'done'),
    )
    note('after', registry.step(counter, 'a', 1))
    await home.work()
    expect([outcomes, log]).toEqual([[], ['adopt a']])
    held()
    await home.workAll()
    expect(outcomes).toEqual(['step {"count":3}', 'take over "done"', 'after {"count":10}'])
    expect(log).toEqual(['adopt a', 'adopt a', 'release a taken_over'])
  })

  test('whose process ends while it works: nobody gets its answer', async () => {
    const { registry, home, log, outcomes, note, make } = house()
    await make('a')
    note('step', registry.step(counter, 'a', 2))
    registry.close(registry.get('a'), 'host')
    await home.workAll()
    expect(outcomes).toEqual(['step no_such_game'])
    expect(log).toEqual(['adopt a'])
  })

  test('that is lost is told to its process with the reason, and to those who wait', async () => {
    const { registry, home, log, outcomes, note, make, events } = house()
    const ends: unknown[] = []
    events.subscribe('game.closed', ({ game, reason }) => ends.push([game, reason]))
    await make('a')
    await make('b')
    note('step', registry.step(counter, 'a', 2))
    note('delete', registry.delete('b'))
    home.lose(new Error('the thread ran out of memory'))
    await settle()
    expect(outcomes.sort()).toEqual(['delete undefined', 'step game_lost'])
    expect(log.slice(2).sort()).toEqual(['release a lost: the thread ran out of memory', 'release b deleted'])
    expect(ends).toEqual([['a', 'lost'], ['b', 'deleted']]) // prettier-ignore
    expect(() => registry.step(counter, 'a', 1)).toThrow(code('no_such_game'))
    expect(await make('a', 4)).toMatchObject({ id: 'a', closed: false })
  })

  test('gives a snapshot that counts the steps before it and none behind it', async () => {
    const { registry, done, make } = house()
    await make('a')
    void registry.step(counter, 'a', 1)
    const sealed = registry.snapshot('a') as Promise<Uint8Array>
    void registry.step(counter, 'a', 1)
    expect(openSnapshot(await done(sealed))).toMatchObject({ steps: 1, state: new Uint8Array([2]) })
    await done(registry.restore('b', await sealed))
    expect(await done(registry.step(counter, 'b', 5))).toEqual({ count: 7 })
  })
})

describe('with a journal', () => {
  test('what was done is written in its order, and answered when it is written', async () => {
    const journal = new ToyJournal()
    const { registry, home, outcomes, note } = house({ journal })
    note(
      'create',
      Promise.resolve(registry.create(counter, 'a', 1)).then(({ id }) => id),
    )
    note('one', registry.step(counter, 'a', 1))
    note('refused', registry.step(counter, 'a', 0))
    note('two', registry.step(counter, 'a', 2))
    await home.workAll()
    expect(outcomes).toEqual(['refused bad_argument'])
    expect(journal.log).toEqual([
      'begin a counter {"request":1}',
      'created a',
      ...['read 1', 'read 0', 'read 2'],
      ...['stepped a 1', 'stepped a 2'],
    ])
    journal.write()
    await settle()
    expect(outcomes.slice(1)).toEqual(['create "a"', 'one {"count":2}', 'two {"count":4}'])
  })

  test('a snapshot that was wanted says of which step it is', async () => {
    const journal = new ToyJournal()
    const { registry, home, make } = house({ journal })
    void make('a')
    await home.workAll()
    journal.write()
    journal.due = true
    void registry.step(counter, 'a', 1)
    await home.work()
    void registry.step(counter, 'a', 1)
    await home.workAll()
    expect(openSnapshot(journal.sealed as Uint8Array)).toMatchObject({ steps: 1, state: new Uint8Array([2]) })
    expect(journal.log.slice(-2)).toEqual(['snapshot a', 'stepped a 1'])
    journal.write()
  })

  test('games that were lost come back; who asks meanwhile waits for them', async () => {
    const journal = new ToyJournal()
    const { registry, home, log, outcomes, note } = house({ journal })
    for (const id of ['a', 'b', 'bad']) void registry.create(counter, id, 1)
    await home.workAll()
    journal.write()
    journal.keep('a', 'counter', { request: 1 }, [4, 5])
    journal.keep('bad', 'counter', { request: 1 }, [0])
    journal.keep('b', 'counter', { snapshot: sealSnapshot({ engine: 'counter', steps: 3, state: new Uint8Array([8]) }) }, []) // prettier-ignore
    journal.keep('never lived', 'counter', { request: 1 }, [])
    home.lose(new Error('gone'))
    note('a', registry.step(counter, 'a', 1))
    note('b', registry.info('b'))
    note('bad', registry.info('bad'))
    note(
      'new',
      Promise.resolve(registry.create(counter, 'c', 1)).then(({ id }) => id),
    )
    for (let i = 0; i < 20; i++) await home.workAll()
    journal.write()
    await settle()
    expect(outcomes.sort()).toEqual(['a {"count":11}', 'b {"count":8}', 'bad no_such_game', 'new "c"'])
    expect(registry.list().map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']) // prettier-ignore
    expect(log.filter((line) => line.startsWith('release'))).toEqual(
      ['a', 'b', 'bad'].map((id) => `release ${id} lost: gone`),
    )
    expect(journal.log).toEqual(expect.arrayContaining(['left a', 'left b', 'left bad', 'refused bad not_replayable']))
    expect(journal.log).not.toContain('closed a')
  })

  test('are taken back one after the other, so none comes twice', async () => {
    const journal = new ToyJournal()
    const { registry, home, events } = house({ journal })
    const told: number[] = []
    events.subscribe('storage.restored', ({ games, refused }) => told.push(games, refused))
    journal.keep('a', 'counter', { request: 1 }, [4])
    const both = [restoreGames({ registry, events, journal }), restoreGames({ registry, events, journal })]
    for (let i = 0; i < 20; i++) await home.workAll()
    await Promise.all(both)
    // The toy does not know that the first one lives; the second is told so.
    expect(told).toEqual([1, 0, 0, 1])
    expect(registry.list()).toHaveLength(1)
  })
})

function raise(error: Error): never {
  throw error
}
