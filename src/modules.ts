/** Modules of the user: operations and engines, from files. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Engine, Operation } from './engine/index.ts'
import { BeamcadeError, messageOf, systemCode } from './errors.ts'

/** What the file at `path` exports. @throws BeamcadeError `bad_module` */
export async function loadModule(path: string): Promise<(Operation | Engine)[]> {
  let exported: unknown
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }
    exported = module.default
  } catch (error) {
    // Who loaded it is of no use to the reader.
    const why = messageOf(error).replace(/ imported from .*$/s, '')
    const hint =
      systemCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? `Node.js ${process.versions.node} loads JavaScript: compile the file first, and load what comes out.`
        : 'Check the path; a package that it imports, beamcade too, must be installed where the file lies.'
    throw new BeamcadeError('bad_module', `${path} cannot be loaded: ${why}.`, { hint, cause: error })
  }
  const parts = isPart(exported)
    ? [exported]
    : typeof exported === 'object' && exported !== null
      ? Object.values(exported)
      : []
  if (parts.length === 0)
    throw new BeamcadeError('bad_module', `${path} has no default export with operations or engines.`)
  for (const part of parts as unknown[]) {
    if (!isPart(part))
      throw new BeamcadeError('bad_module', `${path} exports something that is no operation and no engine.`)
  }
  return parts as (Operation | Engine)[]
}

function isPart(value: unknown): value is Operation | Engine {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (value.kind === 'operation' || value.kind === 'engine')
  )
}
