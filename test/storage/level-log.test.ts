/** The log that LevelDB reads: every batch that was appended is there, and nothing that was not written to its end. */
import { cpSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import { crc32c } from '../../src/storage/crc32c.ts'
import { LevelLog } from '../../src/storage/level-log.ts'
import { dataFolder } from '../support/diary.ts'

/** An empty database, and its log. */
async function emptyDatabase(): Promise<{ folder: string; file: string }> {
  const folder = join(dataFolder(), 'level')
  const database = new ClassicLevel(folder)
  await database.open()
  await database.close()
  const name = readdirSync(folder).find((one) => one.endsWith('.log')) ?? ''
  return { folder, file: join(folder, name) }
}

async function read(folder: string): Promise<[string, string][]> {
  const database = new ClassicLevel<string, string>(folder, { createIfMissing: false })
  await database.open()
  try {
    return await database.iterator().all()
  } finally {
    await database.close()
  }
}

const text = (one: string) => Buffer.from(one)
const name = (i: number) => String(i).padStart(6, '0')

test('crc32c is the one of Castagnoli', () => {
  expect(crc32c(text('123456789'))).toBe(0xe3069283)
  expect(crc32c(text('x123456789y'), 1, 10)).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array())).toBe(0)
})

describe('a log', () => {
  test('of batches of any size is read by LevelDB, wherever a block ends in them', async () => {
    const { folder, file } = await emptyDatabase()
    const log = new LevelLog(file)
    const wanted: [string, string][] = []
    // Records of 34 bytes and more: that each of the last bytes of a block is met by an end, and by a header.
    const sizes = Array.from({ length: 3000 }, (_, i) => (i % 500 === 499 ? 70_000 + i : 5 + ((i * 7) % 60)))
    for (const [i, size] of sizes.entries()) {
      const value = String.fromCharCode(97 + (i % 26)).repeat(size)
      log.append(i + 1, [{ key: text(name(i)), value: [text(value.slice(0, 3)), text(value.slice(3))] }])
      wanted.push([name(i), value])
    }
    log.close()
    expect(await read(folder)).toEqual(wanted)
  })

  test('a block that ends exactly behind a header, or behind a batch', async () => {
    const BLOCK = 32_768
    for (let left = 0; left <= 9; left++) {
      const { folder, file } = await emptyDatabase()
      const log = new LevelLog(file)
      // 7 bytes of header, 12 of the batch, and 1 + 1 + 6 + 3 of the entry.
      const first = 'a'.repeat(BLOCK - left - 30)
      log.append(1, [{ key: text(name(1)), value: [text(first)] }])
      expect(readFileSync(file)).toHaveLength(BLOCK - left)
      log.append(2, [{ key: text(name(2)), value: [text('second')] }])
      log.append(3, [{ key: text(name(3)), value: [] }])
      log.close()
      expect(await read(folder)).toEqual([
        [name(1), first],
        [name(2), 'second'],
        [name(3), ''],
      ])
    }
  })

  test('of several entries, the last one of a key counts', async () => {
    const { folder, file } = await emptyDatabase()
    const log = new LevelLog(file)
    log.append(1, [
      { key: text('a'), value: [text('1')] },
      { key: text('b'), value: [text('2')] },
      { key: text('a'), value: [text('3')] },
    ])
    log.append(2 ** 40, [{ key: text('b'), value: [text('4')] }])
    log.close()
    expect(await read(folder)).toEqual([
      ['a', '3'],
      ['b', '4'],
    ])
  })

  test('that ends anywhere in its last batch has the others, and of that one all or nothing', async () => {
    const { folder, file } = await emptyDatabase()
    const log = new LevelLog(file)
    log.append(1, [{ key: text('first'), value: [text('x')] }])
    const before = readFileSync(file).length
    log.append(2, [
      { key: text('second'), value: [text('y')] },
      { key: text('third'), value: [text('z')] },
    ])
    log.close()
    const { length } = readFileSync(file)
    for (let end = before; end <= length; end++) {
      const copy = join(dataFolder(), 'level')
      cpSync(folder, copy, { recursive: true })
      truncateSync(file.replace(folder, copy), end)
      const keys = (await read(copy)).map(([key]) => key)
      expect(keys).toEqual(end === length ? ['first', 'second', 'third'] : ['first'])
    }
  })

  test('begins anew when it is cleared', async () => {
    const { folder, file } = await emptyDatabase()
    const log = new LevelLog(file)
    log.append(1, [{ key: text('gone'), value: [text('x'.repeat(40_000))] }])
    log.clear()
    expect(readFileSync(file)).toHaveLength(0)
    log.append(2, [{ key: text('kept'), value: [text('y'.repeat(40_000))] }])
    log.close()
    expect((await read(folder)).map(([key]) => key)).toEqual(['kept'])
  })

  const full = existsSync('/dev/full') ? test : test.skip
  full('that the disk has no room for throws', () => {
    const log = new LevelLog('/dev/full')
    expect(() => {
      log.append(1, [{ key: text('a'), value: [text('1')] }])
    }).toThrow('ENOSPC')
    log.close()
  })
})
