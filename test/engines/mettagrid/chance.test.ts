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
