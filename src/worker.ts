/**
 * The second composition root: what runs in a thread that games live in. It has the engines of the server that are made
 * of files, with the same limits, and nothing else of it.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { Engine } from './engine/index.ts'
import { mettagridEngine } from './engines/mettagrid/index.ts'
import { loadModule } from './modules.ts'
import { NOBODY, packError, serveGames, type Greeting, type ThreadSettings } from './threads/index.ts'

/** Our own, and those of modules. @throws BeamcadeError `bad_module` */
async function enginesOf({ load, limits }: ThreadSettings): Promise<Engine[]> {
  const engines: Engine[] = [mettagridEngine(limits)]
  for (const path of load) {
    for (const part of await loadModule(path)) if (part.kind === 'engine') engines.push(part)
  }
  return engines
}

/** A game that wants to end the process while it works ends itself: others live in this thread. */
function refuseToExit({ working }: ThreadSettings): void {
  const busy = new Int32Array(working)
  const exit = process.exit.bind(process)
  process.exit = (code) => {
    if (busy[0] === NOBODY) exit(code)
    throw new Error(`process.exit(${code ?? ''}) was called, which ends the game and not the process.`)
  }
}

const port = parentPort as MessagePort
const settings = workerData as ThreadSettings
refuseToExit(settings)
try {
  serveGames({ port, settings, engines: await enginesOf(settings) })
} catch (error) {
  const greeting: Greeting = { failed: packError(error, true) }
  port.postMessage(greeting)
}
