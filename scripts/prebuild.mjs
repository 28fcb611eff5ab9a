// Copies the native accept path that was built to prebuilds/<platform>-<arch>/, stripped, so that the package also has
// it where install scripts are blocked. Run before `npm pack`; without a build it says so and does nothing.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const name = 'beamcade_accept.node'
const built = join(root, 'build', 'Release', name)
if (!existsSync(built)) {
  console.log('prebuild: nothing is built in build/Release, so the package goes without a binary')
  process.exit(0)
}
const folder = join(root, 'prebuilds', `${process.platform}-${process.arch}`)
const file = join(folder, name)
mkdirSync(folder, { recursive: true })
copyFileSync(built, file)
// Symbols for debuggers are of no use there; without `strip` the file is only larger.
spawnSync('strip', process.platform === 'darwin' ? ['-S', '-x', file] : ['--strip-unneeded', file])
console.log(`prebuild: ${file} (${statSync(file).size} bytes)`)
