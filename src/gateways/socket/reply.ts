/** What goes back: a whole message, or a step, which is encoded where it is written. */
import { create, toBinary } from '@bufbuild/protobuf'
import type { Writer } from '../../bytes/writer.ts'
import {
  AckResultSchema,
  ErrorResultSchema,
  MettaGridResponseSchema,
  type MettaGridResponse,
} from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { writeStepResponse, type StepView } from './step-codec.ts'

export type Reply =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'step' | 'state'; readonly requestId: string; readonly view: StepView }

export type Payload = MettaGridResponse['payload']

/** The only code that the reference knows. */
const ERROR_CODE = 1

export function messageReply(requestId: string, payload: Payload): Reply {
  const response = create(MettaGridResponseSchema, { requestId, payload })
  return { kind: 'message', bytes: toBinary(MettaGridResponseSchema, response) }
}

export function errorReply(requestId: string, message: string): Reply {
  return messageReply(requestId, errorPayload(message))
}

export function errorPayload(message: string): Payload {
  return { case: 'error', value: create(ErrorResultSchema, { code: ERROR_CODE, message }) }
}

/** A plain yes, or a no with its reason, under the name that the request has for it. */
export function ackPayload(name: 'createResult' | 'deleteResult' | 'authenticateResult', refusal?: string): Payload {
  const value = create(AckResultSchema, { ok: refusal === undefined, message: refusal ?? '' })
  return { case: name, value }
}

/** Writes a frame. Long bytes are taken as they are: they must not change until they are sent. */
export function writeReply(writer: Writer, reply: Reply): void {
  if (reply.kind === 'message') {
    writer.u32(reply.bytes.length)
    writer.part(reply.bytes)
  } else writeStepResponse(writer, reply.requestId, reply.view, reply.kind)
}
