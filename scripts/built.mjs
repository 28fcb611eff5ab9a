// npm's `prepare`: after `npm install` in a clone, and in the package that npm makes of a git address, dist/ is there.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, root } from './prepare.mjs'

if (existsSync(join(root, 'node_modules', 'typescript'))) build()
else console.log('dist/ is not built: that needs the development packages (npm install without --omit=dev).')
