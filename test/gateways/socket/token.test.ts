/** Servers that ask for a token, and which have to. */
import { describe, expect, jest, test } from '@jest/globals'
import { fromBinary } from '@bufbuild/protobuf'
import { MettaGridResponseSchema } from '../../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import type { BeamcadeError } from '../../../src/errors.ts'
import { greet, type Greeting } from '../../../src/gateways/socket/greeting.ts'
import { Service } from '../../../src/gateways/socket/service.ts'
import { Token } from '../../../src/gateways/socket/token.ts'
import { MemoryWire } from '../../support/memory-wire.ts'
import {
  createGame,
  framed,
  getState,
  RawClient,
  requestFrame,
  startSocketGateway,
  wordsOf,
} from '../../support/socket-gateway.ts'

const show = (token: string) => ({ case: 'authenticate', value: { token } }) as const

describe('a server with a token', () => {
  test('lets in who shows it, with what comes right behind it', async () => {
    const { port, gateway, client: stranger } = await startSocketGateway({ token: 'sesame' })
    const client = await RawClient.connect(port)
    client.write(Buffer.concat([requestFrame(show('sesame'), 'a'), requestFrame(createGame('g'), 'b')]))
    client.send(getState('g'), 'c')
    const seen = [await client.response(), await client.response(), await client.response()]
    expect(seen.map((response) => `${response.requestId} ${wordsOf(response)}`)).toEqual([
      'a authenticateResult: ',
      'b createResult: ',
      'c stateResult',
    ])
    // Showing it once more does no harm.
    expect(await client.words(show('sesame'))).toBe('authenticateResult: ')
    stranger.socket.destroy()
    gateway.stop()
  })

  test.each([
    ['another token', requestFrame(show('sesam'), 'r'), 'r authenticateResult: this is not the token of this server'],
    ['an empty token', requestFrame(show(''), 'r'), 'r authenticateResult: this is not the token of this server'],
    [
      'another request',
      requestFrame(getState('g'), 'r'),
      'r error: this server asks for a token: send authenticate first',
    ],
    [
      'a step',
      framed(Buffer.from([0x5a, 2, 0x10, 1])),
      ' error: this server asks for a token: send authenticate first',
    ],
    ['no request', framed(Buffer.from([0xff])), ' error: failed to parse request'],
    [
      'a long frame',
      framed(Buffer.alloc(1025)),
      expect.stringMatching(/^ error: A frame of 1025 bytes came; the limit is 1024\./),
    ],
  ])('tells %s why, and closes', async (_, bytes, words) => {
    const { client, gateway, events } = await startSocketGateway({ token: 'sesame' })
    client.write(bytes)
    client.send(createGame('g'))
    const response = await client.response()
    expect(`${response.requestId} ${wordsOf(response)}`).toEqual(words)
    expect(await client.frame()).toBeUndefined()
    expect(events.all('socket.refused')).toHaveLength(1)
    expect(events.all('game.created')).toEqual([])
    expect(JSON.stringify(events.all('socket.refused'))).not.toContain('sesame')
    gateway.stop()
  })

  test('does not wait for ever', () => {
    jest.useFakeTimers()
    try {
      const wire = new MemoryWire()
      const refused: BeamcadeError[] = []
      const admitted: Greeting[] = []
      greet({
        wire,
        token: new Token('sesame'),
        service: Object.create(Service.prototype) as Service,
        limits: { maxGreetingBytes: 1024, greetingMs: 7000 },
        onAdmitted: (greeting) => admitted.push(greeting),
        onRefused: (reason) => refused.push(reason),
      })
      wire.deliver(Uint8Array.of(0, 0, 0))
      jest.advanceTimersByTime(6999)
      expect(refused).toEqual([])
      jest.advanceTimersByTime(1)
      expect(refused).toMatchObject([{ code: 'bad_token' }])
      const response = fromBinary(MettaGridResponseSchema, wire.takeWritten().subarray(4))
      expect(wordsOf(response)).toBe('error: No token was shown within 7000 ms.')
      expect([wire.ended, admitted]).toEqual([true, []])
    } finally {
      jest.useRealTimers()
    }
  })

  test('counts those that have shown none yet', async () => {
    const { port, gateway, events } = await startSocketGateway({ token: 'sesame', limits: { maxConnections: 2 } })
    await RawClient.connect(port)
    const third = await RawClient.connect(port)
    await third.closed
    expect(events.all('socket.refused')).toMatchObject([{ code: 'too_many_connections' }])
    gateway.stop()
  })
})

describe('who listens beyond this machine', () => {
  test('needs a token, or has to say that none is wanted; it warns either way', async () => {
    await expect(startSocketGateway({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'token_needed' })
    const warned = async (options: object) => {
      const { gateway, events } = await startSocketGateway({ host: '0.0.0.0', ...options })
      gateway.stop()
      return events.all('socket.exposed')
    }
    expect(await warned({ token: 'sesame' })).toMatchObject([{ host: '0.0.0.0', token: true }])
    expect(await warned({ insecure: true })).toMatchObject([{ host: '0.0.0.0', token: false }])
  })

  test.each(['127.0.0.1', '127.1.2.3', 'localhost'])('not %s', async (host) => {
    const { gateway, events } = await startSocketGateway({ host })
    expect(events.all('socket.exposed')).toEqual([])
    gateway.stop()
  })
})
