/** Whatever is asked of games, and nobody waits for an answer before asking more: with threads the answers are the same. */
import { test, expect } from '@jest/globals'
import fc from 'fast-check'
import type { Answer, Registry } from '../../src/engine/index.ts'
import { isBeamcadeError } from '../../src/errors.ts'
import { fragile } from '../support/fragile-game.ts'
import { threadHouse } from '../support/threads.ts'

type Ask = (registry: Registry, id: string, number: number) => Answer<unknown>

/** Not what breaks a game: whether who asks next finds it depends on when that is known. */
const ASKS: Readonly<Record<string, Ask>> = {
  create: (registry, id, n) => named(registry.create(fragile, id, n)),
  'take over': (registry, id, n) => named(registry.create(fragile, id, n, { ifExists: 'take_over' })),
  'cannot be made': (registry, id) => named(registry.create(fragile, id, 'refuse', { ifExists: 'take_over' })),
  step: (registry, id, n) => registry.step(fragile, id, n),
  refused: (registry, id) => registry.step(fragile, id, 'refuse'),
  advance: (registry, id, n) => registry.advance(fragile, id, n, ({ told, bytes }) => [told.length, ...bytes]),
  many: (registry, id, n) => registry.stepMany(fragile, id, [n, n + 1, n + 2], { most: 2 }),
  look: (registry, id) => registry.look(fragile, id, ({ told }) => told.join()),
  state: (registry, id) => registry.ask(fragile, id, 'state'),
  info: (registry, id) => registry.info(id),
  snapshot: (registry, id) => registry.snapshot(id),
  copy: async (registry, id, n) => named(registry.restore(`${id}${n}`, await registry.snapshot(id))),
  delete: (registry, id) => registry.delete(id),
}

const named = async (game: Answer<{ id: string }>): Promise<string> => (await game).id

async function outcomes(registry: Registry, asked: readonly (readonly [string, string, number])[]) {
  const all = asked.map(async ([what, id, number]) => {
    try {
      // The answer of now: later steps change what it lies in.
      const answer: unknown = structuredClone(await ASKS[what]?.(registry, id, number))
      return [what, id, answer]
    } catch (error) {
      return [what, id, isBeamcadeError(error) ? `${error.code}: ${error.message}` : String(error)]
    }
  })
  const settled = await Promise.all(all)
  for (const { id } of registry.list()) await registry.delete(id)
  return settled
}

test('the same questions in the same order have the same answers', async () => {
  const [here, there] = await Promise.all([threadHouse({ workers: 0 }), threadHouse({ workers: 3 })])
  const ask = fc.tuple(fc.constantFrom(...Object.keys(ASKS)), fc.constantFrom('a', 'b', 'c'), fc.nat(3))
  await fc.assert(
    fc.asyncProperty(fc.array(ask, { maxLength: 60, size: 'max' }), async (asked) => {
      const [ours, theirs] = await Promise.all([outcomes(here.registry, asked), outcomes(there.registry, asked)])
      expect(theirs).toEqual(ours)
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 60) },
  )
  expect(here.registry.list()).toEqual(there.registry.list())
  expect(there.home?.load).toEqual([0, 0, 0])
})
