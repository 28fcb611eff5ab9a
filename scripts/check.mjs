#!/usr/bin/env node
// `npm run check`: everything that must hold before a change is taken, on a fresh clone too. One line a step, the output
// of a step only when it fails, and at the end `N passed, M failed`, summed over jest and ExUnit.
//
//   npm run check              all steps
//   npm run check -- --quick   without the newer Erlang releases in chroots
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackages, root, runNpm } from './prepare.mjs'

const quick = process.argv.includes('--quick')
const ci = process.env.CI === 'true'
const scratch = mkdtempSync(join(tmpdir(), 'beamcade-check-'))
const jestResults = join(scratch, 'jest.json')
/** What a connection that was accepted passes through: tested over the native accept path and over `net`. */
const BOTH_ACCEPT_PATHS = ['test/erlang/dist/beam', 'test/erlang/otp', 'test/gateways', 'test/cli/start', 'test/server']
const total = { passed: 0, failed: 0, skipped: 0 }
const bin = (name) => join(root, 'node_modules', '.bin', name)
const inPath = (name) => (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name)))

/** Runs a command to its end; resolves to its exit code and all that it printed. */
function run(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }))
  })
}

/** One step: a name, and what answers { code, output }. A failing step counts as one failure and the others still run. */
async function step(name, work) {
  const start = performance.now()
  // On a terminal the name of what runs stands there meanwhile; in a log, each step is one line.
  if (process.stdout.isTTY) process.stdout.write(`check: ${name} …\r`)
  const { code, output, note = '' } = await work()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`check: ${name} … ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)${note}`)
  if (code !== 0) console.log(output.trimEnd())
  return code === 0
}

/** A step without tests of its own: it counts only when it fails. */
async function gate(name, work) {
  if (!(await step(name, work))) total.failed += 1
}

const node = (...args) => run(process.execPath, args)

/** Runs jest on `places` (all of test/ if there are none) and adds what it counts to the total. */
async function jest(places = [], env = {}) {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const args = [
    ...flags,
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${jestResults}`,
    '--silent',
  ]
  rmSync(jestResults, { force: true })
  const result = await run(process.execPath, [...args, ...places], { env })
  if (!existsSync(jestResults)) {
    total.failed += 1
    return { ...result, code: 1 }
  }
  const report = JSON.parse(readFileSync(jestResults, 'utf8'))
  total.passed += report.numPassedTests
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites
  total.failed += failed === 0 && !report.success ? 1 : failed
  total.skipped += report.numPendingTests
  const skipped = [...new Set(result.output.match(/^skipped: .*$/gm) ?? [])].map((line) => `\n  ${line}`).join('')
  const note = `: ${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped${skipped}`
  const output = report.testResults
    .map((file) => file.message)
    .filter(Boolean)
    .join('\n')
  return { code: report.success ? 0 : 1, output: output || result.output, note }
}

/** What ExUnit says at its end, as counts: `2 doctests, 9 tests, 1 failure, 1 skipped`, since Elixir 1.20 `Result: 10/11 passed`. */
function countExUnit(output) {
  const number = (pattern) => Number(pattern.exec(output)?.[1] ?? 0)
  const skipped = number(/(\d+) skipped/) + number(/(\d+) excluded/)
  const result = /^Result: (?:(\d+)\/)?(\d+) passed/m.exec(output)
  if (result !== null) {
    const [, some, all] = result
    const passed = Number(some ?? all)
    return { passed, failed: Number(all) - passed, skipped }
  }
  const failed = number(/(\d+) failures?/)
  const ran = number(/(\d+) doctests?,/) + number(/(\d+) tests?,/)
  return { passed: ran - failed - skipped, failed, skipped }
}

async function exUnit() {
  const result = await run('mix', ['test'], { cwd: join(root, 'elixir_client'), env: { MIX_ENV: 'test' } })
  const { passed, failed, skipped } = countExUnit(result.output)
  total.passed += passed
  total.failed += failed + (result.code !== 0 && failed === 0 ? 1 : 0)
  total.skipped += skipped
  return { ...result, note: `: ${passed} passed, ${failed} failed, ${skipped} skipped` }
}

process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

await gate('packages', async () => ({ code: 0, output: '', note: installPackages() ? ': npm ci' : ': up to date' }))
await gate('peers', () => {
  const args = [join(root, 'test/peers/install.mjs'), ...(quick ? [] : ['--chroots'])]
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  return { code: status ?? 1, output: '' }
})
// A peer that was just installed may have brought the compiler: build the addon that could not be built before.
await gate('native addon', async () => {
  const built = () => existsSync(join(root, 'build/Release/beamcade_accept.node'))
  if (!built()) runNpm(['run', '--silent', 'install'])
  return {
    code: ci && !built() ? 1 : 0,
    output: 'the addon was not built',
    note: built() ? '' : ': not built, tests use the fallback',
  }
})
await gate('lock file', () => node('scripts/check-lock.mjs'))
await gate('generated code', async () => {
  const { code, output } = await node('scripts/gen.mjs', '--check')
  return { code, output, note: output.includes('left out') ? ': left out, protoc is not installed' : '' }
})
await gate('types', () => node(bin('tsc'), '--noEmit'))
await gate('lint', () => node(bin('eslint'), '.', '--max-warnings=0'))
await gate('format', () => node(bin('prettier'), '--check', '.', '--log-level=warn'))
await gate('build', () => node(bin('tsc'), '-p', 'tsconfig.build.json'))
await gate('API docs', () => node(bin('typedoc'), '--logLevel', 'Warn'))
await gate('crash test', async () => {
  const result = await node('scripts/crash-test.mjs', '--times', '10', '--no-build')
  const [, note = ''] = /passed\. (.*answered)/.exec(result.output) ?? []
  return { ...result, note: note && `: ${note}` }
})
await step('jest', () => jest())
await step('jest, sockets accepted by net', () => jest(BOTH_ACCEPT_PATHS, { BEAMCADE_NATIVE: '0' }))
if (inPath('mix')) {
  await gate('mix compile', () => {
    const args = ['compile', '--warnings-as-errors', '--force']
    return run('mix', args, { cwd: join(root, 'elixir_client'), env: { MIX_ENV: 'test' } })
  })
  await gate('mix format', () => run('mix', ['format', '--check-formatted'], { cwd: join(root, 'elixir_client') }))
  await step('mix test', exUnit)
} else {
  console.log('check: mix test … left out: Elixir is not installed')
}

if (total.skipped > 0) console.log(`check: ${total.skipped} tests were skipped; the lines above say what they need`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
