// What a fresh clone needs before anything else runs: the packages of the lock file, and the build. Both are skipped
// where they are up to date.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')
const npm = process.env.npm_execpath // npm tells its scripts where it is; by hand, it is on PATH

/** Runs npm with `args` in the project's root and waits for it. */
export function runNpm(args) {
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]]
  return spawnSync(command, [...first, ...args], { cwd: root, encoding: 'utf8' })
}

/** The same, but ends the process with npm's output if it fails. */
function npmOrExit(args) {
  const result = runNpm(args)
  if (result.status === 0) return
  console.error(`npm ${args.join(' ')} failed:\n${result.stdout ?? ''}${result.stderr ?? result.error?.message ?? ''}`)
  process.exit(1)
}

/** Installs the packages that package-lock.json names, unless they are there. Answers whether it did something. */
export function installPackages() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  const lock = join(root, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return false
  npmOrExit(['ci', '--no-audit', '--no-fund'])
  return true
}

function newest(folder) {
  const times = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs)
  return Math.max(0, ...times)
}

/** Compiles src/ into dist/, unless dist/ is newer. Answers whether it did something. */
export function build() {
  const done = join(root, 'dist', 'cli.js')
  if (existsSync(done) && statSync(done).mtimeMs > newest(join(root, 'src'))) return false
  npmOrExit(['run', '--silent', 'build'])
  return true
}
