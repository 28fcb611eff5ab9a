#!/usr/bin/env node
// Measures MettaGrid part by part, in rounds that interleave each figure with what it is compared to, prints a table and
// says which floors are met. Exit code 1 if one is missed. The options: --help.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PARTS } from './parts/index.mjs'
import { table, text } from './report.mjs'

const HELP = `npm run bench:mettagrid -- [PART...] [options]

${PARTS.map(({ name, doc }) => `  ${name.padEnd(10)} ${doc}`).join('\n')}
  (no part: all of them)

  --quick           fewer and shorter rounds
  --rounds N        rounds (15; quick: 5)
  --ms N            milliseconds of each measurement (300; quick: 150)
  --json            the figures as JSON instead of the table
  --out FILE        every measurement as JSON
  --no-build        take dist/ (or BENCH_DIST) as it is
`
const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    ms: { type: 'string' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (given.help) {
  console.log(HELP)
  process.exit(0)
}

function fail(sentence) {
  console.error(`bench: ${sentence}`)
  process.exit(1)
}

/** Meanwhile, for people: not part of what is printed in the end. */
const note = (sentence) => console.error(`bench: ${sentence}`)

for (const name of positionals)
  if (!PARTS.some((part) => part.name === name)) fail(`there is no part ${name}; see --help`)
const parts = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const rounds = Number(given.rounds ?? (given.quick ? 5 : 15))
const ms = Number(given.ms ?? (given.quick ? 150 : 300))
const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = path.resolve(process.env.BENCH_DIST ?? path.join(root, 'dist'))
if (!given['no-build'] && process.env.BENCH_DIST === undefined) {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (built.status !== 0) fail('the project does not compile')
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'beamcade-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const began = Date.now()
const samples = []
const measured = []
for (const part of parts) {
  let running
  try {
    running = await part.start({ root, dist, folder, quick: given.quick, ms })
  } catch (error) {
    note(`${part.name} is left out: ${error.message}`)
    continue
  }
  measured.push(part)
  try {
    for (let round = 0; round < rounds; round++) {
      const found = await running.round(round)
      samples.push(...found.map((sample) => ({ part: part.name, round, ...sample })))
    }
  } finally {
    await running.stop()
  }
}
if (measured.length === 0) fail('there is no part left')

const entries = table(measured, samples)
const seconds = (Date.now() - began) / 1000
if (given.json) console.log(JSON.stringify({ node: process.version, seconds, rounds, ms, rows: entries }, undefined, 2))
else {
  console.log(text(entries))
  console.log(`\n${samples.length} measurements in ${rounds} rounds, ${seconds.toFixed(0)} s, Node ${process.version}`)
}
if (given.out) writeFileSync(given.out, JSON.stringify({ when: new Date().toISOString(), rounds, ms, samples }))
process.exit(entries.every(({ met }) => met) ? 0 : 1)
