// `npm run demo`: installs, builds, and hands over to `beamcade demo`. Further arguments go there: npm run demo -- --help
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build, installPackages, root } from './prepare.mjs'

console.log('demo: installing the packages (once) …')
installPackages()
console.log('demo: building …')
build()
const demo = spawn(process.execPath, [join(root, 'dist', 'cli.js'), 'demo', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => demo.kill(signal))
demo.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)))
