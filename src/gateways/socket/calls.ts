/** Requests that are rare: each a call of an operation of the module `mettagrid`, answered by a plain yes or no. */
import { create } from '@bufbuild/protobuf'
import type { Args, Value } from '../../engine/index.ts'
import { BeamcadeError } from '../../errors.ts'
import {
  GameConfigSchema,
  MapDefinitionSchema,
  type ActionDefinition,
  type CreateGameRequest,
  type MettaGridRequest,
} from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { toValueOf } from './to-value.ts'

/** An operation with its arguments, and the name under which the response says what came of it. */
export interface Call {
  readonly name: 'create_game' | 'delete_game'
  /** @throws BeamcadeError `bad_game` */
  args(): Args
  readonly result: 'createResult' | 'deleteResult'
}

const configOf = toValueOf(GameConfigSchema)
const mapOf = toValueOf(MapDefinitionSchema)

/** What is absent as a whole is an empty message: the engine says what is missing. */
function createArgs({ gameId, config, map, seed }: CreateGameRequest, drawn?: Value): Args {
  config?.actions.forEach(checkCosts)
  const made = drawn ?? mapOf(map ?? create(MapDefinitionSchema))
  return [gameId, configOf(config ?? create(GameConfigSchema)), made, seed]
}

/** The call of a request that makes a game, of a map that is a value already. */
export function createCall(request: CreateGameRequest, map: () => Value): Call {
  return { name: 'create_game', args: () => createArgs(request, map()), result: 'createResult' }
}

/** No other wire has numbers that are none, so only here has the reference's sentence about them a place. */
function checkCosts({ name, config }: ActionDefinition): void {
  const costs = Object.values(config.value?.base?.consumed ?? {})
  if (costs.every(Number.isFinite)) return
  const reference = 'Consumed resources must be non-negative and finite'
  throw new BeamcadeError('bad_game', `${reference}: those of ${name} are not.`, { details: { reference } })
}

/** The call that a request means; undefined: it is not one of these. */
export function callOf({ payload }: MettaGridRequest): Call | undefined {
  switch (payload.case) {
    case 'createGame':
      return { name: 'create_game', args: () => createArgs(payload.value), result: 'createResult' }
    case 'deleteGame':
      return { name: 'delete_game', args: () => [payload.value.gameId], result: 'deleteResult' }
    default:
      return undefined
  }
}
