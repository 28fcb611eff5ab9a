/** How long a handshake may take unless somebody says otherwise: 7 s to the millisecond, by a clock that the test moves. */
import net from 'node:net'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { loadConfig } from '../../../src/config.ts'
import { startInitiator, step } from '../../../src/erlang/dist/handshake.ts'
import { ourFlags } from '../../../src/erlang/dist/index.ts'
import { acceptPaths, DistNode } from '../../support/dist-node.ts'

const stops: (() => unknown)[] = []
beforeEach(() => {
  // Sockets go on by themselves; what deadlines are made of stands still.
  jest.useFakeTimers({
    doNotFake: [
      'nextTick',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'hrtime',
    ],
  })
})
afterEach(async () => {
  jest.useRealTimers()
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function start(name: string, native?: boolean): Promise<DistNode> {
  const node = await DistNode.start({ name, ...(native === undefined ? {} : { native }) })
  stops.push(() => node.stop())
  return node
}

const refusals = (node: DistNode): unknown[] =>
  node.happened.all.filter(({ name }) => name === 'dist.refused').map(({ payload }) => payload)

const framed = (packets: readonly Uint8Array[]): Buffer =>
  Buffer.concat(packets.flatMap((packet) => [Uint8Array.of(packet.length >> 8, packet.length), packet]))

/** Somebody who dials by hand, connected: his handshake goes on when the test says so. */
async function caller(port: number, name: string) {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined)
  stops.push(() => socket.destroy())
  const closed = new Promise((resolve) => socket.once('close', resolve))
  let bytes = Buffer.alloc(0)
  let look = (): void => undefined
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    look()
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  const { state, send } = startInitiator({ name, creation: 1, flags: ourFlags(), cookie: () => 'cookie', challenge: 7 }, 'b@h') // prettier-ignore
  /** The next packet of the other side. */
  const packet = (): Promise<Buffer> =>
    new Promise((resolve) => {
      look = () => {
        if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE()) return
        const length = 2 + bytes.readUInt16BE()
        look = () => undefined
        resolve(bytes.subarray(2, length))
        bytes = bytes.subarray(length)
      }
      look()
    })
  return {
    socket,
    closed,
    hello: framed(send),
    /** Resolves when the status and the challenge are there, with what is to be answered. */
    async challenged(): Promise<Buffer> {
      const afterStatus = step(state, await packet())
      return framed(step(afterStatus.state, await packet()).send)
    },
  }
}

describe.each(acceptPaths())('native accept path: %s', (native) => {
  test('half a handshake lives for 7,000 ms and no longer; whoever is done before that stays', async () => {
    const b = await start('b@h', native)
    const port = b.listener?.port ?? 0
    // They are accepted in the order in which they came: the deadlines of all run once the last two are answered.
    const silent = await caller(port, 'silent@h')
    const half = await caller(port, 'half@h')
    half.socket.write(half.hello.subarray(0, 9))
    const slow = await caller(port, 'slow@h')
    slow.socket.write(slow.hello)
    const stuck = await caller(port, 'stuck@h')
    stuck.socket.write(stuck.hello)
    const [answer] = await Promise.all([slow.challenged(), stuck.challenged()])

    jest.advanceTimersByTime(6999)
    expect(refusals(b)).toEqual([])
    slow.socket.write(answer)
    expect(await b.event('dist.accepted')).toMatchObject({ peer: 'slow@h' })
    expect([silent, half, stuck].map(({ socket }) => socket.readyState)).toEqual(['open', 'open', 'open'])

    jest.advanceTimersByTime(1)
    await Promise.all([silent.closed, half.closed, stuck.closed])
    const over = (waited: string) => ({
      code: 'handshake_timeout',
      message: `The handshake was not done within 7000 ms; it waited for the ${waited}.`,
    })
    expect(refusals(b)).toMatchObject([over('name'), over('name'), { ...over('reply'), peer: 'stuck@h' }])
    expect([...b.channels.keys()]).toEqual(['slow@h'])
  })
})

test('a node that does not answer is given up after 7,000 ms', async () => {
  const server = net.createServer((socket) => stops.push(() => socket.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => server.close())
  const introduced = new Promise((resolve) => server.once('connection', (socket) => socket.once('data', resolve)))
  const a = await start('a@h')
  const dialled = a.dial('b@h', (server.address() as net.AddressInfo).port).catch((error: unknown) => error)
  await introduced
  jest.advanceTimersByTime(6999)
  expect(refusals(a)).toEqual([])
  jest.advanceTimersByTime(1)
  expect(refusals(a)).toMatchObject([{ peer: 'b@h', code: 'handshake_timeout' }])
  expect(await dialled).toMatchObject({ code: 'handshake_timeout' })
})

test('`beamcade start` says nothing else', () => {
  expect(loadConfig({ flags: { cookie: 'c' }, env: {} }).handshakeMs).toBe(7000)
})
