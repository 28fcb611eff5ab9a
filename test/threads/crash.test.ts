/** What games in threads do to each other, to their thread, and to the node: nothing, nothing, and nothing. */
import { expect, test } from '@jest/globals'
import { Opaque, type GameHost } from '../../src/engine/index.ts'
import { recordEvents } from '../support/events.ts'
import { fragile } from '../support/fragile-game.ts'
import { startThreads, threadHouse } from '../support/threads.ts'

const MIB = 1024 * 1024

/** A house with games in it, by name and thread in turn, and what their processes heard. */
async function houseOf(ids: readonly string[], options: Parameters<typeof threadHouse>[0] = {}) {
  const house = await threadHouse(options)
  const { registry, home } = house
  const ends: string[] = []
  const host: GameHost = {
    adopt: ({ id }) => new Opaque('test', id),
    release: ({ id }, reason, error) => void ends.push(`${id} ${reason}: ${(error as Error | undefined)?.message}`),
  }
  registry.attachHost(host)
  for (const id of ids) await registry.create(fragile, id, 'begin')
  return {
    ...house,
    ends,
    load: () => home?.load,
    step: (id: string, input: unknown) => registry.step(fragile, id, input),
  }
}

const lost = (why: string) => ({ code: 'game_lost', message: expect.stringContaining(why) as unknown })

test('games go where the fewest are', async () => {
  const { registry, load } = await houseOf(['a', 'b', 'c'])
  expect(load()).toEqual([2, 1])
  await registry.delete('a')
  await registry.delete('c')
  expect(load()).toEqual([0, 1])
  for (const id of ['d', 'e']) await registry.create(fragile, id, 0)
  expect(load()?.reduce((sum, one) => sum + one)).toBe(3)
  // What cannot be made leaves nothing behind.
  await expect(registry.create(fragile, 'f', 'throw')).rejects.toThrow('the vase fell')
  expect(load()?.reduce((sum, one) => sum + one)).toBe(3)
})

test.each([
  ['throw', 'the vase fell'],
  ['exit', 'process.exit(7) was called, which ends the game and not the process.'],
  ['dig', 'Maximum call stack size exceeded'],
])('a game that does "%s" ends alone, with the reason; its neighbours go on', async (way, why) => {
  const { step, ends, events, load } = await houseOf(['a', 'b', 'c', 'd'])
  const broken = step('a', way)
  const behind = Promise.resolve(step('a', 'more')).catch((error: unknown) => error)
  const others = ['b', 'c', 'd'].map((id) => step(id, 'well'))
  await expect(broken).rejects.toMatchObject({
    code: 'internal',
    message: `The game "a" broke and was closed: ${why}`,
  })
  expect(await behind).toMatchObject({ code: 'no_such_game' })
  expect(await Promise.all(others)).toEqual([2, 2, 2])
  expect(ends).toEqual([`a crashed: ${why}`])
  expect(events.all('thread.lost')).toEqual([])
  expect(load()).toEqual([1, 2])
})

test('a refusal comes as it was thrown: code, sentence, hint and details', async () => {
  const { step, registry } = await houseOf(['a'])
  await expect(step('a', 'refuse')).rejects.toMatchObject({
    name: 'BeamcadeError',
    code: 'bad_argument',
    message: 'Not this.',
    hint: 'Something else.',
    details: { word: 'refuse' },
  })
  await expect(registry.ask(fragile, 'a', 'refuse')).rejects.toMatchObject({ code: 'bad_game' })
  expect(await registry.ask(fragile, 'a', 'state')).toEqual(['begin'])
})

test('what cannot go from thread to thread is refused; a step whose answer cannot breaks its game', async () => {
  const { step, registry, ends } = await houseOf(['a', 'b'])
  const odd = { code: 'not_sendable' }
  expect(() => registry.ask(fragile, 'a', 'echo', () => 0)).toThrow(expect.objectContaining(odd))
  await expect(registry.ask(fragile, 'a', 'echo', 'odd')).rejects.toMatchObject(odd)
  expect(await registry.ask(fragile, 'a', 'echo', [1n, new Uint8Array([3]), undefined])).toEqual([
    1n,
    new Uint8Array([3]),
    undefined,
  ])
  expect(await step('a', 'well')).toBe(2)
  await expect(step('a', 'odd')).rejects.toMatchObject({ code: 'internal' })
  expect(ends).toEqual([expect.stringMatching(/^a crashed: What the game answered cannot leave its thread: /)])
})

test('a game that eats all memory ends its thread; its games are lost with the reason, and the node goes on', async () => {
  const { step, ends, events, registry, load } = await houseOf(['a', 'b', 'c', 'd'], { maxMemory: 64 * MIB })
  const waiting = [step('a', 'eat'), step('c', 'well'), step('b', 'well'), step('d', 'well')]
  const outcomes = await Promise.allSettled(waiting)
  expect(outcomes.slice(2)).toEqual([2, 2].map((value) => ({ status: 'fulfilled', value })))
  const why = `Its thread ended while it worked for the game "a": there was no more memory; maxThreadMemory is ${64 * MIB}.`
  for (const { reason } of outcomes.slice(0, 2) as PromiseRejectedResult[]) expect(reason).toMatchObject(lost(why))
  expect(ends).toEqual([`a lost: ${why}`, `c lost: ${why}`])
  expect(events.all('thread.lost')).toEqual([{ thread: 0, games: 2, code: 'game_lost', message: why }])
  expect(registry.list().map(({ id }) => id)).toEqual(['b', 'd'])
  // Another one has taken its place.
  await events.next('thread.replaced')
  for (const id of ['e', 'f']) await registry.create(fragile, id, 0)
  expect(load()).toEqual([2, 2])
  expect(await Promise.all(['b', 'd', 'e', 'f'].map((id) => step(id, 'well')))).toEqual([3, 3, 2, 2])
}, 60_000)

test('buffers count: of one step, and of many', async () => {
  const { step, events, registry } = await houseOf(['a', 'b'], { maxMemory: 64 * MIB })
  await expect(step('a', 'hoard')).rejects.toMatchObject(lost('buffers took more than maxThreadMemory'))
  const saving = async (): Promise<void> => {
    for (let i = 0; i < 1000; i++) await registry.advance(fragile, 'b', 'save', () => 0)
  }
  await expect(saving()).rejects.toMatchObject({ code: expect.stringMatching(/game_lost|no_such_game/) as unknown })
  const { message } = await events.next('thread.lost', 2)
  expect(message).toContain('buffers took more than maxThreadMemory')
}, 60_000)

test('a thread that ends behind the back of its games is replaced as well', async () => {
  const { step, ends, registry, events } = await houseOf(['a', 'b'])
  expect(await step('a', 'later')).toBe(2)
  const { message } = await events.next('thread.lost')
  expect(message).toBe('Its thread ended: nobody caught it.')
  expect(ends).toEqual([`a lost: ${message}`])
  await registry.create(fragile, 'a', 'again')
  expect(await Promise.all([step('a', 1), step('b', 1)])).toEqual([2, 2])
})

test('creating a game may take its thread with it', async () => {
  const { registry, step, events } = await houseOf(['a', 'b'], { maxMemory: 64 * MIB })
  await expect(registry.create(fragile, 'c', 'eat')).rejects.toMatchObject(lost('for the game "c"'))
  await events.next('thread.replaced')
  expect(registry.list()).toHaveLength(1)
  await registry.create(fragile, 'c', 0)
  expect(await step('c', 1)).toBe(2)
}, 60_000)

test('a home that closes ends also what never ends, and answers everybody', async () => {
  const { step, home, registry } = await houseOf(['a', 'b'])
  const waiting = [step('a', 'spin'), step('a', 'behind'), registry.create(fragile, 'c', 'spin')]
  const outcomes = Promise.allSettled(waiting)
  // They are on their way.
  await new Promise((resolve) => setImmediate(resolve))
  const begun = performance.now()
  registry.closeAll('shutdown')
  await home?.close()
  expect(performance.now() - begun).toBeLessThan(1500)
  for (const { reason } of (await outcomes) as PromiseRejectedResult[]) {
    expect(reason).toMatchObject({ code: 'node_stopped' })
  }
  expect(registry.list()).toEqual([])
})

test('threads that cannot serve end the start with the reason', async () => {
  const events = recordEvents()
  const start = startThreads({ workers: 2, events, maxRecordedBytes: 1, load: ['/nowhere/engine.js'] })
  await expect(start).rejects.toMatchObject({
    code: 'bad_module',
    message: expect.stringContaining('/nowhere/engine.js') as unknown,
  })
})

test('an engine that no thread has plays here', async () => {
  const { registry, load } = await houseOf([], { load: [] })
  await registry.create(fragile, 'a', 0)
  expect(registry.step(fragile, 'a', 1)).toBe(2)
  expect(load()).toEqual([0, 0])
})
