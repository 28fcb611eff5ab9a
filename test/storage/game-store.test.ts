/** What is kept of games, and what comes back. */
import { crc32 } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { Float, Name, openSnapshot, Opaque, sealSnapshot, Tagged } from '../../src/engine/index.ts'
import { dataFolder, diary, openHouse, recordsIn, withRecords } from '../support/diary.ts'

const code = (wanted: string) => expect.objectContaining({ code: wanted }) as unknown as Error
const hex = (text: string): string => Buffer.from(text).toString('hex')

describe('games', () => {
  test('are back after a crash with their ids, at the step last answered, oldest first', async () => {
    const house = await openHouse()
    const { registry } = house
    for (const id of ['b', '', 'ünï 😀', 'a']) void registry.create(diary, id, `title of ${id}`)
    await registry.step(diary, 'b', 1)
    await Promise.all([registry.step(diary, 'a', 2), registry.step(diary, '', 3), registry.step(diary, 'a', 4)])
    const after = await openHouse(house.crash())
    expect(after.registry.list().map(({ id }) => id)).toEqual(['b', '', 'ünï 😀', 'a'])
    expect(after.pages('b')).toEqual(['title of b', 1])
    expect(after.pages('a')).toEqual(['title of a', 2, 4])
    expect(after.pages('ünï 😀')).toEqual(['title of ünï 😀'])
    expect(after.events.all('storage.restored')).toMatchObject([{ games: 4, refused: 0 }])
    // And again, with more of it.
    await after.registry.step(diary, 'a', 5)
    await after.registry.create(diary, 'c', 'new')
    const later = await openHouse(after.crash())
    expect(later.pages('a')).toEqual(['title of a', 2, 4, 5])
    expect(later.registry.list().map(({ id }) => id)).toEqual(['b', '', 'ünï 😀', 'a', 'c'])
  })

  test('keep whatever plain data they were given, as it was before they got it', async () => {
    const house = await openHouse()
    const inputs = [
      new Uint8Array([1, 2]),
      Buffer.from('b'),
      2n ** 70n,
      undefined,
      null,
      -0,
      NaN,
      new Float64Array([1.5]),
      new Map<unknown, unknown>([[{ a: 1 }, [undefined]]]),
      new Float(1),
      new Name('up'),
      new Tagged('vector', [1, new Float(2)]),
      { mutable: 'as given' },
    ]
    await house.registry.create(diary, 'a', { inputs: inputs.slice(0, 4) })
    for (const input of inputs) await house.registry.step(diary, 'a', input)
    const after = await openHouse(house.crash())
    // Replayed, the game does with its inputs what it did.
    expect(after.pages('a')).toStrictEqual([
      { inputs: inputs.slice(0, 4) },
      ...inputs.slice(0, -1),
      { mutable: 'changed' },
    ])
  })

  test('that take several steps at once are kept at the last one that they took', async () => {
    const house = await openHouse(dataFolder(), { snapshotEvery: 20 })
    const { registry } = house
    await registry.create(diary, 'a', 'no snapshots')
    await registry.step(diary, 'a', 0)
    expect(await registry.stepMany(diary, 'a', [1, { two: 2 }, 3, 'not taken'], 3)).toEqual({ steps: 3 })
    expect(await registry.stepMany(diary, 'a', ['none'], 0)).toEqual({ steps: 0 })
    expect(await registry.stepMany(diary, 'a', [4], 9)).toEqual({ steps: 1 })
    await registry.step(diary, 'a', 5)
    const after = await openHouse(house.crash(), { snapshotEvery: 20 })
    expect(after.pages('a')).toEqual(['no snapshots', 0, 1, { two: 2 }, 3, 4, 5])
    await after.store.close()
    const inputs = (await recordsIn(after.folder)).filter(([key]) => key.startsWith(hex('i')))
    expect(inputs.map(([key]) => Number(`0x${key.slice(14)}`))).toEqual([0, 1, 4, 5])
    // Their snapshots are as far apart as those of others.
    await registry.create(diary, 'b', 'title')
    for (let i = 0; i < 30; i++) await registry.stepMany(diary, 'b', [i, i], 2)
    const last = await openHouse(house.crash(), { snapshotEvery: 20 })
    expect(last.pages('b')).toHaveLength(61)
    expect(last.events.all('storage.restored')[0]?.steps).toBeLessThanOrEqual(6 + 21)
  })

  test('are not made and not stepped with what cannot be kept', async () => {
    const { registry, pages } = await openHouse()
    expect(() => registry.create(diary, 'a', [new Opaque('erlang', 'pid')])).toThrow(code('not_storable'))
    await registry.create(diary, 'a', 1)
    expect(() => registry.step(diary, 'a', () => 1)).toThrow(code('not_storable'))
    expect(() => registry.step(diary, 'a', 'refuse')).toThrow(code('bad_argument'))
    expect(await pages('a')).toEqual([1])
  })

  test('that ended, broke or were replaced do not come back', async () => {
    const house = await openHouse()
    const { registry } = house
    for (const id of ['deleted', 'broken', 'replaced', 'stays']) await registry.create(diary, id, 'first')
    await registry.step(diary, 'replaced', 'old')
    await registry.delete('deleted')
    expect(() => registry.step(diary, 'broken', 'break')).toThrow(code('internal'))
    await registry.create(diary, 'replaced', 'second', { ifExists: 'take_over' })
    await registry.settled(() => undefined)
    const after = await openHouse(house.crash())
    expect(after.registry.list().map(({ id }) => id)).toEqual(['stays', 'replaced'])
    expect(after.pages('replaced')).toEqual(['second'])
    // Nothing is left of them.
    await after.store.close()
    const keys = (await recordsIn(after.folder)).map(([key]) => key)
    expect(keys.map((key) => key.slice(0, 2))).toEqual([hex('b'), hex('b'), hex('f'), hex('g'), hex('g')])
  })

  test('go on after a stop in order', async () => {
    const house = await openHouse()
    await house.registry.create(diary, 'a', 1)
    const last = house.registry.step(diary, 'a', 2)
    house.registry.closeAll('shutdown')
    await house.store.close()
    expect(await last).toBeDefined()
    expect(await (await openHouse(house.folder)).pages('a')).toEqual([1, 2])
  })
})

describe('snapshots', () => {
  test('bound what is replayed, for all lives of a game together', async () => {
    let house = await openHouse(dataFolder(), { snapshotEvery: 10 })
    await house.registry.create(diary, 'a', 'title')
    const pages: unknown[] = ['title']
    for (let i = 0; i < 57; i++) {
      await house.registry.step(diary, 'a', i)
      pages.push(i)
      if (i % 7 !== 3) continue
      house = await openHouse(house.crash(), { snapshotEvery: 10 })
      expect(await house.pages('a')).toEqual(pages)
      expect(house.events.all('storage.restored')[0]?.steps).toBeLessThanOrEqual(10)
    }
    // What they make void is gone.
    await house.store.close()
    const inputs = (await recordsIn(house.folder)).filter(([key]) => key.startsWith(hex('i')))
    expect(inputs.length).toBeLessThanOrEqual(10)
  })

  test('of games that were made together come at different steps', async () => {
    const { registry, events } = await openHouse(dataFolder(), { snapshotEvery: 8 })
    for (let i = 0; i < 8; i++) await registry.create(diary, `g${i}`, 'no snapshots')
    const due: number[] = []
    for (let step = 1; step <= 8; step++) {
      const before = events.all('game.no_snapshot').length
      for (const { id } of registry.list()) void registry.step(diary, id, step)
      await registry.settled(() => undefined)
      due.push(events.all('game.no_snapshot').length - before)
    }
    expect(due.reduce((sum, count) => sum + count)).toBe(8)
    expect(due.filter((count) => count > 0).length).toBeGreaterThan(4)
  })

  test('that a game does not give leave all its inputs kept', async () => {
    const house = await openHouse(dataFolder(), { snapshotEvery: 2 })
    await house.registry.create(diary, 'a', 'no snapshots')
    for (let i = 0; i < 9; i++) await house.registry.step(diary, 'a', i)
    expect(house.events.all('game.no_snapshot').length).toBeGreaterThan(3)
    const after = await openHouse(house.crash())
    expect(after.pages('a')).toEqual(['no snapshots', 0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('go around: taken here, restored there, and kept there', async () => {
    const here = await openHouse()
    await here.registry.create(diary, 'a', 'title')
    await here.registry.step(diary, 'a', { deep: [1n] })
    const sealed = await here.registry.snapshot('a')
    const there = await openHouse()
    await there.registry.restore('b', sealed)
    await there.registry.step(diary, 'b', 'more')
    const after = await openHouse(there.crash())
    expect(after.pages('b')).toEqual(['title', { deep: [1n] }, 'more'])
    expect(openSnapshot(await after.registry.snapshot('b')).steps).toBe(2)
    expect(() => there.registry.restore('c', sealed.subarray(1))).toThrow(code('bad_snapshot'))
    expect(() =>
      there.registry.restore('c', sealSnapshot({ engine: 'diary', steps: 0, state: new Uint8Array([1, 2, 3]) })),
    ).toThrow(code('bad_snapshot'))
  })
})

describe('what lies in the folder', () => {
  test('has these keys and values', async () => {
    const house = await openHouse(dataFolder(), { snapshotEvery: 1 })
    await house.registry.create(diary, 'first', 'no snapshots')
    await house.registry.create(diary, 'a', { n: 1 })
    await house.store.close()
    const longer = await openHouse(house.folder, { snapshotEvery: 100 })
    await longer.registry.step(diary, 'a', [300])
    await longer.store.close()
    const sealed = (key: string, content: string): [string, string] => {
      const crc = crc32(Buffer.from(key + content, 'hex'))
        .toString(16)
        .padStart(8, '0')
      return [key, content + crc]
    }
    const [first, second] = ['000000000000', '000000000001']
    expect(await recordsIn(house.folder)).toEqual([
      sealed(hex('b') + first, `00ac${hex('no snapshots')}`),
      sealed(hex('b') + second, '0081a16e01'),
      sealed(hex('f'), '01'),
      sealed(hex('g') + first, `0192a5${hex('first')}a5${hex('diary')}`),
      sealed(hex('g') + second, `0192a1${hex('a')}a5${hex('diary')}`),
      sealed(hex('i') + second + '000000000000', '91c62c01'),
    ])
  })

  test('gets one batch for each turn of the event loop, whatever happens in it', async () => {
    const { registry, store } = await openHouse(dataFolder(), { tail: false })
    await registry.create(diary, 'a', 1)
    await registry.create(diary, 'b', 1)
    const waiting = [
      registry.step(diary, 'a', 2),
      registry.create(diary, 'c', 1),
      registry.step(diary, 'b', 3),
      registry.step(diary, 'a', 4),
      registry.delete('b'),
    ]
    const one = store.pending
    let written = false
    void one?.then(() => (written = true))
    const order: number[] = []
    const all = waiting.map((answer, i) => Promise.resolve(answer).then(() => void order.push(i)))
    // While that is on its way the next gathers.
    await new Promise((resolve) => setImmediate(resolve))
    expect([written, store.pending === one]).toEqual([false, true])
    const next = registry.step(diary, 'a', 5)
    expect(store.pending).not.toBe(one)
    await Promise.all(all)
    // The answers of one game in order.
    expect(order.filter((i) => i === 0 || i === 3)).toEqual([0, 3])
    await next
    expect(store.pending).toBeUndefined()
  })

  test('is one server’s', async () => {
    const house = await openHouse()
    await expect(openHouse(house.folder)).rejects.toMatchObject({
      code: 'data_in_use',
      message: expect.stringContaining(house.folder) as unknown,
    })
    await house.store.close()
    await openHouse(house.folder)
  })

  test('is cleared of what ended games left behind', async () => {
    const house = await openHouse()
    for (const id of ['a', 'b', 'c']) await house.registry.create(diary, id, 1)
    await house.registry.step(diary, 'a', 2)
    await house.registry.step(diary, 'b', 2)
    await house.store.close()
    // As if the program had ended between the end of the game and the rest.
    await withRecords(house.folder, (database) => database.del(Buffer.from(`${hex('g')}000000000001`, 'hex')))
    const after = await openHouse(house.folder)
    await after.registry.create(diary, 'd', 1)
    await after.store.close()
    const games = (await recordsIn(house.folder)).map(([key]) => key.slice(2, 14))
    expect(new Set(games)).toEqual(new Set(['', '000000000000', '000000000002', '000000000003']))
  })
})
