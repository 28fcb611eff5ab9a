/** A disk that fails: what callers hear, what lives on, and what is there when it works again. */
import { describe, expect, test } from '@jest/globals'
import type { Database } from '../../src/storage/group-writer.ts'
import { openDatabase } from '../../src/storage/open.ts'
import { dataFolder, diary, openHouse } from '../support/diary.ts'

const code = (wanted: string) => expect.objectContaining({ code: wanted }) as unknown as Error
const failed = { code: 'journal_failed', message: expect.stringContaining('the disk is on fire') as unknown }

/** A folder whose disk fails when it is told to. */
function brittleDisk() {
  const disk = { works: true, opens: 0 }
  const open = async (folder: string): Promise<Database> => {
    disk.opens += 1
    if (!disk.works) throw new Error('the disk is on fire')
    const database = await openDatabase(folder)
    const fails = (): Promise<void> | undefined =>
      disk.works ? undefined : Promise.reject(new Error('the disk is on fire'))
    const put = database.put.bind(database) as (...args: unknown[]) => Promise<void>
    const batch = database.batch.bind(database) as unknown as () => { write: (...args: unknown[]) => Promise<void> }
    Object.assign(database, {
      put: (...args: unknown[]) => fails() ?? put(...args),
      batch: () => {
        const made = batch()
        const write = made.write.bind(made)
        return Object.assign(made, { write: (...args: unknown[]) => fails() ?? write(...args) })
      },
    })
    return database
  }
  return { disk, open }
}

async function brittleHouse() {
  const { disk, open } = brittleDisk()
  const house = await openHouse(dataFolder(), { open, reopenMs: 20, tail: false })
  for (const id of ['a', 'b', 'c']) {
    await house.registry.create(diary, id, id)
    await house.registry.step(diary, id, 1)
  }
  return { disk, ...house }
}

describe('a write that fails', () => {
  test('fails the calls that wait for it, closes their games, and takes them back when it works again', async () => {
    const { disk, registry, events, pages, store } = await brittleHouse()
    disk.works = false
    const calls = [registry.step(diary, 'a', 2), registry.step(diary, 'a', 3), registry.create(diary, 'new', 1)]
    const look = pages('a')
    for (const call of calls) await expect(call).rejects.toMatchObject(failed)
    await expect(look).rejects.toMatchObject(failed)
    expect(registry.list().map(({ id }) => id)).toEqual(['b', 'c'])
    expect(events.all('game.closed').map(({ game, reason }) => [game, reason])).toEqual([
      ['a', 'unsaved'],
      ['new', 'unsaved'],
    ])
    // What lives can be looked at, and is not changed.
    expect(() => registry.step(diary, 'b', 2)).toThrow(code('journal_failed'))
    expect(() => registry.create(diary, 'a', 1)).toThrow(code('journal_failed'))
    expect(() => registry.delete('b')).toThrow(code('journal_failed'))
    expect(pages('b')).toEqual(['b', 1])
    // It tries again and again, after longer and longer pauses.
    await events.next('storage.failed', 3)
    expect(events.all('storage.failed').map(({ delayMs }) => delayMs)).toEqual([20, 40, 80])
    disk.works = true
    await events.next('storage.recovered')
    expect(pages('a')).toEqual(['a', 1])
    expect(registry.list().map(({ id }) => id)).toEqual(['b', 'c', 'a'])
    for (const id of ['a', 'b', 'c']) await registry.step(diary, id, 'again')
    expect(store.pending).toBeUndefined()
    expect(pages('a')).toEqual(['a', 1, 'again'])
  })

  test('games that ended meanwhile stay ended; one that was to be replaced is back', async () => {
    const { disk, registry, events, folder, store } = await brittleHouse()
    disk.works = false
    const taken = registry.create(diary, 'a', 'second', { ifExists: 'take_over' })
    await expect(taken).rejects.toMatchObject(failed)
    registry.close(registry.get('b'), 'host')
    await events.next('operation.failed')
    disk.works = true
    await events.next('storage.recovered')
    expect(registry.list().map(({ id }) => id)).toEqual(['c', 'a'])
    await registry.step(diary, 'a', 2)
    await store.close()
    const after = await openHouse(folder)
    expect(after.registry.list().map(({ id }) => id)).toEqual(['a', 'c'])
    expect(after.pages('a')).toEqual(['a', 1, 2])
  })

  test('a deletion that fails is done when it works again', async () => {
    const { disk, registry, events } = await brittleHouse()
    disk.works = false
    await expect(registry.delete('a')).rejects.toMatchObject(failed)
    disk.works = true
    await events.next('storage.recovered')
    expect(registry.list().map(({ id }) => id)).toEqual(['b', 'c'])
  })

  test('a server may stop in the middle of it', async () => {
    const { disk, registry, events, folder, store } = await brittleHouse()
    disk.works = false
    await expect(registry.step(diary, 'a', 2)).rejects.toMatchObject(failed)
    await store.close()
    expect(events.all('storage.failed')).toHaveLength(1)
    const after = await openHouse(folder)
    expect(after.registry.list().map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(after.pages('a')).toEqual(['a', 1])
  })

  test('after the answer loses nothing: the games live on, and what LevelDB did not take, it gets when it works again', async () => {
    const { disk, open } = brittleDisk()
    const house = await openHouse(dataFolder(), { open, reopenMs: 20 })
    const { registry, events, pages } = house
    for (const id of ['a', 'b']) await registry.create(diary, id, id)
    disk.works = false
    for (const step of [1, 2, 3]) void registry.step(diary, 'a', step)
    await events.next('storage.failed', 2)
    expect(() => registry.step(diary, 'b', 1)).toThrow(code('journal_failed'))
    expect(pages('a')).toEqual(['a', 1, 2, 3])
    const killed = house.crash()
    disk.works = true
    await events.next('storage.recovered')
    expect(events.all('game.closed')).toEqual([])
    void registry.step(diary, 'a', 4)
    for (const folder of [killed, house.crash()]) {
      const after = await openHouse(folder)
      expect(after.pages('a')).toEqual(folder === killed ? ['a', 1, 2, 3] : ['a', 1, 2, 3, 4])
      await after.store.close()
    }
    await house.store.close()
    expect((await openHouse(house.folder)).pages('a')).toEqual(['a', 1, 2, 3, 4])
  })

  test('a database that is closed under it is a disk that failed', async () => {
    let database: Database | undefined
    const open = async (folder: string): Promise<Database> => (database = await openDatabase(folder))
    const { registry, pages, events } = await openHouse(dataFolder(), { open, reopenMs: 20, tail: false })
    await registry.create(diary, 'a', 1)
    await database?.close()
    await expect(registry.step(diary, 'a', 2)).rejects.toMatchObject({ code: 'journal_failed' })
    await events.next('storage.recovered')
    expect(pages('a')).toEqual([1])
  })
})
