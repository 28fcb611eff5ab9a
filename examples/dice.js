// A game of your own: an engine, and the operations that drive its games. Start it with
// `npx beamcade start --load ./dice.js`, then, in iex:
//
//   server = {:godot_server, :"godot@127.0.0.1"}
//   {:ok, %{pid: pid}} = GenServer.call(server, {:dice, :create_game, ["d1", 42]})
//   GenServer.call(server, {:dice, :step_game, ["d1", 3]})       #=> {:ok, %{faces: [2, 1, 4], sum: 7, throws: 1}}
//   GenServer.call(pid, {:step, 3})                              # the same, asked of the game's own process
import { TextDecoder, TextEncoder } from 'node:util'
import { andThen, defineEngine, defineOperation, integer, list, nullable, object, opaque, text } from 'beamcade'

/** A game is its state and nothing else: no clock, no `Math.random`. So the same seed and steps give the same faces. */
function game(state) {
  const look = () => ({ faces: state.faces, sum: state.faces.reduce((a, b) => a + b, 0), throws: state.throws })
  return {
    step(dice) {
      let { random } = state
      const faces = Array.from({ length: dice }, () => {
        random = (Math.imul(random, 1664525) + 1013904223) >>> 0
        return 1 + Math.floor((random / 2 ** 32) * 6)
      })
      state = { random, faces, throws: state.throws + 1 }
      return look()
    },
    state: look,
    snapshot: () => new TextEncoder().encode(JSON.stringify(state)),
    info: () => ({ throws: state.throws }),
    close: () => undefined,
  }
}

const engine = defineEngine({
  name: 'dice',
  doc: 'Dice that remember what they showed.',
  create: (seed) => game({ random: seed, faces: [], throws: 0 }),
  restore: (snapshot) => game(JSON.parse(new TextDecoder().decode(snapshot))),
})

const module = 'dice'
const gameId = { name: 'game_id', doc: 'Any text.', schema: text({ maxBytes: 255 }) }
const dice = { name: 'dice', doc: 'How many to throw.', schema: integer({ min: 1, max: 100 }) }
const seed = { name: 'seed', doc: 'Of all chance in the game.', schema: integer({ min: 0, max: 4294967295 }) }
const shown = object({ faces: list(integer({ min: 1, max: 6 })), sum: integer(), throws: integer() })

export default [
  engine,
  defineOperation({
    module,
    name: 'create_game',
    doc: 'Makes a game.',
    params: [gameId, seed],
    output: object({ game_id: text(), pid: nullable(opaque()).describe('Its process.') }),
    handler: ({ game_id, seed }, { registry, caller }) =>
      andThen(registry.create(engine, game_id, seed, { caller }), (made) => ({ game_id, pid: made.process ?? null })),
  }),
  defineOperation({
    module,
    name: 'step_game',
    doc: 'Throws dice.',
    params: [gameId, dice],
    output: shown,
    handler: ({ game_id, dice }, { registry }) => registry.step(engine, game_id, dice),
  }),
  defineOperation({
    module,
    name: 'get_state',
    doc: 'What the last throw showed.',
    params: [gameId],
    output: shown,
    handler: ({ game_id }, { registry }) => registry.ask(engine, game_id, 'state'),
  }),
  defineOperation({
    module,
    name: 'delete_game',
    doc: 'Ends a game.',
    params: [gameId],
    output: object({ game_id: text() }),
    handler: ({ game_id }, { registry }) => andThen(registry.delete(game_id, engine), () => ({ game_id })),
  }),
]
