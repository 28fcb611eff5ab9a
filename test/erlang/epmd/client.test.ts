/** The client against servers that are slow, silent, wrong or gone. */
import net from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { listNames, lookupNode, registerNode, startEpmd } from '../../../src/erlang/epmd/index.ts'
import { encodeAliveReply, encodeNamesReply, encodePortReply } from '../../../src/erlang/epmd/wire.ts'
import { recordEvents } from '../../support/events.ts'

const stops: (() => Promise<unknown> | undefined)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A server that does one thing with each connection. */
async function serve(behave: (socket: net.Socket) => void, port = 0): Promise<number> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.resume()
    behave(socket)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  stops.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as net.AddressInfo).port
}

/** Writes byte by byte, a turn of the event loop apart. */
function drip(socket: net.Socket, bytes: Uint8Array, then: () => void): void {
  if (bytes.length === 0) {
    then()
    return
  }
  socket.write(bytes.subarray(0, 1), () => {
    setImmediate(drip, socket, bytes.subarray(1), then)
  })
}

function register(port: number, more: Partial<Parameters<typeof registerNode>[0]> = {}) {
  return registerNode({ port, name: 'a', nodePort: 7, events: recordEvents(), ...more })
}

const node = { name: 'ab', port: 9, hidden: false, highVersion: 6, lowVersion: 5, extra: new Uint8Array() }

describe('epmd client', () => {
  test('reads replies that come byte by byte', async () => {
    const names = { epmdPort: 1, nodes: [{ name: 'a', port: 2 }] }
    const ending = (bytes: Uint8Array) => (socket: net.Socket) => {
      drip(socket, bytes, () => socket.end())
    }
    expect(await lookupNode('127.0.0.1', await serve(ending(encodePortReply(node))), 'ab')).toEqual(node)
    expect(await listNames('127.0.0.1', await serve(ending(encodeNamesReply(names))))).toEqual(names)
    const staying = await serve((socket) => {
      drip(socket, encodeAliveReply({ result: 0, creation: 0x01020304, wide: true }), () => undefined)
    })
    const held = await register(staying)
    expect(held.creation).toBe(0x01020304)
    await held.close()
  })

  test('takes the creation of 16 bits that an old epmd gives', async () => {
    const port = await serve((socket) => socket.write(encodeAliveReply({ result: 0, creation: 3, wide: false })))
    const held = await register(port)
    expect(held.creation).toBe(3)
    await held.close()
    expect(held.registered).toBe(false)
  })

  test('says what is wrong, by code and in a sentence', async () => {
    const silent = await serve(() => undefined)
    const closing = await serve((socket) => socket.end())
    const http = await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n'))
    const endless = await serve((socket) => socket.write(Buffer.alloc(200_000)))
    const nobody = await serve(() => undefined)
    await stops.pop()?.()
    await expect(lookupNode('127.0.0.1', nobody, 'a')).rejects.toMatchObject({
      code: 'epmd_unreachable',
      details: { system: 'ECONNREFUSED' },
      message: expect.stringContaining(`127.0.0.1:${nobody}`),
    })
    await expect(register(nobody)).rejects.toMatchObject({ code: 'epmd_unreachable' })
    await expect(lookupNode('127.0.0.1', silent, 'a', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
    await expect(register(silent, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
    await expect(lookupNode('127.0.0.1', closing, 'a')).rejects.toMatchObject({ code: 'bad_epmd_reply' })
    await expect(lookupNode('127.0.0.1', http, 'a')).rejects.toMatchObject({ code: 'bad_epmd_reply' })
    await expect(register(http)).rejects.toMatchObject({ code: 'bad_epmd_reply' })
    await expect(listNames('127.0.0.1', endless, { maxReplyBytes: 1000 })).rejects.toMatchObject({
      code: 'epmd_reply_too_long',
    })
    await expect(lookupNode('127.0.0.1', silent, 'a'.repeat(2000))).rejects.toMatchObject({
      code: 'epmd_name_too_long',
    })
  })

  test('gives up when its signal says so', async () => {
    const silent = await serve(() => undefined)
    await expect(lookupNode('127.0.0.1', silent, 'a', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
    const giveUp = new AbortController()
    const asked = lookupNode('127.0.0.1', silent, 'a', { signal: giveUp.signal })
    giveUp.abort()
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('a registration', () => {
  test('comes back with a new creation after epmd went away and came back', async () => {
    const events = recordEvents()
    let now = 1000
    const first = await startEpmd({ port: 0, events: recordEvents(), nowMs: () => now })
    const creations: number[] = []
    const lost: string[] = []
    const held = await register(first.port, {
      events,
      retryMs: { min: 4, max: 8 },
      onCreation: (creation) => creations.push(creation),
      onLost: (error) => lost.push(error.code),
    })
    stops.push(() => held.close())
    await first.stop()
    await events.next('epmd.retry', 3)
    expect(held.registered).toBe(false)
    now = 2000
    const second = await startEpmd({ port: first.port, events: recordEvents(), nowMs: () => now })
    stops.push(() => second.stop())
    expect(await events.next('epmd.registered', 2)).toMatchObject({ name: 'a', port: first.port, creation: 2000 })
    await lookupNode('127.0.0.1', second.port, 'a')
    expect({ lost, creations, now: held.creation }).toEqual({
      lost: ['epmd_unreachable'],
      creations: [2000],
      now: 2000,
    })
    expect(events.all('epmd.lost')).toHaveLength(1)
  })

  test('waits longer each time, up to a limit, with a share of chance', async () => {
    const events = recordEvents()
    let refuse = false
    const port = await serve((socket) => {
      socket.write(encodeAliveReply({ result: refuse ? 1 : 0, creation: 5, wide: true }))
      // The name is lost at once, and taken by somebody else from then on.
      refuse = true
      socket.end()
    })
    const held = await register(port, { events, retryMs: { min: 4, max: 12 }, random: () => 0.5 })
    stops.push(() => held.close())
    await events.next('epmd.retry', 4)
    await held.close()
    expect(events.all('epmd.retry').map((event) => event.delayMs)).toEqual([3, 6, 9, 9])
    expect(events.all('epmd.retry').map((event) => event.code)).toEqual([
      'epmd_unreachable',
      'name_taken',
      'name_taken',
      'name_taken',
    ])
  })

  test('does not come back after it was closed', async () => {
    const events = recordEvents()
    const server = await startEpmd({ port: 0, events: recordEvents() })
    const held = await register(server.port, { events, retryMs: { min: 1, max: 1 } })
    await server.stop()
    await events.next('epmd.retry', 2)
    await held.close()
    await held.close()
    const again = await startEpmd({ port: server.port, events: recordEvents() })
    stops.push(() => again.stop())
    // Whoever connects now would be seen before this answer.
    expect((await listNames('127.0.0.1', again.port)).nodes).toEqual([])
    expect(events.all('epmd.registered')).toHaveLength(1)
  })
})
