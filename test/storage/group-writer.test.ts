/** When a batch is written: at once for one caller, after a moment for many; never two at a time. */
import { describe, expect, test } from '@jest/globals'
import { GroupWriter, type Batch, type Database } from '../../src/storage/group-writer.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A database that writes when it is told to, and a clock that stands still. */
function slowHouse() {
  const writes: { keys: string[]; sync: unknown; done(): void }[] = []
  const write = (keys: string[], options: { sync?: boolean }): Promise<void> =>
    new Promise((done) => void writes.push({ keys, sync: options.sync, done }))
  const database = {
    put: (key: Buffer, _: Buffer, options: { sync?: boolean }) => write([key.toString()], options),
    batch: () => {
      const keys: string[] = []
      return {
        put: (key: Buffer) => void keys.push(key.toString()),
        del: (key: Buffer) => void keys.push(`-${key.toString()}`),
        write: (options: { sync?: boolean }) => write(keys, options),
      }
    },
  } as unknown as Database
  const clock = { ms: 0 }
  const writer = new GroupWriter({ database, sync: true, failed: () => undefined, now: () => clock.ms })
  const put = (name: string): Batch => writer.put({ key: Buffer.from(name), value: Buffer.from('x') })
  return { writer, writes, clock, put, keys: () => writes.map((one) => one.keys.join(' ')) }
}

/** A house that three callers came to together. */
async function crowdedHouse() {
  const house = slowHouse()
  for (const name of ['a', 'b', 'c']) house.put(name)
  await turn()
  house.writes[0]?.done()
  await turn()
  expect(house.keys()).toEqual(['a b c'])
  return house
}

describe('a batch', () => {
  test('of one caller alone is written behind what comes with the same input', async () => {
    const { put, keys, writes } = slowHouse()
    put('a')
    expect(keys()).toEqual([])
    await Promise.resolve()
    await new Promise((resolve) => {
      process.nextTick(resolve)
    })
    expect([keys(), writes[0]?.sync]).toEqual([['a'], true])
  })

  test('gathers while another is written', async () => {
    const { writer, put, keys, writes } = slowHouse()
    const first = put('a')
    await turn()
    const second = writer.del(Buffer.from('a'))
    await turn()
    expect([keys(), first.outcome]).toEqual([['a'], undefined])
    writes[0]?.done()
    await first.promise
    await turn()
    expect(keys()).toEqual(['a', '-a'])
    expect([first.pending, second.pending]).toEqual([undefined, second.promise])
    writes[1]?.done()
    await writer.settled()
    expect(writer.pending).toBeUndefined()
  })

  test('waits for as many as came the last time, and no longer', async () => {
    const { put, keys, clock } = await crowdedHouse()
    put('a')
    for (let i = 0; i < 3; i++) await turn()
    put('b')
    await turn()
    expect(keys()).toHaveLength(1)
    clock.ms += 0.01
    put('c')
    await turn()
    await turn()
    expect(keys().slice(1)).toEqual(['a b c'])
  })

  test('is written when nobody comes any more', async () => {
    const { put, keys, clock } = await crowdedHouse()
    put('a')
    await turn()
    await turn()
    expect(keys()).toHaveLength(1)
    clock.ms += 0.07
    await turn()
    expect(keys().slice(1)).toEqual(['a'])
  })

  test('is written after a while, also where one comes after the other; in time a lone caller is alone again', async () => {
    const { put, keys, clock, writes, writer } = slowHouse()
    for (let i = 0; i < 40; i++) put(`${i}`)
    await turn()
    writes[0]?.done()
    await turn()
    for (let i = 0; keys().length < 2; i++) {
      put(`more ${i}`)
      clock.ms += 0.05
      await turn()
    }
    expect(clock.ms).toBeLessThan(0.7)
    let waited = 0
    for (let i = 2; i < 30; i++) {
      writes.at(-1)?.done()
      await writer.settled()
      put('alone')
      await Promise.resolve()
      await new Promise((resolve) => {
        process.nextTick(resolve)
      })
      if (keys().length > i) continue
      waited += 1
      clock.ms += 0.07
      await turn()
      await turn()
      clock.ms += 0.07
      await turn()
    }
    expect(waited).toBeGreaterThan(0)
    expect(waited).toBeLessThan(20)
  })
})
