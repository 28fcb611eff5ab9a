import { describe, expect, test } from '@jest/globals'
import { Random } from '../../../src/engines/mettagrid/world/random.ts'
import { act, action, holds, play } from '../../support/mettagrid-game.ts'

const config = { resource_names: ['ore', 'coal', 'iron'] }

describe('what is drawn by chance', () => {
  test('costs in fractions: after a success, resource by resource, none for whole numbers', () => {
    for (let seed = 0; seed < 20; seed++) {
      const base = { required: { 0: 2, 1: 2, 2: 1 }, consumed: { 0: 1.25, 1: 2, 2: 0.75 } }
      const game = play({
        rows: ['#@'],
        actions: ['noop', action('rotate', { base }), action('move', { base })],
        agents: { agent: { initial_inventory: { 0: 9, 1: 9, 2: 9 } } },
        config,
        seed,
      })
      // One agent: nothing is shuffled. What fails costs nothing.
      act(game, 'move_west')
      act(game, 'rotate_north')
      const random = new Random(seed)
      const iron = random.fraction() < 0.75 ? 1 : 0
      const ore = random.fraction() < 0.25 ? 2 : 1
      expect([seed, holds(game)]).toEqual([seed, [[0, 9 - ore], [1, 7], [2, 9 - iron]]]) // prettier-ignore
      expect(game.world.random.save()).toEqual(random.save())
    }
  })

  test('losses: agent by agent, item by item as they are listed, one draw for each, also where nothing is left to chance', () => {
    for (let seed = 0; seed < 20; seed++) {
      const game = play({
        rows: ['@@'],
        agents: { agent: { initial_inventory: { 0: 10, 1: 4, 2: 1 }, inventory_regen_amounts: { 2: 3 } } },
        config: { ...config, resource_loss_prob: 0.5, inventory_regen_interval: 2 },
        seed,
      })
      act(game, 'noop', 'noop')
      const random = new Random(seed)
      random.shuffle(new Uint16Array(2))
      for (const agent of [0, 1]) {
        const left = [10, 4, 1].map((amount) => {
          const whole = Math.floor(amount / 2)
          return amount - whole - (random.fraction() < amount / 2 - whole ? 1 : 0)
        })
        const expected = left.flatMap((amount, item) => (amount > 0 ? [[item, amount]] : []))
        expect([seed, agent, holds(game, agent)]).toEqual([seed, agent, expected])
      }
      expect(game.world.random.save()).toEqual(random.save())
      const before = [0, 1].map((agent) => game.world.agents[agent]?.inventory.amount(2) ?? 0)
      act(game, 'noop', 'noop')
      // Every second step all agents get their share, after the losses.
      const after = [0, 1].map((agent) => game.world.agents[agent]?.inventory.amount(2) ?? 0)
      expect(after.every((amount, i) => amount >= 3 && amount <= 3 + (before[i] ?? 0))).toBe(true)
    }
  })
})

describe('what is drawn by chance is compared as float32', () => {
  /** The largest sample there is, and the float32 that is nearest to a number. */
  const ALMOST_ONE = 1 - 2 ** -24
  const sampling = (game: ReturnType<typeof play>, sample: number) => {
    game.world.random.fraction = () => sample
    return game
  }

  test.each([
    // As doubles 53.0 and 2.99999993: with these one less would be lost, or one more.
    [0.265, 200, ALMOST_ONE, 52],
    [0.03, 100, ALMOST_ONE, 3],
    [0.03, 100, 0, 3],
  ])('losses: %d of %i, with %d drawn', (resource_loss_prob, held, sample, lost) => {
    const agents = { agent: { initial_inventory: { 0: held } } }
    const game = sampling(play({ rows: ['@'], agents, config: { ...config, resource_loss_prob } }), sample)
    act(game, 'noop')
    expect(holds(game)).toEqual([[0, held - lost]])
  })

  test.each([
    // 1.7 is 1.70000005 as a float, of which the fraction is more than 0.7.
    [1.7, Math.fround(0.7), 2],
    [1.7, Math.fround(0.7) + 2 ** -24, 1],
    // No fraction is left of this, and so nothing is drawn.
    [1.99999999, 0, 2],
  ])('costs: %d, with %d drawn', (amount, sample, cost) => {
    const game = play({
      rows: ['@'],
      actions: [action('noop', { base: { required: { 0: 2 }, consumed: { 0: amount } } })],
      agents: { agent: { initial_inventory: { 0: 9 } } },
      config,
    })
    act(sampling(game, sample), 'noop')
    expect(holds(game)).toEqual([[0, 9 - cost]])
  })

  test.each([
    [{ modifies: { 0: 1.7 } }, Math.fround(0.7), 2],
    [{ modifies: { 0: -1.7 } }, Math.fround(0.7), -2],
    // A third of four is 1.33333337, of which the fraction is more than a third.
    [{ modifies: { 0: 4 }, scales: true }, Math.fround(1 / 3), 2],
    [{ modifies: { 0: -4 }, scales: true }, Math.fround(1 / 3), -2],
  ])('resource_mod: %j, with %d drawn', (body, sample, each) => {
    const game = play({
      rows: ['@@@'],
      actions: ['noop', action('resource_mod', { ...body, agent_radius: 2 })],
      agents: { agent: { initial_inventory: { 0: 9 } } },
      config,
    })
    act(sampling(game, sample), 'resource_mod', 'noop', 'noop')
    expect([0, 1, 2].map((agent) => holds(game, agent))).toEqual(Array(3).fill([[0, 9 + each]]))
  })
})
