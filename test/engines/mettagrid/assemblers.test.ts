import { describe, expect, test } from '@jest/globals'
import { Assembler } from '../../../src/engines/mettagrid/objects/assembler.ts'
import { act, action, found, holds, play, seen, statsOf, type Sketch } from '../../support/mettagrid-game.ts'

const glyphs = action('change_glyph', { num_glyphs: 255 })

/** A game with an assembler `a`; `@` agents hold what `held` says. */
function around(rows: readonly string[], assembler: object, held: object = {}, more: Partial<Sketch> = {}) {
  return play({
    rows,
    legend: { a: 'altar' },
    actions: ['noop', 'move', glyphs],
    objects: { altar: { assembler: { ...assembler } } },
    ...more,
    agents: { agent: { initial_inventory: held }, ...more.agents },
    config: { resource_names: ['ore', 'coal', 'iron'], allow_diagonals: true, ...more.config },
  })
}

const all = (game: ReturnType<typeof play>) => game.world.agents.map((_, i) => holds(game, i))

/** Agent 0 moves to the east, the others do nothing. @returns whether it succeeded */
function use(game: ReturnType<typeof play>): boolean | undefined {
  const rest = game.world.agents.slice(1).map(() => 'noop')
  return act(game, 'move_east', ...rest).action_success[0]
}

describe('an assembler', () => {
  test('takes what a recipe needs from those around it, and gives to them, as evenly as can be', () => {
    // In the order of the round from the one who moves: E of it, then SE; three ores of 2, 2 and 2, five irons.
    const game = around(['@a@', '..@'], { recipes: [{ inputs: { 0: 4 }, outputs: { 2: 5 }, cooldown: 1 }] }, { 0: 2 })
    expect(use(game)).toBe(true)
    expect(all(game)).toEqual([
      [[2, 2]],
      [[2, 2], [0, 1]],
      [[2, 1], [0, 1]],
    ]) // prettier-ignore
    expect(game.world.agents[0]?.col).toBe(0)
  })

  test('begins the round with the one who moves', () => {
    const game = around(['@a@'], { recipes: [{ outputs: { 2: 1 } }] })
    expect(act(game, 'noop', 'move_west').action_success).toEqual([true, true])
    expect(all(game)).toEqual([[], [[2, 1]]])
  })

  test('gives to others what one has no room for', () => {
    const limits = [{ items: [2], max_quantity: 1 }]
    const game = around(['@a1', '..@'], { recipes: [{ outputs: { 2: 9 } }] }, {}, {
      legend: { a: 'altar', 1: 'small' },
      agents: { small: { inventory: { limits } } },
    }) // prettier-ignore
    use(game)
    expect(all(game)).toEqual([[[2, 4]], [[2, 1]], [[2, 4]]])
  })

  test('has one that has just room or stock for an even part out of the round before the rest is spread', () => {
    const small = { inventory: { limits: [{ items: [2], max_quantity: 2 }] }, initial_inventory: { 0: 2 } }
    const game = around(['@a1'], { recipes: [{ inputs: { 0: 5 }, outputs: { 2: 5 } }] }, { 0: 9 }, {
      legend: { a: 'altar', 1: 'small' },
      agents: { small },
    }) // prettier-ignore
    expect(use(game)).toBe(true)
    // Two of five each, were it not for what is left over, of which the first in the round gets more.
    expect(all(game)).toEqual([[[2, 3], [0, 6]], [[2, 2]]]) // prettier-ignore
    const first = around(['1a@'], { recipes: [{ inputs: { 0: 5 }, outputs: { 2: 5 } }] }, { 0: 9 }, {
      legend: { a: 'altar', 1: 'small' },
      agents: { small },
    }) // prettier-ignore
    expect(use(first)).toBe(true)
    expect(all(first)).toEqual([[[2, 2]], [[2, 3], [0, 6]]]) // prettier-ignore
  })

  test('goes round again when those who cannot take an even part make it larger for the others', () => {
    const small = (max_quantity: number) => ({ inventory: { limits: [{ items: [2], max_quantity }] } })
    // Twelve for three: one takes 1 of 4. Of the 5 that are each one's part then the first takes all it can.
    const game = around(['5a1', '..@'], { recipes: [{ outputs: { 2: 12 } }] }, {}, {
      legend: { a: 'altar', 1: 'one', 5: 'five' },
      agents: { one: small(1), five: small(5) },
    }) // prettier-ignore
    expect(use(game)).toBe(true)
    expect(all(game)).toEqual([[[2, 5]], [[2, 1]], [[2, 6]]])
  })

  test('leaves the stats of inventories alone', () => {
    const game = around(['@a'], { recipes: [{ inputs: { 0: 1 }, outputs: { 2: 5 } }] }, { 0: 2 })
    use(game)
    expect(statsOf(game)).toMatchObject({ 'ore.gained': 2, 'ore.amount': 2 })
    expect(Object.keys(statsOf(game)).filter((name) => /iron|lost/.test(name))).toEqual([])
  })

  test('fails when those around have not enough together, by a sum that is a byte', () => {
    const recipes = [{ inputs: { 0: 50 }, outputs: { 2: 1 } }]
    expect(use(around(['@a@'], { recipes }, { 0: 24 }))).toBe(false)
    expect(use(around(['@a@'], { recipes }, { 0: 25 }))).toBe(true)
    // 255 and 45 make 300, of which the byte shows 44; 51 make 50.
    const two = (held: number) =>
      around(['@a1'], { recipes }, { 0: 255 }, {
        legend: { a: 'altar', 1: 'other' },
        agents: { other: { initial_inventory: { 0: held } } },
      }) // prettier-ignore
    expect([use(two(45)), use(two(51))]).toEqual([false, true])
  })

  test('without a recipe, or used up, only stands in the way', () => {
    expect(use(around(['@a'], {}))).toBe(false)
    const game = around(['@a'], { recipes: [{ outputs: { 2: 1 } }], max_uses: 2 })
    expect([use(game), use(game), use(game)]).toEqual([true, true, false])
    expect(seen(game, 0x23)).toEqual([[0, 10], [16, 0]]) // prettier-ignore
  })

  test('shows what is left of its cooldown and uses, up to 255, its tags last', () => {
    const game = around(['@a'], { recipes: [{ outputs: { 2: 1 }, cooldown: 257 }], max_uses: 300, tag_ids: [4] })
    const looks = [seen(game, 0x23)]
    use(game)
    looks.push(seen(game, 0x23))
    for (let i = 0; i < 256; i++) act(game, 'noop')
    looks.push(seen(game, 0x23))
    act(game, 'noop')
    looks.push(seen(game, 0x23))
    expect(looks).toEqual([
      [[0, 10], [16, 255], [13, 4]],
      [[0, 10], [14, 255], [16, 255], [13, 4]],
      [[0, 10], [14, 1], [16, 255], [13, 4]],
      [[0, 10], [16, 255], [13, 4]],
    ]) // prettier-ignore
  })
})

describe('the recipe is asked for', () => {
  const recipe = (item: number, more: object = {}) => ({ outputs: { [item]: 1 }, ...more })
  /** What agent 0 gets when the agents around the assembler show these glyphs. */
  const got = (recipes: object[], ...shown: number[]) => {
    const game = around(['@@@', '@a@', '@@@'], { recipes })
    const names = game.world.agents.map((_, i) => (i < shown.length ? `change_glyph_${shown[i] ?? 0}` : 'noop'))
    act(game, ...names)
    act(game, 'move_southeast', ...names.slice(1).map(() => 'noop'))
    return holds(game, 0)[0]?.[0]
  }
  const plain = [recipe(0), recipe(1), recipe(2)]

  test('by one glyph, the number of its place; by none or an unknown one the first', () => {
    expect([got(plain), got(plain, 1), got(plain, 0, 2), got(plain, 7), got(plain, 1, 1)]).toEqual([0, 1, 2, 0, 0])
  })

  test('by the vibes that it names, in any order', () => {
    const recipes = [recipe(0, { vibes: [] }), recipe(1, { vibes: [3, 1] }), recipe(2, { vibes: [1, 1, 3, 9] })]
    expect(got(recipes, 1, 3)).toBe(1)
    expect(got(recipes, 0, 3, 1)).toBe(1)
    expect(got(recipes, 9, 1, 3, 1)).toBe(2)
    expect(got(recipes, 3)).toBe(0)
    // Of more than four the last four count, in ascending order.
    expect(got(recipes, 1, 9, 1, 1, 3)).toBe(2)
    expect(got(recipes, 1, 1, 3, 9, 10)).toBe(0)
    // Five can be named, but five agents show four.
    expect(got([recipe(0), recipe(1, { vibes: [1, 1, 1, 3, 9] })], 1, 1, 1, 3, 9)).toBe(0)
  })

  test('by large glyphs, of which four would be a negative number, never', () => {
    expect(got([recipe(0), recipe(1, { vibes: [128, 1, 1, 1] })], 1, 1, 1, 128)).toBe(1)
    expect(got([recipe(0), recipe(1, { vibes: [128, 128, 128, 128] })], 128, 128, 128, 128)).toBe(0)
  })

  test('and shown as it changes with those around', () => {
    const shown = (game: ReturnType<typeof play>) => seen(game, 0x23).slice(1)
    const game = around(['@a.', '..@'], { recipes: [recipe(0, { inputs: { 1: 2, 2: 0 } }), recipe(1)] }, {}, {
      config: { resource_names: ['ore', 'coal', 'iron'], recipe_details_obs: true },
    }) // prettier-ignore
    expect(shown(game)).toEqual([[17 + 3 + 1, 2], [17 + 6 + 0, 1]]) // prettier-ignore
    act(game, 'noop', 'change_glyph_1')
    expect(shown(game)).toEqual([[17 + 6 + 1, 1]])
    const far = around(['@a.@'], { recipes: [recipe(0), recipe(1)] }, {}, {
      config: { resource_names: ['ore', 'coal'], recipe_details_obs: true },
    }) // prettier-ignore
    act(far, 'noop', 'change_glyph_1')
    expect(shown(far)).toEqual([[17 + 4 + 0, 1]])
    act(far, 'noop', 'move_west')
    expect(shown(far)).toEqual([[17 + 4 + 1, 1]])
    act(far, 'noop', 'move_east')
    expect(shown(far)).toEqual([[17 + 4 + 0, 1]])
  })

  test('but two for the same are refused', () => {
    expect(() => around(['@a'], { recipes: [recipe(0, { vibes: [1, 2] }), recipe(1, { vibes: [2, 1] })] })).toThrow(
      'Two recipes of the object altar are asked for by the same vibes.',
    )
    expect(() => around(['@a'], { recipes: [recipe(0, { vibes: [1] }), recipe(1)] })).toThrow('by the same vibes')
  })

  test("and more vibes than agents ever show are nobody else's, however long they are", () => {
    const many = (last: number, count: number) => [...Array<number>(count - 1).fill(64), last]
    // Numbers of seven bytes that differ in the last one, and of a thousand.
    const recipes = [recipe(0, { vibes: [1] }), ...[65, 66].flatMap((last) => [7, 1000].map((count) => recipe(1, { vibes: many(last, count) })))] // prettier-ignore
    expect(got(recipes, 1)).toBe(0)
    expect(got(recipes, 64, 64, 64, 64, 64, 64, 65)).toBeUndefined()
  })
})

describe('a cooldown', () => {
  test('keeps an assembler from being used', () => {
    const game = around(['@a'], { recipes: [{ outputs: { 2: 1 }, cooldown: 3 }] })
    expect([use(game), use(game), use(game), use(game)]).toEqual([true, false, false, true])
  })

  test('grows with each use by the exhaustion', () => {
    const game = around(['@a'], { recipes: [{ outputs: { 2: 1 }, cooldown: 2 }], exhaustion: 0.5 })
    const altar = found(game, Assembler)
    const lengths: number[] = []
    while (lengths.length < 4) if (use(game)) lengths.push(altar.cooldownLength)
    expect(lengths).toEqual([2, 3, 4, 6]) // 2 times 1, 1.5, 2.25, 3.375
    expect(altar.slowness).toBe(5.0625)
  })

  test('that no 32 bits hold wraps round, as on the reference processor', () => {
    const game = around(['@a'], {
      recipes: [{ outputs: { 2: 1 }, cooldown: 3 }],
      exhaustion: 3e38,
      allow_partial_usage: true,
    })
    const altar = found(game, Assembler)
    use(game)
    for (let i = 0; i < 3; i++) act(game, 'noop')
    expect([use(game), altar.cooldownLength]).toEqual([true, 0])
    altar.slowness = 2 ** 31
    expect([use(game), altar.cooldownLength, altar.cooldownEnd]).toEqual([true, 2 ** 31, 2 ** 31 + game.world.step])
  })

  test('lets partial use take its share rounded up and give it rounded down', () => {
    const recipes = [{ inputs: { 0: 3 }, outputs: { 2: 5 }, cooldown: 4 }]
    const game = around(['@a'], { recipes, allow_partial_usage: true }, { 0: 9 })
    expect(use(game)).toBe(true)
    expect(holds(game)).toEqual([[2, 5], [0, 6]]) // prettier-ignore
    act(game, 'noop')
    // Two of four steps: 1.5 ores, 2.5 irons; then the cooldown begins anew.
    expect(use(game)).toBe(true)
    expect(holds(game)).toEqual([[2, 7], [0, 4]]) // prettier-ignore
    // One of four: 0.75 and 1.25.
    expect(use(game)).toBe(true)
    expect(holds(game)).toEqual([[2, 8], [0, 3]]) // prettier-ignore
  })

  test('lets nobody have a part of nothing, but takes a part of a recipe that gives nothing', () => {
    const poor = around(['@a'], { recipes: [{ inputs: { 0: 1 }, outputs: { 2: 1 }, cooldown: 4 }], allow_partial_usage: true }, { 0: 9 }) // prettier-ignore
    expect([use(poor), use(poor), use(poor), use(poor), use(poor)]).toEqual([true, false, false, false, true])
    const none = around(['@a'], { recipes: [{ inputs: { 0: 4 }, cooldown: 4 }], allow_partial_usage: true }, { 0: 9 })
    expect([use(none), use(none), holds(none)]).toEqual([true, true, [[0, 4]]])
  })

  test('turns round the order in which a part of several outputs is given', () => {
    const recipes = [{ outputs: { 0: 4, 1: 4, 2: 4 }, cooldown: 4 }]
    const items = (game: ReturnType<typeof play>) => holds(game).map(([item]) => item)
    const whole = around(['@a'], { recipes, allow_partial_usage: true })
    use(whole)
    // Given as 2, 1, 0; the newest is the first.
    expect(items(whole)).toEqual([0, 1, 2])
    const part = around(['@a'], { recipes, allow_partial_usage: true }, {}, { agents: { agent: {} } })
    use(part)
    for (const [item, amount] of holds(part)) part.world.agents[0]?.change(item, -amount)
    act(part, 'noop')
    use(part)
    expect(holds(part)).toEqual([[2, 2], [1, 2], [0, 2]]) // prettier-ignore
  })
})

test('an assembler at the edge of the map has fewer around it', () => {
  for (const rows of [
    ['a@', '@@'],
    ['@@', '@a'],
  ]) {
    const game = around(rows, { recipes: [{ inputs: { 0: 3 }, outputs: { 1: 3 } }] }, { 0: 1 }, {
      config: { resource_names: ['ore', 'coal'], allow_diagonals: true, obs_width: 0, obs_height: 0 },
    }) // prettier-ignore
    const [way, rest] = rows[0] === 'a@' ? ['move_west', 'noop'] : ['move_southeast', 'noop']
    expect(act(game, way, rest, rest).action_success).toEqual([true, true, true])
    expect(all(game)).toEqual([[[1, 1]], [[1, 1]], [[1, 1]]])
  }
})
