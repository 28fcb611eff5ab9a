import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MettagridGame, mettagridEngine, mettagridOperations } from '../../../src/engines/mettagrid/index.ts'
import { DEFAULT_LIMITS } from '../../../src/engines/mettagrid/config/limits.ts'
import type { ManyOptions } from '../../../src/engines/mettagrid/many.ts'
import { createEvents } from '../../../src/events.ts'
import { openSnapshot, OperationTable, Registry, Router, type Value } from '../../../src/engine/index.ts'
import { action, play, sketch, type Sketch } from '../../support/mettagrid-game.ts'
import { ToyJournal } from '../../support/toy-journal.ts'

const engine = mettagridEngine()

/** Chance, rewards that are no integers, sharing, attacks, and an end at step 12. */
const busy: Sketch = {
  rows: ['#######', '#@.b.@#', '#..@.b#', '#######'],
  legend: { b: 'blue' },
  actions: ['noop', 'move', 'rotate', 'attack', action('change_glyph', { num_glyphs: 3 })],
  agents: {
    agent: { initial_inventory: { 0: 9 }, stat_rewards: { 'action.move.success': 0.7 }, group_reward_pct: 0.3 },
    blue: { group_id: 4, group_name: 'blue', freeze_duration: 3, action_failure_penalty: 0.1 },
  },
  config: { max_steps: 12, resource_names: ['ore'], resource_loss_prob: 0.1 },
}
const AGENTS = 5

const ALL: ManyOptions = { observations: 'all', results: 'all', format: 'lists', stop_at_end: false }

const options = fc.record<ManyOptions>({
  observations: fc.constantFrom('all', 'last', 'none'),
  results: fc.constantFrom('all', 'last'),
  format: fc.constantFrom('lists', 'packed'),
  stop_at_end: fc.boolean(),
})
const input = fc.array(fc.integer({ min: -1, max: 30 }), { minLength: AGENTS, maxLength: AGENTS })

/** Rows of rewards or flags, whatever their format. */
function rowsOf(what: unknown[][] | Uint8Array, read: (view: DataView, at: number) => unknown, size: number) {
  if (Array.isArray(what)) return what
  const view = new DataView(what.buffer, what.byteOffset, what.length)
  const row = AGENTS * size
  return Array.from({ length: what.length / row }, (_, r) =>
    Array.from({ length: AGENTS }, (_, a) => read(view, r * row + a * size)),
  )
}

describe('many steps', () => {
  test('are the same as one after the other, whatever is answered of them', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 20 }), options, fc.nat(5), (inputs, wanted, before) => {
        const [one, many] = [play(busy), play(busy)]
        for (const game of [one, many]) for (let i = 0; i < before; i++) game.advance({ flat: [1, 2, 3, 4, 5] })
        const start = one.state()
        const left = Math.max(0, 12 - before)
        const steps = wanted.stop_at_end ? inputs.slice(0, left) : inputs
        const shown = steps.map((flat) => one.step({ flat }))
        const answer = many.stepMany(
          inputs.map((flat) => ({ flat })),
          wanted,
        )
        expect(many.snapshot()).toEqual(one.snapshot())

        expect(answer).toMatchObject({ steps: steps.length, current_step: before + steps.length })
        const last = shown.at(-1) ?? start
        const seen = { all: shown, last: [last], none: [] }[wanted.observations]
        expect(Buffer.from(answer.observations)).toEqual(Buffer.concat(seen.map((step) => step.observations)))
        const rows = wanted.results === 'all' ? shown : shown.slice(-1)
        expect(rowsOf(answer.rewards, (view, at) => view.getFloat32(at, true), 4)).toEqual(
          rows.map((step) => step.rewards),
        )
        for (const name of ['terminals', 'truncations', 'action_success'] as const) {
          expect(rowsOf(answer[name], (view, at) => view.getUint8(at) === 1, 1)).toEqual(rows.map((step) => step[name]))
        }
        const totals = Array.from({ length: AGENTS }, (_, a) =>
          shown.reduce((sum, step) => sum + (step.rewards[a] ?? 0), 0),
        )
        expect(answer.total_rewards).toEqual(totals)
      }),
      { numRuns: 40 },
    )
  })

  test('may be given as types and arguments', () => {
    const [one, many] = [play(busy), play(busy)]
    const typed = { types: [1, 0, 1, 2, 1], args: [0, 0, 2, 1, 3] }
    const answer = many.stepMany([typed, { flat: [1, 2, 3, 4, 5] }], ALL)
    const shown = [one.step(typed), one.step({ flat: [1, 2, 3, 4, 5] })]
    expect(answer.rewards).toEqual(shown.map((step) => step.rewards))
    expect(many.snapshot()).toEqual(one.snapshot())
  })

  test('are not begun if one of them has the wrong number of actions', () => {
    const game = play(busy)
    const before = game.snapshot()
    const good = { flat: [0, 0, 0, 0, 0] }
    expect(() => game.stepMany([good, good, { flat: [0] }], ALL)).toThrow(
      expect.objectContaining({
        code: 'wrong_number_of_actions',
        message: 'flat_actions length does not match number of agents: 1 for 5 in steps[2]; nothing was stepped.',
        details: { reference: 'flat_actions length does not match number of agents', agents: 5, position: 2 },
      }),
    )
    expect(() => game.stepMany([good, { types: [0], args: [] }], ALL)).toThrow('in steps[1]')
    expect(game.snapshot()).toEqual(before)
  })

  test('are not begun if there are too many, or their answer would be too large', () => {
    const request = sketch(busy)
    const game = new MettagridGame(request, { ...DEFAULT_LIMITS, maxStepsPerCall: 10, maxAnswerBytes: 5000 })
    const before = game.snapshot()
    const inputs = Array.from({ length: 11 }, () => ({ flat: [0, 0, 0, 0, 0] }))
    const refusal = (count: number, wanted: ManyOptions) => () => game.stepMany(inputs.slice(0, count), wanted)
    expect(refusal(11, ALL)).toThrow('11 steps in one call; maxStepsPerCall is 10. Nothing was stepped.')
    expect(refusal(5, ALL)).toThrow(expect.objectContaining({ code: 'answer_too_large' }))
    expect(game.snapshot()).toEqual(before)
    expect(refusal(5, { ...ALL, observations: 'last' })).not.toThrow()
  })
})

/** A router with MettaGrid in it, and what its journal heard. */
function house() {
  const events = createEvents()
  const journal = new ToyJournal()
  const registry = new Registry({ events, journal })
  const router = new Router({
    operations: new OperationTable(mettagridOperations(engine)),
    registry,
    events,
    checkOutput: true,
  })
  for (const id of ['a', 'b', '__proto__']) void registry.create(engine, id, sketch({ rows: ['@..'] }))
  journal.write()
  journal.log.length = 0
  const call = async (name: string, ...args: Value[]) => {
    const answer = router.call({ module: 'mettagrid', name, args, wire: 'test' })
    journal.write()
    return plain(await answer)
  }
  return { registry, call, journal, log: journal.log }
}

/** Maps as objects. */
function plain(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item as Value)]))
  return Array.isArray(value) ? value.map(plain) : value
}

const map = (entries: Record<string, Value>): Value => new Map(Object.entries(entries))

describe('step_many', () => {
  test('answers all steps in one, and each of them is journaled', async () => {
    const { call, log } = house()
    const steps = [[4], [3], map({ action_types: [1], action_args: [3] })]
    expect(await call('step_many', 'a', steps)).toMatchObject({
      steps: 3,
      current_step: 3,
      rewards: [[0], [0], [0]],
      total_rewards: [0],
      action_success: [[true], [true], [true]],
    })
    expect(log).toEqual([
      'read {"flat":[4]}',
      'read {"flat":[3]}',
      'read {"types":[1],"args":[3]}',
      'stepped a {"flat":[4]}',
      'stepped a {"flat":[3]}',
      'stepped a {"types":[1],"args":[3]}',
    ])
  })

  test('tells the journal only of what was stepped', async () => {
    const { call, registry, journal, log } = house()
    void registry.create(engine, 'short', sketch({ rows: ['@'], config: { max_steps: 2 } }))
    log.length = 0
    journal.due = true
    const answer = await call('step_many', 'short', [[0], [1], [2]], map({ stop_at_end: true }))
    expect(answer).toMatchObject({ steps: 2, terminals: [[false], [true]] })
    const told = log.filter((line) => !line.startsWith('read'))
    expect(told).toEqual(['stepped short {"flat":[0]}', 'stepped short {"flat":[1]}', 'snapshot short'])
    expect(openSnapshot(journal.sealed as Uint8Array).steps).toBe(2)
    expect(await call('step_many', 'short', [[0]], map({ stop_at_end: true }))).toMatchObject({ steps: 0, rewards: [] })
  })

  test('answers only what is asked for', async () => {
    const { call } = house()
    const options = { observations: 'none', results: 'last', format: 'packed' }
    expect(await call('step_many', 'a', [[4], [1]], map(options))).toEqual({
      steps: 2,
      current_step: 2,
      observations: new Uint8Array(),
      rewards: new Uint8Array(4),
      total_rewards: [0],
      terminals: new Uint8Array(1),
      truncations: new Uint8Array(1),
      action_success: new Uint8Array([0]),
    })
    expect(await call('step_many', 'a', [])).toMatchObject({ steps: 0, current_step: 2, rewards: [] })
  })

  test.each<[string, Value[], string]>([
    ['no list', ['a', 4], 'steps: expected a list'],
    ['bare actions', ['a', [4, 3]], 'steps[0]: expected a list or a map'],
    ['an action that is no number', ['a', [[0], ['up']]], 'steps[1][0]: expected an integer'],
    ['an unknown option', ['a', [[0]], map({ observation: 'all' })], 'options: unknown key "observation"'],
    ['a wrong option', ['a', [[0]], map({ observations: 'some' })], 'options.observations: expected one of all'],
    ['no such game', ['z', [[0]]], 'game_id not found: "z"'],
  ])('refuses %s', async (_, args, message) => {
    const { call, log } = house()
    await expect(call('step_many', ...args)).rejects.toThrow(message)
    expect(log).toEqual([])
  })
})

describe('step_games', () => {
  test('steps each game, in the order that is given, and tells which could not be', async () => {
    const { call, log } = house()
    const answer = await call('step_games', [
      map({ game_id: 'b', actions: [4] }),
      map({ game_id: 'nowhere', actions: [0] }),
      map({ game_id: '__proto__', actions: map({ action_types: [1], action_args: [3] }) }),
      map({ game_id: 'a', actions: [0, 0] }),
    ])
    expect(answer).toEqual([
      { game_id: 'b', step: expect.objectContaining({ current_step: 1, action_success: [true] }) },
      { game_id: 'nowhere', error: expect.objectContaining({ code: 'no_such_game' }) },
      { game_id: '__proto__', step: expect.objectContaining({ current_step: 1, action_success: [true] }) },
      {
        game_id: 'a',
        error: {
          code: 'wrong_number_of_actions',
          message: 'flat_actions length does not match number of agents: 2 for 1; nothing was stepped.',
          hint: 'Send as many actions as games:info/1 says that there are agents.',
          details: { reference: 'flat_actions length does not match number of agents', agents: 1 },
        },
      },
    ])
    expect(log.filter((line) => line.startsWith('stepped'))).toEqual([
      'stepped b {"flat":[4]}',
      'stepped __proto__ {"types":[1],"args":[3]}',
    ])
    expect(await call('step_games', [])).toEqual([])
  })

  test('takes each game once', async () => {
    const { call, log } = house()
    const twice = [map({ game_id: 'a', actions: [0] }), map({ game_id: 'a', actions: [0] })]
    await expect(call('step_games', twice)).rejects.toThrow(
      'games[1].game_id: "a" is there twice; nothing was stepped.',
    )
    expect(log).toEqual([])
  })
})
