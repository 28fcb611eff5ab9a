/** What goes back, as a frame: four bytes of length and a `MettaGridResponse`. */
import { create, toBinary } from '@bufbuild/protobuf'
import {
  AckResultSchema,
  ErrorResultSchema,
  MettaGridResponseSchema,
  type MettaGridResponse,
} from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'

/** A whole frame, which does not change any more. An empty one was written already: see {@link WRITTEN}. */
export type Frame = Uint8Array

/** The reply was written where it leaves from. */
export const WRITTEN: Frame = new Uint8Array(0)

export type Payload = MettaGridResponse['payload']

/** The only code that the reference knows. */
const ERROR_CODE = 1

export function reply(requestId: string, payload: Payload): Frame {
  const message = toBinary(MettaGridResponseSchema, create(MettaGridResponseSchema, { requestId, payload }))
  const frame = Buffer.allocUnsafe(4 + message.length)
  frame.writeUInt32BE(message.length)
  frame.set(message, 4)
  return frame
}

export function errorPayload(message: string): Payload {
  return { case: 'error', value: create(ErrorResultSchema, { code: ERROR_CODE, message }) }
}

/** A plain yes, or a no with its reason, under the name that the request has for it. */
export function ackPayload(name: 'createResult' | 'deleteResult' | 'authenticateResult', refusal?: string): Payload {
  const value = create(AckResultSchema, { ok: refusal === undefined, message: refusal ?? '' })
  return { case: name, value }
}
