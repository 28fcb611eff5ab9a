/**
 * What rude and broken clients do. Each attack is done with a connection of its own and a share of chance of its own; where
 * frames are whole, as many answers must come as frames were sent.
 */
import type { DescField, DescMessage, Message, MessageInitShape } from '@bufbuild/protobuf'
import { clone, create, ScalarType, toBinary } from '@bufbuild/protobuf'
import {
  CreateGameRequestSchema,
  GameConfigSchema,
  MapDefinitionSchema,
  type CreateGameRequest,
  type GameConfig,
  type MapDefinition,
} from '../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import type { Fuzz } from '../support/fuzz.ts'
import type { Board } from './boards.ts'
import { framed, Peer, requestBytes, wordsOf, type Payload } from './peer.ts'

export interface World {
  readonly port: number
  readonly fuzz: Fuzz
  readonly boards: readonly Board[]
  /** An id for games that nobody is sorry for; each is remembered. */
  readonly newId: () => string
  readonly connect: () => Promise<Peer>
  /** A request was sent for which an answer is due. */
  readonly sent: (frames: number) => void
}

type Attack = (world: World) => Promise<void>

/** Sends whole frames and demands an answer for each. */
async function answered({ connect, sent }: World, bodies: readonly Uint8Array[]): Promise<void> {
  const peer = await connect()
  sent(bodies.length)
  peer.socket.write(Buffer.concat(bodies.map(framed)))
  const received = await peer.end()
  if (received !== bodies.length) {
    const shown = bodies.map((body) => Buffer.from(body).toString('hex').slice(0, 2000))
    throw new Error(`${bodies.length} frames got ${received} answers:\n${shown.join('\n')}`)
  }
}

interface Changes {
  readonly config?: MessageInitShape<typeof GameConfigSchema>
  readonly map?: MessageInitShape<typeof MapDefinitionSchema>
}

/** A game, and the request that makes it; with other parts than its board has, if they are given. */
function gameOf({ fuzz, boards, newId }: World, changes: Changes = {}): { board: Board; id: string; create: Payload } {
  const board = fuzz.pick(boards)
  const id = newId()
  const config = create(GameConfigSchema, { ...(board.request.config as GameConfig), ...changes.config } as GameConfig)
  const map = changes.map === undefined ? board.request.map : create(MapDefinitionSchema, changes.map)
  const value = create(CreateGameRequestSchema, {
    gameId: id,
    config,
    map: map as MapDefinition,
    seed: fuzz.below(2 ** 32),
  })
  return { board, id, create: { case: 'createGame', value } }
}

/** Makes such a game, or tries to, and ends it. */
async function madeAndEnded(world: World, changes: Changes): Promise<void> {
  const { create, id } = gameOf(world, changes)
  await answered(world, [requestBytes(create), requestBytes({ case: 'deleteGame', value: { gameId: id } })])
}

/** The requests of a short life, as they should be. */
function lifeOf(world: World): Uint8Array[] {
  const { board, id, create } = gameOf(world)
  const value = { gameId: id }
  const step: Payload = { case: 'stepGame', value: { ...value, flatActions: new Array<number>(board.agents).fill(1) } }
  const typed: Payload = {
    case: 'stepGame',
    value: { ...value, actionTypes: new Array<number>(board.agents).fill(0), actionArgs: new Array<number>(board.agents).fill(0) }, // prettier-ignore
  }
  const rest: Payload[] = [step, typed, { case: 'getState', value }, { case: 'authenticate', value: { token: 'x' } }]
  const end: Payload[] = world.fuzz.below(4) === 0 ? [] : [{ case: 'deleteGame', value }]
  return [create, ...rest, ...end].map((payload, i) => requestBytes(payload, `r${i}`))
}

const ODD_NUMBERS = [0, 1, 2, 3, 7, 15, 16, 200, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
const ODD_SIGNED = [-1, -2, -128, -32_769, -(2 ** 31)]
const ODD_FLOATS = [NaN, Infinity, -Infinity, -0, 3.4e38, -3.4e38, 1e-45, 0.5, -1, 2]
const ODD_TEXTS = [
  '',
  '.',
  ' ',
  'agent',
  'wall',
  '__proto__',
  'constructor',
  'x'.repeat(300),
  'é\u0000\u{1f600}',
  'move',
]

function oddScalar(type: ScalarType, fuzz: Fuzz): unknown {
  switch (type) {
    case ScalarType.STRING:
      return fuzz.pick(ODD_TEXTS)
    case ScalarType.FLOAT:
      return fuzz.pick(ODD_FLOATS)
    case ScalarType.BOOL:
      return fuzz.below(2) === 0
    case ScalarType.INT32:
      return fuzz.pick([...ODD_NUMBERS.filter((number) => number < 2 ** 31), ...ODD_SIGNED])
    default:
      return fuzz.pick(ODD_NUMBERS)
  }
}

/** Changes something in a message, or in one within it, to what should not be there. */
function spoil(desc: DescMessage, message: Message, fuzz: Fuzz): void {
  const field = fuzz.pick(desc.fields)
  const holder = message as unknown as Record<string, unknown>
  const { oneof } = field
  const chosen = oneof === undefined ? undefined : (holder[oneof.localName] as { case?: string; value?: unknown })
  const value =
    chosen === undefined ? holder[field.localName] : chosen.case === field.localName ? chosen.value : undefined
  const inner = innerOf(field, value, fuzz)
  // Rather deep inside than at the top, where most would be refused at once.
  if (inner !== undefined && fuzz.below(5) > 0) {
    spoil(inner.desc, inner.message, fuzz)
    return
  }
  const odd = oddValue(field, value, fuzz)
  if (oneof === undefined) holder[field.localName] = odd
  else holder[oneof.localName] = odd === undefined ? { case: undefined } : { case: field.localName, value: odd }
}

function innerOf(field: DescField, value: unknown, fuzz: Fuzz): { desc: DescMessage; message: Message } | undefined {
  if (value === undefined) return undefined
  if (field.fieldKind === 'message') return { desc: field.message, message: value as Message }
  if (field.fieldKind !== 'list' || field.listKind !== 'message') return undefined
  const items = value as Message[]
  return items.length === 0 ? undefined : { desc: field.message, message: fuzz.pick(items) }
}

function oddValue(field: DescField, value: unknown, fuzz: Fuzz): unknown {
  switch (field.fieldKind) {
    case 'scalar':
      return oddScalar(field.scalar, fuzz)
    case 'enum':
      return fuzz.below(12) - 1
    case 'message':
      return undefined
    case 'list': {
      const items = value as unknown[]
      if (field.listKind === 'scalar') return [...items, oddScalar(field.scalar, fuzz), oddScalar(field.scalar, fuzz)]
      // Fewer, or some twice, or in another order.
      return fuzz.below(3) === 0
        ? items.slice(fuzz.below(items.length + 1))
        : [...items].reverse().concat(items.slice(0, 2))
    }
    case 'map': {
      const key = String(
        field.mapKey === ScalarType.STRING ? fuzz.pick(ODD_TEXTS) : fuzz.pick(ODD_NUMBERS.filter((n) => n < 2 ** 31)),
      )
      const odd = field.mapKind === 'scalar' ? oddScalar(field.scalar, fuzz) : undefined
      return { ...(value as object), ...(odd !== undefined && { [key]: odd }) }
    }
  }
}

/** A request that can be read and makes no sense. */
function spoiled({ fuzz, boards, newId }: World): CreateGameRequest {
  const request = clone(CreateGameRequestSchema, fuzz.pick(boards).request)
  request.seed = fuzz.below(2 ** 32)
  for (let i = fuzz.below(4); i >= 0; i -= 1) spoil(CreateGameRequestSchema, request, fuzz)
  request.gameId = newId()
  return request
}

/** Requests that are sent at once by those who do not wait for answers. */
const CHUNK = 1000

export const ATTACKS: Readonly<Record<string, Attack>> = {
  async mutated(world) {
    const { fuzz } = world
    const bodies = lifeOf(world).map((body) => (fuzz.below(4) === 0 ? body : fuzz.mutate(body)))
    await answered(world, bodies)
  },

  async 'unparsable bytes'(world) {
    const { fuzz } = world
    await answered(
      world,
      Array.from({ length: 1 + fuzz.below(20) }, () => fuzz.bytes(fuzz.below(200))),
    )
  },

  async 'configurations that make no sense'(world) {
    const request = spoiled(world)
    const { gameId } = request
    const { fuzz } = world
    const steps = Array.from({ length: 5 }, (): Payload => {
      const flatActions = Array.from({ length: 1 + fuzz.below(4) }, () => fuzz.below(60) - 5)
      return { case: 'stepGame', value: { gameId, flatActions } }
    })
    const state: Payload = { case: 'getState', value: { gameId } }
    const end: Payload[] = fuzz.below(4) === 0 ? [] : [{ case: 'deleteGame', value: { gameId } }]
    const body = requestBytes({ case: 'createGame', value: request }, 'odd')
    await answered(world, [body, ...[...steps, state, ...end].map((payload) => requestBytes(payload))])
  },

  async 'bytes of such a request mutated'(world) {
    const body = requestBytes({ case: 'createGame', value: spoiled(world) })
    await answered(world, [world.fuzz.mutate(body), toBinary(CreateGameRequestSchema, spoiled(world))])
  },

  async 'bytes of any kind, without frames'({ connect, fuzz }) {
    const peer = await connect()
    peer.socket.write(fuzz.bytes(fuzz.below(3000)))
    await peer.end()
  },

  async 'lengths that lie'({ connect, fuzz }) {
    const peer = await connect()
    const prefix = Buffer.alloc(4)
    prefix.writeUInt32BE(fuzz.pick([0xffff_ffff, 0x8000_0000, 16 * 1024 * 1024 + 1, 16 * 1024 * 1024, 65_536, 100]))
    peer.socket.write(Buffer.concat([framed(requestBytes({ case: 'getState', value: { gameId: 'none' } })), prefix]))
    peer.socket.write(fuzz.bytes(fuzz.below(90)))
    if ((await peer.answer()) === undefined) throw new Error('the request before the length that lies got no answer')
    await peer.end()
  },

  async 'frames of nothing'(world) {
    await answered(world, new Array<Buffer>(1 + world.fuzz.below(100)).fill(Buffer.alloc(0)))
  },

  async 'maps that cannot be'(world) {
    const { fuzz } = world
    const side = (): number => fuzz.pick([0, 1, 31_623, 65_535, 65_536, 2 ** 32 - 1])
    const cells = Array.from({ length: fuzz.below(5) }, () => {
      return { row: side(), col: side(), objectType: fuzz.pick(ODD_TEXTS) }
    })
    await madeAndEnded(world, { map: { height: side(), width: side(), cells } })
  },

  async 'many cells'(world) {
    const { fuzz } = world
    const width = 300 + fuzz.below(200)
    const objectType = fuzz.pick(['wall', '.', 'no such thing', 'agent'])
    const cells = Array.from({ length: width * 200 }, (_, i) => {
      return { row: Math.floor(i / width), col: i % width, objectType }
    })
    await madeAndEnded(world, { map: { height: 200, width, cells } })
  },

  async 'windows and tokens that are too many'(world) {
    const { fuzz } = world
    const obsWidth = fuzz.pick([0, 4, 15, 16, 200])
    const obsHeight = fuzz.pick([0, 15, 200])
    const numObservationTokens = fuzz.pick([0, 1, 100_000, 2 ** 32 - 1])
    await madeAndEnded(world, { config: { obsWidth, obsHeight, numObservationTokens } })
  },

  async 'more or fewer actions than agents'(world) {
    const { fuzz, connect, sent } = world
    const { board, create, id } = gameOf(world)
    const peer = await connect()
    await peer.ask(create)
    for (let i = 0; i < 10; i += 1) {
      const other = (): number => (board.agents + 1 + fuzz.below(5)) * fuzz.below(3)
      const numbers = (length: number): number[] => Array.from({ length }, () => fuzz.pick([...ODD_SIGNED, 0, 1, 99]))
      const typed = fuzz.below(2) === 0
      const value = typed
        ? { actionTypes: numbers(other()), actionArgs: numbers(board.agents) }
        : { flatActions: numbers(other()) }
      const said = wordsOf(await peer.ask({ case: 'stepGame', value: { gameId: id, ...value } }))
      if (!said.startsWith('error: ')) throw new Error(`other actions than agents were taken: ${said}`)
    }
    const { payload } = await peer.ask({ case: 'getState', value: { gameId: id } })
    if (payload.case !== 'stateResult' || payload.value.snapshot?.currentStep !== 0n) {
      throw new Error('a step that was refused was done')
    }
    sent(12)
    await peer.end()
  },

  async 'going with requests outstanding'(world) {
    const { fuzz, connect } = world
    const { board, create, id } = gameOf(world)
    const peer = await connect()
    const step: Payload = {
      case: 'stepGame',
      value: { gameId: id, flatActions: new Array<number>(board.agents).fill(1) },
    }
    const frame = framed(requestBytes(step))
    const frames = Array.from({ length: CHUNK }, () => frame)
    peer.socket.write(Buffer.concat([framed(requestBytes(create)), ...frames]))
    if (fuzz.below(2) === 0) await peer.answer()
    if (fuzz.below(2) === 0) peer.socket.resetAndDestroy()
    else peer.destroy()
  },

  async 'never reading'(world) {
    const { connect, fuzz } = world
    const { board, create, id } = gameOf(world, { config: { numObservationTokens: 20_000 } })
    const peer = await connect()
    peer.socket.pause()
    const flatActions = new Array<number>(board.agents).fill(0)
    const frame = framed(requestBytes({ case: 'stepGame', value: { gameId: id, flatActions } }))
    peer.socket.write(Buffer.concat([framed(requestBytes(create)), ...Array.from({ length: CHUNK }, () => frame)]))
    await pause(500 + fuzz.below(3000))
    peer.destroy()
  },

  async 'a byte at a time'(world) {
    const { fuzz, connect, sent } = world
    const peer = await connect()
    const frame = framed(requestBytes({ case: 'getState', value: { gameId: 'none' } }, 'slow'))
    for (const byte of frame) {
      peer.socket.write(Uint8Array.of(byte))
      if (fuzz.below(3) === 0) await pause(1)
    }
    const answer = await peer.answer()
    if (answer?.requestId !== 'slow') throw new Error('what came a byte at a time got no answer')
    sent(1)
    await peer.end()
  },

  async 'many connections that say nothing'({ connect, fuzz }) {
    const peers = await Promise.all(Array.from({ length: 1 + fuzz.below(60) }, () => connect()))
    for (const peer of peers) {
      if (fuzz.below(2) === 0) peer.socket.resetAndDestroy()
      else peer.destroy()
    }
  },

  async 'two that want the same game'(world) {
    const { board, create, id } = gameOf(world)
    const value = { gameId: id }
    const flatActions = new Array<number>(board.agents).fill(0)
    const step: Payload = { case: 'stepGame', value: { ...value, flatActions } }
    const both = [create, step, step, { case: 'deleteGame', value } as const, step, create]
    const bodies = both.map((payload) => requestBytes(payload))
    await Promise.all([answered(world, bodies), answered(world, bodies)])
  },
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
