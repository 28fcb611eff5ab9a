import { describe, expect, test } from '@jest/globals'
import { SETTINGS } from '../../../src/config/settings.ts'
import { DEFAULT_LIMITS, MettagridGame, type Limits } from '../../../src/engines/mettagrid/index.ts'
import { action, sketch, type Sketch } from '../../support/mettagrid-game.ts'

/** Made with some limits lowered. */
const made = (limits: Partial<Limits>, what: Sketch) => () =>
  new MettagridGame(sketch(what), { ...DEFAULT_LIMITS, ...limits })

const objects = { mill: { converter: {} }, altar: { assembler: { recipes: [{}, {}] } }, box: { chest: {} } }
const full: Sketch = {
  rows: ['@mac', '@..a'],
  legend: { m: 'mill', a: 'altar', c: 'box' },
  objects,
  config: { resource_names: ['ore'], clipper: { unclipping_recipes: [{}], clip_rate: 0.5 } },
  actions: ['noop', 'move', action('resource_mod', { agent_radius: 1, converter_radius: 9 })],
}

/** What the game above needs, and what is said with one less. */
const NEEDS: [limit: keyof Limits, needed: number, sentence: string][] = [
  ['maxDevices', 4, 'There are 4 converters, assemblers and chests on the map; maxDevices is 3.'],
  ['maxClippable', 2, 'There are 2 assemblers on the map that the clipper can reach; maxClippable is 1.'],
  ['maxScannedCells', 26, '2 agents look at 13 cells each for resource_mod; maxScannedCells is 25.'],
  ['maxObjectTokens', 25, 'The objects on the map can have 25 tokens; maxObjectTokens is 24.'],
  ['maxDefinitions', 11, 'The configuration defines 11 actions, objects and recipes; maxDefinitions is 10.'],
  ['maxFlatActions', 6, 'The actions have 6 arguments up to resource_mod; maxFlatActions is 5.'],
]

describe('limits', () => {
  test.each(NEEDS)('%s', (limit, needed, sentence) => {
    expect(made({ [limit]: needed }, full)).not.toThrow()
    expect(made({ [limit]: needed - 1 }, full)).toThrow(sentence)
  })

  test('maxStats', () => {
    const names = made({}, full)().world.rules.statNames.names
    const named = names.filter((name) => !name.startsWith('objects.')).length
    expect(made({ maxStats: 2 * named }, full)).not.toThrow()
    expect(made({ maxStats: 2 * named - 1 }, full)).toThrow(
      `2 agents have ${named} stats each; maxStats is ${2 * named - 1}.`,
    )
  })

  test('hold for games that would take all memory or all time', () => {
    const many = (name: string, body: object) => Array.from({ length: 2_000 }, () => action(name, { ...body }))
    const glyphs = { rows: ['@'], actions: many('change_glyph', { num_glyphs: 255 }) }
    expect(made({}, glyphs)).toThrow('; maxFlatActions is 65536.')
    const noops = { rows: ['@'], actions: Array.from({ length: 60_000 }, () => 'noop') }
    expect(made({}, noops)().world.rules.flat.at(-1)?.name).toBe('noop_59999')
    const tags = { rows: ['@'.repeat(300)], agents: { agent: { tag_ids: Array<number>(60_000).fill(1) } } }
    expect(made({}, tags)).toThrow('; maxObjectTokens is 16777216.')
  })

  test('are settings with the same defaults', () => {
    const settings = Object.keys(DEFAULT_LIMITS).map((name) => [name, SETTINGS[name as keyof Limits].initial])
    expect(Object.fromEntries(settings)).toEqual(DEFAULT_LIMITS)
  })
})
