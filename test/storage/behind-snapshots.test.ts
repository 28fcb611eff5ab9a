/** A snapshot makes the inputs before it void, and not one of those behind it. */
import fc from 'fast-check'
import { expect, test } from '@jest/globals'
import { diary, openHouse } from '../support/diary.ts'

/** Steps of one turn of the event loop, alone or several in one record. */
const burst = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })

test('however steps and snapshots fall together, what comes back is every input', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(burst, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 5 }),
      async (bursts, every) => {
        const house = await openHouse(undefined, { snapshotEvery: every })
        await house.registry.create(diary, 'a', 'title')
        const written: unknown[] = ['title']
        for (const steps of bursts) {
          const answers = steps.map((count) => {
            const inputs = Array.from({ length: count }, (_, i) => written.length + i)
            written.push(...inputs)
            return count === 1
              ? house.registry.step(diary, 'a', inputs[0])
              : house.registry.stepMany(diary, 'a', inputs, count)
          })
          for (const answer of answers) await answer
        }
        // Now, and when what the snapshots made void is cleared away.
        const killed = await openHouse(house.crash(), { snapshotEvery: every })
        expect(killed.pages('a')).toEqual(written)
        await house.store.close()
        const after = await openHouse(house.folder, { snapshotEvery: every })
        expect(after.pages('a')).toEqual(written)
      },
    ),
    { numRuns: 15 },
  )
})
