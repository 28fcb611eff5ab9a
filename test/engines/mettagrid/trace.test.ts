/** Recordings of games: written by us, by the reference engine, and with something changed. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { createEvents } from '../../../src/events.ts'
import { Registry, verify } from '../../../src/engine/index.ts'
import { mettagridEngine, type StepInput } from '../../../src/engines/mettagrid/index.ts'
import { sketch } from '../../support/mettagrid-game.ts'
import { readTrace, type Trace } from '../../support/mettagrid-trace.ts'

const engine = mettagridEngine()
const folder = new URL('../../vectors/mettagrid/', import.meta.url)
const fixtures = readdirSync(folder).filter((file) => /\.json(\.gz)?$/.test(file))

const request = sketch({
  rows: ['#####', '#@.@#', '#####'],
  actions: ['noop', 'move', 'rotate'],
  agents: { agent: { initial_inventory: { 0: 3 }, stat_rewards: { 'action.move.success': 0.1 } } },
  config: { resource_names: ['ore'], max_steps: 6 },
})
const INPUTS: StepInput[] = [
  { flat: [4, 0] },
  { types: [2, 9], args: [1, -1] },
  { flat: [3, -5] },
  { flat: [0, 8] },
  { types: [1, 1], args: [0, 77] },
  { flat: [1, 2] },
  { flat: [4, 4] },
]

function recorded(): string {
  const registry = new Registry({ events: createEvents() })
  void registry.create(engine, 'arena', request, { record: true })
  for (const input of INPUTS) void registry.step(engine, 'arena', input)
  return registry.trace('arena') as string
}

const read = (document: object) => engine.trace.read(document)

describe('a game that was recorded here', () => {
  const text = recorded()
  const document = JSON.parse(text) as Record<string, unknown>

  test('is written as those of the reference engine are', () => {
    const theirs = readTrace(new URL('12_truncation.json', folder))
    // A checksum of the map of which the format does not say how it is made.
    const known = Object.keys(theirs).filter((key) => key !== 'initial_grid_hash')
    expect(Object.keys(document)).toEqual(expect.arrayContaining(known))
    const keys = (state: object = {}) =>
      Object.keys(state)
        .filter((key) => key !== 'obs')
        .sort()
    const { initial, steps } = JSON.parse(text) as Trace
    expect(keys(initial)).toEqual(keys(theirs.initial))
    expect(keys(steps[0])).toEqual(keys(theirs.steps[0]))
    expect(document).toMatchObject({
      format: 'mettagrid-trace/1',
      name: 'arena',
      num_agents: 2,
      create_game: { game_id: 'arena', seed: 42, map: { height: 3, width: 5 } },
      complete: true,
    })
  })

  test('is the same when it is played again', () => {
    const recording = read(document)
    expect([recording.name, recording.steps, recording.complete]).toEqual(['arena', 7, true])
    expect(verify(recording)).toEqual({ steps: 7 })
  })

  test('says what was done, and what it looks like', () => {
    const recording = read(document)
    expect([1, 2, 3].map((step) => recording.inputText(step))).toEqual([
      'move_east, noop',
      'rotate_south, invalid action 9.-1',
      'move_west, invalid action -5',
    ])
    const game = recording.begin()
    expect(recording.draw(game, 1)).toEqual({
      board: ['#####', '#0.1#', '#####'],
      notes: [
        'agent 1  row 1, column 3, facing north  reward 0, total 0  ore 3',
        'agent 0  row 1, column 1, facing north  reward 0, total 0  ore 3',
      ],
      centre: { row: 1, col: 3 },
    })
    const snapshot = game.snapshot()
    game.step(recording.input(1) as never)
    expect(recording.draw(game)).toMatchObject({
      board: ['#####', '#.01#', '#####'],
      notes: [expect.stringContaining('reward 0.1, total 0.1'), expect.anything()],
    })
    expect(recording.draw(recording.resume(snapshot)).board).toEqual(['#####', '#0.1#', '#####'])
  })

  test('tells of the episode that is being played, whenever it is asked', () => {
    const registry = new Registry({ events: createEvents() })
    void registry.create(engine, 'arena', request, { record: true })
    for (const [i, input] of INPUTS.entries()) {
      void registry.step(engine, 'arena', input)
      const so = JSON.parse(registry.trace('arena') as string) as object
      expect(verify(read(so))).toEqual({ steps: i + 1 })
    }
  })

  test('misses no step of several that were done in one call', () => {
    const registry = new Registry({ events: createEvents() })
    void registry.create(engine, 'arena', request, { record: true })
    const options = { observations: 'none', results: 'last', format: 'lists', stop_at_end: false } as const
    void registry.stepMany(engine, 'arena', INPUTS, options)
    expect(registry.trace('arena')).toBe(text)
  })

  test('with too little room, has the steps that fit and no end', () => {
    const registry = new Registry({ events: createEvents(), maxRecordedBytes: text.length - 2_000 })
    void registry.create(engine, 'arena', request, { record: true })
    for (const input of INPUTS) void registry.step(engine, 'arena', input)
    const part = JSON.parse(registry.trace('arena') as string) as { steps: unknown[]; final?: unknown }
    expect(part.steps.length).toBeGreaterThan(1)
    expect(part.steps.length).toBeLessThan(7)
    expect(part).toMatchObject({ complete: false })
    expect(part.final).toBeUndefined()
    expect(verify(read(part))).toEqual({ steps: part.steps.length })
  })
})

describe('games of the reference engine', () => {
  test('are there', () => {
    expect(fixtures.length).toBeGreaterThanOrEqual(14)
  })

  test.each(fixtures)('%s is the same here', (file) => {
    const trace = readTrace(new URL(file, folder))
    expect(verify(read(trace))).toEqual({ steps: trace.steps.length })
  })
})

describe('the first difference is told', () => {
  type Step = Trace['steps'][number]
  type Whole = Required<Pick<Step, 'obs' | 'agents'>> & Step
  const at = (trace: Trace, step: number): Whole => {
    const { obs, agents, ...found } = trace.steps[step - 1] ?? trace.initial
    if (obs === undefined || agents === undefined) throw new Error('no such step')
    return { ...found, obs, agents }
  }
  /** With fields of a step changed. */
  const withStep = (step: number, change: (of: Whole) => Partial<Step>) => (trace: Trace) => {
    trace.steps[step - 1] = { ...at(trace, step), ...change(at(trace, step)) }
  }
  const moved = (agents: Whole['agents'], agent: number, change: Partial<Whole['agents'][number]>) =>
    agents.map((one, i) => (i === agent ? { ...one, ...change } : one))
  const stat = 'action.move.success'

  const changes: [string, number, string, (trace: Trace) => void][] = [
    ['a place', 2, 'step 3: agent 1: the column was 9 and is', withStep(3, ({ agents }) => ({ agents: moved(agents, 1, { c: 9 }) }))],
    ['an inventory', 0, 'step 1: agent 0: the inventory was [[0,1]] and is []', withStep(1, ({ agents }) => ({ agents: moved(agents, 0, { inv: [[0, 1]] }) }))],
    ['a token', 4, 'step 5: agent 0: token 1: it was (row 1, column 2, feature 3, value 4) and is (row 1, column 1, feature 8, value', withStep(5, ({ obs: [first = '', ...rest] }) => ({ obs: [`${first.slice(0, 6)}120304${first.slice(12)}`, ...rest] }))],
    ['a number of tokens', 0, 'step 1: agent 1: the number of tokens was 19 and is 18', withStep(1, ({ obs: [one = '', two = ''] }) => ({ obs: [one, `${two}010203`] }))],
    ['a reward', 5, 'step 6: agent 1: the reward was -2 and is 0', withStep(6, ({ rewards_hex }) => ({ rewards_hex: `${rewards_hex.slice(0, 8)}c0000000` }))],
    ['a sign of zero', 5, 'step 6: agent 0: the reward was 0 (80000000) and is 0', withStep(6, ({ rewards_hex }) => ({ rewards_hex: `80000000${rewards_hex.slice(8)}` }))],
    ['a success', 0, 'step 1: agent 0: success was 0 and is 1', withStep(1, () => ({ success: '01' }))],
    ['an end', 6, 'step 7: agent 0: truncations was 0 and is 1', withStep(7, () => ({ truncations: '00' }))],
    ['a hash', 1, 'step 2: the hash of the observations was 0000', withStep(2, () => ({ obs_sha256: '0'.repeat(64) }))],
    ['a step number', 3, 'step 4: the step was 5 and is 4', withStep(4, () => ({ t: 5 }))],
    ['an action', 1, 'step 2: agent 0:', withStep(2, () => ({ flat: [2, 2] }))],
    ['too few actions', 1, 'step 2: it was done once, and cannot be done any more: flat_actions length', withStep(2, () => ({ flat: [1] }))],
    ['the beginning', 0, 'before the first step: agent 0: the row was 7 and is 1', (trace) => (trace.initial.agents = moved(at(trace, 0).agents, 0, { r: 7 }))],
    ['the hash of all', 10, 'at the end: the hash of everything was 0000', (trace) => (trace.total_sha256 = '0'.repeat(64))],
    ['the actions', 10, 'at the end: the list of flat actions was', (trace) => trace.flat_actions.pop()],
    ['an episode', 10, 'at the end: the rewards of the episode was [5', (trace) => (trace.final.episode_rewards[0] = 5)],
    ['a stat', 10, `at the end: the stats of agent 1, ${stat} was 5 and is 4`, (trace) => (trace.final.agent_stats[1] = { ...trace.final.agent_stats[1], [stat]: 5 })],
    ['an object', 10, 'at the end: the number of objects was 1 and is 2', (trace) => trace.final.objects.pop()],
  ] // prettier-ignore

  test.each(changes)('%s', (_, steps, difference, change) => {
    const trace = readTrace(new URL('12_truncation.json', folder))
    change(trace)
    const verdict = verify(read(trace))
    expect(verdict.difference).toContain(difference)
    expect(verdict.steps).toBe(steps)
  })

  test('and what is no trace is refused', () => {
    const trace = readTrace(new URL('12_truncation.json', folder))
    const refusal = (document: object): string => {
      try {
        read(document)
      } catch (error) {
        return (error as Error).message
      }
      throw new Error('it was not refused')
    }
    expect(refusal({})).toMatch(/^This is no mettagrid-trace\/1: .*format/s)
    const steps = [{ ...trace.steps[0], flat: undefined }]
    expect(refusal({ ...trace, steps })).toContain('step 1 has not one of flat and typed')
    expect(refusal({ ...trace, create_game: { ...trace.create_game, seed: -1 } })).toContain('seed')
  })
})
