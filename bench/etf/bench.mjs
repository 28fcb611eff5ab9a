// node bench.mjs CODEC FOLDER MS [TERM,...]: one process for each codec and round; prints a line of JSON for each term
// and operation. FOLDER holds the terms as the BEAM wrote them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codecs, plainTerms } from './codecs.mjs'

const [name, folder, ms, only] = process.argv.slice(2)
const codec = await codecs[name]()
const plain = plainTerms()
const names = only === undefined ? Object.keys(plain) : only.split(',')
/** Kept alive, so that no result is computed for nobody. */
let sink = 0

/** What the engine needs to compile the code that is measured, in milliseconds of the processor. */
const WARM_UP = 300
/** The time between two looks at the clock that count, in milliseconds. */
const SLICE = 5

/** Runs for `ms` at least, looking at the clock now and then; operations per second. */
function runFor(run, ms, batch) {
  const started = process.hrtime.bigint()
  for (let count = batch; ; count += batch) {
    for (let i = 0; i < batch; i++) run()
    const took = Number(process.hrtime.bigint() - started)
    if (took >= ms * 1e6) return (count * 1e9) / took
  }
}

/** Other programs only ever slow it down, so the fastest of many slices counts; corpus.erl measures in the same way. */
function perSecond(run) {
  const before = process.cpuUsage()
  let speed = runFor(run, SLICE, 1)
  while (process.cpuUsage(before).user < WARM_UP * 1000)
    speed = runFor(run, SLICE, Math.max(1, Math.round(speed / 5000)))
  const batch = Math.max(1, Math.round(speed / 5000))
  let best = 0
  for (let i = 0; i < Number(ms) / SLICE; i++) best = Math.max(best, runFor(run, SLICE, batch))
  return best
}

for (const term of names) {
  const bytes = readFileSync(join(folder, `b_${term}.etf`))
  try {
    const source = codec.plain ? codec.encode(plain[term]) : bytes
    const value = codec.decode(source)
    const decode = perSecond(() => {
      sink += codec.decode(source) === undefined ? 1 : 0
    })
    console.log(JSON.stringify({ term, op: 'decode', ops: decode }))
    const encode = perSecond(() => {
      sink += codec.encode(value).length
    })
    console.log(JSON.stringify({ term, op: 'encode', ops: encode }))
  } catch (error) {
    console.log(JSON.stringify({ term, error: String(error.message ?? error).slice(0, 80) }))
  }
}
if (sink < 0) console.log(sink)
