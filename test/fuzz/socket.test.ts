/** A short run of the fuzzer of the socket protocol (`npm run fuzz:socket` runs as long as you like). */
import { expect, jest, test } from '@jest/globals'
import { ATTACKS } from './attacks.ts'
import { fuzzSocket } from './run.ts'

jest.setTimeout(240_000)

test('attacks of every kind: none stays without an answer, and honest games go on bit for bit', async () => {
  const { attacks, answered, steps, games, left } = await fuzzSocket({ seed: 7, attacks: 24 })
  expect(Object.keys(attacks).sort()).toEqual(Object.keys(ATTACKS).sort())
  expect(Math.min(answered, steps, games, left)).toBeGreaterThan(0)
})
