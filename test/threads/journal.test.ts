/** Games in threads that are kept: at the step last answered, whatever becomes of their thread. */
import { expect, test } from '@jest/globals'
import { Opaque, openSnapshot, restoreGames } from '../../src/engine/index.ts'
import { GameStore } from '../../src/storage/index.ts'
import { dataFolder } from '../support/diary.ts'
import { fragile } from '../support/fragile-game.ts'
import { recordEvents } from '../support/events.ts'
import { threadHouse } from '../support/threads.ts'

const MIB = 1024 * 1024

/** A life of a server that keeps its games in `folder`, in threads; `end` is the end of its process. */
async function life(folder: string, { workers = 2, snapshotEvery = 1000 } = {}) {
  const store = await GameStore.open({ folder, snapshotEvery, events: recordEvents() })
  const house = await threadHouse({ workers, maxMemory: 64 * MIB, registry: { journal: store } })
  const { registry, events } = house
  const processes: string[] = []
  registry.attachHost({
    adopt: ({ id }) => {
      processes.push(id)
      return new Opaque('test', id)
    },
    release: ({ id }, reason) => void processes.push(`${id} ${reason}`),
  })
  await restoreGames({ registry, events, journal: store })
  const end = async () => {
    registry.closeAll('shutdown')
    await registry.home.close()
    await store.close()
  }
  const told = (id: string) => registry.ask(fragile, id, 'state')
  return {
    ...house,
    store,
    processes,
    end,
    told,
    step: (id: string, word: unknown) => registry.step(fragile, id, word),
  }
}

test('a thread that ends: its games are back with what was answered, and without what ended it', async () => {
  const folder = dataFolder()
  const { registry, events, step, told, processes, end } = await life(folder)
  for (const id of ['a', 'b', 'c', 'd']) await registry.create(fragile, id, id)
  for (const word of ['one', 'two']) await Promise.all(['a', 'b', 'c', 'd'].map((id) => step(id, word)))
  const steps = [step('c', 'three'), step('a', 'eat'), step('a', 'behind'), step('d', 'three')]
  const codes = await Promise.all(
    steps.map((answer) => Promise.resolve(answer).catch((error: unknown) => (error as { code: string }).code)),
  )
  expect(codes.slice(1)).toEqual(['game_lost', 'game_lost', 4])
  // Who asks meanwhile waits. What was done and not answered may be there or not: here it left in one message with the end.
  const after = await Promise.all(['a', 'b', 'c', 'd'].map(told))
  const three = codes[0] === 4 ? ['three'] : []
  expect(after).toEqual([
    ['a', 'one', 'two'],
    ['b', 'one', 'two'],
    ['c', 'one', 'two', ...three],
    ['d', 'one', 'two', 'three'],
  ])
  expect(await events.next('storage.restored')).toMatchObject({ games: 2, refused: 0 })
  expect(processes).toEqual(['a', 'b', 'c', 'd', 'a lost', 'c lost', 'a', 'c'])
  expect(await Promise.all(['a', 'c'].map((id) => step(id, 'on')))).toEqual([4, 4 + three.length])
  await registry.delete('b')
  await end()
  // The next life has them, too: with threads or without.
  const next = await life(folder, { workers: 0 })
  expect(next.registry.list().map(({ id }) => id)).toEqual(['a', 'c', 'd'])
  expect(await next.told('a')).toEqual(['a', 'one', 'two', 'on'])
  await next.end()
}, 60_000)

test('snapshots shorten what is kept, at the step that they are of; several steps at once are kept as well', async () => {
  const folder = dataFolder()
  const first = await life(folder, { snapshotEvery: 3 })
  const { registry, step } = first
  await registry.create(fragile, 'a', 0)
  for (let i = 1; i <= 20; i++) await step('a', i)
  // Many at once, answered in their order.
  const many = await Promise.all(Array.from({ length: 20 }, (_, i) => step('a', 21 + i)))
  expect(many).toEqual(Array.from({ length: 20 }, (_, i) => 22 + i))
  expect(await registry.stepMany(fragile, 'a', [41, 42, 43], { most: 2 })).toEqual({ steps: 2 })
  const sealed = await registry.snapshot('a')
  expect(openSnapshot(sealed).steps).toBe(42)
  await first.end()
  const second = await life(folder)
  const all = Array.from({ length: 43 }, (_, i) => i)
  expect(await second.told('a')).toEqual(all)
  expect(second.events.all('storage.restored')).toMatchObject([{ games: 1 }])
  expect(second.events.all('storage.restored')[0]?.steps).toBeLessThan(6)
  await second.registry.restore('b', sealed)
  expect(await second.told('b')).toEqual(all)
  await second.end()
})

test('a game that is taken over or deleted while it works leaves nothing behind', async () => {
  const folder = dataFolder()
  const first = await life(folder)
  const { registry, step } = first
  for (const id of ['a', 'b']) await registry.create(fragile, id, 'old')
  const answers = await Promise.all([
    step('a', 'one'),
    step('b', 'one'),
    registry.create(fragile, 'a', 'new', { ifExists: 'take_over' }),
    registry.delete('b'),
    step('a', 'two'),
    registry.create(fragile, 'b', 'new'),
  ])
  expect([answers[0], answers[1], answers[4]]).toEqual([2, 2, 2])
  await first.end()
  const second = await life(folder)
  expect(await Promise.all(['a', 'b'].map(second.told))).toEqual([['new', 'two'], ['new']])
  await second.end()
})
