// The codec beside the BEAM's own and other packages. node bench/etf/run.mjs --help
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { codecs, PACKAGES, plainTerms } from './codecs.mjs'
import { report } from './report.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
const HELP = `node bench/etf/run.mjs [options]
Encodes and decodes the same terms in a BEAM, our codec and others, in turns; prints each one's ratio to the BEAM of the
same round (median and quartiles), and whether the floors are met. Exit code 1: a floor is missed. 2: it cannot run.
  --quick             fewer rounds, of the codecs that the floors name (about a minute)
  --codecs A,B        beam,${Object.keys(codecs).join(',')} (default: all)
  --terms A,B         ${Object.keys(plainTerms()).join(',')} (default: all)
  --rounds N          default 9, quick 5
  --ms N              measured time for each term and operation; default 150, quick 100
  --out FILE          what was measured, as JSON
  --no-build          take dist/ as it is
Packages are installed into node_modules/.cache/beamcade-bench. BENCH_DIST=FOLDER takes another build than dist/.`

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    codecs: { type: 'string' },
    terms: { type: 'string' },
    rounds: { type: 'string' },
    ms: { type: 'string' },
    out: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  console.log(HELP)
  process.exit(0)
}

function stop(why) {
  console.error(why)
  process.exit(2)
}

function run(command, args, settings = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000, maxBuffer: 1 << 26, ...settings })
  return { ok: done.status === 0, out: done.stdout ?? '', why: done.error?.message ?? (done.stderr || done.stdout) }
}

const all = ['beam', ...Object.keys(codecs)]
const wanted = options.codecs?.split(',') ?? (options.quick ? ['beam', 'beamcade', 'erlang_js'] : all)
for (const name of wanted) if (!all.includes(name)) stop(`There is no codec ${name}. There are ${all.join(', ')}.`)
const rounds = Number(options.rounds ?? (options.quick ? 5 : 9))
const ms = Number(options.ms ?? (options.quick ? 100 : 150))
const terms = options.terms?.split(',') ?? Object.keys(plainTerms())

if (!options['no-build'] && process.env.BENCH_DIST === undefined && wanted.includes('beamcade')) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const built = run(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root })
  if (!built.ok) stop(`The build fails:\n${built.why}`)
}

// Packages for comparison: none of them is a dependency of the project.
const cache = join(root, 'node_modules/.cache/beamcade-bench')
mkdirSync(cache, { recursive: true })
// npm removes what this file does not name, and adds to it what it installs.
if (!existsSync(join(cache, 'package.json'))) writeFileSync(join(cache, 'package.json'), '{ "private": true }\n')
const present = wanted.filter((name) => {
  if (!(name in PACKAGES) || existsSync(join(cache, 'node_modules', name))) return true
  const installed = run('npm', [
    'install',
    '--prefix',
    cache,
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    PACKAGES[name],
  ])
  if (!installed.ok) console.log(`left out: ${name}, which npm cannot install`)
  return installed.ok
})

const folder = mkdtempSync(join(tmpdir(), 'beamcade-bench-etf-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const erl = (expression) => run('erl', ['-noshell', '-noinput', '-pa', folder, '-eval', `${expression}, halt().`])
const written = erl(
  `{ok, _} = compile:file("${join(here, 'corpus.erl')}", [{outdir, "${folder}"}]), corpus:write("${folder}")`,
)
if (!written.ok)
  stop(
    `It needs Erlang, which writes the terms and is what the others are measured by (Debian: erlang-base).\n${written.why}`,
  )

const env = { ...process.env, BENCH_CACHE: cache }
const rows = []
for (let round = 0; round < rounds; round++) {
  // Whoever is first meets a colder machine: so that changes.
  const order = [...present.slice(round % present.length), ...present.slice(0, round % present.length)]
  for (const codec of order) {
    const args = [join(here, 'bench.mjs'), codec, folder, String(ms), terms.join(',')]
    const { ok, out, why } =
      codec === 'beam' ? erl(`corpus:bench(${ms}, [${terms.join(',')}])`) : run(process.execPath, args, { env })
    if (!ok) stop(`${codec} fails: ${why}`)
    for (const line of out.split('\n')) if (line.startsWith('{')) rows.push({ round, codec, ...JSON.parse(line) })
  }
  process.stderr.write(`round ${round + 1} of ${rounds}\n`)
}
if (options.out !== undefined) writeFileSync(options.out, JSON.stringify(rows))
process.exitCode = report(rows, present, terms) ? 0 : 1
