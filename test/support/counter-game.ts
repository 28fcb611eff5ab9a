/** A game of one number, small enough to read, with everything that an engine has: for tests of what is around engines. */
import { createEvents } from '../../src/events.ts'
import {
  CORE_OPERATIONS,
  defineEngine,
  defineOperation,
  integer,
  name,
  object,
  OperationTable,
  Registry,
  type RegistryOptions,
  Router,
  text,
  type Game,
} from '../../src/engine/index.ts'
import { BeamcadeError } from '../../src/errors.ts'

interface CounterGame extends Game<number, { count: number }> {
  readonly closed: boolean
}

function counterGame(start: number): CounterGame {
  let count = start
  let closed = false
  return {
    step(by) {
      if (by === 666) throw new TypeError('the counter fell over')
      if (by === 0) throw new BeamcadeError('bad_argument', 'by: zero is no step.')
      count += by
      return { count }
    },
    state: () => ({ count }),
    snapshot: () => new Uint8Array([count]),
    info: () => ({ count }),
    close: () => {
      closed = true
    },
    get closed() {
      return closed
    },
  }
}

export const counter = defineEngine({
  name: 'counter',
  doc: 'Counts.',
  create: counterGame,
  restore: (snapshot) => counterGame(snapshot[0] ?? 0),
})

const gameId = { name: 'game_id', doc: 'Which counter.', schema: text({ maxBytes: 255 }) } as const

const create = defineOperation({
  module: 'counter',
  name: 'create',
  doc: 'Makes a counter.',
  params: [
    gameId,
    { name: 'start', doc: 'Its first value.', schema: integer({ min: 0, max: 255 }) },
    {
      name: 'options',
      doc: 'How.',
      schema: object({ if_exists: name(['error', 'take_over']).default('error') }),
      optional: true,
    },
  ],
  output: object({ game_id: text() }),
  handler: ({ game_id, start, options }, { registry, caller }) => {
    void registry.create(counter, game_id, start, { ifExists: options?.if_exists ?? 'error', caller })
    return { game_id }
  },
})

const step = defineOperation({
  module: 'counter',
  name: 'step',
  doc: 'Adds to a counter.',
  params: [gameId, { name: 'by', doc: 'How much.', schema: integer() }],
  output: object({ count: integer() }),
  handler: ({ game_id, by }, { registry }) => registry.step(counter, game_id, by),
})

/** A router with the counter in it, its registry and its events. */
export function counterHouse(options: Partial<RegistryOptions> = {}) {
  const events = createEvents()
  const registry = new Registry({ events, ...options })
  const operations = new OperationTable([...CORE_OPERATIONS, create, step])
  const router = new Router({ operations, registry, events, checkOutput: true })
  return { events, registry, operations, router }
}
