/** A response as the client hands it on: with arrays of the caller's own. */
import { fromBinary } from '@bufbuild/protobuf'
import { BeamcadeError, messageOf } from '../../errors.ts'
import {
  MettaGridResponseSchema,
  type AckResult,
  type MettaGridResponse,
  type StepResult as StepMessage,
} from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import type { StepResult } from './client-types.ts'
import { readStepResponse, type StepBytes } from './step-codec.ts'

export type Response =
  | { readonly kind: 'step'; readonly step: StepResult }
  | { readonly kind: 'ack'; readonly ok: boolean; readonly message: string }
  | { readonly kind: 'error'; readonly message: string }

/**
 * Reads the response that lies in `bytes` from `start` to before `end`; nothing of it points there afterwards.
 * @throws BeamcadeError `bad_response`
 */
export function readResponse(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly requestId: string; readonly response: Response } {
  const plain = readStepResponse(bytes, start, end)
  if (plain !== undefined) return { requestId: plain.requestId, response: { kind: 'step', step: stepOf(plain.result) } }
  let message: MettaGridResponse
  try {
    message = fromBinary(MettaGridResponseSchema, bytes.subarray(start, end))
  } catch (error) {
    throw new BeamcadeError('bad_response', `What came is no response: ${messageOf(error)}.`, { cause: error })
  }
  return { requestId: message.requestId, response: responseOf(message) }
}

function responseOf({ payload }: MettaGridResponse): Response {
  switch (payload.case) {
    case 'stepResult':
      return { kind: 'step', step: stepOf(bytesOf(payload.value)) }
    case 'stateResult':
      if (payload.value.snapshot === undefined)
        throw new BeamcadeError('bad_response', 'A state came without a snapshot.')
      return { kind: 'step', step: stepOf(bytesOf(payload.value.snapshot)) }
    case 'createResult':
    case 'deleteResult':
    case 'authenticateResult':
      return ackOf(payload.value)
    case 'error':
      return { kind: 'error', message: payload.value.message }
    case undefined:
      throw new BeamcadeError('bad_response', 'A response came without a payload.')
  }
}

function ackOf({ ok, message }: AckResult): Response {
  return { kind: 'ack', ok, message }
}

function bytesOf({ actionSuccess: success, currentStep, ...rest }: StepMessage): StepBytes {
  return { ...rest, success, step: Number(currentStep) }
}

function stepOf({ observations, rewards, terminals, truncations, success, step }: StepBytes): StepResult {
  return {
    observations: new Uint8Array(observations),
    rewards: floatsOf(rewards),
    terminals: flagsOf(terminals),
    truncations: flagsOf(truncations),
    actionSuccess: flagsOf(success),
    currentStep: step,
  }
}

function floatsOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const floats = new Float32Array(bytes.length >> 2)
  for (let i = 0; i < floats.length; i++) floats[i] = view.getFloat32(4 * i, true)
  return floats
}

function flagsOf(bytes: Uint8Array): boolean[] {
  const flags: boolean[] = []
  for (let i = 0; i < bytes.length; i++) flags.push(bytes[i] !== 0)
  return flags
}
