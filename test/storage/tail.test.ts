/** What was answered, and LevelDB has not written yet, survives. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Database } from '../../src/storage/group-writer.ts'
import { openDatabase } from '../../src/storage/open.ts'
import { recoverTail, Tail, TAIL_FOLDER } from '../../src/storage/tail.ts'
import { dataFolder, diary, openHouse, recordsIn } from '../support/diary.ts'

const text = (one: string) => Buffer.from(one)

function withResolve(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

/** A database whose writes wait until they are let go, and a tail before it. */
async function heldHouse(folder = dataFolder()) {
  const database = await openDatabase(folder)
  await recoverTail(folder, database)
  let gate = withResolve()
  const hold = (): void => void (gate = withResolve())
  const letGo = (): void => {
    gate.resolve()
  }
  const held = {
    put: async (...args: Parameters<Database['put']>) => {
      await gate.promise
      return database.put(...args)
    },
    batch: () => {
      const batch = database.batch()
      const write = async (): Promise<void> => {
        await gate.promise
        return batch.write()
      }
      return { put: batch.put.bind(batch), del: batch.del.bind(batch), write }
    },
  } as unknown as Database
  const failures: unknown[] = []
  const tail = await Tail.open({ folder, database: held, failed: (error) => void failures.push(error) })
  const put = (key: string, value: string | undefined) =>
    tail.append([text(key)], [value === undefined ? undefined : text(value)])
  return { folder, database, tail, hold, letGo, put, failures }
}

/** What a process that is killed now leaves, once it was taken back. */
async function left(folder: string): Promise<Record<string, string>> {
  const copy = dataFolder()
  cpSync(folder, copy, { recursive: true })
  const database = await openDatabase(copy)
  await recoverTail(copy, database)
  expect(readdirSync(copy)).toEqual(['store'])
  const all = await database.iterator({ gt: text('f') }).all()
  await database.close()
  return Object.fromEntries(all.map(([key, value]) => [key.toString(), value.toString()]))
}

describe('a tail', () => {
  test('keeps what LevelDB has not written, in the order in which it came', async () => {
    const { folder, database, tail, hold, letGo, put } = await heldHouse()
    put('x', '1')
    put('y', '1')
    expect(await left(folder)).toEqual({ x: '1', y: '1' })
    // LevelDB has begun to write these two; what comes now is in the other part.
    const first = tail.flush()
    await Promise.resolve()
    put('x', undefined)
    put('y', '2')
    expect(await left(folder)).toEqual({ y: '2' })
    letGo()
    await first
    expect(await left(folder)).toEqual({ y: '2' })
    hold()
    put('x', '3')
    const second = tail.flush()
    await Promise.resolve()
    put('x', '4')
    expect(await left(folder)).toEqual({ x: '4', y: '2' })
    letGo()
    await second
    await tail.close()
    expect(existsSync(join(folder, TAIL_FOLDER))).toBe(false)
    expect((await database.get(text('x')))?.toString()).toBe('4')
    await database.close()
  })

  test('does not take what is large: that is written behind the rest', async () => {
    const { database, tail, letGo, put } = await heldHouse()
    expect(put('small', 'x')).toBe(true)
    expect(put('large', 'x'.repeat(300_000))).toBe(false)
    letGo()
    await tail.flush()
    expect((await database.get(text('small')))?.toString()).toBe('x')
    await tail.close()
    await database.close()
  })

  test('that the database does not take is told of once, and stays', async () => {
    const { folder, database, tail, letGo, put, failures } = await heldHouse()
    put('x', '1')
    await database.close()
    letGo()
    await expect(tail.flush()).rejects.toMatchObject({ code: 'LEVEL_DATABASE_NOT_OPEN' })
    await tail.close()
    expect(failures).toHaveLength(1)
    expect(await left(folder)).toEqual({ x: '1' })
  })

  test('is taken back again, if that was not finished', async () => {
    const first = await heldHouse()
    const { folder, put } = first
    put('x', '1')
    put('y', '2')
    const half = dataFolder()
    cpSync(folder, half, { recursive: true })
    const again = await openDatabase(half)
    await recoverTail(half, again)
    await again.close()
    // The end of it: it is in the database, and still there. So is what else may lie around.
    cpSync(join(folder, TAIL_FOLDER), join(half, TAIL_FOLDER), { recursive: true })
    for (const junk of ['tail.new', 'tail.old']) {
      mkdirSync(join(half, junk))
      writeFileSync(join(half, junk, 'CURRENT'), 'half of something')
    }
    const house = await heldHouse(half)
    expect(readdirSync(half).sort()).toEqual(['store', 'tail'])
    expect((await house.database.get(text('y')))?.toString()).toBe('2')
    for (const { tail, letGo, database } of [first, house]) {
      letGo()
      await tail.close()
      await database.close()
    }
  })

  test('that cannot be read ends the start with a sentence', async () => {
    const house = await openHouse()
    await house.registry.create(diary, 'a', 1)
    const folder = house.crash()
    writeFileSync(join(folder, TAIL_FOLDER, 'b', 'CURRENT'), 'nonsense')
    await expect(openHouse(folder)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining('What was kept last') as unknown,
    })
  })
})

describe('a game', () => {
  test('is where it was answered, though LevelDB has nothing of it', async () => {
    const house = await openHouse()
    await house.registry.create(diary, 'a', 'title')
    for (let i = 0; i < 5; i++) void house.registry.step(diary, 'a', i)
    const folder = house.crash()
    expect((await recordsIn(folder)).map(([key]) => key)).toEqual(['66'])
    const after = await openHouse(folder)
    expect(after.pages('a')).toEqual(['title', 0, 1, 2, 3, 4])
    void after.registry.step(diary, 'a', 5)
    expect((await openHouse(after.crash())).pages('a')).toEqual(['title', 0, 1, 2, 3, 4, 5])
  })

  test('is answered at once, and so is who looks at it', async () => {
    const { registry, pages, store } = await openHouse()
    await registry.create(diary, 'a', 'title')
    expect(registry.step(diary, 'a', 1)).toEqual(['title', 1])
    expect(pages('a')).toEqual(['title', 1])
    expect(store.pending).toBeUndefined()
  })

  test('that was deleted stays so', async () => {
    const house = await openHouse()
    for (const id of ['a', 'b']) await house.registry.create(diary, id, id)
    void house.registry.step(diary, 'a', 1)
    await house.registry.delete('a')
    const after = await openHouse(house.crash())
    expect(after.registry.list().map(({ id }) => id)).toEqual(['b'])
  })
})
