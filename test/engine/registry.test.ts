import { describe, expect, test } from '@jest/globals'
import {
  Opaque,
  openSnapshot,
  restoreGames,
  sealSnapshot,
  type Adoption,
  type GameHandle,
  type GameHost,
} from '../../src/engine/index.ts'
import { counter, counterHouse } from '../support/counter-game.ts'
import { ToyJournal } from '../support/toy-journal.ts'

/** A host that writes down what it hears. */
function loggingHost(log: string[]): GameHost {
  return {
    adopt: (game: GameHandle, { link }: Adoption) => {
      log.push(`adopt ${game.id}${link ? ' linked' : ''}`)
      return new Opaque('test', log.length)
    },
    release: (game, reason) => void log.push(`release ${game.id} ${reason}`),
  }
}

function raise(error: Error): never {
  throw error
}

const code = (wanted: string) => expect.objectContaining({ code: wanted }) as unknown as Error

describe('a game', () => {
  test('lives under its id until it is deleted', () => {
    const { registry, events } = counterHouse()
    const told: unknown[] = []
    events.subscribeAll((name, payload) => told.push([name, payload]))
    void registry.create(counter, 'a', 1)
    void registry.create(counter, '', 2)
    expect(registry.list().map((game) => game.id)).toEqual(['a', ''])
    expect(registry.step(counter, '', 3)).toEqual({ count: 5 })
    void registry.delete('a')
    expect(registry.list().map((game) => game.id)).toEqual([''])
    expect(() => registry.get('a')).toThrow(code('no_such_game'))
    expect(told).toEqual([
      ['game.created', { game: 'a', engine: 'counter' }],
      ['game.created', { game: '', engine: 'counter' }],
      ['game.closed', { game: 'a', engine: 'counter', reason: 'deleted' }],
    ])
  })

  test('is unharmed by what it refuses', () => {
    const { registry } = counterHouse()
    void registry.create(counter, 'a', 1)
    expect(() => registry.step(counter, 'a', 0)).toThrow('by: zero is no step.')
    expect(() => registry.create(counter, 'a', 7)).toThrow('game_id already exists: "a".')
    expect(registry.ask(counter, 'a', 'state')).toEqual({ count: 1 })
  })

  test('that breaks is closed alone, and its caller told', () => {
    const log: string[] = []
    const { registry, events } = counterHouse()
    registry.attachHost(loggingHost(log))
    const errors: unknown[] = []
    events.subscribe('game.closed', ({ game, reason, error }) => errors.push([game, reason, String(error)]))
    void registry.create(counter, 'a', 1)
    void registry.create(counter, 'b', 1)
    expect(() => registry.step(counter, 'a', 666)).toThrow(code('internal'))
    expect(errors).toEqual([['a', 'crashed', 'TypeError: the counter fell over']])
    expect(log).toEqual(['adopt a', 'adopt b', 'release a crashed'])
    expect(registry.step(counter, 'b', 1)).toEqual({ count: 2 })
  })

  test('of another engine is not there', () => {
    const { registry } = counterHouse()
    void registry.create(counter, 'a', 1)
    const other = { ...counter, name: 'other' }
    expect(() => registry.step(other, 'a', 1)).toThrow('The game "a" is one of counter, not of other.')
  })

  test('is one of at most maxGames', () => {
    const { registry } = counterHouse({ maxGames: 2 })
    void registry.create(counter, 'a', 1)
    void registry.create(counter, 'b', 1)
    expect(() => registry.create(counter, 'c', 1)).toThrow(code('too_many_games'))
    void registry.create(counter, 'b', 5, { ifExists: 'take_over' })
    expect(registry.step(counter, 'b', 1)).toEqual({ count: 6 })
  })
})

describe('a host', () => {
  test('gives games their processes and hears of their ends', () => {
    const log: string[] = []
    const { registry } = counterHouse()
    const detach = registry.attachHost(loggingHost(log))
    void registry.create(counter, 'a', 1, { link: true, caller: new Opaque('test', 'me') })
    expect(registry.get('a').process).toEqual(new Opaque('test', 1))
    void registry.create(counter, 'a', 2, { ifExists: 'take_over' })
    void registry.create(counter, 'b', 3)
    registry.closeAll('shutdown')
    expect(log).toEqual([
      'adopt a linked',
      'adopt a',
      'release a taken_over',
      'adopt b',
      'release b shutdown',
      'release a shutdown',
    ])
    detach()
    void registry.create(counter, 'c', 1)
    expect(registry.get('c').process).toBeUndefined()
  })

  test('may close a game, once, and never its successor', () => {
    const log: string[] = []
    const { registry } = counterHouse()
    registry.attachHost(loggingHost(log))
    void registry.create(counter, 'a', 1)
    const first = registry.get('a')
    void registry.create(counter, 'a', 2, { ifExists: 'take_over' })
    expect(first.closed).toBe(true)
    registry.close(first, 'host')
    expect(registry.step(counter, 'a', 1)).toEqual({ count: 3 })
    const second = registry.get('a')
    registry.close(second, 'host')
    registry.close(second, 'host')
    expect(registry.list()).toEqual([])
    expect(log.filter((line) => line.startsWith('release'))).toEqual(['release a taken_over'])
  })

  test('that refuses a game leaves everything as it was', () => {
    const { registry } = counterHouse()
    void registry.create(counter, 'a', 1)
    registry.attachHost({
      adopt: (game) => (game === registry.get('a') ? undefined : raise(new Error('no process left'))),
      release: () => undefined,
    })
    expect(() => registry.create(counter, 'a', 9, { ifExists: 'take_over' })).toThrow('no process left')
    expect(registry.step(counter, 'a', 1)).toEqual({ count: 2 })
  })

  test('cannot link a game to nobody', () => {
    const { registry } = counterHouse()
    expect(() => registry.create(counter, 'a', 1, { link: true })).toThrow(code('bad_argument'))
    expect(registry.list()).toEqual([])
  })
})

describe('a journal', () => {
  test('hears of everything that changes, and callers wait for it', async () => {
    const journal = new ToyJournal()
    const { registry } = counterHouse({ journal })
    const made = registry.create(counter, 'a', 1)
    journal.write()
    await made
    const answer = registry.step(counter, 'a', 2)
    expect(() => registry.step(counter, 'a', 0)).toThrow(code('bad_argument'))
    // What is looked at meanwhile may not be told before it is kept.
    const seen = [registry.ask(counter, 'a', 'state'), registry.info('a'), registry.settled(() => 'all')]
    const order: string[] = []
    for (const [i, one] of [answer, ...seen].entries()) void Promise.resolve(one).then(() => order.push(String(i)))
    await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual([])
    journal.write()
    expect(await Promise.all([answer, ...seen])).toEqual([{ count: 3 }, { count: 3 }, { count: 3 }, 'all'])
    expect(order).toEqual(['0', '1', '2', '3'])
    expect(registry.ask(counter, 'a', 'state')).toEqual({ count: 3 })
    const gone = registry.delete('a')
    journal.write()
    await gone
    expect(journal.log).toEqual([
      'begin a counter {"request":1}',
      'created a',
      'read 2',
      'stepped a 2',
      'read 0',
      'closed a',
    ])
  })

  test('hears nothing of games that go on: at a shutdown, and with their successors', async () => {
    const journal = new ToyJournal()
    const { registry } = counterHouse({ journal })
    void registry.create(counter, 'a', 1)
    void registry.create(counter, 'a', 2, { ifExists: 'take_over' })
    registry.closeAll('shutdown')
    journal.write()
    await registry.settled(() => undefined)
    expect(journal.log.filter((line) => /created|closed/.test(line))).toEqual(['created a', 'created a'])
  })

  test('gets a snapshot when it wants one; a game that has none lives on', () => {
    const journal = new ToyJournal()
    const { registry, events } = counterHouse({ journal })
    const told: unknown[] = []
    events.subscribe('game.no_snapshot', ({ game }) => told.push(game))
    void registry.create(counter, 'a', 1)
    journal.due = true
    void registry.step(counter, 'a', 5)
    expect(openSnapshot(journal.sealed as Uint8Array)).toEqual({
      engine: 'counter',
      steps: 1,
      state: new Uint8Array([6]),
    })
    const shy = {
      ...counter,
      name: 'shy',
      create: (n: number) => ({ ...counter.create(n), snapshot: () => raise(new Error('no')) }),
    }
    void registry.create(shy, 'b', 1)
    journal.due = true
    void registry.step(shy, 'b', 5)
    expect(told).toEqual(['b'])
    expect(registry.get('b').closed).toBe(false)
    journal.write()
  })

  test('that fails closes the games whose words are lost, and keeps what it has of them', async () => {
    const journal = new ToyJournal()
    const ended: string[] = []
    const { registry } = counterHouse({ journal })
    registry.attachHost(loggingHost(ended))
    void registry.create(counter, 'a', 1)
    const made = registry.create(counter, 'b', 1)
    journal.write()
    await made
    const step = registry.step(counter, 'a', 2)
    const look = registry.ask(counter, 'a', 'state')
    journal.write(new Error('the disk is full'))
    const lost = { code: 'journal_failed', message: expect.stringContaining('the disk is full') as unknown }
    await expect(step).rejects.toMatchObject(lost)
    await expect(look).rejects.toMatchObject(lost)
    expect(() => registry.step(counter, 'a', 2)).toThrow(code('no_such_game'))
    expect(ended).toEqual(['adopt a', 'adopt b', 'release a unsaved'])
    expect(journal.log).not.toContain('closed a')
    const other = registry.step(counter, 'b', 2)
    journal.write()
    expect(await other).toEqual({ count: 3 })
    // While nothing can be kept, games are not changed at all.
    journal.broken = true
    expect(() => registry.step(counter, 'b', 2)).toThrow(code('journal_failed'))
    expect(() => registry.delete('b')).toThrow(code('journal_failed'))
    expect(() => registry.create(counter, 'c', 2)).toThrow(code('journal_failed'))
    expect(registry.ask(counter, 'b', 'state')).toEqual({ count: 3 })
  })

  test('gives games back: with processes, oldest first, beyond the limit', async () => {
    const log: string[] = []
    const journal = new ToyJournal()
    const { registry, events } = counterHouse({ journal, engines: [counter], maxGames: 1 })
    const told: unknown[] = []
    events.subscribe('storage.restored', ({ games, steps, refused }) => told.push([games, steps, refused]))
    journal.keep('a', 'counter', { request: 1 }, [2, 3])
    journal.keep('lost', 'counter', { request: 1 }, [2, 0])
    journal.keep('strange', 'other', { request: 1 }, [])
    journal.keep(
      'b',
      'counter',
      { snapshot: sealSnapshot({ engine: 'counter', steps: 7, state: new Uint8Array([9]) }) },
      [1],
    )
    await restoreGames({ registry, events, journal })
    expect(registry.list().map(({ id }) => id)).toEqual(['a', 'b'])
    registry.attachHost(loggingHost(log))
    expect(log).toEqual(['adopt a', 'adopt b'])
    expect(registry.get('b').process).toEqual(new Opaque('test', 2))
    expect(registry.info('a')).toEqual({ count: 6 })
    expect(openSnapshot(registry.snapshot('b') as Uint8Array)).toMatchObject({ steps: 8, state: new Uint8Array([10]) })
    expect(journal.log).toEqual(['refused lost not_replayable', 'refused strange no_such_engine'])
    expect(told).toEqual([[2, 3, 2]])
  })
})

describe('a snapshot', () => {
  test('makes a game that goes on, under any id, here or elsewhere', () => {
    const { registry } = counterHouse()
    void registry.create(counter, 'a', 1)
    void registry.step(counter, 'a', 4)
    const bytes = registry.snapshot('a') as Uint8Array
    const elsewhere = counterHouse({ engines: [counter] }).registry
    void elsewhere.restore('b', bytes)
    expect(elsewhere.step(counter, 'b', 1)).toEqual({ count: 6 })
    expect(openSnapshot(elsewhere.snapshot('b') as Uint8Array).steps).toBe(2)
    expect(() => elsewhere.restore('b', bytes)).toThrow(code('game_exists'))
    expect(() => counterHouse().registry.restore('b', bytes)).toThrow(code('no_such_engine'))
  })

  test('has one form, and no other bytes are taken', () => {
    const bytes = sealSnapshot({ engine: 'counter', steps: 0x010203040506, state: new Uint8Array([7, 8]) })
    expect(Buffer.from(bytes).toString('hex')).toBe(
      `${Buffer.from('BCGS').toString('hex')}013289ff1701020304050607${Buffer.from('counter').toString('hex')}0708`,
    )
    for (let i = 0; i < bytes.length; i++) {
      for (const wrong of [0x01, 0x80, 0xff]) {
        const damaged = Uint8Array.from(bytes)
        damaged[i] = (damaged[i] ?? 0) ^ wrong
        expect(() => openSnapshot(damaged)).toThrow(code('bad_snapshot'))
      }
      expect(() => openSnapshot(bytes.subarray(0, i))).toThrow(code('bad_snapshot'))
    }
    expect(() => openSnapshot(Uint8Array.from([...bytes, 0]))).toThrow(code('bad_snapshot'))
    expect(() => sealSnapshot({ engine: 'x'.repeat(256), steps: 0, state: bytes })).toThrow(code('bad_snapshot'))
  })

  test('that an engine falls over is bad, and harms nothing', () => {
    const brittle = { ...counter, restore: () => raise(new TypeError('undefined is not an object')) }
    const { registry } = counterHouse({ engines: [brittle] })
    const bytes = sealSnapshot({ engine: 'counter', steps: 0, state: new Uint8Array() })
    expect(() => registry.restore('a', bytes)).toThrow(code('bad_snapshot'))
    expect(registry.list()).toEqual([])
  })
})
