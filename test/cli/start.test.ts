import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { startEpmd } from '../../src/erlang/index.ts'
import { createEvents } from '../../src/events.ts'
import { runMain } from '../support/cli-io.ts'
import { runCli, startCli, startServer } from '../support/cli.ts'
import { freePort, uniqueName } from '../support/peers.ts'
import { testSignal } from '../support/signals.ts'

const folder = mkdtempSync(join(tmpdir(), 'beamcade-start-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

interface Line {
  event: string
  [key: string]: unknown
}

/** Every line of the output must be JSON. */
const linesOf = (output: string): Line[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

const call = (server: { node: string; epmdPort: number }, cookie: string, ...args: string[]) =>
  runMain(['call', server.node, ...args, '--epmd-port', String(server.epmdPort), '--cookie', cookie])

describe('beamcade start', () => {
  testSignal('JSON lines: ready first, a line for each connection, and one for each message with --debug', async () => {
    const cookie = 'never-printed-cookie'
    const server = await startServer({ cookie, flags: ['--debug', '--register', 'arena'] })
    expect(server.ports).toEqual({ dist: expect.any(Number), epmd: server.epmdPort })
    expect(await call(server, cookie, 'erlang', 'node', '--server', 'arena')).toMatchObject({
      stdout: `:"${server.node}"\n`,
    })
    expect((await call(server, 'wrong', 'erlang', 'node')).code).toBe(5)
    await server.process.expectOutput(/"event":"dist.refused"/)
    server.process.signal('SIGTERM')
    expect(await server.process.exited).toBe(0)
    const { output } = server.process
    const lines = linesOf(output)
    expect(lines[0]).toMatchObject({ event: 'ready', node: server.node, epmd: `127.0.0.1:${server.epmdPort}` })
    const find = (event: string) => lines.find((line) => line.event === event)
    expect(find('dist.accepted')).toMatchObject({ address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown })
    expect(find('dist.refused')).toMatchObject({ code: 'bad_cookie', level: 'warn' })
    expect(find('gateway.request')).toMatchObject({ form: 'call', operation: 'erlang:node/0', level: 'debug' })
    expect(lines.at(-1)).toMatchObject({ event: 'server.stopped' })
    expect(output).not.toContain(cookie)
    expect(output).not.toContain('wrong')
  })

  test('a data folder that cannot be made, and a socket for everybody without a token, are wrong usage', async () => {
    const flags = ['--cookie', 'c', '--epmd-port', String(await freePort())]
    if (process.platform === 'linux') {
      // A process of its own: it shall end, and not only be told to.
      const { code, output } = await runCli(['start', ...flags, '--data', '/proc/no/folder'])
      expect(output).toContain('of --data cannot be used: ENOENT')
      expect(code).toBe(2)
    }
    const { code, stderr } = await runMain(['start', ...flags, '--socket', '0.0.0.0:0'])
    expect(stderr).toContain('there is no token')
    expect(code).toBe(2)
  })

  test('a module in another language is to be compiled first', async () => {
    const file = join(folder, 'game.coffee')
    writeFileSync(file, '')
    // In Node itself: jest has loaders of its own.
    const { code, output } = await runCli(['describe', '--load', file])
    expect(output).toContain('loads JavaScript: compile the file first')
    expect(code).toBe(2)
  })

  test('ends with standard input if it is told to', async () => {
    const server = await startServer({ flags: ['--stop-with-stdin'] })
    server.process.endInput()
    expect(await server.process.exited).toBe(0)
  })

  test('one sentence and an exit code for a name and a port that are taken, and an epmd that is not there', async () => {
    const server = await startServer()
    const epmd = ['--epmd-port', String(server.epmdPort), '--cookie', 'c']
    const same = await runCli(['start', '--name', server.node, ...epmd])
    expect(same).toEqual({ code: 3, output: expect.stringMatching(/^beamcade: .*another node has it.*\n {2}.*\n$/) })
    const port = await runCli([
      'start',
      '--name',
      uniqueName('x'),
      '--dist-port',
      String(server.ports['dist']),
      ...epmd,
    ])
    expect(port).toEqual({ code: 3, output: expect.stringMatching(/EADDRINUSE \(\d+: address already in use\)/) })
    const lost = await runCli([
      'start',
      uniqueName('x'),
      'c',
      '--epmd',
      'never',
      '--epmd-port',
      String(await freePort()),
      '--json',
    ])
    expect(lost.code).toBe(3)
    expect(lost.output).toMatch(/^\{"event":"failed","code":"epmd_unreachable"/)
    await server.stop()
  })

  testSignal('with --retry it waits, and says so', async () => {
    const epmdPort = await freePort()
    const flags = ['--epmd', 'never', '--retry', '--epmd-port', String(epmdPort), '--json']
    const child = startCli(['start', uniqueName('retry'), 'c', ...flags])
    await child.expectOutput(/"event":"server.waiting"/)
    const epmd = await startEpmd({ port: epmdPort, events: createEvents() })
    await child.expectOutput(/"event":"ready"/)
    child.signal('SIGINT')
    expect(await child.exited).toBe(0)
    await epmd.stop()
  })

  test('with --retry it waits for a name that is taken', async () => {
    const epmdPort = await freePort()
    const epmd = await startEpmd({ port: epmdPort, events: createEvents() })
    const name = uniqueName('retry')
    const first = await startServer({ name, epmdPort })
    const second = startCli(['start', name, 'cookie', '--retry', '--epmd-port', String(epmdPort), '--json'])
    await second.expectOutput(/"event":"server.waiting"/)
    await first.stop()
    await second.expectOutput(/"event":"ready"/)
    await second.stop()
    await epmd.stop()
  })

  testSignal('with --retry it waits for a port that is taken, and leaves its name alone meanwhile', async () => {
    const holder = net.createServer()
    holder.unref()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as net.AddressInfo
    const epmdPort = await freePort()
    const epmd = await startEpmd({ port: epmdPort, events: createEvents() })
    const name = uniqueName('retry')
    const flags = ['--retry', '--dist-port', String(port), '--epmd-port', String(epmdPort), '--json']
    const child = startCli(['start', name, 'c', ...flags])
    const [line] = await child.expectOutput(/^\{.*"event":"server.waiting".*\}$/m)
    expect(JSON.parse(line)).toMatchObject({
      code: 'listen_failed',
      message: expect.stringMatching(
        new RegExp(`port ${port} .*EADDRINUSE \\(\\d+: address already in use\\)`),
      ) as unknown,
    })
    const names = ['names', '--epmd-port', String(epmdPort), '--json']
    expect(JSON.parse((await runMain(names)).stdout)).toMatchObject({ nodes: [] })
    holder.close()
    const [ready] = await child.expectOutput(/^\{"event":"ready".*\}$/m)
    expect(JSON.parse(ready)).toMatchObject({ node: name, ports: { dist: port } })
    expect((await call({ node: name, epmdPort }, 'c', 'test', 'ping')).stdout).toBe(':pong\n')
    child.signal('SIGTERM')
    expect(await child.exited).toBe(0)
    await epmd.stop()
  })

  testSignal('that waits can be stopped', async () => {
    const flags = ['--epmd', 'never', '--retry', '--epmd-port', String(await freePort())]
    const child = startCli(['start', uniqueName('retry'), 'c', ...flags])
    await child.expectOutput(/"event":"server.waiting"/)
    child.signal('SIGTERM')
    expect(await child.exited).toBe(0)
  })

  test('settings come from a file and the environment, too; a short name is a short name', async () => {
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ register: ['fromfile'], debug: true }))
    const env = { BEAMCADE_COOKIE: 'from the environment', BEAMCADE_CONFIG: join(folder, 'c.json') }
    const epmdPort = await freePort()
    const args = ['start', '--sname', 'short@localhost', '--epmd-port', String(epmdPort), '--json']
    const child = startCli(args, { env })
    await child.expectOutput(/"event":"ready","node":"short@localhost"/)
    const server = { node: 'short@localhost', epmdPort }
    const { stdout } = await call(server, 'from the environment', 'test', 'ping', '--server', 'fromfile')
    expect(stdout).toBe(':pong\n')
    await child.stop()
  })
})
