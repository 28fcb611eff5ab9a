/** `beamcade start` as a process that is told to stop: in order, with exit code 0, and within 2 s whatever goes on. */
import { afterEach, describe, expect, test } from '@jest/globals'
import { dial } from '../../src/erlang/dist/index.ts'
import { listNames, startEpmd as startOwnEpmd } from '../../src/erlang/epmd/index.ts'
import { atom, tuple, type ErlangNode, type Term } from '../../src/erlang/index.ts'
import { startServer, type RunningServer } from '../support/cli.ts'
import { DistNode } from '../support/dist-node.ts'
import { Directory } from '../support/erlang-nodes.ts'
import { recordEvents } from '../support/events.ts'
import { request } from '../support/gateway.ts'
import { describeWithErl, startBeam, startEpmd, uniqueName } from '../support/peers.ts'
import { hasSignals } from '../support/signals.ts'

const LIMIT_MS = 2000
const MINUTE = 60_000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

const describeSignal = hasSignals ? describe : describe.skip
const describeBeam = hasSignals ? describeWithErl : describe.skip

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** Stops a server by a signal. Fails if it does not end in order, with 0, before its time is up. */
async function stopBy(signal: (typeof SIGNALS)[number], { process: child }: RunningServer): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => (timer = setTimeout(resolve, LIMIT_MS, `over ${LIMIT_MS} ms`)))
  child.signal(signal)
  const how = await Promise.race([child.exited, late])
  clearTimeout(timer)
  expect([how, child.output.slice(-1000)]).toEqual([0, expect.any(String)])
  const events = child.output
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event)
  expect(events.at(-1)).toBe('server.stopped')
}

/** A node of ours that is connected to a server, and what it hears of the server's end. */
async function connected(server: RunningServer): Promise<{ node: ErlangNode; down: Promise<string> }> {
  const port = server.ports['dist'] ?? 0
  const node = await new Directory().start({ cookie: server.cookie, resolve: () => ({ host: '127.0.0.1', port }) })
  const down = new Promise<string>((resolve) => {
    node.onNode((event, peer) => {
      if (event === 'down') resolve(peer.name)
    })
  })
  await node.connect(server.node)
  return { node, down }
}

/** An epmd in this process, and a server that is registered there. */
async function registered(flags: readonly string[] = []) {
  const events = recordEvents()
  const epmd = await startOwnEpmd({ port: 0, events })
  stops.push(() => epmd.stop())
  const server = await startServer({ epmdPort: epmd.port, flags })
  const [name = ''] = server.node.split('@')
  expect(epmd.names().map((one) => one.name)).toEqual([name])
  /** Resolves when the name is free. */
  const gone = async (): Promise<void> => {
    expect(await events.next('epmd.name_removed')).toMatchObject({ name })
    expect((await listNames('127.0.0.1', epmd.port)).nodes).toEqual([])
  }
  return { server, gone }
}

describeSignal.each(SIGNALS)('%s', (signal) => {
  test('with nothing to do: links are closed, and its own epmd is gone with it', async () => {
    const server = await startServer()
    const { down } = await connected(server)
    await stopBy(signal, server)
    expect(await down).toBe(server.node)
    await expect(listNames('127.0.0.1', server.epmdPort)).rejects.toMatchObject({ code: 'epmd_unreachable' })
  })

  test('with requests that take a minute: who waits is told, and the name is free', async () => {
    const { server, gone } = await registered()
    const { node, down } = await connected(server)
    const to = { name: 'godot_server', node: server.node }
    const minute = { timeoutMs: 2 * MINUTE }
    const failed = (work: Promise<Term>): Promise<unknown> => work.catch((error: unknown) => error)
    const waiting = [
      failed(node.call(to, request('test', 'sleep', [MINUTE]), minute)),
      failed(node.rpc(server.node, 'test', 'sleep', [MINUTE], minute)),
    ]
    // What came before this on the same connection has begun when it is answered. Requests of one process wait for each other.
    const from = node.spawn(() => ({ message: () => undefined }))
    expect(await node.call(to, request('test', 'ping'), { from })).toEqual(atom('pong'))
    await stopBy(signal, server)
    expect(await down).toBe(server.node)
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(exited|noconnection|remote_error)$/) as unknown })
    }
    await gone()
  })

  test('with a peer that does not read, and a request that takes a minute: the peer is cut off', async () => {
    const { server, gone } = await registered(['--debug'])
    const peer = await DistNode.start({ name: uniqueName('deaf') })
    stops.push(() => peer.stop())
    const port = server.ports['dist'] ?? 0
    const { local, events } = peer
    const connection = await dial({ local, events, peer: server.node, host: '127.0.0.1', port })
    const { wire } = connection
    const resume = wire.resume.bind(wire)
    wire.resume = () => undefined
    const channel = peer.adopt(connection)
    const ask = (id: number, what: Term): void => {
      const from = peer.pid(id)
      channel.send({ kind: 'reg_send', from, name: 'godot_server', message: tuple(atom('$gen_call'), tuple(from, 1), what) }) // prettier-ignore
    }
    ask(1, request('test', 'sleep', [MINUTE]))
    // More than the system keeps for both ends together.
    for (let i = 0; i < 300; i += 1) ask(2, request('test', 'echo', [new Uint8Array(100_000)]))
    await server.process.expectOutput(/"busy":true.*"event":"dist\.busy"/)
    await stopBy(signal, server)
    wire.resume = resume
    resume()
    await peer.closed.find(({ peer: name }) => name === server.node, 'end of the connection')
    await gone()
  })
})

describeBeam('seen from a BEAM', () => {
  test.each(SIGNALS)('%s: the node is down, who called it is told, epmd does not list it', async (signal) => {
    const epmd = await startEpmd()
    const server = await startServer({ epmdPort: epmd.port })
    const beam = await startBeam({ epmdPort: epmd.port, cookie: server.cookie })
    const to = `{godot_server, '${server.node}'}`
    await beam.eval('net_kernel:monitor_nodes(true, [{node_type, all}, nodedown_reason])')
    await beam.eval(`R = gen_server:send_request(${to}, {test, sleep, [${MINUTE}]})`)
    // Behind the request on the same connection: answered, that one has begun.
    expect(await beam.eval(`rpc:call('${server.node}', test, ping, [])`)).toBe('pong')
    const names = 'element(2, erl_epmd:names({127,0,0,1}))'
    expect(await beam.eval(`length(${names})`)).toBe('2')
    await stopBy(signal, server)
    expect(
      await beam.eval(`receive {nodedown, '${server.node}', I} -> proplists:get_value(nodedown_reason, I) end`),
    ).toBe('connection_closed')
    expect(await beam.eval('element(1, element(2, gen_server:receive_response(R, 5000)))')).toMatch(
      /^(shutdown|noconnection)$/,
    )
    expect(await beam.eval(`[N || {N, _} <- ${names}]`)).toBe(`["${beam.name.split('@')[0] ?? ''}"]`)
    await Promise.all([beam.stop(), epmd.stop()])
  })
})
