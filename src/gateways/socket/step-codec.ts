/**
 * Steps by hand: the two messages that come and go thousands of times a second. Encoders write exactly what the generated
 * code writes; readers take the plain form that every implementation of Protobuf writes and leave everything else, valid
 * or not, to the generated code.
 *
 * Source: Protocol Buffers, "Encoding"; field numbers in `proto/mettagrid/rpc/v1/mettagrid.proto`.
 */
import type { Writer } from '../../bytes/writer.ts'
import { PlainReader } from './plain-reader.ts'
import {
  blockBytes,
  putBlock,
  putBytes,
  putText,
  putVarint,
  putVarints,
  textBytes,
  varintBytes,
  varintsBytes,
} from './put.ts'

/** `StepGameRequest`, with the id of the request around it. */
export interface StepRequest {
  readonly requestId: string
  readonly gameId: string
  readonly flat: readonly number[]
  readonly types: readonly number[]
  readonly args: readonly number[]
}

/** What a step shows, in the arrays of the game: rewards are float32, flags bytes of 0 or 1. */
export interface StepView {
  /** [agent][token][3] */
  readonly observations: Uint8Array
  readonly rewards: Float32Array
  readonly terminals: Uint8Array
  readonly truncations: Uint8Array
  readonly success: Uint8Array
  readonly step: number
}

/** `StepResult` as it came: rewards are float32, little-endian; flags bytes of 0 or 1. */
export interface StepBytes extends Omit<StepView, 'rewards'> {
  readonly rewards: Uint8Array
}

/** A tag: the number of a field and, in the last three bits, how it is written: a number, or a block with its length. */
const NUMBER = 0
const BLOCK = 2
const tag = (field: number, kind: number): number => (field << 3) | kind

const REQUEST_ID = tag(1, BLOCK)
/** `MettaGridRequest.step_game`, `MettaGridResponse.step_result` */
const STEP = tag(11, BLOCK)
/** `MettaGridResponse.state_result`, and `StateResult.snapshot` in it */
const STATE = tag(12, BLOCK)
const SNAPSHOT = tag(1, BLOCK)
const GAME_ID = tag(1, BLOCK)
const FLAT = tag(2, BLOCK)
const TYPES = tag(3, BLOCK)
const ARGS = tag(4, BLOCK)
const OBSERVATIONS = tag(1, BLOCK)
const REWARDS = tag(2, BLOCK)
const TERMINALS = tag(3, BLOCK)
const TRUNCATIONS = tag(4, BLOCK)
const SUCCESS = tag(5, BLOCK)
const CURRENT_STEP = tag(6, NUMBER)
/** A list comes in one block, or an element a field. */
const ELEMENT = BLOCK - NUMBER

const NONE = new Uint8Array(0)
/** A request that is longer has more actions than any game has agents: somebody has to count before they are a list. */
const LONGEST_REQUEST = 65_536

// ---- requests

/**
 * Reads a `MettaGridRequest` with `step_game` that lies in `bytes` from `start` to before `end`. Undefined: it is another
 * request, or the generated code has to look.
 */
export function readStepRequest(bytes: Uint8Array, start: number, end: number): StepRequest | undefined {
  if (end - start > LONGEST_REQUEST) return undefined
  const reader = new PlainReader(bytes, start, end)
  const requestId = reader.peek() === REQUEST_ID ? reader.text() : ''
  // Only as the last field: one that came twice would have to be merged.
  if (!reader.opens(STEP)) return undefined
  const gameId = reader.peek() === GAME_ID ? reader.text() : ''
  const flat: number[] = []
  const types: number[] = []
  const args: number[] = []
  while (reader.more()) {
    switch (reader.next()) {
      case FLAT:
        reader.varints(flat)
        break
      case TYPES:
        reader.varints(types)
        break
      case ARGS:
        reader.varints(args)
        break
      case FLAT - ELEMENT:
        flat.push(reader.varint())
        break
      case TYPES - ELEMENT:
        types.push(reader.varint())
        break
      case ARGS - ELEMENT:
        args.push(reader.varint())
        break
      default:
        return undefined
    }
  }
  return reader.ok ? { requestId, gameId, flat, types, args } : undefined
}

/** Writes a frame: length and `MettaGridRequest` with `step_game`. */
export function writeStepRequest(writer: Writer, { requestId, gameId, flat, types, args }: StepRequest): void {
  const id = textBytes(requestId)
  const game = textBytes(gameId)
  const flatBytes = varintsBytes(flat)
  const typesBytes = varintsBytes(types)
  const argsBytes = varintsBytes(args)
  const inner = blockBytes(game) + blockBytes(flatBytes) + blockBytes(typesBytes) + blockBytes(argsBytes)
  const length = blockBytes(id) + 1 + varintBytes(inner) + inner
  let at = writer.room(4 + length)
  const to = writer.bytes
  at = to.writeUInt32BE(length, at)
  at = putText(to, at, REQUEST_ID, requestId, id)
  at = putBlock(to, at, STEP, inner)
  at = putText(to, at, GAME_ID, gameId, game)
  at = putVarints(to, at, FLAT, flat, flatBytes)
  at = putVarints(to, at, TYPES, types, typesBytes)
  putVarints(to, at, ARGS, args, argsBytes)
}

// ---- responses

/** Writes a frame: length and `MettaGridResponse` with `step_result`, or with `state_result` around it. */
export function writeStepResponse(writer: Writer, requestId: string, view: StepView, as: 'step' | 'state'): void {
  const { observations, rewards, terminals, truncations, success, step } = view
  const result =
    blockBytes(observations.length) +
    blockBytes(4 * rewards.length) +
    blockBytes(terminals.length) +
    blockBytes(truncations.length) +
    blockBytes(success.length) +
    (step === 0 ? 0 : 1 + varintBytes(step))
  const id = textBytes(requestId)
  // Around a snapshot there is one message more, and it is there even if it is empty.
  const inner = as === 'step' ? result : 1 + varintBytes(result) + result
  const length = blockBytes(id) + 1 + varintBytes(inner) + inner
  let at = writer.room(4 + length)
  const to = writer.bytes
  at = to.writeUInt32BE(length, at)
  at = putText(to, at, REQUEST_ID, requestId, id)
  at = putBlock(to, at, as === 'step' ? STEP : STATE, inner)
  if (as === 'state') at = putBlock(to, at, SNAPSHOT, result)
  at = putBytes(to, at, OBSERVATIONS, observations)
  if (rewards.length > 0) {
    at = putBlock(to, at, REWARDS, 4 * rewards.length)
    for (let i = 0; i < rewards.length; i++) at = to.writeFloatLE(rewards[i] ?? 0, at)
  }
  at = putBytes(to, at, TERMINALS, terminals)
  at = putBytes(to, at, TRUNCATIONS, truncations)
  at = putBytes(to, at, SUCCESS, success)
  if (step === 0) return
  to[at] = CURRENT_STEP
  putVarint(to, at + 1, step)
}

/**
 * Reads a `MettaGridResponse` with `step_result`, like {@link readStepRequest}. The arrays are views of `bytes`; those
 * that are not there are empty.
 */
export function readStepResponse(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly requestId: string; readonly result: StepBytes } | undefined {
  const reader = new PlainReader(bytes, start, end)
  const requestId = reader.peek() === REQUEST_ID ? reader.text() : ''
  if (!reader.opens(STEP)) return undefined
  const take = (which: number): Uint8Array => (reader.peek() === which ? reader.bytes() : NONE)
  const observations = take(OBSERVATIONS)
  const rewards = take(REWARDS)
  const terminals = take(TERMINALS)
  const truncations = take(TRUNCATIONS)
  const success = take(SUCCESS)
  let step = 0
  if (reader.peek() === CURRENT_STEP) {
    reader.next()
    step = reader.varint()
  }
  if (!reader.ok || reader.more()) return undefined
  return { requestId, result: { observations, rewards, terminals, truncations, success, step } }
}
