/**
 * A game that can be broken in every way, and its engine as a module that threads load: for tests of what is around games.
 * It remembers what it is told, but for the words that break it.
 */
import {
  andThen,
  boolean,
  defineEngine,
  defineOperation,
  integer,
  nullable,
  object,
  opaque,
  text,
  type Engine,
  type Game,
} from '../../src/engine/index.ts'
import { BeamcadeError } from '../../src/errors.ts'

export interface FragileGame extends Game<unknown, unknown> {
  view(): { readonly told: readonly unknown[]; readonly bytes: Float32Array }
  advance(input: unknown): void
  stepMany(inputs: readonly unknown[], options: { most: number }): { steps: number }
  /** Whatever it is given. */
  echo(what: unknown): unknown
  /** Fails, and is as it was. */
  refuse(): never
}

const WAYS: Readonly<Record<string, (told: unknown[]) => void>> = {
  throw: () => {
    throw new TypeError('the vase fell')
  },
  exit: () => process.exit(7),
  eat: (told) => {
    for (;;) told.push(new Array(1000).fill(told.length))
  },
  hoard: (told) => {
    for (;;) told.push(Buffer.alloc(1024 * 1024, 1))
  },
  // Not all at once.
  save: (told) => void told.push(Buffer.alloc(32 * 1024 * 1024, 1)),
  // One after the other until there is no stack.
  dig: function dig(told) {
    dig(told)
  },
  spin: () => {
    for (;;);
  },
  // Behind its back: nobody knows which game it was.
  later: () => {
    setTimeout(() => {
      throw new Error('nobody caught it')
    })
  },
  refuse: () => {
    throw new BeamcadeError('bad_argument', 'Not this.', { hint: 'Something else.', details: { word: 'refuse' } })
  },
}

function fragileGame(told: unknown[]): FragileGame {
  const game: FragileGame = {
    advance(input) {
      if (typeof input === 'string') WAYS[input]?.(told)
      told.push(input)
    },
    step(input) {
      game.advance(input)
      if (input === 'odd') return () => 'no data'
      return told.length
    },
    stepMany(inputs, { most }) {
      for (const input of inputs.slice(0, most)) game.advance(input)
      return { steps: Math.min(most, inputs.length) }
    },
    state: () => [...told],
    view: () => ({ told, bytes: Float32Array.of(told.length, 0.1) }),
    echo: (what) => (what === 'odd' ? Symbol('no data') : what),
    refuse: () => {
      throw new BeamcadeError('bad_game', 'It does not want to.')
    },
    snapshot: () => Buffer.from(JSON.stringify(told)),
    info: () => ({ told: told.length }),
    close: () => undefined,
  }
  return game
}

export const fragile: Engine<unknown, FragileGame> = defineEngine({
  name: 'fragile',
  doc: 'Breaks.',
  create: (request: unknown) => {
    if (typeof request === 'string') WAYS[request]?.([])
    return fragileGame([request])
  },
  restore: (snapshot) => fragileGame(JSON.parse(Buffer.from(snapshot).toString()) as unknown[]),
})

const id = { name: 'game_id', doc: 'Which.', schema: text() } as const

export default [
  fragile,
  defineOperation({
    module: 'fragile',
    name: 'create_game',
    doc: 'Makes one.',
    params: [id, { name: 'options', doc: 'How.', schema: object({ link: boolean().default(false) }), optional: true }],
    output: nullable(opaque()),
    handler: ({ game_id, options }, { registry, caller }) =>
      andThen(
        registry.create(fragile, game_id, 'begin', { caller, ...options, ifExists: 'take_over' }),
        ({ process }) => process ?? null,
      ),
  }),
  defineOperation({
    module: 'fragile',
    name: 'step_game',
    doc: 'Tells it something.',
    params: [id, { name: 'word', doc: 'What.', schema: text() }],
    output: integer(),
    handler: ({ game_id, word }, { registry }) =>
      andThen(registry.step(fragile, game_id, word), (told) => told as number),
  }),
]
