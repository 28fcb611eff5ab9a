// What it costs that nothing is lost: two servers at once, one that keeps its games (`--durability async`) and one that keeps
// nothing, called in turns from Elixir.
import path from 'node:path'
import { startCaller } from '../caller.mjs'
import { freePort, startServer } from '../servers.mjs'

const CONFIG = 'b11_2'
const GAMES = 16
/** By the number of callers. */
const FLOORS = { 64: 0.85, 1: 0.7 }
/** Each measurement is made of so many slices, which take turns with those of the other server. */
const SLICES = 4
const WARM_UP_MS = 1500
const rowOf = (callers) => (callers === '1' ? '1 caller' : `${callers} callers, ${GAMES} games`)

export default {
  name: 'journal',
  doc: 'step_game from Elixir, with --durability async beside none',
  rows: Object.entries(FLOORS).map(([callers, least]) => ({
    row: rowOf(callers),
    unit: 'calls/s',
    base: 'no journal',
    baseUnit: 'calls/s',
    least,
  })),

  async start({ dist, folder, ms }) {
    const epmdPort = await freePort()
    const server = async (durability, epmd) => {
      const data = ['--data', path.join(folder, durability), '--durability', durability]
      const flags = [...data, '--epmd', epmd, '--epmd-port', String(epmdPort)]
      const one = await startServer(dist, `${durability}${process.pid}`, flags)
      for (let i = 0; i < GAMES; i++) await one.create(String(i), CONFIG)
      return one
    }
    const servers = [await server('async', 'always'), await server('none', 'never')]
    const caller = await startCaller({ epmdPort, cookie: servers[0].cookie, games: GAMES, config: CONFIG })
    const loads = servers.map(({ node }) => ({ kind: 'step', node }))
    const measure = (callers, slices, time) => caller.measure(loads, { callers, slices, ms: Math.ceil(time / slices) })
    for (const callers of Object.keys(FLOORS)) await measure(callers, 2, WARM_UP_MS)

    async function round() {
      const samples = []
      for (const callers of Object.keys(FLOORS)) {
        const [value, base] = await measure(callers, SLICES, ms)
        samples.push({ row: rowOf(callers), value, base })
      }
      return samples
    }
    const stop = () => {
      caller.stop()
      for (const one of servers) one.stop()
    }
    return { round, stop }
  },
}
