/** The embedded epmd over real sockets. */
import net from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { listNames, lookupNode, registerNode, startEpmd, type EpmdOptions } from '../../../src/erlang/epmd/index.ts'
import { encodeRequest, type NodeInfo, type Request } from '../../../src/erlang/epmd/wire.ts'
import { recordEvents } from '../../support/events.ts'

const stops: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function start(options: Partial<EpmdOptions> = {}) {
  const events = recordEvents()
  const server = await startEpmd({ port: 0, events, ...options })
  stops.push(() => server.stop())
  return { server, events, port: server.port }
}

async function register(port: number, name: string, more: { hidden?: boolean } = {}) {
  const held = await registerNode({ port, name, nodePort: 4321, events: recordEvents(), ...more })
  stops.push(() => held.close())
  return held
}

/** Sends bytes in pieces; resolves with everything that comes back, when the connection ends. */
function exchange(port: number, ...pieces: (Uint8Array | number[])[]): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    const got: Buffer[] = []
    socket.on('data', (chunk) => got.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(Buffer.concat(got))
    })
    const send = ([piece, ...rest]: (Uint8Array | number[])[]): void => {
      if (piece === undefined) return
      socket.write(Uint8Array.from(piece), () => {
        setImmediate(send, rest)
      })
    }
    send(pieces)
  })
}

function ask(port: number, request: Request): Promise<Buffer> {
  return exchange(port, encodeRequest(request))
}

const info: NodeInfo = { name: 'a', port: 9, hidden: false, highVersion: 6, lowVersion: 5, extra: Buffer.of(1, 2) }

describe('embedded epmd', () => {
  test('registers, finds and lists nodes; a registration lives as long as its socket', async () => {
    const { port, server, events } = await start({ nowMs: () => 1000 })
    const a = await register(port, 'a')
    await register(port, 'b', { hidden: false })
    expect(a.creation).toBe(1000)
    const expected = { name: 'a', port: 4321, hidden: true, highVersion: 6, lowVersion: 6, extra: new Uint8Array() }
    expect(await lookupNode('127.0.0.1', port, 'a')).toEqual(expected)
    expect(await lookupNode('127.0.0.1', port, 'b')).toMatchObject({ hidden: false })
    expect(await lookupNode('127.0.0.1', port, 'c')).toBeUndefined()
    const nodes = [
      { name: 'a', port: 4321 },
      { name: 'b', port: 4321 },
    ]
    expect(await listNames('127.0.0.1', port)).toEqual({ epmdPort: port, nodes })
    expect(server.names()).toEqual(nodes)
    await a.close()
    await events.next('epmd.name_removed')
    expect(await lookupNode('127.0.0.1', port, 'a')).toBeUndefined()
    expect((await register(port, 'a')).creation).toBe(1001)
  })

  test('refuses a name that is taken with result 1 and creation 99', async () => {
    const { port, events } = await start()
    await register(port, 'a')
    expect([...(await ask(port, { kind: 'alive', node: info }))]).toEqual([118, 1, 0, 0, 0, 99])
    expect([...(await ask(port, { kind: 'alive', node: { ...info, highVersion: 5 } }))]).toEqual([121, 1, 0, 99])
    await expect(register(port, 'a')).rejects.toMatchObject({ code: 'name_taken' })
    expect(events.all('epmd.refused').map((event) => event.code)).toEqual(['name_taken', 'name_taken', 'name_taken'])
  })

  test('takes requests byte by byte and drops what follows them', async () => {
    const { port } = await start()
    await register(port, 'a')
    const bytes = [...encodeRequest({ kind: 'port', name: 'a' }), 1, 2, 3].map((byte) => [byte])
    expect((await exchange(port, ...bytes)).subarray(0, 4)).toEqual(Buffer.of(119, 0, 0x10, 0xe1))
  })

  test('answers DUMP, and neither KILL nor STOP', async () => {
    const { port, events } = await start()
    await register(port, 'a')
    expect((await ask(port, { kind: 'dump' })).toString('utf8', 4)).toMatch(
      /^active name {5}<a> at port 4321, fd = \d+\n$/,
    )
    expect(await ask(port, { kind: 'kill' })).toHaveLength(0)
    expect(await ask(port, { kind: 'stop', name: 'a' })).toHaveLength(0)
    expect(events.all('epmd.refused').map((event) => event.code)).toEqual(['bad_epmd_request', 'bad_epmd_request'])
    expect(await lookupNode('127.0.0.1', port, 'a')).toBeDefined()
  })

  test('closes connections that break a limit, names the limit, and lives', async () => {
    const limits = { maxRequestBytes: 60, maxNameBytes: 10 }
    const { port, events } = await start({ limits })
    await exchange(port, [0, 61])
    await ask(port, { kind: 'port', name: 'elevenchars' })
    await exchange(port, [0, 1, 7])
    expect(events.all('epmd.refused')).toMatchObject([
      { code: 'epmd_request_too_long', message: 'A request of 61 bytes; maxRequestBytes is 60.' },
      { code: 'epmd_name_too_long', message: 'A name of 11 bytes; maxNameBytes is 10.' },
      { code: 'bad_epmd_request' },
    ])
    expect((await listNames('127.0.0.1', port)).nodes).toEqual([])
  })

  test('closes a connection that sends half a request, but never one that holds a name', async () => {
    const { port, events } = await start({ limits: { requestMs: 20 } })
    const held = await register(port, 'a')
    await exchange(port, [0, 5, 122])
    expect(await events.next('epmd.refused')).toMatchObject({ code: 'epmd_idle' })
    expect(held.registered).toBe(true)
  })

  test('has at most so many connections', async () => {
    const { port, events } = await start({ limits: { maxConnections: 2 } })
    const a = await register(port, 'a')
    await register(port, 'b')
    expect(await ask(port, { kind: 'names' })).toHaveLength(0)
    expect(await events.next('epmd.refused')).toMatchObject({ code: 'epmd_full' })
    await a.close()
    await events.next('epmd.name_removed')
    expect((await listNames('127.0.0.1', port)).nodes).toHaveLength(1)
  })

  test('says that its port is taken, and frees it when stopped', async () => {
    const { port, server, events } = await start()
    const again = startEpmd({ port, events: recordEvents() })
    await expect(again).rejects.toMatchObject({ code: 'port_taken', message: expect.stringContaining(String(port)) })
    await Promise.all([server.stop(), server.stop()])
    await events.next('epmd.stopped')
    await start({ port })
  })

  test('registers nobody from another machine', async () => {
    // A connection to an own address that is not loopback still counts as local; a foreign one cannot be had here.
    const { port } = await start({ host: '::' })
    const held = await registerNode({ host: '::1', port, name: 'six', nodePort: 1, events: recordEvents() })
    stops.push(() => held.close())
    expect((await listNames('127.0.0.1', port)).nodes).toEqual([{ name: 'six', port: 1 }])
  })
})

test('listens on more addresses, with the same names; one that is taken is left to who has it', async () => {
  const { port } = await start()
  await start({ port, host: '127.0.0.3', alsoOn: ['127.0.0.1', '127.0.0.4'] })
  const held = await registerNode({ host: '127.0.0.4', port, name: 'here', nodePort: 1, events: recordEvents() })
  stops.push(() => held.close())
  expect((await lookupNode('127.0.0.3', port, 'here'))?.port).toBe(1)
  expect(await lookupNode('127.0.0.1', port, 'here')).toBeUndefined()
})
