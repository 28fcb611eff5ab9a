// One process of an Elixir node that calls ours: a step beside a call in which nothing is done, and a hundred steps in one
// call beside one in each.
import { startCaller } from '../caller.mjs'
import { freePort, startServer } from '../servers.mjs'

const CONFIG = 'b11_2'
/** Each measurement is made of so many slices, which take turns with those of the others. */
const SLICES = 4
const WARM_UP_MS = 3000

export default {
  name: 'elixir',
  doc: `one caller from Elixir, ${CONFIG}: step_game beside test:echo, step_many of 100 steps beside one at a time`,
  rows: [
    { row: 'step_game', unit: 'calls/s', base: 'test:echo', baseUnit: 'calls/s', least: 0.8 },
    { row: 'step_many', unit: 'steps/s', base: 'one at a time', baseUnit: 'steps/s', least: 10 },
  ],

  async start({ dist, ms }) {
    const epmdPort = await freePort()
    const server = await startServer(dist, `bench${process.pid}`, ['--epmd', 'always', '--epmd-port', String(epmdPort)])
    await server.create('0', CONFIG)
    const caller = await startCaller({ epmdPort, cookie: server.cookie, games: 1, config: CONFIG })
    const loads = ['echo', 'step', 'many'].map((kind) => ({ kind, node: server.node }))
    await caller.measure(loads, { slices: 1, ms: WARM_UP_MS / loads.length })

    async function round() {
      const [echo, step, many] = await caller.measure(loads, { slices: SLICES, ms: Math.ceil(ms / SLICES) })
      return [
        { row: 'step_game', value: step, base: echo },
        { row: 'step_many', value: many, base: step },
      ]
    }
    const stop = () => {
      caller.stop()
      server.stop()
    }
    return { round, stop }
  },
}
