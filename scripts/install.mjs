// Builds the native accept path, when it can be built. It cannot fail: without the addon, `net` serves.
//
//   BEAMCADE_NATIVE=0   builds nothing
//   BEAMCADE_NATIVE=1   builds always, shows the log, and a failure is fatal
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const wish = process.env.BEAMCADE_NATIVE
const root = dirname(dirname(fileURLToPath(import.meta.url)))

function done(why) {
  if (why !== undefined) {
    console.log(`beamcade: native accept path not built (${why}); sockets are accepted by net instead`)
  }
  process.exit(why !== undefined && wish === '1' ? 1 : 0)
}

function loads(file) {
  try {
    createRequire(import.meta.url)(file)
    return true
  } catch {
    return false
  }
}

/** The reason in a failed log, as short as can be. */
function reason({ error, signal, stdout, stderr }) {
  const log = `${stdout ?? ''}${stderr ?? ''}`
  if (error?.code === 'ENOENT') return 'node-gyp not found'
  if (signal !== null) return 'it took too long'
  if (/Could not find any Python/i.test(log)) return 'Python not found'
  if (/not found: make|make: .*(No such file|not found)/i.test(log)) return 'no C++ compiler'
  const line = /error: (.*)/i.exec(log)?.[1] ?? /gyp ERR! stack (.*)/.exec(log)?.[1]
  return line?.slice(0, 120) ?? 'see the log with BEAMCADE_NATIVE=1'
}

if (wish === '0') done()
if (process.platform === 'win32') done('not made for Windows')
const prebuilt = join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'beamcade_accept.node')
if (wish !== '1' && existsSync(prebuilt) && loads(prebuilt)) done()

// The headers of the very node that runs, where they lie beside it: nothing is downloaded then.
const prefix = dirname(dirname(process.execPath))
const env = { ...process.env }
if (existsSync(join(prefix, 'include', 'node', 'node.h'))) env.npm_config_nodedir = prefix

// npm brings a node-gyp of its own and tells where it is.
const gyp = process.env.npm_config_node_gyp
const [command, args] = gyp ? [process.execPath, [gyp, 'rebuild']] : ['node-gyp', ['rebuild']]
const result = spawnSync(command, args, {
  cwd: root,
  env,
  encoding: 'utf8',
  timeout: 180_000,
  stdio: ['ignore', wish === '1' ? 'inherit' : 'pipe', wish === '1' ? 'inherit' : 'pipe'],
})
if (result.status !== 0) done(reason(result))
if (!loads(join(root, 'build', 'Release', 'beamcade_accept.node'))) done('it was built but does not load')
