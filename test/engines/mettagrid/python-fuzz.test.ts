/** Configurations of the Python project with anything in them: they are refused with a sentence, or make a game that runs. */
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isBeamcadeError } from '../../../src/errors.ts'
import { jsonValue, readerOf } from '../../../src/engine/index.ts'
import {
  configInputSchema,
  mapOrNullSchema,
  MettagridGame,
  toRequest,
  type GivenGame,
} from '../../../src/engines/mettagrid/index.ts'

const example = new URL('../../../examples/mettagrid/python.json', import.meta.url)
const whole = JSON.parse(readFileSync(example, 'utf8')) as unknown

/** Places in the configuration, from the root. */
function placesIn(json: unknown, path: readonly string[] = []): string[][] {
  const inner = typeof json === 'object' && json !== null ? Object.entries(json) : []
  return [[...path], ...inner.flatMap(([key, item]) => placesIn(item, [...path, key]))]
}

/** With what stands at `path` changed; undefined takes it away. */
function replaced(json: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(json)) return json.map((item: unknown, i) => (String(i) === key ? replaced(item, rest, by) : item))
  const object = { ...(json as Record<string, unknown>) }
  object[key] = replaced(object[key], rest, by)
  return object
}

/** True if a game came of it, and was played; false if it was refused. */
function played(config: unknown): boolean {
  try {
    // As JSON would bring it: what is undefined is not there.
    const { json = null } = JSON.parse(JSON.stringify({ json: config })) as { json?: unknown }
    const given = readerOf(configInputSchema)(jsonValue(json), ['config'])
    const map = readerOf(mapOrNullSchema)(null, ['map'])
    const request = toRequest({ config: given as GivenGame['config'], map: map as GivenGame['map'], seed: 1 })
    const game = new MettagridGame(request)
    const agents = game.state().rewards.length
    for (let step = 0; step < 5; step++)
      game.step({ flat: Array.from({ length: agents }, (_, i) => (step * 7 + i) % 11) })
    return true
  } catch (error) {
    if (!isBeamcadeError(error)) throw error
    expect(error.code).toMatch(/^(bad_game|bad_argument)$/)
    expect(error.message).toMatch(/^[A-Za-z].+[.:]$/s)
    return false
  }
}

const strange = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, -1, 0, 0.5, 255, 256, 65_536, 1e300, '', 'ore', 'heart', '__proto__'),
  fc.constantFrom<unknown>([], {}, [[]], { ore: 1 }, ['ore'], [['ore'], {}], { type: 'wall', type_id: 9 }),
  fc.jsonValue(),
)

test('the example makes a game', () => {
  expect(played(whole)).toBe(true)
})

test('one or two things in it replaced by anything', () => {
  const place = fc.constantFrom(...placesIn(whole))
  const outcomes = { played: 0, refused: 0 }
  fc.assert(
    fc.property(fc.array(fc.tuple(place, strange), { minLength: 1, maxLength: 2 }), (changes) => {
      let config = whole
      for (const [path, by] of changes) {
        try {
          config = replaced(config, path, by)
        } catch {
          // The first change took the place of the second away.
        }
      }
      outcomes[played(config) ? 'played' : 'refused'] += 1
    }),
    { numRuns: 800 },
  )
  // Both are met, or the changes would be too weak, or too strong.
  expect(outcomes.played).toBeGreaterThan(10)
  expect(outcomes.refused).toBeGreaterThan(10)
})
