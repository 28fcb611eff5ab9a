import { describe, expect, test } from '@jest/globals'
import { SharedRoom, sharedRoom } from '../../src/threads/room.ts'
import { fragile } from '../support/fragile-game.ts'
import { threadHouse } from '../support/threads.ts'

describe('room for recordings', () => {
  test('is one for all parts, to the byte, and comes back from a part that ended', () => {
    const memory = sharedRoom(2)
    const [one, two] = [new SharedRoom(memory, 0, 100), new SharedRoom(memory, 1, 100)]
    expect([one.take(60), two.take(41), two.take(40), one.take(1)]).toEqual([true, false, true, false])
    two.give(10)
    expect([one.take(11), one.take(10)]).toEqual([false, true])
    one.giveAll()
    expect([two.take(71), two.take(70), two.take(1)]).toEqual([false, true, false])
  })

  test('that is full ends recordings in all threads, and the one who started them is told', async () => {
    const { registry, events } = await threadHouse({ maxRecordedBytes: 600 })
    for (const id of ['a', 'b']) await registry.create(fragile, id, id, { record: true })
    const word = 'x'.repeat(50)
    for (let i = 0; i < 3; i++) for (const id of ['a', 'b']) await registry.step(fragile, id, word)
    const full = events.all('game.recording_full').map(({ game, maxBytes }) => [game, maxBytes])
    expect(full.sort()).toEqual([['a', 600], ['b', 600]]) // prettier-ignore
    for (const id of ['a', 'b']) {
      const trace = JSON.parse(await registry.trace(id)) as { complete: boolean; steps: unknown[] }
      expect(trace.complete).toBe(false)
    }
    await expect(registry.create(fragile, 'c', 'c'.repeat(600), { record: true })).rejects.toMatchObject({
      code: 'recording_full',
    })
    for (const id of ['a', 'b']) await registry.delete(id)
    await registry.create(fragile, 'c', 0, { record: true })
  })
})
