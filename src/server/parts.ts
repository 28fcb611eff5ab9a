/** What there is with a configuration, before anything runs: operations and engines, ours and those of modules. */
import { CORE_OPERATIONS, OperationTable, type Engine, type Operation } from '../engine/index.ts'
import { mettagridEngine, mettagridOperations, type Limits, type MettagridEngine } from '../engines/mettagrid/index.ts'
import { BeamcadeError, messageOf } from '../errors.ts'
import { erlangOperations } from '../gateways/erlang/index.ts'
import { loadModule } from '../modules.ts'

/** Everything that can be called, and the engines of all games that can be. */
export interface Parts {
  readonly operations: OperationTable
  readonly engines: readonly Engine[]
  /** That of the games which clients of the socket play. */
  readonly mettagrid: MettagridEngine
}

/**
 * What there is with this configuration, but for what only a running node has.
 * @throws BeamcadeError `bad_module`, `bad_operation`
 */
export async function buildParts(
  load: readonly string[],
  extensions: readonly (Operation | Engine)[] = [],
  limits: Partial<Limits> = {},
): Promise<Parts> {
  const operations = new OperationTable(CORE_OPERATIONS)
  const engines: Engine[] = []
  const origins = new Map<string, string>()
  const add = (part: Operation | Engine, origin: string): void => {
    try {
      if (part.kind === 'operation') {
        operations.add(part)
        return
      }
      const other = origins.get(part.name)
      if (other !== undefined)
        throw new BeamcadeError('bad_operation', `There is an engine ${part.name} already, of ${other}.`)
      origins.set(part.name, origin)
      engines.push(part)
    } catch (error) {
      throw new BeamcadeError('bad_module', `${origin} cannot be added: ${messageOf(error)}`, { cause: error })
    }
  }
  const mettagrid = mettagridEngine(limits)
  for (const part of [mettagrid, ...mettagridOperations(mettagrid)]) add(part, 'Beamcade itself')
  for (const extension of extensions) add(extension, 'an extension')
  for (const path of load) for (const part of await loadModule(path)) add(part, path)
  return { operations, engines, mettagrid }
}

/** All that a server with these modules can be asked for, for people to read. */
export async function describeTable(load: readonly string[]): Promise<OperationTable> {
  const { operations } = await buildParts(load)
  operations.add(...erlangOperations({ name: '', nodes: () => [] }))
  return operations
}
