// `npm run fixtures:mettagrid`: plays every recording of a folder again, step by step, and compares every bit of what was
// recorded. One line a recording, a summary, and 1 as exit code if anything differs.
//
//   npm run fixtures:mettagrid                     those in test/vectors/mettagrid
//   npm run fixtures:mettagrid -- FOLDER           others: JSON, also packed by gzip
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, root } from './prepare.mjs'

build()
const { traceDocument, verify } = await import('../dist/engine/index.js')
const { mettagridEngine } = await import('../dist/engines/mettagrid/index.js')

const folder = process.argv[2] === undefined ? join(root, 'test/vectors/mettagrid') : resolve(process.argv[2])
const files = readdirSync(folder).filter((file) => /\.json(\.gz)?$/.test(file))
const engine = mettagridEngine()
const total = { same: 0, different: 0, steps: 0 }

for (const file of files) {
  const began = performance.now()
  const { steps, difference } = play(file)
  const ms = `${(performance.now() - began).toFixed(0)} ms`
  total[difference === undefined ? 'same' : 'different'] += 1
  total.steps += steps
  console.log(
    difference === undefined
      ? `ok      ${file}: ${steps} steps, bit for bit (${ms})`
      : `FAILED  ${file}: ${difference}`,
  )
}

/** What came of one recording: how many steps were the same, and what was not. */
function play(file) {
  try {
    return verify(engine.trace.read(traceDocument(readFileSync(join(folder, file)))))
  } catch (error) {
    return { steps: 0, difference: error.message }
  }
}

console.log(`${total.same} recordings the same in ${total.steps} steps, ${total.different} not`)
if (files.length === 0) console.log(`there is no recording in ${folder}`)
process.exitCode = total.different === 0 && files.length > 0 ? 0 : 1
