// Runs the sources as they are: `node --import ./test/support/ts-loader.mjs src/cli.ts`. Programs that tests start need
// no build, and see the same code as the tests. What was compiled is kept by its content.
import { register } from 'node:module'

register('./ts-hooks.mjs', import.meta.url)
