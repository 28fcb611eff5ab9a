/**
 * Registries whose games live in threads, from the sources; they end with the test.
 *
 * ```ts
 * const { registry, events, home } = await threadHouse({ workers: 2 })
 * ```
 */
import { fileURLToPath } from 'node:url'
import { afterEach } from '@jest/globals'
import { CORE_OPERATIONS, OperationTable, Registry, Router, type RegistryOptions } from '../../src/engine/index.ts'
import { DEFAULT_LIMITS, mettagridEngine, mettagridOperations } from '../../src/engines/mettagrid/index.ts'
import { ThreadHome, type ThreadHomeOptions } from '../../src/threads/index.ts'
import { recordEvents } from './events.ts'
import { fragile } from './fragile-game.ts'

const LOADER = fileURLToPath(new URL('ts-loader.mjs', import.meta.url))
const FRAGILE = fileURLToPath(new URL('fragile-game.ts', import.meta.url))
const MIB = 1024 * 1024

const homes = new Set<ThreadHome>()

afterEach(async () => {
  for (const home of homes) await home.close()
  homes.clear()
})

/** @param workers 0: the games live here, for comparisons */
export async function threadHouse(options: Partial<ThreadHomeOptions> & { registry?: Partial<RegistryOptions> } = {}) {
  const { workers = 2, registry: more = {}, ...rest } = options
  const events = recordEvents()
  const { maxRecordedBytes = 64 * MIB } = rest
  const home = workers === 0 ? undefined : await startThreads({ workers, events, maxRecordedBytes, ...rest })
  const mettagrid = mettagridEngine()
  const engines = [mettagrid, fragile]
  const registry = new Registry({ events, engines, maxRecordedBytes, home, ...more })
  const operations = new OperationTable([...CORE_OPERATIONS, ...mettagridOperations(mettagrid)])
  const router = new Router({ operations, registry, events, checkOutput: true })
  return { events, home, registry, router, mettagrid }
}

export async function startThreads(
  options: Pick<ThreadHomeOptions, 'workers' | 'events' | 'maxRecordedBytes'> & Partial<ThreadHomeOptions>,
): Promise<ThreadHome> {
  const home = await ThreadHome.start({
    module: new URL('../../src/worker.ts', import.meta.url),
    load: [FRAGILE],
    limits: { ...DEFAULT_LIMITS },
    maxMemory: 256 * MIB,
    execArgv: ['--import', LOADER],
    ...options,
  })
  homes.add(home)
  return home
}
