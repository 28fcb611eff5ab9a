import { describe, expect, test } from '@jest/globals'
import { Opaque, type Adoption, type GameHandle, type GameHost, type Journal } from '../../src/engine/index.ts'
import { counter, counterHouse } from '../support/counter-game.ts'

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
    expect(registry.use(counter, 'a', (game) => game.state())).toEqual({ count: 1 })
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
      adopt: () => {
        throw new Error('no process left')
      },
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
    const log: unknown[] = []
    let write = (): void => undefined
    const written = new Promise<void>((resolve) => (write = resolve))
    const journal: Journal = {
      created: (...what) => void log.push(what),
      stepped: (...what) => {
        log.push(what)
        return written
      },
      closed: (...what) => void log.push(what),
    }
    const { registry } = counterHouse({ journal })
    void registry.create(counter, 'a', 1)
    const answer = registry.step(counter, 'a', 2)
    expect(() => registry.step(counter, 'a', 0)).toThrow(code('bad_argument'))
    write()
    expect(await answer).toEqual({ count: 3 })
    void registry.delete('a')
    expect(log).toEqual([['a', 'counter', 1], ['a', 2], ['a']])
  })
})
