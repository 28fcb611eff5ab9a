/** Steps by hand beside the generated code: the same bytes, and the same message or none. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Writer } from '../../../src/bytes/writer.ts'
import {
  MettaGridRequestSchema,
  MettaGridResponseSchema,
  StepResultSchema,
  type MettaGridRequest,
} from '../../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import {
  readStepRequest,
  readStepResponse,
  writeStepRequest,
  writeStepResponse,
  type StepRequest,
  type StepView,
} from '../../../src/gateways/socket/step-codec.ts'
import { Fuzz } from '../../support/fuzz.ts'

const anyText = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 50 }))
const plainText = fc.string({ unit: 'grapheme-ascii', maxLength: 127 })
const int32 = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
const numbers = (one: fc.Arbitrary<number>) => fc.array(one, { maxLength: 30 })

const requestOf = (text: fc.Arbitrary<string>, number: fc.Arbitrary<number>): fc.Arbitrary<StepRequest> =>
  fc.record({ requestId: text, gameId: text, flat: numbers(number), types: numbers(number), args: numbers(number) })

const flags = fc.uint8Array({ max: 1, maxLength: 30 })
const view: fc.Arbitrary<StepView> = fc.record({
  observations: fc.uint8Array({ maxLength: 700 }),
  rewards: fc.float32Array({ maxLength: 30 }),
  terminals: flags,
  truncations: flags,
  success: flags,
  step: fc.oneof(fc.nat(300), fc.maxSafeNat()),
})

function message({ requestId, gameId, flat, types, args }: StepRequest): MettaGridRequest {
  const value = { gameId, flatActions: [...flat], actionTypes: [...types], actionArgs: [...args] }
  return create(MettaGridRequestSchema, { requestId, payload: { case: 'stepGame', value } })
}

/** The same as the generated code sees it; undefined if it refuses, or it is no step. */
function generated(bytes: Uint8Array): StepRequest | undefined {
  try {
    const { requestId, payload } = fromBinary(MettaGridRequestSchema, bytes)
    if (payload.case !== 'stepGame') return undefined
    const { gameId, flatActions: flat, actionTypes: types, actionArgs: args } = payload.value
    return { requestId, gameId, flat, types, args }
  } catch {
    return undefined
  }
}

/** In the middle of other bytes, as frames lie in a chunk: what is around must not matter. */
function read(bytes: Uint8Array, filler: number): StepRequest | undefined {
  const chunk = Buffer.concat([Buffer.alloc(9, filler), bytes, Buffer.alloc(20, filler)])
  return readStepRequest(chunk, 9, 9 + bytes.length)
}

const filler = fc.constantFrom(0, 0x0a, 0x5a, 0x12, 0xff, 1)

function taken(write: (writer: Writer) => void): Buffer {
  const writer = new Writer({ slabBytes: 64 })
  write(writer)
  return Buffer.from(writer.take())
}

describe('requests', () => {
  test('are written as the generated code writes them', () => {
    fc.assert(
      fc.property(requestOf(anyText, int32), (request) => {
        const frame = taken((writer) => {
          writeStepRequest(writer, request)
        })
        expect(frame.readUInt32BE(0)).toBe(frame.length - 4)
        expect(frame.subarray(4)).toEqual(Buffer.from(toBinary(MettaGridRequestSchema, message(request))))
      }),
    )
  })

  test('in their plain form are read, and the same', () => {
    fc.assert(
      fc.property(requestOf(plainText, fc.nat(2 ** 28 - 1)), filler, (request, around) => {
        expect(read(toBinary(MettaGridRequestSchema, message(request)), around)).toEqual(request)
      }),
    )
  })

  test('with lists that come an element at a time are read, and the same', () => {
    const element = fc.tuple(fc.constantFrom(0x10, 0x18, 0x20), fc.nat(127))
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), filler, (elements, around) => {
        const inner = Buffer.from([0x0a, 1, 0x67, ...elements.flat()])
        const bytes = Buffer.from([0x5a, inner.length, ...inner])
        expect(read(bytes, around)).toEqual(generated(bytes))
        expect(read(bytes, around)).toBeDefined()
      }),
    )
  })

  test('in any form are the same, or left to the generated code', () => {
    fc.assert(
      fc.property(requestOf(anyText, int32), filler, fc.nat(), (request, around, seed) => {
        const whole = toBinary(MettaGridRequestSchema, message(request))
        for (const bytes of [whole, new Fuzz(seed).mutate(whole)]) {
          const ours = read(bytes, around)
          if (ours !== undefined) expect(ours).toEqual(generated(bytes))
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('of random bytes are the same, or left to the generated code', () => {
    // Tags and small lengths, so that some of it makes sense.
    const byte = fc.oneof(fc.constantFrom(0x0a, 0x5a, 0x12, 0x10, 0x1a, 0x22, 1, 2, 3, 4), fc.nat(255))
    let readable = 0
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 24 }), filler, (values, around) => {
        const bytes = Uint8Array.from([0x5a, values.length, ...values])
        const ours = read(bytes, around)
        if (ours === undefined) return
        readable += 1
        expect(ours).toEqual(generated(bytes))
      }),
      { numRuns: 3000 },
    )
    expect(readable).toBeGreaterThan(0)
  })

  test.each([
    ['nothing', []],
    ['a request id that goes past the end', [0x0a, 5, 0x61]],
    ['a step that goes past the end', [0x5a, 5, 0x0a]],
    ['a step that is not the last field', [0x5a, 0, 0x0a, 1, 0x61]],
    ['two steps', [0x5a, 2, 0x10, 1, 0x5a, 2, 0x10, 2]],
    ['a list that goes past the end', [0x5a, 3, 0x12, 9, 1]],
    ['a number that ends too late', [0x5a, 3, 0x12, 1, 0x80]],
    ['a negative number', [0x5a, 12, 0x12, 10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
    ['a text that is not ASCII', [0x5a, 4, 0x0a, 2, 0xc3, 0xa9]],
    ['an unknown field', [0x5a, 2, 0x30, 1]],
    ['another request', [0x62, 0]],
  ])('left to the generated code: %s', (_, values) => {
    for (const around of [0, 0x0a, 0x5a, 1, 255]) expect(read(Uint8Array.from(values), around)).toBeUndefined()
  })
})

describe('responses', () => {
  const resultOf = ({ observations, rewards, terminals, truncations, success, step }: StepView) =>
    create(StepResultSchema, {
      observations,
      rewards: new Uint8Array(rewards.buffer, rewards.byteOffset, rewards.byteLength),
      terminals,
      truncations,
      actionSuccess: success,
      currentStep: BigInt(step),
    })

  test.each(['step', 'state'] as const)('with a %s are written as the generated code writes them', (as) => {
    fc.assert(
      fc.property(anyText, view, (requestId, shown) => {
        const result = resultOf(shown)
        const response = create(MettaGridResponseSchema, {
          requestId,
          payload:
            as === 'step'
              ? { case: 'stepResult', value: result }
              : { case: 'stateResult', value: { snapshot: result } },
        })
        const frame = taken((writer) => {
          writeStepResponse(writer, requestId, shown, as)
        })
        expect(frame.readUInt32BE(0)).toBe(frame.length - 4)
        expect(frame.subarray(4)).toEqual(Buffer.from(toBinary(MettaGridResponseSchema, response)))
      }),
    )
  })

  test('are read as the generated code reads them, or left to it', () => {
    let readable = 0
    fc.assert(
      fc.property(plainText, view, fc.nat(), (requestId, shown, seed) => {
        const frame = taken((writer) => {
          writeStepResponse(writer, requestId, shown, 'step')
        })
        const whole = frame.subarray(4)
        for (const bytes of [whole, new Fuzz(seed).mutate(whole)]) {
          const ours = readStepResponse(bytes, 0, bytes.length)
          if (ours === undefined) continue
          readable += 1
          const { requestId: id, payload } = fromBinary(MettaGridResponseSchema, bytes)
          expect(payload.case).toBe('stepResult')
          const { observations, rewards, terminals, truncations, success, step } = ours.result
          const value = {
            observations,
            rewards,
            terminals,
            truncations,
            actionSuccess: success,
            currentStep: BigInt(step),
          }
          expect(ours.requestId).toBe(id)
          expect(create(StepResultSchema, payload.value as never)).toEqual(create(StepResultSchema, value))
        }
      }),
      { numRuns: 500 },
    )
    expect(readable).toBeGreaterThan(300)
  })
})
