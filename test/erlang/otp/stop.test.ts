/** What a node owes when it stops: all that it answered, to whoever takes it in time. */
import { expect, test } from '@jest/globals'
import { Splitter } from '../../../src/bytes/splitter.ts'
import { createChallenges, dial, ourFlags, type Wire } from '../../../src/erlang/dist/index.ts'
import { atom, createEvents, encode, ErlangNode, GenServer, Pid, Ref, tuple } from '../../../src/erlang/index.ts'
import { bytes, u32 } from '../../support/etf.ts'

const MIB = 1024 * 1024
const PASS_THROUGH = 112
const ANSWER = Buffer.alloc(MIB, 1)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Answers each call with a mebibyte, and tells how many it had. */
class Generous extends GenServer {
  calls = 0

  override handleCall(): Uint8Array {
    this.calls += 1
    return ANSWER
  }
}

/** A node that never has so much waiting that it would call itself busy, and a peer that reads nothing so far. */
async function stuck(): Promise<{ node: ErlangNode; server: Generous; wire: Wire }> {
  const node = await ErlangNode.start({
    name: 'full@127.0.0.1',
    cookie: 'cookie',
    epmd: false,
    limits: { highWaterBytes: 1024 * MIB },
  })
  const server = node.startServer(new Generous(), { name: 'generous' })
  const local = {
    name: 'reader@127.0.0.1',
    flags: ourFlags(),
    creation: () => 5,
    cookie: () => 'cookie',
    challenges: createChallenges(),
  }
  const { wire } = await dial({ local, events: createEvents(), peer: node.name, host: '127.0.0.1', port: node.port })
  const pid = new Pid(local.name, 1, 0, 5)
  const from = tuple(pid, new Ref(local.name, 5, [1, 2, 3]))
  const control = encode(tuple(6, pid, atom(''), atom('generous')))
  const body = bytes(PASS_THROUGH, control, encode(tuple(atom('$gen_call'), from, atom('give'))))
  // Until the buffers of both sockets are full and more waits behind them.
  while ((node.peerInfo(local.name)?.queuedBytes ?? 0) < 3 * MIB) {
    const { calls } = server
    wire.write([bytes(u32(body.length), body)])
    while (server.calls === calls) await turn()
    await turn()
  }
  return { node, server, wire }
}

/** Reads from now on, to the end. Answers how many messages of a mebibyte there were. */
function readAll(wire: Wire): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0
    const splitter = new Splitter(4, 2 * MIB, (_, start, end) => {
      if (end - start > MIB) count += 1
    })
    wire.handlers = {
      onBytes: (chunk, transient) => {
        splitter.push(chunk, transient)
      },
      onWritten: () => undefined,
      onEnd: (error) => {
        if (error !== undefined || splitter.partial) reject(error ?? new Error('It ended inside a message.'))
        else resolve(count)
        wire.end()
      },
    }
    wire.resume()
  })
}

test('everything that was answered leaves before a node has stopped, also less than the high water', async () => {
  const { node, server, wire } = await stuck()
  const [channel] = node.core.connections.channels()
  let stopped = false
  const stopping = node.stop().then(() => (stopped = true))
  for (let i = 0; i < 100; i += 1) await turn()
  expect(stopped).toBe(false)
  const read = readAll(wire)
  await stopping
  // The system has it: the program could exit now.
  expect(channel?.queuedBytes).toBe(0)
  expect(await read).toBe(server.calls)
})

test('what the peer sends meanwhile takes no answer back', async () => {
  const { node, server, wire } = await stuck()
  // A message that is not complete yet: the rest of it lies in the socket when the node closes.
  wire.write([bytes(u32(2 * MIB), Buffer.alloc(MIB))])
  const stopping = node.stop()
  const more = setInterval(() => {
    wire.write([Buffer.alloc(1024)])
  }, 0)
  try {
    expect(await readAll(wire)).toBe(server.calls)
  } finally {
    clearInterval(more)
  }
  await stopping
})

test('a peer that reads nothing is not waited for without end', async () => {
  const { node, wire } = await stuck()
  const [channel] = node.core.connections.channels()
  await node.stop()
  expect(channel?.queuedBytes).toBeGreaterThan(0)
  wire.destroy()
})
