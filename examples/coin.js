// An operation of your own. Start it with `npx beamcade start --load ./coin.js`, then, in iex:
//
//   GenServer.call({:godot_server, :"godot@127.0.0.1"}, {:coin, :flip, [42]})     #=> {:ok, :tails}
import { defineOperation, integer, name } from 'beamcade'

export default [
  defineOperation({
    module: 'coin',
    name: 'flip',
    doc: 'Flips a coin. The same seed falls on the same side.',
    params: [{ name: 'seed', doc: 'any number from 0', schema: integer({ min: 0 }) }],
    output: name(['heads', 'tails']),
    handler: ({ seed }) => (Math.imul(seed, 0x9e3779b1) >>> 31 === 0 ? 'heads' : 'tails'),
  }),
]
