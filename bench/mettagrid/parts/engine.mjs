// The engine alone, one thread: agent-steps per unit of work of calibrate.c, which stands in for the C++ engine. Both run
// in slices that take turns; a slice of the engine is compared with the slices of calibrate before and after it.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, Worker } from '../processes.mjs'

const here = (file) => fileURLToPath(new URL(file, import.meta.url))

/** Four times the C++ engine's own speed, 2.5 times for the last. */
const FLOORS = { b64_24_moves: 1.6, b64_24_full: 1.9, b11_2: 1.9, b11_4: 1.4, b11_4_obs5: 2.7 }

export default {
  name: 'engine',
  doc: 'the engine alone, one thread, random valid actions, per calibrate unit',
  rows: Object.entries(FLOORS).map(([row, least]) => ({
    row,
    unit: 'agent-steps/s',
    base: 'calibrate',
    baseUnit: 'units/s',
    least,
  })),

  async start({ dist, folder, ms }) {
    const program = path.join(folder, 'calibrate')
    run('gcc', ['-O2', '-o', program, here('../calibrate.c')])
    const calibrate = () => {
      const [wall, cpu] = run(program, [String(ms / 1000)])
        .split(' ')
        .map(Number)
      return { wall, cpu }
    }
    const worker = new Worker(here('../engine-worker.mjs'), [dist])
    const broken = new Map()
    for (const config of Object.keys(FLOORS)) {
      await worker.ask({ config, ms: 0 }).catch((error) => broken.set(config, error.message))
    }

    async function round() {
      const samples = []
      let before = calibrate()
      for (const row of Object.keys(FLOORS)) {
        if (broken.has(row)) {
          samples.push({ row, error: broken.get(row) })
          continue
        }
        const { wall, cpu } = await worker.ask({ config: row, ms })
        const after = calibrate()
        const mean = (clock) => (before[clock] + after[clock]) / 2
        samples.push({ row, value: wall, base: mean('wall'), cpu: cpu / mean('cpu') })
        before = after
      }
      return samples
    }
    return { round, stop: () => worker.stop() }
  },
}
