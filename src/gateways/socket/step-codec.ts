/**
 * Steps by hand: the two messages that come and go thousands of times a second. Encoders write exactly what the generated
 * code writes; readers take the plain form that every implementation of Protobuf writes and leave everything else, valid
 * or not, to the generated code.
 *
 * Source: Protocol Buffers, "Encoding"; field numbers in `proto/mettagrid/rpc/v1/mettagrid.proto`.
 */
import type { Writer } from '../../bytes/writer.ts'
import { PlainReader } from './plain-reader.ts'

/** `StepGameRequest`, with the id of the request around it. */
export interface StepRequest {
  readonly requestId: string
  readonly gameId: string
  readonly flat: readonly number[]
  readonly types: readonly number[]
  readonly args: readonly number[]
}

/** What a step shows: rewards and flags by agent. */
export interface StepView {
  /** [agent][token][3] */
  readonly observations: Uint8Array
  readonly rewards: readonly number[]
  readonly terminals: readonly boolean[]
  readonly truncations: readonly boolean[]
  readonly success: readonly boolean[]
  readonly step: number
}

/** `StepResult` as it came: rewards are float32, little-endian; flags bytes of 0 or 1. */
export interface StepBytes {
  readonly observations: Uint8Array
  readonly rewards: Uint8Array
  readonly terminals: Uint8Array
  readonly truncations: Uint8Array
  readonly success: Uint8Array
  readonly step: number
}

/** A tag is a field number and, in its last three bits, how the field is written. */
const TEXT = 2
const VARINT = 0
const tag = (field: number, kind: number): number => (field << 3) | kind

const REQUEST_ID = tag(1, TEXT)
/** `MettaGridRequest.step_game`, `MettaGridResponse.step_result` */
const STEP = tag(11, TEXT)
/** `MettaGridResponse.state_result`, and `StateResult.snapshot` in it */
const STATE = tag(12, TEXT)
const SNAPSHOT = tag(1, TEXT)
const GAME_ID = tag(1, TEXT)
const [FLAT, TYPES, ARGS] = [2, 3, 4]
const OBSERVATIONS = tag(1, TEXT)
const REWARDS = tag(2, TEXT)
const [TERMINALS, TRUNCATIONS, SUCCESS] = [tag(3, TEXT), tag(4, TEXT), tag(5, TEXT)]
const CURRENT_STEP = tag(6, VARINT)

// ---- requests

/**
 * Reads a `MettaGridRequest` with `step_game` that lies in `bytes` from `start` to before `end`. Undefined: it is another
 * request, or the generated code has to look.
 */
export function readStepRequest(bytes: Uint8Array, start: number, end: number): StepRequest | undefined {
  const reader = new PlainReader(bytes, start, end)
  const requestId = reader.peek() === REQUEST_ID ? reader.text() : ''
  // Only as the last field: one that came twice would have to be merged.
  if (!reader.opens(STEP)) return undefined
  const gameId = reader.peek() === GAME_ID ? reader.text() : ''
  const flat: number[] = []
  const types: number[] = []
  const args: number[] = []
  while (reader.more()) {
    const next = reader.next()
    const field = next >> 3
    const list = field === FLAT ? flat : field === TYPES ? types : field === ARGS ? args : undefined
    if (list === undefined) return undefined
    if (next === tag(field, TEXT)) reader.varints(list)
    else if (next === tag(field, VARINT)) list.push(reader.varint())
    else return undefined
  }
  return reader.ok ? { requestId, gameId, flat, types, args } : undefined
}

/** Writes a frame: length and `MettaGridRequest` with `step_game`. */
export function writeStepRequest(writer: Writer, { requestId, gameId, flat, types, args }: StepRequest): void {
  const lists = [flat, types, args].map((list) => ({ list, bytes: varintsBytes(list) }))
  const game = textBytes(gameId)
  const inner = fieldBytes(game) + lists.reduce((sum, { bytes }) => sum + fieldBytes(bytes), 0)
  const id = textBytes(requestId)
  writer.u32(fieldBytes(id) + 1 + varintBytes(inner) + inner)
  putText(writer, REQUEST_ID, id, requestId)
  putLength(writer, STEP, inner)
  putText(writer, GAME_ID, game, gameId)
  for (const [i, { list, bytes }] of lists.entries()) {
    if (bytes === 0) continue
    putLength(writer, tag(FLAT + i, TEXT), bytes)
    for (const number of list) putVarint(writer, number)
  }
}

// ---- responses

/** Writes a frame: length and `MettaGridResponse` with `step_result`, or with `state_result` around it. */
export function writeStepResponse(writer: Writer, requestId: string, view: StepView, as: 'step' | 'state'): void {
  const { observations, rewards, terminals, truncations, success, step } = view
  const agents = rewards.length
  const result =
    fieldBytes(observations.length) +
    fieldBytes(4 * agents) +
    fieldBytes(terminals.length) +
    fieldBytes(truncations.length) +
    fieldBytes(success.length) +
    (step === 0 ? 0 : 1 + varintBytes(step))
  const id = textBytes(requestId)
  // Around a snapshot there is one message more.
  const inner = as === 'step' ? result : 1 + varintBytes(result) + result
  writer.u32(fieldBytes(id) + 1 + varintBytes(inner) + inner)
  putText(writer, REQUEST_ID, id, requestId)
  putLength(writer, as === 'step' ? STEP : STATE, inner)
  if (as === 'state') putLength(writer, SNAPSHOT, result)
  if (observations.length > 0) {
    putLength(writer, OBSERVATIONS, observations.length)
    writer.part(observations)
  }
  if (agents > 0) {
    putLength(writer, REWARDS, 4 * agents)
    const at = writer.room(4 * agents)
    for (let i = 0; i < agents; i++) writer.bytes.writeFloatLE(rewards[i] ?? 0, at + 4 * i)
  }
  putFlags(writer, TERMINALS, terminals)
  putFlags(writer, TRUNCATIONS, truncations)
  putFlags(writer, SUCCESS, success)
  if (step > 0) {
    writer.u8(CURRENT_STEP)
    putVarint(writer, step)
  }
}

/**
 * Reads a `MettaGridResponse` with `step_result`, like {@link readStepRequest}. The arrays are views of `bytes`; those
 * that are not there are empty.
 */
export function readStepResponse(
  bytes: Uint8Array,
  start: number,
  end: number,
): { requestId: string; result: StepBytes } | undefined {
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

const NONE = new Uint8Array(0)

// ---- writing

function varintBytes(value: number): number {
  if (value < 0) return 10
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  if (value < 0x1000_0000) return 4
  let bytes = 5
  for (let rest = Math.floor(value / 0x8_0000_0000); rest > 0; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

function varintsBytes(values: readonly number[]): number {
  let bytes = 0
  for (const value of values) bytes += varintBytes(value)
  return bytes
}

/** What a field of that many bytes takes with its tag and length; one that is empty is not written. */
function fieldBytes(length: number): number {
  return length === 0 ? 0 : 1 + varintBytes(length) + length
}

function textBytes(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text)
  return text.length
}

/** Up to 2^53 - 1; what is negative is an int32, which takes ten bytes. */
function putVarint(writer: Writer, value: number): void {
  let rest = value
  if (value < 0) {
    // The sign goes on up to the 64th bit.
    let bits = BigInt.asUintN(64, BigInt(value))
    for (; bits > 127n; bits >>= 7n) writer.u8(Number(bits & 127n) | 128)
    rest = Number(bits)
  }
  for (; rest > 127; rest = Math.floor(rest / 128)) writer.u8((rest % 128) | 128)
  writer.u8(rest)
}

function putLength(writer: Writer, which: number, length: number): void {
  writer.u8(which)
  putVarint(writer, length)
}

function putText(writer: Writer, which: number, bytes: number, text: string): void {
  if (bytes === 0) return
  putLength(writer, which, bytes)
  writer.utf8(text)
}

function putFlags(writer: Writer, which: number, flags: readonly boolean[]): void {
  if (flags.length === 0) return
  putLength(writer, which, flags.length)
  const at = writer.room(flags.length)
  for (let i = 0; i < flags.length; i++) writer.bytes[at + i] = flags[i] === true ? 1 : 0
}
