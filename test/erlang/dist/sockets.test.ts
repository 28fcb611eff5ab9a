/** Listener and dialer over real sockets, over both accept paths. */
import net from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { dial, listen, ourFlags, type Signal } from '../../../src/erlang/dist/index.ts'
import { decide, startAcceptor, startInitiator, step } from '../../../src/erlang/dist/handshake.ts'
import { encode } from '../../../src/erlang/etf/encode.ts'
import { atom, Pid, type Tuple, tuple } from '../../../src/erlang/etf/terms.ts'
import { acceptPaths, DistNode, type DistNodeOptions } from '../../support/dist-node.ts'

const opened: { stop(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})

async function node(options: DistNodeOptions): Promise<DistNode> {
  const started = await DistNode.start(options)
  opened.push(started)
  return started
}

const portOf = (one: DistNode): number => one.listener?.port ?? 0

/** A client that says what it is told, and tells when it is closed. */
function client(port: number): { socket: net.Socket; closed: Promise<void>; received: () => Buffer } {
  const socket = net.connect(port, '127.0.0.1')
  opened.push({ stop: () => socket.destroy() })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
  const closed = new Promise<void>((resolve) =>
    socket.on('close', () => {
      resolve()
    }),
  )
  return { socket, closed, received: () => Buffer.concat(chunks) }
}

function hello(name: string, flags = ourFlags()): Buffer {
  const options = { name, creation: 1, flags, cookie: () => '', challenge: 1 }
  const [packet = new Uint8Array()] = startInitiator(options, 'b@h').send
  return Buffer.concat([Uint8Array.of(packet.length >> 8, packet.length), packet])
}

describe.each(acceptPaths())('native accept path: %s', (native) => {
  const limits = { handshakeMs: 60 }

  test('two nodes connect and exchange signals of every size', async () => {
    const b = await node({ name: 'b@h', native })
    const a = await node({ name: 'a@h', native })
    const channel = await a.dial('b@h', portOf(b))
    expect(b.listener?.native).toBe(native)
    expect(await b.event('dist.accepted')).toMatchObject({ peer: 'a@h', hidden: true })
    expect(await a.event('dist.connected')).toMatchObject({ peer: 'b@h', address: `127.0.0.1:${portOf(b)}` })
    const sizes = [0, 1, 1000, 65_530, 65_536, 100_000, 3_000_000]
    const ref = { kind: 'reg_send', from: a.pid(1) } as const
    for (const size of sizes) channel.send({ ...ref, name: `n${size}`, message: new Uint8Array(size).fill(size % 251) })
    channel.send({ kind: 'link', from: a.pid(1), to: b.pid(1) })
    await b.signal('link')
    const seen = b.signals.all.filter((signal) => signal.kind === 'reg_send')
    expect(seen.map((signal) => signal.name)).toEqual(sizes.map((size) => `n${size}`))
    for (const [i, size] of sizes.entries()) {
      const message = seen[i]?.message as Uint8Array
      expect(message).toHaveLength(size)
      expect(message.every((byte) => byte === size % 251)).toBe(true)
    }
  })

  test('half a handshake is closed when its time is up, and the node lives', async () => {
    const b = await node({ name: 'b@h', native, limits })
    const silent = client(portOf(b))
    const half = client(portOf(b))
    half.socket.write(hello('half@h').subarray(0, 9))
    const stuck = client(portOf(b))
    stuck.socket.write(hello('stuck@h'))
    await Promise.all([silent.closed, half.closed, stuck.closed])
    const refused = b.happened.all.filter((one) => one.name === 'dist.refused').map((one) => one.payload)
    expect(refused).toHaveLength(3)
    expect(refused).toContainEqual(expect.objectContaining({ peer: 'stuck@h', code: 'handshake_timeout' }))
    await dialUntil(await node({ name: 'a@h', native }), b)
  })

  test('a packet over the limit before the cookie is proved', async () => {
    const b = await node({ name: 'b@h', native })
    const { socket, closed } = client(portOf(b))
    socket.write(Uint8Array.of(4, 1))
    await closed
    expect(await b.event('dist.refused')).toMatchObject({
      code: 'frame_too_large',
      message: 'A frame of 1025 bytes came; the limit is 1024.',
    })
  })

  test('who is not understood, lacks flags or has a wrong cookie is refused with a reason and an address', async () => {
    const b = await node({ name: 'b@h', native })
    const http = client(portOf(b))
    await new Promise((resolve) => http.socket.once('connect', resolve))
    const { localPort = 0 } = http.socket
    http.socket.write('\x00\x0eGET / HTTP/1.1')
    await http.closed
    expect(await b.event('dist.refused', (one) => one.code === 'bad_handshake')).toMatchObject({
      address: `127.0.0.1:${localPort}`,
    })
    const old = client(portOf(b))
    old.socket.write(hello('old@h', 4n))
    await old.closed
    expect(old.received().toString('latin1')).toBe('\x00\x0csnot_allowed')
    expect(await b.event('dist.refused', (one) => one.code === 'missing_flags')).toMatchObject({ peer: 'old@h' })
    const wrong = await node({ name: 'wrong@h', cookie: 'other', native })
    await expect(wrong.dial('b@h', portOf(b))).rejects.toMatchObject({ code: 'bad_cookie' })
    expect(await b.event('dist.refused', (one) => one.code === 'bad_cookie')).toMatchObject({ peer: 'wrong@h' })
    expect(await wrong.event('dist.refused')).toMatchObject({ peer: 'b@h', code: 'bad_cookie' })
  })

  test('no more handshakes at once than the limit, and no more connections', async () => {
    const b = await node({ name: 'b@h', native, limits: { maxPending: 2, maxConnections: 3 } })
    const waiting = [client(portOf(b)), client(portOf(b))]
    // Both are known to be accepted once they got their answers.
    await Promise.all(
      waiting.map(({ socket }, i) => {
        socket.write(hello(`w${i}@h`))
        return new Promise((resolve) => socket.once('data', resolve))
      }),
    )
    const third = client(portOf(b))
    await third.closed
    expect(await b.event('dist.refused')).toMatchObject({
      code: 'too_many_connections',
      message: expect.stringContaining('maxPending = 2'),
    })
    for (const { socket } of waiting) socket.destroy()
    await b.event('dist.refused', (one) => one.peer === 'w0@h')
    await b.event('dist.refused', (one) => one.peer === 'w1@h')
    for (let i = 0; i < 3; i += 1) await (await node({ name: `a${i}@h` })).dial('b@h', portOf(b))
    const fourth = client(portOf(b))
    await fourth.closed
    await b.event('dist.refused', (one) => one.message.includes('maxConnections = 3'))
    // A connection that ends makes room.
    b.channels.get('a0@h')?.close()
    await b.event('dist.closed')
    const again = await node({ name: 'again@h' })
    await dialUntil(again, b)
  })

  test('a bad connection is closed, others live', async () => {
    const b = await node({ name: 'b@h', native })
    const good = await node({ name: 'good@h', native })
    const channel = await good.dial('b@h', portOf(b))
    const bad = await node({ name: 'bad@h', native })
    const forged = await bad.dial('b@h', portOf(b))
    forged.send({ kind: 'link', from: new Pid('good@h', 1, 0, 1), to: b.pid(1) })
    expect(await b.event('dist.closed')).toMatchObject({ peer: 'bad@h', code: 'forged_sender' })
    expect((await bad.event('dist.closed')).peer).toBe('b@h')
    channel.send({ kind: 'link', from: good.pid(1), to: b.pid(1) })
    expect((await b.signal('link')).from.node).toBe('good@h')
    expect(b.channels.size).toBe(1)
  })

  test('a message of 128 MiB passes', async () => {
    const b = await node({ name: 'b@h', native })
    const a = await node({ name: 'a@h', native })
    const channel = await a.dial('b@h', portOf(b))
    const message = new Uint8Array(128 * 1024 * 1024)
    message[message.length - 1] = 77
    channel.send({ kind: 'reg_send', from: a.pid(1), name: 'big', message })
    const got = (await b.signal('reg_send')).message as Uint8Array
    expect([got.length, got.at(-1)]).toEqual([message.length, 77])
  })

  test('who asks and does not read the answers is not asked for more; when it reads, all answers come', async () => {
    const b = await node({ name: 'b@h', native, channel: { limits: { highWaterBytes: 100_000 } } })
    const a = await node({ name: 'a@h', native })
    const { local, events } = a
    const connection = await dial({ local, events, peer: 'b@h', host: '127.0.0.1', port: portOf(b) })
    // The channel's own reading waits for `resume`, which this wire does not hand on yet.
    const { wire } = connection
    const resume = wire.resume.bind(wire)
    wire.resume = () => undefined
    const channel = a.adopt(connection)
    const payload = new Uint8Array(50_000)
    const asked = 1000
    for (let i = 0; i < asked; i += 1) channel.send(call(a, i, payload))
    const busy = await b.event('dist.busy', (one) => one.busy)
    expect(busy.queuedBytes).toBeLessThan(300_000)
    // The rest of the questions waits on the way: most of them still at the one who asks.
    expect(channel.queuedBytes).toBeGreaterThan((asked * payload.length) / 2)
    wire.resume = resume
    resume()
    await answers(a, asked)
    expect(b.channels.get('a@h')?.queuedBytes).toBe(0)
  })

  test('two that flood each other with calls both get all answers', async () => {
    const limits = { limits: { highWaterBytes: 500_000 } }
    const b = await node({ name: 'b@h', native, channel: limits })
    const a = await node({ name: 'a@h', native, channel: limits })
    const toB = await a.dial('b@h', portOf(b))
    await b.event('dist.accepted')
    const toA = b.channels.get('a@h')
    const payload = new Uint8Array(20_000)
    const asked = 500
    for (let i = 0; i < asked; i += 1) {
      toB.send(call(a, i, payload))
      toA?.send(call(b, i, payload))
    }
    await Promise.all([answers(a, asked), answers(b, asked)])
  })

  test('connections that are reset, in the handshake and after it, are events and no more', async () => {
    const b = await node({ name: 'b@h', native })
    const early = client(portOf(b))
    early.socket.write(hello('early@h'))
    await new Promise((resolve) => early.socket.once('data', resolve))
    early.socket.resetAndDestroy()
    expect(await b.event('dist.refused')).toMatchObject({ peer: 'early@h', code: 'connection_lost' })
    const atOnce = client(portOf(b))
    await new Promise((resolve) => atOnce.socket.once('connect', resolve))
    atOnce.socket.resetAndDestroy()
    await b.happened.count(2, (one) => one.name === 'dist.refused', 'refusals')
    const late = await node({ name: 'late@h', native })
    const { local, events } = late
    const { wire } = await dial({ local, events, peer: 'b@h', host: '127.0.0.1', port: portOf(b) })
    wire.write([Uint8Array.of(0, 0)])
    wire.destroy()
    expect(await b.event('dist.closed')).toMatchObject({ peer: 'late@h', code: 'connection_lost' })
  })

  test('a port that is taken: one sentence', async () => {
    const b = await node({ name: 'b@h', native })
    const options = { local: b.local, events: b.events, decide: () => 'ok' as const, onConnection: () => undefined }
    await expect(listen({ ...options, port: portOf(b), native })).rejects.toMatchObject({
      code: 'listen_failed',
      message: `Another program listens on port ${portOf(b)} of 127.0.0.1 (EADDRINUSE).`,
    })
    await expect(listen({ ...options, host: '192.0.2.1', native })).rejects.toMatchObject({ code: 'listen_failed' })
  })

  test('a connection that its owner does not take is closed', async () => {
    const b = await node({ name: 'b@h', native })
    const a = await node({ name: 'a@h', native })
    b.adopt = () => {
      throw new Error('not today')
    }
    const channel = await a.dial('b@h', portOf(b))
    expect(await b.event('dist.closed')).toMatchObject({
      peer: 'a@h',
      code: 'internal',
      message: expect.stringContaining('not today'),
    })
    await a.event('dist.closed')
    expect(channel.closed).toBe(true)
  })

  test('closing the listener ends handshakes, not connections', async () => {
    const b = await node({ name: 'b@h', native })
    const a = await node({ name: 'a@h', native })
    const channel = await a.dial('b@h', portOf(b))
    const waiting = client(portOf(b))
    waiting.socket.write(hello('w@h'))
    await new Promise((resolve) => waiting.socket.once('data', resolve))
    await b.listener?.close()
    await waiting.closed
    await expect(a.dial('b@h', portOf(b))).rejects.toMatchObject({ code: 'connect_failed' })
    channel.send({ kind: 'link', from: a.pid(1), to: b.pid(1) })
    await b.signal('link')
  })

  test('messages that come right behind the handshake are not lost', async () => {
    const b = await node({ name: 'b@h', native })
    const server = net.createServer((socket) => {
      // Everything that an acceptor has to say, and the first frame behind it in the same chunk.
      const control = encode(tuple(6, new Pid('x@h', 1, 0, 1), atom(''), atom('early')))
      const frame = Buffer.concat([Uint8Array.of(112), control, encode('early bird')])
      const length = Buffer.alloc(4)
      length.writeUInt32BE(frame.length)
      opened.push({ stop: () => socket.destroy() })
      acceptBy(socket, 'x@h', Buffer.concat([length, frame]))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push({ stop: () => server.close() })
    await b.dial('x@h', (server.address() as net.AddressInfo).port)
    expect(Buffer.from((await b.signal('reg_send')).message as Uint8Array).toString()).toBe('early bird')
  })
})

/** Dials until it is let in: the time for a handshake may be too short for a busy machine, a place not free yet. */
async function dialUntil(from: DistNode, to: DistNode): Promise<void> {
  for (;;) {
    const channel = await from.dial(to.name, portOf(to)).catch(() => undefined)
    if (channel !== undefined) return
  }
}

/** A call to the server that echoes. */
function call(from: DistNode, id: number, payload: Uint8Array): Signal {
  const pid = from.pid(1)
  const message = tuple(atom('$gen_call'), tuple(pid, id), payload)
  return { kind: 'reg_send', from: pid, name: 'echo', message }
}

/** Waits for the answers to calls, and that they came in order. */
async function answers(to: DistNode, count: number): Promise<void> {
  await to.signals.count(count, (signal) => signal.kind === 'send', 'answers', 20_000)
  const ids = to.signals.all.map((signal) =>
    signal.kind === 'send' ? (signal.message as Tuple).elements[0] : undefined,
  )
  expect(ids.filter((id) => id !== undefined)).toEqual(Array.from({ length: count }, (_, i) => i))
}

/** An acceptor that sends `behind` in one write with its last packet. */
function acceptBy(socket: net.Socket, name: string, behind: Uint8Array): void {
  const options = { name, creation: 1, flags: ourFlags(), cookie: () => 'cookie', challenge: 7 }
  let state = startAcceptor(options).state
  let bytes: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE()) {
      const length = bytes.readUInt16BE()
      let result = step(state, bytes.subarray(2, 2 + length))
      bytes = bytes.subarray(2 + length)
      if (result.ask !== undefined) result = decide(result.state, 'ok')
      state = result.state
      const out = result.send.map((packet): Uint8Array =>
        Buffer.concat([Uint8Array.of(packet.length >> 8, packet.length), packet]),
      )
      if (result.done !== undefined) out.push(behind)
      socket.write(Buffer.concat(out))
    }
  })
}

describe('dialling', () => {
  test('where nothing listens', async () => {
    const a = await node({ name: 'a@h' })
    const free = await node({ name: 'free@h' })
    const port = portOf(free)
    await free.listener?.close()
    await expect(a.dial('b@h', port)).rejects.toMatchObject({
      code: 'connect_failed',
      message: `Cannot connect to b@h at 127.0.0.1:${port}: nothing listens there (ECONNREFUSED).`,
    })
    expect(await a.event('dist.refused')).toMatchObject({ peer: 'b@h', code: 'connect_failed' })
  })

  test('where nobody answers: the time is up', async () => {
    const server = net.createServer((socket) => opened.push({ stop: () => socket.destroy() }))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push({ stop: () => server.close() })
    const a = await node({ name: 'a@h', limits: { handshakeMs: 60 } })
    const { port } = server.address() as net.AddressInfo
    await expect(a.dial('b@h', port)).rejects.toMatchObject({ code: 'handshake_timeout' })
    expect(a.local.challenges.has(0)).toBe(false)
  })

  test('can be given up, before and after the connection is there', async () => {
    const server = net.createServer((socket) => {
      opened.push({ stop: () => socket.destroy() })
      abort.abort()
    })
    const abort = new AbortController()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push({ stop: () => server.close() })
    const a = await node({ name: 'a@h' })
    const { port } = server.address() as net.AddressInfo
    const options = { local: a.local, events: a.events, peer: 'b@h', host: '127.0.0.1', port }
    await expect(dial({ ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await expect(dial({ ...options, signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' })
    expect(a.happened.all.filter((one) => one.name === 'dist.refused')).toEqual([])
  })

  test('when both do it at once: the decisions of the other side', async () => {
    const a = await node({ name: 'a@h' })
    const nok = await node({ name: 'nok@h', decide: () => 'nok' })
    await expect(a.dial('nok@h', portOf(nok))).rejects.toMatchObject({ code: 'already_connecting' })
    const no = await node({ name: 'no@h', decide: () => 'not_allowed' })
    await expect(a.dial('no@h', portOf(no))).rejects.toMatchObject({ code: 'not_allowed' })
    const yes = await node({ name: 'yes@h', decide: () => 'ok_simultaneous' })
    expect((await a.dial('yes@h', portOf(yes))).peer.name).toBe('yes@h')
    const alive = await node({ name: 'alive@h', decide: () => 'alive' })
    expect((await a.dial('alive@h', portOf(alive))).peer.name).toBe('alive@h')
    const options = { local: a.local, events: a.events, peer: 'alive@h', host: '127.0.0.1', port: portOf(alive) }
    await expect(dial({ ...options, wanted: () => false })).rejects.toMatchObject({ code: 'still_connected' })
    expect(await alive.event('dist.refused')).toMatchObject({ peer: 'a@h', code: 'still_connected' })
  })

  test('a challenge that comes back to us is not answered', async () => {
    // A thief that dials us and lets us dial him: what we ask on one connection he asks us on the other.
    const a = await node({ name: 'a@h' })
    const challenge = a.local.challenges.take()
    const thief = await node({ name: 'thief@h' })
    Object.assign(thief.local.challenges, { take: () => challenge })
    await expect(a.dial('thief@h', portOf(thief))).rejects.toMatchObject({ code: 'reflected_challenge' })
  })
})
