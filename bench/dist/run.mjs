#!/usr/bin/env node
// Starts every target, drives them with erl/load.erl in rounds that interleave them, prints a table, and says which
// floors are met. Exit code 1 if one is missed. The options: --help.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { judge, table, text, verdicts } from './report.mjs'
import { Bench, freePort, targets } from './targets.mjs'

const HELP = `node bench/dist/run.mjs [options]

  --quick                the scenarios that have floors, in less than 90 seconds
  --rounds N --ms N      rounds, and milliseconds of each measurement (5 and 400; quick: 7 and 200)
  --scenarios LIST       of seq,c16,c64,c256,cast,kb_seq,kb_c64,b64k_seq,b64k_c16,m1_seq,m16_seq, or all
  --targets LIST         of ${Object.keys(targets).join(',')}
  --check all            compare every reply; costs the load generator time
  --spawn LABEL=NAME:NODE=COMMAND   start this node as well: it gets ERL_EPMD_PORT, BENCH_COOKIE, BENCH_NODE and
                         BENCH_NAME, and prints READY when it can be called
  --extra LABEL:dist:NAME:NODE[:OSPID]   a node that runs already, at the epmd and with the cookie given by
  --epmd PORT --cookie C
  --out FILE             all measurements as JSON, for report.mjs
  --no-build             take dist/ as it is
`
const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    ms: { type: 'string' },
    casts: { type: 'string', default: '100000' },
    scenarios: { type: 'string' },
    targets: { type: 'string' },
    check: { type: 'string', default: 'first' },
    spawn: { type: 'string', multiple: true, default: [] },
    extra: { type: 'string', multiple: true, default: [] },
    epmd: { type: 'string' },
    cookie: { type: 'string', default: 'bench' },
    out: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (given.help) {
  console.log(HELP)
  process.exit(0)
}
const usual = given.quick
  ? { rounds: '7', ms: '200', scenarios: 'seq,c16,c64,c256', targets: 'beam,cnode,java,beamcade,beamcade_nomon' }
  : { rounds: '5', ms: '400', scenarios: 'all', targets: Object.keys(targets).join(',') }
const options = { ...usual, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
const began = Date.now()
const root = fileURLToPath(new URL('../..', import.meta.url))

function fail(sentence) {
  console.error(`bench: ${sentence}`)
  process.exit(1)
}

const wanted = options.targets.split(',').filter(Boolean)
for (const label of wanted) if (!(label in targets)) fail(`there is no target ${label}; see --help`)
if (!options['no-build'] && wanted.some((label) => label.startsWith('beamcade'))) {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  const built = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (built.status !== 0) fail('the project does not compile')
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'beamcade-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const bench = new Bench({ folder, cookie: options.cookie, epmdPort: Number(options.epmd ?? (await freePort())) })
try {
  bench.buildLoad()
  if (options.epmd === undefined) await bench.epmd()
} catch (error) {
  fail(`the load generator is an Erlang node, and cannot run here: ${error.message}`)
}

const started = await Promise.all([
  ...wanted.map((label) =>
    bench.target(label).catch((error) => {
      console.log(`${label} is left out: ${error.message}`)
    }),
  ),
  ...options.spawn.map((line) => bench.spawned(line)),
])
const specs = [...options.extra, ...started.filter((spec) => spec !== undefined)]
if (specs.length === 0) fail('there is no target left')

const raw = path.join(folder, 'rows.jsonl')
const { rounds, ms, casts, scenarios, check } = options
await bench.load([
  `targets=${specs.join(',')}`,
  ...Object.entries({ rounds, ms, casts, scenarios, check, out: raw }).map((pair) => pair.join('=')),
])

const rows = readFileSync(raw, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const entries = table(
  rows,
  specs.map((spec) => spec.split(':')[0]),
)
console.log(text(entries))
console.log()
const judged = judge(rows)
for (const line of verdicts(judged)) console.log(line)
const seconds = (Date.now() - began) / 1000
console.log(`${rows.length} measurements, ${seconds.toFixed(0)} s, Node ${process.version}`)
if (options.out) writeFileSync(options.out, JSON.stringify({ when: new Date().toISOString(), seconds, options, rows }))
const failed = rows.filter((row) => row.error)
process.exit(judged.some(({ met }) => !met) || failed.length > 0 ? 1 : 0)
