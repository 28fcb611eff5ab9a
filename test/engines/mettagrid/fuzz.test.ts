import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isBeamcadeError } from '../../../src/errors.ts'
import { mettagridEngine, MettagridGame, type GameRequest } from '../../../src/engines/mettagrid/index.ts'
import { Agent } from '../../../src/engines/mettagrid/objects/agent.ts'
import { Assembler, NOT_CLIPPED } from '../../../src/engines/mettagrid/objects/assembler.ts'
import { Converter } from '../../../src/engines/mettagrid/objects/converter.ts'
import type { GridObject } from '../../../src/engines/mettagrid/objects/object.ts'
import type { Inventory } from '../../../src/engines/mettagrid/world/inventory.ts'
import { expectedObservation, standing } from '../../support/mettagrid-observer.ts'
import { anyActions, anyRequest, steps } from '../../support/mettagrid-random.ts'

const engine = mettagridEngine()

/** Each of the tests: `FUZZ_RUNS=5000` looks longer. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 25)

/** A game, or nothing if it was refused, which takes a sentence. */
function made(request: GameRequest): MettagridGame | undefined {
  try {
    return new MettagridGame(request)
  } catch (error) {
    if (!isBeamcadeError(error)) throw error
    expect(error.message).toMatch(/^[A-Z].*\.$/)
    return undefined
  }
}

/** What must be true of every world: a line for each thing that is not. */
function broken(game: MettagridGame): string[] {
  const { world } = game
  const { grid, objects, agents } = world
  const placed = objects.filter((object) => object !== undefined)
  const places = new Set(placed.map(({ row, col }) => `${row},${col}`))
  const lines: string[] = []
  const demand = (what: string, holds: boolean) => {
    if (!holds) lines.push(what)
  }
  demand('one object a cell', places.size === placed.length)
  demand('nothing else on the grid', grid.cells.reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0) === placed.length)
  for (const object of placed) {
    const { row, col, type, id } = object
    demand(`object ${id} on the map`, grid.inside(row, col) && grid.at(row, col, type.layer) === id)
    for (const [what, holds] of demandsOf(object, world)) demand(`object ${id}: ${what}`, holds)
  }
  const { observations } = game.state()
  const cells = standing(world)
  const size = 3 * world.rules.config.num_observation_tokens
  for (const { index } of agents) {
    const { bytes } = expectedObservation(world, index, 0, cells)
    const shown = observations.subarray(index * size, (index + 1) * size)
    demand(`observation of agent ${index}`, Buffer.from(bytes).equals(shown))
  }
  return lines
}

function* demandsOf(object: GridObject, { step, rules }: MettagridGame['world']): Generator<[string, boolean]> {
  if ('inventory' in object) yield ['inventory', isWhole(object.inventory as Inventory, rules.resources.length)]
  if (object instanceof Agent) {
    const { inventory, type, frozen } = object
    yield ['frozen', frozen <= type.freezeDuration]
    for (const [index, max] of type.limits.max.entries()) {
      const items = [...type.limits.of.keys()].filter((item) => type.limits.of[item] === index)
      yield [`limit ${index}`, items.reduce((sum, item) => sum + inventory.amount(item), 0) <= max]
    }
  }
  if (object instanceof Converter) {
    const { converting, coolingDown, due, type } = object
    const busy = converting || coolingDown
    yield ['one thing at a time', !(converting && coolingDown)]
    yield ['an event if it is busy', busy === (due !== Number.MAX_SAFE_INTEGER)]
    // What begins with no time to take is due at once, and done at the start of the next step.
    yield ['event in time', due >= (type.ticks === 0 ? step : step + 1)]
    yield ['idle for a reason', busy || !couldConvert(object)]
  }
  if (object instanceof Assembler) {
    const { type, uses, clipped } = object
    yield ['uses', type.maxUses === 0 || uses <= type.maxUses]
    yield ['recipe of the clipper', clipped < (rules.clipper?.recipes.length ?? 0)]
    yield ['immunity', !type.immune || clipped === NOT_CLIPPED]
  }
}

/** It lists exactly what it holds. */
function isWhole(inventory: Inventory, resources: number): boolean {
  const { items, amounts } = inventory.save()
  const held = Array.from({ length: resources }, (_, item) => item).filter((item) => inventory.amount(item) > 0)
  const listed = [...items].sort((a, b) => a - b)
  return listed.join() === held.join() && amounts.every((amount) => amount >= 1 && amount <= 255)
}

/** An idle converter that could convert would do so. */
function couldConvert({ type, inventory, conversions }: Converter): boolean {
  const made = type.outputs.reduce((sum, [item]) => sum + inventory.amount(item), 0)
  return (
    (type.maxConversions < 0 || conversions < type.maxConversions) &&
    (type.maxOutput < 0 || made < type.maxOutput) &&
    type.inputs.every(([item, amount]) => inventory.amount(item) >= amount)
  )
}

test('any configuration makes a game that stays whole, or is refused with a sentence', () => {
  fc.assert(
    fc.property(anyRequest, anyActions(300), (request, actions) => {
      const game = made(request)
      if (game === undefined) return
      expect(broken(game)).toEqual([])
      for (const input of steps(game, actions)) {
        game.advance(input)
        expect(broken(game)).toEqual([])
      }
    }),
    { numRuns },
  )
})

test('any game goes on from its snapshot with the same bits', () => {
  fc.assert(
    fc.property(anyRequest, anyActions(100), anyActions(100), (request, before, after) => {
      const game = made(request)
      if (game === undefined) return
      for (const input of steps(game, before)) game.advance(input)
      const snapshot = game.snapshot()
      const copy = engine.restore(snapshot)
      expect(Buffer.from(copy.snapshot()).equals(snapshot)).toBe(true)
      expect(copy.state()).toEqual(game.state())
      for (const input of steps(game, after)) expect(copy.step(input)).toEqual(game.step(input))
      expect(Buffer.from(copy.snapshot()).equals(game.snapshot())).toBe(true)
    }),
    { numRuns },
  )
})
