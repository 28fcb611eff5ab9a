/** Where games live makes no difference: the same calls have the same answers, bit for bit, with and without threads. */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PlainWriter, type Answer, type Value } from '../../src/engine/index.ts'
import { MettagridGame, type StepInput } from '../../src/engines/mettagrid/index.ts'
import { isBeamcadeError } from '../../src/errors.ts'
import { anyActions, anyRequest, steps } from '../support/mettagrid-random.ts'
import { inputOf, readTrace, valueOf } from '../support/mettagrid-trace.ts'
import { threadHouse } from '../support/threads.ts'

type House = Awaited<ReturnType<typeof threadHouse>>

const folder = new URL('../vectors/mettagrid/', import.meta.url)
const traces = readdirSync(folder).filter((file) => /\.json(\.gz)?$/.test(file))

/** Everything that a game shows while it is played, in a hash for each answer. */
async function played(
  { registry, router, mettagrid }: House,
  id: string,
  config: Value,
  map: Value,
  seed: number,
  inputs: readonly StepInput[],
) {
  const lines: string[] = []
  const note = async (what: string, work: () => Answer<unknown>): Promise<void> => {
    lines.push(`${what} ${await outcome(work)}`)
  }
  const call = (module: string, name: string, args: readonly Value[]) => () =>
    router.call({ module, name, args, wire: 'test' })
  const again = `${id} again`
  await note('create', call('mettagrid', 'create_game', [id, config, map, seed, new Map([['record', true]])]))
  const show = (view: unknown): string => bytesOf(view).toString('latin1')
  for (const [i, input] of inputs.entries()) {
    const actions = valueOf('flat' in input ? input.flat : { action_types: input.types, action_args: input.args })
    if (i % 3 === 0) await note('step', call('mettagrid', 'step_game', [id, actions]))
    else if (i % 3 === 1) await note('advance', () => registry.advance(mettagrid, id, input, show))
    else await note('many', call('mettagrid', 'step_many', [id, [actions, actions]]))
    if (i === 4) {
      await note('look', () => registry.look(mettagrid, id, show))
      await note('words', call('mettagrid', 'describe_observations', [id]))
      await note('board', call('mettagrid', 'render_game', [id]))
      const snapshot = registry.snapshot(id)
      await note('snapshot', () => snapshot)
      await note('restore', call('games', 'restore', [again, await snapshot]))
      await note('restored step', call('mettagrid', 'step_game', [again, actions]))
    }
  }
  await note('refused', call('mettagrid', 'step_game', [id, []]))
  await note('state', call('mettagrid', 'get_state', [id]))
  await note('info', call('games', 'info', [id]))
  await note('snapshot', call('games', 'snapshot', [id]))
  await note('trace', call('games', 'trace', [id]))
  await note('no trace', call('games', 'trace', [again]))
  await note('delete', call('mettagrid', 'delete_game', [id]))
  await note('gone', call('mettagrid', 'get_state', [id]))
  await note('others', call('games', 'list', []))
  await Promise.allSettled([registry.settled(() => 0)])
  for (const { id: left } of registry.list()) await registry.delete(left)
  return lines
}

/** The hash of an answer, or the whole of a refusal. */
async function outcome(work: () => Answer<unknown>): Promise<string> {
  try {
    return createHash('sha1')
      .update(bytesOf(await work()))
      .digest('hex')
  } catch (error) {
    if (!isBeamcadeError(error)) throw error
    const { code, message, hint, details } = error
    return JSON.stringify({ code, message, hint, details })
  }
}

function bytesOf(value: unknown): Buffer {
  const writer = new PlainWriter()
  writer.value(value)
  return writer.end()
}

describe('MettaGrid with threads is MettaGrid without', () => {
  test('as the reference engine was recorded', async () => {
    const [here, there] = await Promise.all([threadHouse({ workers: 0 }), threadHouse({ workers: 2 })])
    for (const file of traces) {
      const { create_game: game, steps } = readTrace(new URL(file, folder))
      const inputs = steps.slice(0, 40).map(inputOf)
      const play = (house: House) => played(house, file, valueOf(game.config), valueOf(game.map), game.seed, inputs)
      const [ours, theirs] = await Promise.all([play(here), play(there)])
      expect(ours.filter((line) => /^step [0-9a-f]+$/.test(line)).length).toBeGreaterThan(3)
      expect(theirs).toEqual(ours)
    }
  })

  test('in random games, of which some cannot be made', async () => {
    const [here, there] = await Promise.all([threadHouse({ workers: 0 }), threadHouse({ workers: 2 })])
    let number = 0
    await fc.assert(
      fc.asyncProperty(anyRequest, anyActions(60), async ({ config, map, seed }, numbers) => {
        const id = `g${(number += 1)}`
        let inputs: StepInput[] = []
        try {
          inputs = [...steps(new MettagridGame({ config, map, seed }), numbers)].slice(0, 12)
        } catch (error) {
          if (!isBeamcadeError(error)) throw error
        }
        const play = (house: House) => played(house, id, valueOf(config), valueOf(map), seed, inputs)
        const [ours, theirs] = await Promise.all([play(here), play(there)])
        expect(theirs).toEqual(ours)
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 25) },
    )
  })
})
