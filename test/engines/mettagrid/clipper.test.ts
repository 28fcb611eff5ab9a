import { describe, expect, test } from '@jest/globals'
import { Assembler, NOT_CLIPPED } from '../../../src/engines/mettagrid/objects/assembler.ts'
import { Random } from '../../../src/engines/mettagrid/world/random.ts'
import { act, holds, play, seen, type Sketch } from '../../support/mettagrid-game.ts'

const free = { inputs: { 0: 1 }, outputs: { 1: 1 }, cooldown: 2 }

function clipped(rows: readonly string[], clipper: object | undefined, more: Partial<Sketch> = {}) {
  return play({
    rows,
    legend: { a: 'altar', i: 'immune', s: 'started' },
    agents: { agent: { initial_inventory: { 0: 20 } } },
    ...more,
    objects: {
      altar: { assembler: { recipes: [{ outputs: { 1: 2 }, cooldown: 9 }] } },
      immune: { assembler: { clip_immune: true, start_clipped: true } },
      started: { assembler: { start_clipped: true, recipes: [{ outputs: { 1: 7 } }] } },
      ...more.objects,
    },
    config: {
      resource_names: ['ore', 'heart'],
      ...(clipper && { clipper: { unclipping_recipes: [free], ...clipper } }),
      ...more.config,
    },
  })
}

const assemblers = (game: ReturnType<typeof play>) =>
  game.world.objects.filter((object): object is Assembler => object instanceof Assembler)
const states = (game: ReturnType<typeof play>) =>
  assemblers(game).map(({ clipped: recipe }) => (recipe === NOT_CLIPPED ? 'free' : recipe))
const use = (game: ReturnType<typeof play>) => act(game, 'move_east').action_success[0]

describe('a clipped assembler', () => {
  test('is used by a recipe of the clipper, which frees it and is no use of it', () => {
    const game = clipped(['@s'], {}, {
      objects: { started: { assembler: { start_clipped: true, max_uses: 1, exhaustion: 1, recipes: [{ outputs: { 1: 7 } }] } } },
    }) // prettier-ignore
    expect(seen(game, 0x23)).toEqual([[0, 12], [15, 1], [16, 1]]) // prettier-ignore
    expect(use(game)).toBe(true)
    expect(holds(game)).toEqual([[1, 1], [0, 19]]) // prettier-ignore
    expect(seen(game, 0x23)).toEqual([[0, 12], [14, 2], [16, 1]]) // prettier-ignore
    expect(assemblers(game)[0]).toMatchObject({ uses: 0, slowness: 1, cooldownLength: 2 })
    act(game, 'noop')
    expect(use(game)).toBe(true)
    expect(holds(game)).toEqual([[1, 8], [0, 19]]) // prettier-ignore
  })

  test('is ready at once: what cooled down no longer does', () => {
    const game = clipped(['@a'], undefined)
    expect(use(game)).toBe(true)
    expect(use(game)).toBe(false)
    const [altar] = assemblers(game)
    altar?.clip(0, game.world.step)
    expect(altar).toMatchObject({ cooldownEnd: 2, cooldownLength: 0 })
  })

  test('stays clipped when it is used up', () => {
    const game = clipped(['@a'], {}, { objects: { altar: { assembler: { max_uses: 1, recipes: [{}] } } } })
    const [altar] = assemblers(game)
    expect(use(game)).toBe(true)
    altar?.clip(0, game.world.step)
    expect([use(game), altar?.clipped, holds(game)]).toEqual([false, 0, [[0, 20]]])
  })

  test('asks for its recipe whatever the agents show, and shows it', () => {
    const recipes = [{ inputs: { 0: 3 } }]
    const game = clipped(['@s'], { unclipping_recipes: recipes }, {
      actions: ['noop', 'move', { name: 'change_glyph', type: 8, change_glyph: { num_glyphs: 9 } }],
      config: { resource_names: ['ore', 'heart'], recipe_details_obs: true, clipper: { unclipping_recipes: recipes } },
    }) // prettier-ignore
    act(game, 'change_glyph_8')
    expect(seen(game, 0x23)).toEqual([[0, 12], [15, 1], [17 + 2, 3]]) // prettier-ignore
    expect(use(game)).toBe(true)
    expect(holds(game)).toEqual([[0, 17]])
    // The object's own recipe gives seven hearts.
    expect(seen(game, 0x23)).toEqual([[0, 12], [17 + 4 + 1, 7]]) // prettier-ignore
  })
})

describe('the clipper', () => {
  test('clips from the start those that begin so, but not those that are immune', () => {
    expect(states(clipped(['@asi'], {}))).toEqual(['free', 0, 'free'])
    expect(states(clipped(['@asi'], undefined))).toEqual(['free', 'free', 'free'])
  })

  test('never clips with rate 0, and with rate 1 one a step, until there is none left', () => {
    const idle = clipped(['@aaa'], { clip_rate: 0 })
    const busy = clipped(['@aaai'], { clip_rate: 1 })
    const counts = Array.from({ length: 5 }, () => {
      act(busy, 'noop')
      act(idle, 'noop')
      return states(busy).filter((state) => state === 0).length
    })
    expect(counts).toEqual([1, 2, 3, 3, 3])
    expect(states(idle)).toEqual(['free', 'free', 'free'])
    expect(states(busy)[3]).toBe('free')
  })

  test('clips when what it draws is less than its rate, and not when it is the same', () => {
    const clips = (clip_rate: number, drawn: number) => {
      const game = clipped(['@a'], { clip_rate })
      if (game.world.clipper !== undefined) game.world.clipper.random.fraction = () => drawn
      act(game, 'noop')
      return states(game)
    }
    expect([clips(0.5, 0.5), clips(0.5, 0.5 - 2 ** -25), clips(0, 0)]).toEqual([['free'], [0], ['free']])
  })

  /** The same by a plain model: weights are summed anew from those that are clipped. */
  function* model(
    columns: readonly number[],
    scale: number,
    cutoff: number,
    rate: number,
    recipes: number,
    seed: number,
  ) {
    const random = new Random(seed)
    const state: (number | 'free')[] = columns.map(() => 'free')
    const clippedAt: number[] = []
    for (;;) {
      if (random.fraction() < rate) {
        const weights = columns.map((column, i) =>
          state[i] !== 'free'
            ? 0
            : clippedAt
                .map((other) => Math.abs(column - (columns[other] ?? 0)))
                .filter((distance) => distance <= cutoff)
                .reduce((sum, distance) => Math.fround(sum + Math.fround(Math.exp(Math.fround(-distance / scale)))), 0),
        )
        const total = weights.reduce((sum, weight) => Math.fround(sum + weight), 0)
        let left = Math.fround(random.fraction() * total)
        let picked = weights.findIndex((weight) => weight > 0 && (left = Math.fround(left - weight)) <= 0)
        const open = [...state.keys()].filter((i) => state[i] === 'free')
        if (picked < 0 && open.length > 0) picked = open[random.below(open.length)] ?? -1
        if (picked >= 0) {
          clippedAt.push(picked)
          state[picked] = random.below(recipes)
        }
      }
      yield [...state]
    }
  }

  test('spreads by chance: the closer to what is clipped, the sooner', () => {
    const unclipping_recipes = [free, free, free]
    for (let seed = 1; seed <= 25; seed++) {
      const game = clipped(['@aa.a..a...a....a'], { unclipping_recipes, clip_rate: 0.5, length_scale: 1.5, cutoff_distance: 4 }, { seed }) // prettier-ignore
      const columns = assemblers(game).map(({ col }) => col)
      const expected = model(columns, 1.5, 4, 0.5, 3, seed)
      for (let step = 0; step < 25; step++) {
        act(game, 'noop')
        expect([seed, step, states(game)]).toEqual([seed, step, expected.next().value])
      }
    }
  })

  test('takes its reach from the size of the map and the number of assemblers unless it is given', () => {
    const rows = ['@a.a.....a..................a']
    const apart = Math.fround(29 / 2)
    const scale = Math.fround(apart * Math.fround(Math.sqrt(4.51 / (4 * Math.PI))))
    const given = clipped(rows, { clip_rate: 1, length_scale: scale, cutoff_distance: 3 * scale })
    const found = clipped(rows, { clip_rate: 1 })
    for (let i = 0; i < 4; i++) {
      act(given, 'noop')
      act(found, 'noop')
      expect(states(found)).toEqual(states(given))
      expect(Buffer.from(found.world.clipper?.weights ?? [])).toEqual(Buffer.from(given.world.clipper?.weights ?? []))
    }
    // Both ends are more than three scales apart: the weights of a far one are those of its neighbours.
    expect(3 * scale).toBeLessThan(27)
  })

  test('takes the weight of one that was freed away again', () => {
    const game = clipped(['@s.a'], { clip_rate: 1e-30, length_scale: 2, cutoff_distance: 5 })
    const { clipper } = game.world
    expect([...(clipper?.weights ?? [])]).toEqual([0, Math.fround(Math.exp(-1))])
    expect([...(clipper?.border ?? [])]).toEqual([0, 1])
    use(game)
    // It stays in the border, where it weighs nothing.
    expect([...(clipper?.weights ?? [])]).toEqual([0, 0])
    expect([...(clipper?.border ?? [])]).toEqual([0, 1])
  })

  test('has random numbers of its own: the agents have the same with it and without it', () => {
    const rows = ['@a', '.a']
    const actions = [
      'noop',
      { name: 'rotate', type: 3, rotate: { base: { required: { 0: 1 }, consumed: { 0: 0.5 } } } },
    ]
    const one = clipped(rows, { clip_rate: 0.7 }, { actions })
    const other = clipped(rows, undefined, { actions })
    for (let i = 0; i < 20; i++) {
      act(one, 'rotate_south')
      act(other, 'rotate_south')
      expect(holds(one)).toEqual(holds(other))
    }
  })
})
