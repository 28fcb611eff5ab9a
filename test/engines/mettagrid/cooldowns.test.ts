/** Cooldowns of assemblers as the float32 numbers that they are: how they grow, and what parts of recipes come of them. */
import { describe, expect, test } from '@jest/globals'
import { Assembler } from '../../../src/engines/mettagrid/objects/assembler.ts'
import { act, found, holds, play, type Sketch } from '../../support/mettagrid-game.ts'

/** An agent to the west of an assembler. */
function beside(assembler: object, held: number, more: Sketch['config'] = {}) {
  const game = play({
    rows: ['@a'],
    legend: { a: 'altar' },
    agents: { agent: { initial_inventory: { 0: held } } },
    objects: { altar: { assembler: { ...assembler } } },
    config: { resource_names: ['ore', 'heart'], ...more },
  })
  const altar = found(game, Assembler)
  return { game, altar, use: () => act(game, 'move_east').action_success[0] }
}

describe('a cooldown', () => {
  /** The lengths of several in a row, each cut short. */
  const lengths = (exhaustion: number, cooldown: number, count: number) => {
    const { game, altar, use } = beside({ recipes: [{ cooldown }], exhaustion }, 0)
    return Array.from({ length: count }, () => {
      expect(use()).toBe(true)
      altar.cooldownEnd = game.world.step
      return altar.cooldownLength
    })
  }

  test('grows by products that are float32 each', () => {
    // As doubles, or with any of the three roundings left out, at least one of these is another one.
    expect(lengths(1.03, 60_000, 6)).toEqual([60_000, 121_800, 247_253, 501_925, 1_018_908, 2_068_385])
  })

  test('stays what it is with an exhaustion that is none', () => {
    expect(lengths(0, 60_000, 3)).toEqual([60_000, 60_000, 60_000])
    expect(lengths(-0.5, 60_000, 3)).toEqual([60_000, 60_000, 60_000])
  })

  test('is as long as the uses before have made it also after an assembler was freed, which makes it no longer', () => {
    const { game, altar, use } = beside({ recipes: [{}], exhaustion: 1 }, 0, {
      clipper: { unclipping_recipes: [{ cooldown: 7 }] },
    })
    expect([use(), use(), altar.slowness]).toEqual([true, true, 4])
    altar.clip(0, game.world.step)
    expect([use(), altar.cooldownLength, altar.slowness, altar.uses]).toEqual([true, 28, 4, 2])
  })
})

/** A step that has as many before it as the cooldowns here take. */
const LATER = 1000

describe('a part of a recipe', () => {
  /** What is left and what came of it, `elapsed` steps into a cooldown of `length`. */
  const part = (elapsed: number, length: number, inputs: number, outputs: number, held = 255) => {
    const recipes = [{ inputs: { 0: inputs }, outputs: { 1: outputs }, cooldown: length }]
    const { game, altar, use } = beside({ recipes, allow_partial_usage: true }, held)
    game.world.step = LATER
    altar.cooldownLength = length
    altar.cooldownEnd = game.world.step + 1 + length - elapsed
    const success = use()
    const amounts = new Map(holds(game))
    return [success, held - (amounts.get(0) ?? 0), amounts.get(1) ?? 0]
  }

  test('is a float32 product of a float32 share, rounded up where it is taken and down where it is given', () => {
    // A third is a little more as a float32, and three times that a little more than 1, which a float32 is not.
    expect(part(1, 3, 3, 3)).toEqual([true, 1, 1])
    // 0.7 is a little less, and ten times that a little less than 7, which a float32 is not either.
    expect(part(7, 10, 10, 10)).toEqual([true, 7, 7])
    // 53 of 200 is so much less that two hundred times that is less than 53.
    expect(part(53, 200, 200, 200)).toEqual([true, 53, 52])
    // 59 of 200 likewise.
    expect(part(59, 200, 200, 200)).toEqual([true, 59, 58])
  })

  test('of a full cooldown is everything, and at its very beginning nothing', () => {
    expect(part(200, 200, 9, 9)).toEqual([true, 9, 9])
    expect(part(0, 200, 9, 9)).toEqual([false, 0, 0])
    // A recipe that gives nothing can be used for nothing.
    expect(part(0, 200, 9, 0)).toEqual([true, 0, 0])
  })

  test('asks for its own part only', () => {
    expect(part(100, 200, 200, 10, 100)).toEqual([true, 100, 5])
    expect(part(100, 200, 200, 10, 99)).toEqual([false, 0, 0])
  })

  test('that gives nothing frees an assembler all the same', () => {
    const clipper = { unclipping_recipes: [{ inputs: { 0: 4 }, outputs: { 1: 3 }, cooldown: 2 }] }
    const { game, altar, use } = beside({ allow_partial_usage: true }, 9, { clipper })
    game.world.step = LATER
    altar.clip(0, game.world.step)
    altar.cooldownLength = 8
    altar.cooldownEnd = game.world.step + 1 + 6
    expect([use(), holds(game), altar.clipped]).toEqual([true, [[0, 8]], -1])
  })
})
