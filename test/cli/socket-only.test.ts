/** `beamcade start --socket-only` in the place of the reference server, and `--socket` beside a node. */
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { runMain } from '../support/cli-io.ts'
import { runCli, startCli, startServer } from '../support/cli.ts'
import { freePort } from '../support/peers.ts'
import type { PeerProcess } from '../support/process.ts'
import { testSignal } from '../support/signals.ts'
import { createGame, getState, RawClient, stepGame } from '../support/socket-gateway.ts'

const folder = mkdtempSync(join(tmpdir(), 'beamcade-socket-only-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Resolves when something listens there; it says nothing when it does. */
async function connected(port: number, server: PeerProcess): Promise<RawClient> {
  for (;;) {
    if (server.over) throw new Error(server.output)
    try {
      return await RawClient.connect(port)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

describe('beamcade start --socket-only', () => {
  testSignal('takes the flags of the reference in both forms, plays, and is silent but for its last word', async () => {
    for (const [signal, flags] of [
      ['SIGTERM', (port: number) => ['--host', '127.0.0.1', '--port', String(port)]],
      ['SIGINT', (port: number) => ['--host=127.0.0.1', `--port=${port}`]],
    ] as const) {
      const port = await freePort()
      const server = startCli(['start', '--socket-only', ...flags(port)], { env: { HOME: folder } })
      const client = await connected(port, server)
      expect(await client.words(createGame('g'))).toBe('createResult: ')
      expect(await client.words(stepGame('g', [4, 0]))).toBe('stepResult')
      // A client that sits there idle does not hold it up.
      server.signal(signal)
      expect(await server.exited).toBe(0)
      expect(server.output).toBe('Server stopped.\n')
      expect(await client.frame()).toBeUndefined()
    }
  })

  test('with --json the first line names the port; no epmd, no cookie is made', async () => {
    const home = mkdtempSync(join(folder, 'home-'))
    const args = ['start', '--socket-only', '--port', '0', '--json', '--stop-with-stdin']
    const server = startCli(args, { env: { HOME: home } })
    const [line] = await server.expectOutput(/^\{"event":"ready".*$/m)
    const { ports } = JSON.parse(line) as { ports: Record<string, number> }
    expect(ports).toEqual({ socket: expect.any(Number) })
    const client = await RawClient.connect(ports['socket'] ?? 0)
    expect(await client.words(getState('g'))).toBe('error: game_id not found')
    server.endInput()
    expect(await server.exited).toBe(0)
    const lines = server.output.trim().split('\n')
    expect(lines.map((text) => (JSON.parse(text) as { event: string }).event)).toContain('socket.listening')
    expect(server.output).not.toContain('epmd')
  })

  test('--help: usage and defaults', async () => {
    const { code, stdout } = await runMain(['start', '--socket-only', '--help'])
    expect(code).toBe(0)
    for (const text of ['--host HOST', '127.0.0.1', '--port PORT', '5858', '--data FOLDER'])
      expect(stdout).toContain(text)
    expect(stdout).not.toContain('--epmd')
    expect((await runMain(['start', '--help'])).stdout).toContain('--socket-only')
  })

  test.each([
    [['--host', 'localhost'], /invalid bind address/],
    [['--host', '300.1.1.1'], /invalid bind address/],
    [['--port', '65536'], /invalid port: 65536 /],
    [['--port', 'x'], /invalid port: x /],
    [['--port', '-1'], /--port/],
    [['--port'], /--port/],
    [['--cookie', 'c'], /--cookie/],
    [['extra'], /Too many arguments/],
    [['--port', '0', '--socket', '127.0.0.1:0'], /given twice/],
    [['--host', '0.0.0.0', '--port', '0'], /no token/],
  ])('%j: a message on stderr, and 1', async (args, message) => {
    const { code, stdout, stderr } = await runMain(['start', '--socket-only', ...args])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
  })

  test('a port that is taken', async () => {
    const taken = net.createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as net.AddressInfo
    const { code, output } = await runCli(['start', '--socket-only', '--port', String(port)])
    expect(code).toBe(1)
    expect(output).toMatch(/^beamcade: .*EADDRINUSE/)
    taken.close()
  })

  test('games survive in --data', async () => {
    const args = ['start', '--socket-only', '--port', '0', '--json', '--data', join(folder, 'games')]
    const ready = async () => {
      const server = startCli(args)
      const [line] = await server.expectOutput(/^\{"event":"ready".*$/m)
      const { ports } = JSON.parse(line) as { ports: Record<string, number> }
      return { server, client: await RawClient.connect(ports['socket'] ?? 0) }
    }
    const first = await ready()
    await first.client.ask(createGame('kept'))
    const { payload } = await first.client.ask(stepGame('kept', [4, 3]))
    first.server.signal('SIGKILL')
    await first.server.exited
    const second = await ready()
    const { payload: after } = await second.client.ask(getState('kept'))
    if (payload.case !== 'stepResult' || after.case !== 'stateResult') throw new Error('no step, or no state')
    expect(after.value.snapshot).toEqual(payload.value)
    await second.server.stop()
  })
})

describe('beamcade start --socket', () => {
  testSignal('serves the games of the node beside it', async () => {
    const server = await startServer({ flags: ['--socket', '127.0.0.1:0'] })
    expect(server.ports).toEqual({ dist: expect.any(Number), epmd: server.epmdPort, socket: expect.any(Number) })
    const client = await RawClient.connect(server.ports['socket'] ?? 0)
    expect(await client.words(createGame('both'))).toBe('createResult: ')
    const call = async (...args: string[]) =>
      runMain(['call', server.node, ...args, '--epmd-port', String(server.epmdPort), '--cookie', server.cookie])
    expect((await call('games', 'list')).stdout).toContain('both')
    expect((await call('mettagrid', 'step_game', '["both", [0, 0]]')).code).toBe(0)
    const { payload } = await client.ask(getState('both'))
    expect(payload).toMatchObject({ case: 'stateResult', value: { snapshot: { currentStep: 1n } } })
    server.process.signal('SIGTERM')
    expect(await server.process.exited).toBe(0)
  })

  test('off unless it is given; a wrong address is refused with a sentence', async () => {
    expect((await startServer()).ports['socket']).toBeUndefined()
    const { code, stderr } = await runMain(['start', '--cookie', 'c', '--socket', '127.0.0.1:70000'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/--socket must be text like 127\.0\.0\.1:5858/)
  })

  testSignal('beyond this machine it asks for a token, which is never printed', async () => {
    const token = 'never-printed-token'
    const env = { BEAMCADE_SOCKET_TOKEN: token }
    const server = await startServer({ flags: ['--socket', '0.0.0.0:0', '--debug'], env })
    const client = await RawClient.connect(server.ports['socket'] ?? 0)
    expect(await client.words(getState('g'))).toMatch(/asks for a token/)
    const friend = await RawClient.connect(server.ports['socket'] ?? 0)
    const shown = { case: 'authenticate', value: { token } } as const
    expect(await friend.words(shown)).toBe('authenticateResult: ')
    await server.process.expectOutput(/"event":"socket\.exposed"/)
    await server.process.expectOutput(/"event":"socket\.refused"/)
    server.process.signal('SIGTERM')
    expect(await server.process.exited).toBe(0)
    expect(server.process.output).not.toContain(token)
  })
})
