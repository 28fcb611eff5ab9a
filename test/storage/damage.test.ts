/** Damaged and foreign folders: no crash, no wrong game, and nothing thrown away. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import { PlainReader } from '../../src/engine/index.ts'
import { counter } from '../support/counter-game.ts'
import { dataFolder, diary, openHouse, recordsIn, withRecords } from '../support/diary.ts'

const GAMES: Record<string, unknown[]> = {
  young: ['a title', 1, 'two', { three: 3 }],
  old: ['another', 1, 2, 3, 4, 5],
}

/** A folder with two games: one with its request and inputs, one with a snapshot and inputs. */
async function smallFolder(): Promise<string> {
  // Without a tail, each input is a record of its own.
  const house = await openHouse(dataFolder(), { snapshotEvery: 4, tail: false })
  for (const [id, [title, ...inputs]] of Object.entries(GAMES)) {
    await house.registry.create(diary, id, title)
    for (const input of inputs) await house.registry.step(diary, id, input)
  }
  await house.store.close()
  return house.folder
}

async function changed(folder: string, key: string, value: Buffer): Promise<void> {
  await withRecords(folder, (database) => database.put(Buffer.from(key, 'hex'), value))
}

/** The games of a house are right, or not there; what is not there was told of. */
async function expectNoWrongGame(house: Awaited<ReturnType<typeof openHouse>>): Promise<string[]> {
  const there = house.registry.list().map(({ id }) => id)
  for (const id of there) expect(await house.pages(id)).toEqual(GAMES[id])
  expect(house.events.all('storage.refused')).toHaveLength(Object.keys(GAMES).length - there.length)
  return there
}

describe('a damaged record', () => {
  test('any byte of any value: that game is refused and set aside, the other lives', async () => {
    const folder = await smallFolder()
    const records = await recordsIn(folder)
    let bytes = 0
    for (const [key, hex] of records) {
      const value = Buffer.from(hex, 'hex')
      // The format of the folder is another test.
      if (key === '66') continue
      for (let i = 0; i < value.length; i++) {
        const damaged = Buffer.from(value)
        damaged[i] = (damaged[i] ?? 0) ^ (1 << (bytes % 8))
        await withRecords(folder, async (database) => {
          await database.clear()
          const all = records.map(([k, v]) => ({
            type: 'put' as const,
            key: Buffer.from(k, 'hex'),
            value: k === key ? damaged : Buffer.from(v, 'hex'),
          }))
          await database.batch(all)
        })
        const house = await openHouse(folder, { snapshotEvery: 4 })
        expect(await expectNoWrongGame(house)).toHaveLength(1)
        expect(house.events.all('storage.refused')).toMatchObject([{ code: 'bad_record', bytes: 'are set aside' }])
        await house.store.close()
        bytes += 1
      }
    }
    expect(bytes).toBeGreaterThan(100)
  }, 120_000)

  test('a value too short, under another key, or missing in between is damage, too', async () => {
    const folder = await smallFolder()
    const records = new Map(await recordsIn(folder))
    const inputs = [...records.keys()].filter((key) => key.startsWith('69000000000000'))
    expect(inputs).toHaveLength(3)
    const [first = '', second = '', third = ''] = inputs
    const cases: [string, (database: ClassicLevel<Buffer, Buffer>) => Promise<void>][] = [
      ['short', (database) => database.put(Buffer.from(third, 'hex'), Buffer.from([1]))],
      ['swapped', (database) => database.put(Buffer.from(second, 'hex'), Buffer.from(records.get(first) ?? '', 'hex'))],
      ['missing', (database) => database.del(Buffer.from(second, 'hex'))],
      ['no base', (database) => database.del(Buffer.from('62000000000000', 'hex'))],
    ]
    for (const [, damage] of cases) {
      const copy = copyOf(folder)
      await withRecords(copy, damage)
      expect(await expectNoWrongGame(await openHouse(copy))).toEqual(['old'])
    }
  })

  test('is kept byte for byte, with the reason, and its id is free again', async () => {
    const folder = await smallFolder()
    const before = await recordsIn(folder)
    const base = before.find(([key]) => key === '62000000000000') ?? ['', '']
    const damaged = `ff${base[1].slice(2)}`
    await changed(folder, base[0], Buffer.from(damaged, 'hex'))
    const house = await openHouse(folder)
    await house.registry.create(diary, 'young', 'again')
    await house.store.close()
    const after = new Map(await recordsIn(folder))
    const aside = '71000000000000'
    for (const [key, value] of before.filter(([key]) => key.slice(2, 14) === '000000000000')) {
      expect([key, after.get(aside + key)]).toEqual([key, key === base[0] ? damaged : value])
      expect(after.has(key)).toBe(false)
    }
    expect(new PlainReader(Buffer.from(after.get(aside) ?? '', 'hex'), 1).value()).toMatchObject({
      id: 'young',
      code: 'bad_record',
    })
    const again = await openHouse(folder)
    expect(again.pages('young')).toEqual(['again'])
    expect(again.events.all('storage.refused')).toEqual([])
  })
})

describe('a game that this server does not understand', () => {
  test('stays where it is, until one comes that does', async () => {
    const folder = await smallFolder()
    const stranger = await openHouse(folder, {}, [counter])
    expect(stranger.registry.list()).toEqual([])
    expect(stranger.events.all('storage.refused')).toMatchObject([
      { game: 'young', code: 'no_such_engine', bytes: 'stay' },
      { game: 'old', code: 'no_such_engine', bytes: 'stay' },
    ])
    await stranger.registry.create(counter, 'new', 1)
    await stranger.store.close()
    const friend = await openHouse(folder, {}, [counter, diary])
    expect(friend.registry.list().map(({ id }) => id)).toEqual(['young', 'old', 'new'])
  })

  test('is set aside when another game gets its id', async () => {
    const folder = await smallFolder()
    const stranger = await openHouse(folder, {}, [counter])
    await stranger.registry.create(counter, 'old', 1)
    await stranger.registry.delete('old')
    await stranger.store.close()
    const friend = await openHouse(folder, {}, [counter, diary])
    expect(friend.registry.list().map(({ id }) => id)).toEqual(['young'])
    await friend.store.close()
    const aside = (await recordsIn(folder)).filter(([key]) => key.startsWith('71'))
    expect(aside.length).toBeGreaterThan(3)
  })

  test('a step that is not taken any more, a snapshot that is not understood', async () => {
    const folder = await smallFolder()
    const changedDiary = {
      ...diary,
      create: (title: unknown) => {
        const game = diary.create(title)
        return { ...game, step: (input: unknown) => (input === 'two' ? game.step('break') : game.step(input)) }
      },
      restore: () => {
        throw new RangeError('of another time')
      },
    }
    const house = await openHouse(folder, {}, [changedDiary])
    expect(house.events.all('storage.refused')).toMatchObject([
      { game: 'young', code: 'not_replayable', bytes: 'stay', message: expect.stringContaining('step 2') as unknown },
      { game: 'old', code: 'bad_snapshot', bytes: 'stay' },
    ])
    await house.store.close()
    expect(await expectNoWrongGame(await openHouse(folder))).toHaveLength(2)
  })

  test('a game or a folder of a later format is not touched', async () => {
    const folder = await smallFolder()
    const records = new Map(await recordsIn(folder))
    const later = (key: string): Buffer => {
      const value = Buffer.from(records.get(key) ?? '', 'hex')
      value[0] = 2
      return resealed(key, value)
    }
    await changed(folder, '67000000000000', later('67000000000000'))
    const house = await openHouse(folder)
    expect(house.registry.list().map(({ id }) => id)).toEqual(['old'])
    expect(house.events.all('storage.refused')).toMatchObject([{ code: 'bad_data', bytes: 'stay' }])
    await house.store.close()
    await changed(folder, '66', later('66'))
    await expect(openHouse(folder)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining('format 2') as unknown,
    })
  })
})

describe('a folder', () => {
  test('with another database, or with none that can be opened, is refused with a sentence', async () => {
    const folder = dataFolder()
    const other = new ClassicLevel(join(folder, 'store'))
    await other.put('somebody', 'else')
    await other.close()
    await expect(openHouse(folder)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining('not one of Beamcade') as unknown,
    })
    const broken = await smallFolder()
    writeFileSync(join(broken, 'store', 'CURRENT'), 'nonsense')
    await expect(openHouse(broken)).rejects.toMatchObject({ code: 'bad_data' })
  })

  test('with files that were changed anywhere: a sentence, or games at a step that they had', async () => {
    const folder = await smallFolder()
    const outcomes = { refused: 0, opened: 0 }
    for (const file of readdirSync(join(folder, 'store'))) {
      const { length } = readFileSync(join(folder, 'store', file))
      for (let at = 0; at < length; at += Math.ceil(length / 25)) {
        const copy = copyOf(folder)
        const path = join(copy, 'store', file)
        const bytes = readFileSync(path)
        bytes[at] = (bytes[at] ?? 0) ^ 0x41
        writeFileSync(path, bytes)
        try {
          const house = await openHouse(copy)
          for (const { id } of house.registry.list()) {
            const pages = (await house.pages(id)) as unknown[]
            expect(pages).toEqual(GAMES[id]?.slice(0, pages.length))
          }
          outcomes.opened += 1
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad_data' })
          outcomes.refused += 1
        }
      }
    }
    expect(outcomes.opened).toBeGreaterThan(10)
  }, 120_000)
})

function copyOf(folder: string): string {
  const copy = dataFolder()
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** The value with a right checksum. */
function resealed(key: string, value: Buffer): Buffer {
  const sealed = Buffer.from(value)
  sealed.writeUInt32BE(crc32(Buffer.concat([Buffer.from(key, 'hex'), value.subarray(0, -4)])), value.length - 4)
  return sealed
}
