/** Maps by hand beside the generated code: the same map or the same words; and long ones hold up nobody. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readerOf, type Value } from '../../../src/engine/index.ts'
import { DEFAULT_LIMITS, mapSchema } from '../../../src/engines/mettagrid/index.ts'
import { readMap, type GameMap, type MapInput } from '../../../src/engines/mettagrid/config/map.ts'
import { isBeamcadeError } from '../../../src/errors.ts'
import type { Call } from '../../../src/gateways/socket/calls.ts'
import { CreateReading } from '../../../src/gateways/socket/create-reading.ts'
import { SOCKET_LIMITS } from '../../../src/gateways/socket/limits.ts'
import { MapReader } from '../../../src/gateways/socket/map-reader.ts'
import { toValueOf } from '../../../src/gateways/socket/to-value.ts'
import {
  MapDefinitionSchema,
  MettaGridRequestSchema,
  type MettaGridRequest,
} from '../../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { Fuzz } from '../../support/fuzz.ts'
import {
  createGame,
  deleteGame,
  framed,
  RawClient,
  requestFrame,
  startSocketGateway,
  stepGame,
  wordsOf,
  type MapInit,
} from '../../support/socket-gateway.ts'

const LIMITS = { maxParts: 1000, maxCells: DEFAULT_LIMITS.maxCells, maxListed: 1000 }
const mapOf = toValueOf(MapDefinitionSchema)
const read = readerOf(mapSchema)

/** The map that a value stands for, or the words against it. */
function meant(value: () => Value): GameMap | string {
  try {
    return readMap(read(value(), ['map']) as MapInput, new Set(['agent', 'wall']), DEFAULT_LIMITS)
  } catch (error) {
    if (!isBeamcadeError(error)) throw error
    const { reference } = error.details
    return typeof reference === 'string' ? reference : error.message
  }
}

function byHand(bytes: Uint8Array, slice: number): GameMap | string {
  const reader = new MapReader(bytes, 0, bytes.length, LIMITS)
  while (!reader.read(slice));
  expect(reader.plain).toBe(true)
  return meant(() => reader.value())
}

const side = fc.oneof({ weight: 9, arbitrary: fc.nat(12) }, fc.constantFrom(127, 128, 65_535, 65_536, 2 ** 32 - 1))
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('wall', 'agent', 'agent.red', 'empty', '.', ' ', 'x') },
  fc.constantFrom('', 'no legend has it', 'é', '#', 'n'.repeat(127), 'n'.repeat(128), '\u{1f600}'),
)
const cell = (most: number) => fc.record({ row: fc.nat(most), col: fc.nat(most), objectType: name })
const anyMap: fc.Arbitrary<MapInit> = fc.oneof(
  fc.record({ height: side, width: side, cells: fc.array(cell(12), { maxLength: 30 }) }),
  fc.record({ height: fc.constant(9), width: fc.constant(9), cells: fc.array(cell(8), { maxLength: 60 }) }),
)

describe('a map by hand', () => {
  test('is what the generated code makes of it, in slices of any length', () => {
    const seen = { maps: 0, words: 0 }
    fc.assert(
      fc.property(anyMap, fc.integer({ min: 1, max: 9 }), (map, slice) => {
        const message = create(MapDefinitionSchema, map)
        const bytes = toBinary(MapDefinitionSchema, message)
        const made = byHand(bytes, slice)
        expect(made).toEqual(meant(() => mapOf(message)))
        seen[typeof made === 'string' ? 'words' : 'maps'] += 1
      }),
      { numRuns: 500 },
    )
    expect(Math.min(seen.maps, seen.words)).toBeGreaterThan(20)
  })

  test('takes cells whose fields come in another order, twice, or are not known', () => {
    const cells = [
      [0x1a, 1, 0x78, 0x08, 2], // name before row
      [0x08, 1, 0x08, 2, 0x1a, 1, 0x78], // the later row counts
      [0x10, 1, 0x1a, 1, 0x78, 0x3a, 2, 9, 9], // a field that nobody knows
      [0x08, 0x82, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a, 1, 0x78], // more bytes than the number needs
    ]
    const bytes = Uint8Array.from([0x10, 4, ...cells.flatMap((one) => [0x1a, one.length, ...one]), 0x08, 4])
    const made = byHand(bytes, 2)
    expect(made).toEqual(meant(() => mapOf(fromBinary(MapDefinitionSchema, bytes))))
    expect(typeof made === 'string' ? [] : made.names.flatMap((one, i) => (one === 'x' ? [i] : []))).toEqual([1, 8])
  })

  test('what is not plain is left to the generated code, within bounds', async () => {
    const { client, gateway } = await startSocketGateway({ limits: { maxEntries: 1000 } })
    const [whole] = [requestFrame(createGame('unusual', {}, { cells: [{ row: 0, col: 0, objectType: 'agent' }] }))]
    // The map comes in two parts, which are merged: the second one brings the other agents.
    const more = (count: number): Buffer => {
      const one = [0x1a, 9, 0x10, 1, 0x1a, 5, ...Buffer.from('agent')]
      const map = Buffer.from(Array.from({ length: count }, () => one).flat())
      return Buffer.concat([Buffer.from(prefix(0x1a, map.length)), map])
    }
    const twice = (count: number): Buffer => {
      const inner = more(count)
      return framed(Buffer.concat([whole.subarray(4), Buffer.from(prefix(0x52, inner.length)), inner]))
    }
    client.write(twice(1))
    expect(wordsOf(await client.response())).toBe('createResult: ')
    expect(await client.words(stepGame('unusual', [0, 0]))).toBe('stepResult')
    client.write(twice(1001))
    expect(wordsOf(await client.response())).toMatch(/^error: .* unusual way; such a one may have 1000 /)
    gateway.stop()
  })

  test('property: whatever is done to the bytes, what is read is what the generated code reads', () => {
    const fuzz = new Fuzz(11)
    const seen = { calls: 0, refused: 0, left: 0 }
    const request = create(MettaGridRequestSchema, {
      requestId: 'r',
      payload: createGame('g', {}, { cells: Array.from({ length: 9 }, (_, i) => ({ row: i % 3, col: i % 4, objectType: i < 2 ? 'agent' : 'wall' })) }), // prettier-ignore
    })
    const bytes = toBinary(MettaGridRequestSchema, request)
    for (let i = 0; i < 4000; i += 1) {
      const mutated = new Uint8Array(fuzz.mutate(bytes))
      const theirs = generated(mutated)
      const ours = reading(mutated)
      if (theirs === 'failed') seen.refused += 1
      // Of faults that both can live with, such as parts that overlap, each makes what it will.
      const whole = theirs !== 'failed' && Buffer.compare(toBinary(MettaGridRequestSchema, theirs), mutated) === 0
      if (!whole) continue
      if (ours === undefined) seen.left += 1
      else {
        if (ours === 'failed' || theirs.payload.case !== 'createGame')
          throw new Error(Buffer.from(mutated).toString('hex'))
        const { gameId, map, seed } = theirs.payload.value
        const [id, , drawn, number] = ours.args
        const expected = meant(() => mapOf(map ?? create(MapDefinitionSchema)))
        expect(ours.requestId).toBe(theirs.requestId)
        if (drawn instanceof Error) expect(drawn.message).toBe(expected)
        else expect([id, number, meant(() => drawn ?? null)]).toEqual([gameId, seed, expected])
        seen.calls += 1
      }
    }
    expect(Math.min(seen.calls, seen.refused)).toBeGreaterThan(100)
    expect(seen.left).toBeGreaterThan(0)
  })
})

function generated(bytes: Uint8Array): MettaGridRequest | 'failed' {
  try {
    return fromBinary(MettaGridRequestSchema, bytes)
  } catch {
    return 'failed'
  }
}

/** What is read by hand; undefined: the generated code has to look. */
function reading(bytes: Uint8Array) {
  try {
    const one = CreateReading.begin(bytes, { start: 0, end: bytes.length }, SOCKET_LIMITS, false)
    while (one?.read() === false);
    const outcome = one?.outcome
    if (one === undefined || outcome === undefined) return undefined
    if (typeof outcome === 'string') throw new Error(outcome)
    return { requestId: one.requestId, args: argsOf(outcome) }
  } catch {
    return 'failed'
  }
}

/** What a call takes; the map is an error if it is refused when it is drawn. */
function argsOf(call: Call): readonly (Value | Error)[] {
  try {
    return call.args() as readonly Value[]
  } catch (error) {
    if (!isBeamcadeError(error)) throw error
    return ['g', null, error, 42]
  }
}

describe('long maps', () => {
  const SIDE = 400
  const long = (last: string, name = 'wall'): MapInit => ({
    height: SIDE,
    width: SIDE,
    cells: Array.from({ length: SIDE * SIDE }, (_, i) => ({
      row: Math.floor(i / SIDE),
      col: i % SIDE,
      objectType: i < 2 ? 'agent' : i === SIDE * SIDE - 1 ? last : name,
    })),
  })

  test('are read while others play, one after the other, and answered in order', async () => {
    const { client, gateway, port, events } = await startSocketGateway()
    const other = await RawClient.connect(port)
    await other.ask(createGame('other'))
    client.write(Buffer.concat([requestFrame(createGame('long', {}, long('wall')), 'a'), requestFrame(stepGame('long', [0, 0]), 'b')])) // prettier-ignore
    const made = events.next('game.created', 2)
    let steps = 0
    const step = async () => {
      expect(await other.words(stepGame('other', [0, 0]))).toBe('stepResult')
      steps += 1
      return false
    }
    const over = made.then(() => true)
    while (!(await Promise.race([over, step()])));
    expect(steps).toBeGreaterThan(2)
    const answers = [await client.response(), await client.response()]
    expect(answers.map((answer) => `${answer.requestId} ${wordsOf(answer)}`)).toEqual([
      'a createResult: ',
      'b stepResult',
    ])
    expect(await client.words(deleteGame('long'))).toBe('deleteResult: ')
    gateway.stop()
  })

  test('are refused at their end with the words that short ones get', async () => {
    const { client, gateway } = await startSocketGateway()
    expect(await client.words(createGame('g', {}, long('door')))).toBe('createResult: Unknown object type: door')
    const outside = { ...long('wall'), height: SIDE - 1 }
    expect(await client.words(createGame('g', {}, outside))).toBe('createResult: Map cell coordinates out of bounds')
    const bytes = requestFrame(createGame('g', {}, long('wall')))
    // In the name of the last cell.
    bytes[bytes.length - 4] = 0xff
    client.write(bytes)
    expect(wordsOf(await client.response())).toBe('error: failed to parse request')
    expect(await client.words(createGame('g', {}, long('wall', 'a wall')))).toMatch(
      /^createResult: The map names 160000 cells; with names such as "a wall" it may name 65536\.$/,
    )
    gateway.stop()
  })

  test('whose client goes meanwhile hold up nobody; what comes in the buffer of another is copied', async () => {
    // A read buffer in which a whole map lies, and into which the next bytes go.
    const { client, gateway, port } = await startSocketGateway({ limits: { readBufferBytes: 8 * 1024 * 1024 } })
    const rude = await RawClient.connect(port)
    rude.write(requestFrame(createGame('rude', {}, long('wall'))))
    await client.ask(createGame('short'))
    rude.socket.resetAndDestroy()
    const cells = Array.from({ length: 90_000 }, (_, i) => ({ row: 0, col: i % 4, objectType: i < 89_996 ? '.' : i % 4 === 1 ? 'agent' : 'wall' })) // prettier-ignore
    client.write(Buffer.concat([requestFrame(createGame('copied', {}, { height: 1, width: 4, cells })), requestFrame(stepGame('short', [0, 0]))])) // prettier-ignore
    client.write(Buffer.concat(Array.from({ length: 2000 }, () => requestFrame(stepGame('short', [0, 0])))))
    expect(wordsOf(await client.response())).toBe('createResult: ')
    for (let i = 0; i < 2001; i += 1) expect(wordsOf(await client.response())).toBe('stepResult')
    expect(await client.words(stepGame('copied', [0]))).toBe('stepResult')
    gateway.stop()
  })

  test('a configuration with too many entries is not decoded', async () => {
    const { client, gateway } = await startSocketGateway()
    const objects = Array.from({ length: 70_000 }, () => ({ name: 'x' }))
    expect(await client.words(createGame('g', { objects }))).toMatch(
      /^error: the request has more than 65536 entries and elements besides the cells of its map$/,
    )
    gateway.stop()
  })
})

/** A tag and a length of up to 2^28. */
function prefix(tag: number, length: number): number[] {
  const bytes = [tag]
  let rest = length
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}
