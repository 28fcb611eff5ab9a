// One process of an Elixir node that calls ours: a step beside a call in which nothing is done, and a hundred steps in one
// call beside one in each. What a step answers is longer than what a BEAM reads at a time (1460 bytes), unless it is told to
// read more: so the first is measured with a second caller, too, that is.
import { startCaller } from '../caller.mjs'
import { freePort, startServer } from '../servers.mjs'

const CONFIG = 'b11_2'
/** Each measurement is made of so many slices, which take turns with those of the others. */
const SLICES = 4
const WARM_UP_MS = 3000
const BUFFER = 65_536

export default {
  name: 'elixir',
  doc: `one caller from Elixir, ${CONFIG}: step_game beside test:echo, step_many of 100 steps beside one at a time`,
  rows: [
    { row: 'step_game', unit: 'calls/s', base: 'test:echo', baseUnit: 'calls/s', least: 0.8 },
    { row: `step_game, buffer ${BUFFER}`, unit: 'calls/s', base: 'test:echo', baseUnit: 'calls/s' },
    { row: 'step_many', unit: 'steps/s', base: 'one at a time', baseUnit: 'steps/s', least: 10 },
  ],

  async start({ dist, ms }) {
    const epmdPort = await freePort()
    const server = await startServer(dist, `bench${process.pid}`, ['--epmd', 'always', '--epmd-port', String(epmdPort)])
    await server.create('0', CONFIG)
    const all = { epmdPort, cookie: server.cookie, games: 1, config: CONFIG }
    const caller = await startCaller(all)
    const reader = await startCaller({ ...all, flags: `-kernel inet_dist_connect_options [{buffer,${BUFFER}}]` })
    const loads = ['echo', 'step', 'many'].map((kind) => ({ kind, node: server.node }))
    const few = loads.slice(0, 2)
    await caller.measure(loads, { slices: 1, ms: WARM_UP_MS / loads.length })
    await reader.measure(few, { slices: 1, ms: WARM_UP_MS / loads.length })

    async function round() {
      const how = { slices: SLICES, ms: Math.ceil(ms / SLICES) }
      const [echo, step, many] = await caller.measure(loads, how)
      const [echoRead, stepRead] = await reader.measure(few, how)
      return [
        { row: 'step_game', value: step, base: echo },
        { row: `step_game, buffer ${BUFFER}`, value: stepRead, base: echoRead },
        { row: 'step_many', value: many, base: step },
      ]
    }
    const stop = () => {
      caller.stop()
      reader.stop()
      server.stop()
    }
    return { round, stop }
  },
}
