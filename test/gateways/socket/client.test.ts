/** `beamcade/mettagrid`: the client, with our server and with ones that behave badly. */
import net from 'node:net'
import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { MettaGridResponseSchema, type MettaGridResponse } from '../../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import {
  MettaGridClient,
  type ClientOptions,
  type GameConfig,
  type MapDefinition,
} from '../../../src/gateways/socket/client.ts'
import { freePort } from '../../support/peers.ts'
import { framed, startSocketGateway } from '../../support/socket-gateway.ts'
import { readTrace } from '../../support/mettagrid-trace.ts'

const config: GameConfig = {
  num_agents: 2,
  max_steps: 50,
  obs_width: 3,
  obs_height: 3,
  num_observation_tokens: 30,
  actions: [
    { name: 'noop', type: 'ACTION_NOOP', noop: {} },
    { name: 'move', type: 'ACTION_MOVE', move: {} },
  ],
  objects: [
    { name: 'agent', agent: { type_name: 'agent', group_name: 'red', stat_rewards: { 'action.move.success': 0.5 } } },
    { name: 'wall', wall: { type_id: 1, type_name: 'wall' } },
  ],
}
const map: MapDefinition = {
  height: 2,
  width: 3,
  cells: [
    { row: 0, col: 0, object_type: 'agent' },
    { row: 1, col: 2, object_type: 'agent' },
  ],
}
const game = { config, map, seed: 7 }

let house: Awaited<ReturnType<typeof startSocketGateway>>
let client: MettaGridClient
beforeAll(async () => {
  house = await startSocketGateway()
  client = await MettaGridClient.connect({ port: house.port })
})
afterAll(async () => {
  await client.close()
  house.gateway.stop()
})

describe('with a server', () => {
  test('makes, steps, looks at and deletes a game', async () => {
    await client.createGame('life', game)
    const before = await client.getState('life')
    expect(before).toMatchObject({ currentStep: 0, terminals: [false, false], rewards: new Float32Array(2) })
    expect(before.observations).toHaveLength(2 * 30 * 3)
    // Agent 0 moves east, agent 1 moves east into the rim.
    const step = await client.stepGame('life', [4, 4])
    expect(step).toMatchObject({ currentStep: 1, actionSuccess: [true, false], truncations: [false, false] })
    expect([...step.rewards]).toEqual([0.5, 0])
    expect(await client.getState('life')).toEqual(step)
    const typed = await client.stepGame('life', { types: [1, 0], args: [2, 0] })
    expect(typed).toMatchObject({ currentStep: 2, actionSuccess: [true, true] })
    // What was handed out stays what it was.
    expect(step.currentStep).toBe(1)
    await client.deleteGame('life')
    await expect(client.getState('life')).rejects.toMatchObject({ code: 'refused', message: 'game_id not found' })
  })

  test('takes the names of Protobuf JSON as well', async () => {
    const camel = JSON.parse(
      JSON.stringify(config).replace(/_([a-z])(?=[a-z_]*":)/g, (_, letter: string) => letter.toUpperCase()),
    ) as GameConfig
    expect(Object.keys(camel)).toContain('numAgents')
    await client.createGame('camel', { config: camel, map })
    await client.deleteGame('camel')
  })

  test('requests that are sent together are answered in order, in their own arrays', async () => {
    await client.createGame('many', game)
    const steps = await Promise.all(Array.from({ length: 200 }, (_, i) => client.stepGame('many', [i % 5, 0])))
    expect(steps.map(({ currentStep }) => currentStep)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    expect(new Set(steps.map(({ observations }) => Buffer.from(observations).toString('hex'))).size).toBeGreaterThan(1)
    expect(client.pending).toBe(0)
    await client.deleteGame('many')
  })

  test('what the server refuses, in its words; the connection goes on', async () => {
    const refused = (words: string) => ({ code: 'refused', message: words })
    await expect(client.deleteGame('nowhere')).rejects.toMatchObject(refused('game_id not found'))
    await expect(client.createGame('x', { config, map: { ...map, height: 0 } })).rejects.toMatchObject(
      refused('Map definition must include positive width and height'),
    )
    await client.createGame('x', game)
    await expect(client.createGame('x', game)).rejects.toMatchObject(refused('game_id already exists'))
    const count = refused('flat_actions length does not match number of agents')
    await expect(client.stepGame('x', [0])).rejects.toMatchObject(count)
    await client.deleteGame('x')
  })

  test('what is no such message is refused here', async () => {
    const wrong = { config: { ...config, num_agnets: 1 } as GameConfig, map }
    await expect(client.createGame('x', wrong)).rejects.toMatchObject({ code: 'bad_argument' })
  })

  test('a game of the reference, step by step', async () => {
    const path = new URL('../../vectors/mettagrid/04_diagonals_rotate.json', import.meta.url)
    const trace = readTrace(path)
    const { config, map, seed } = trace.create_game as unknown as typeof game
    await client.createGame('trace', { config, map, seed })
    for (const { flat = [], rewards_hex, success } of trace.steps) {
      const step = await client.stepGame('trace', flat)
      expect(step.actionSuccess.map(Number).join('')).toBe(success)
      expect(Buffer.from(step.rewards.buffer).swap32().toString('hex')).toBe(rewards_hex)
    }
    await client.deleteGame('trace')
  })

  test('shows its token; another one is refused', async () => {
    const guarded = await startSocketGateway({ token: 'sesame' })
    const { port } = guarded
    const friend = await MettaGridClient.connect({ port, token: 'sesame' })
    await friend.createGame('g', game)
    await friend.close()
    await expect(MettaGridClient.connect({ port, token: 'wrong' })).rejects.toMatchObject({ code: 'bad_token' })
    const stranger = await MettaGridClient.connect({ port })
    await expect(stranger.getState('g')).rejects.toMatchObject({ code: 'refused' })
    expect(await stranger.closed).toMatchObject({ code: 'connection_lost' })
    guarded.gateway.stop()
  })

  test('close() gives up what waits; games live on', async () => {
    const other = await MettaGridClient.connect({ port: house.port })
    await other.createGame('stays', game)
    const waiting = other.stepGame('stays', [0, 0])
    await other.close()
    await expect(waiting).rejects.toMatchObject({ code: 'connection_closed' })
    await expect(other.getState('stays')).rejects.toMatchObject({ code: 'connection_closed' })
    expect(await other.closed).toBeUndefined()
    await client.deleteGame('stays')
  })

  test('await using', async () => {
    let used: MettaGridClient
    {
      await using scoped = await MettaGridClient.connect({ port: house.port })
      used = scoped
      await expect(scoped.getState('nowhere')).rejects.toMatchObject({ code: 'refused' })
    }
    expect(await used.closed).toBeUndefined()
  })
})

const servers = new Set<net.Server>()
afterAll(() => {
  for (const server of servers) server.close()
})

/** A server that does what the test says with each connection. */
async function rude(serve: (socket: net.Socket) => void, options: ClientOptions = {}): Promise<MettaGridClient> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return MettaGridClient.connect({ port: (server.address() as net.AddressInfo).port, ...options })
}

function response(requestId: string, payload: MettaGridResponse['payload']): Buffer {
  return framed(toBinary(MettaGridResponseSchema, create(MettaGridResponseSchema, { requestId, payload })))
}

describe('with a server that behaves badly', () => {
  test('one that does not answer: timeouts, and the next response is for the right request', async () => {
    let answer: (bytes: Buffer) => void = () => undefined
    const other = await rude((socket) => {
      answer = (bytes) => socket.write(bytes)
    })
    const first = other.getState('g', { timeoutMs: 30 })
    const second = other.deleteGame('g', { timeoutMs: 20_000 })
    await expect(first).rejects.toMatchObject({ code: 'timeout' })
    answer(response('req_1', { case: 'error', value: { code: 1, message: 'late' } as never }))
    answer(response('req_2', { case: 'deleteResult', value: { ok: true } as never }))
    await second
    expect(other.pending).toBe(0)
    await other.close()
  })

  test('a request is given up by its signal, before and after it was sent', async () => {
    const other = await rude(() => undefined)
    const controller = new AbortController()
    const asked = other.stepGame('g', [0], { signal: controller.signal })
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
    await expect(other.stepGame('g', [0], { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
    await other.close()
  })

  test.each<[string, Buffer]>([
    ['bytes that are no message', framed(Buffer.from([0xff, 0xff]))],
    ['a response without payload', framed(Buffer.alloc(0))],
    ['a response to another request', response('req_9', { case: 'error', value: { code: 1, message: '' } as never })],
  ])('%s: what waits fails, and the connection ends', async (_, bytes) => {
    const other = await rude((socket) => {
      socket.once('data', () => socket.write(bytes))
    })
    await expect(other.getState('g')).rejects.toMatchObject({ code: 'bad_response' })
    expect(await other.closed).toMatchObject({ code: 'bad_response' })
  })

  test('a response of another kind', async () => {
    const other = await rude((socket) => {
      socket.once('data', () => socket.write(response('req_1', { case: 'createResult', value: { ok: true } as never })))
    })
    await expect(other.getState('g')).rejects.toMatchObject({ code: 'bad_response' })
    await other.close()
  })

  test('a response that is longer than it may be', async () => {
    const serve = (socket: net.Socket): void => {
      socket.once('data', () => socket.write(Buffer.from([0x7f, 0xff, 0xff, 0xff])))
    }
    const other = await rude(serve, { maxFrameBytes: 1000 })
    await expect(other.getState('g')).rejects.toMatchObject({ code: 'frame_too_large' })
  })

  test('one that hangs up', async () => {
    const other = await rude((socket) => {
      socket.once('data', () => socket.destroy())
    })
    const asked = [other.getState('g'), other.getState('h')]
    for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'connection_lost' })
  })

  test('none at all', async () => {
    const port = await freePort()
    await expect(MettaGridClient.connect({ port })).rejects.toMatchObject({ code: 'connect_failed' })
    const signal = AbortSignal.abort()
    await expect(MettaGridClient.connect({ port, signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})
