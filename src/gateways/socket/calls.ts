/** A request as a call of an operation, and how the protocol says what came of it. */
import { create } from '@bufbuild/protobuf'
import type { Args, Value } from '../../engine/index.ts'
import {
  GameConfigSchema,
  MapDefinitionSchema,
  type CreateGameRequest,
  type MettaGridRequest,
} from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { ackPayload, errorPayload, messageReply, type Payload, type Reply } from './reply.ts'
import type { StepRequest, StepView } from './step-codec.ts'
import { toValueOf } from './to-value.ts'

/** An operation of the module `mettagrid` with its arguments. */
export interface Call {
  readonly name: 'create_game' | 'step_game' | 'get_state' | 'delete_game'
  readonly args: Args
}

interface Manner {
  /** The reply when it was done. */
  done(requestId: string, answer: Value): Reply
  /** The payload when it was refused. */
  refused(message: string): Payload
  /** What it changes has to be there before the client's next request is looked at. */
  readonly exclusive: boolean
}

/** How each operation is answered. */
export const MANNERS: Readonly<Record<Call['name'], Manner>> = {
  create_game: {
    done: (requestId) => messageReply(requestId, ackPayload('createResult')),
    refused: (message) => ackPayload('createResult', message),
    exclusive: true,
  },
  step_game: {
    done: (requestId, answer) => ({ kind: 'step', requestId, view: viewOf(answer) }),
    refused: errorPayload,
    exclusive: false,
  },
  get_state: {
    done: (requestId, answer) => ({ kind: 'state', requestId, view: viewOf(answer) }),
    refused: errorPayload,
    exclusive: false,
  },
  delete_game: {
    done: (requestId) => messageReply(requestId, ackPayload('deleteResult')),
    refused: (message) => ackPayload('deleteResult', message),
    exclusive: true,
  },
}

const configOf = toValueOf(GameConfigSchema)
const mapOf = toValueOf(MapDefinitionSchema)

/** What is absent as a whole is an empty message: the engine says what is missing. */
function createArgs({ gameId, config, map, seed }: CreateGameRequest): Args {
  return [gameId, configOf(config ?? create(GameConfigSchema)), mapOf(map ?? create(MapDefinitionSchema)), seed]
}

/** If both kinds of actions are there, the flat ones count. */
export function stepCall({ gameId, flat, types, args }: StepRequest): Call {
  return { name: 'step_game', args: flat.length > 0 ? [gameId, flat] : [gameId, types, args] }
}

/** The call of every other request; undefined where it is none. */
export function callOf({ payload }: MettaGridRequest): Call | undefined {
  switch (payload.case) {
    case 'createGame':
      return { name: 'create_game', args: createArgs(payload.value) }
    case 'getState':
      return { name: 'get_state', args: [payload.value.gameId] }
    case 'deleteGame':
      return { name: 'delete_game', args: [payload.value.gameId] }
    default:
      return undefined
  }
}

/** What an operation answers for a step is a map by the names of its output schema. */
function viewOf(answer: Value): StepView {
  const fields = answer as ReadonlyMap<string, unknown>
  return {
    observations: fields.get('observations') as Uint8Array,
    rewards: fields.get('rewards') as number[],
    terminals: fields.get('terminals') as boolean[],
    truncations: fields.get('truncations') as boolean[],
    success: fields.get('action_success') as boolean[],
    step: fields.get('current_step') as number,
  }
}
