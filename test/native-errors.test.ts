/** What accepting may answer, each made to happen by a preloaded library, and what the native accept path does about it. */
import net from 'node:net'
import { constants } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startEpmd } from '../src/erlang/index.ts'
import { createEvents } from '../src/events.ts'
import { loadNative } from '../src/native.ts'
import { buildShim, shimLacks, type Shim } from './support/accept-errors.ts'
import { runMain } from './support/cli-io.ts'
import { startServer } from './support/cli.ts'
import { PeerProcess } from './support/process.ts'

const { file, why } = loadNative()
const lacks = file === undefined ? `the addon: ${why}` : shimLacks
if (lacks !== undefined) process.stderr.write(`skipped: errors of accepting need ${lacks}\n`)
const describeWithShim = lacks === undefined ? describe : describe.skip

const times = (count: number, word: string): string[] => Array.from({ length: count }, () => word)
const report = (code: keyof typeof constants.errno) => ({ code, errno: -constants.errno[code], syscall: 'accept' })
const PAUSED = { paused: true }
const ACCEPTED = { accepted: true }
/** Who waited so long would wait longer than the test. */
const AN_HOUR = 3_600_000

test('a compiler is there in CI', () => {
  if (process.env['CI'] !== undefined && process.platform === 'linux') expect(shimLacks).toBeUndefined()
})

describeWithShim('when accepting fails', () => {
  let shim: Shim
  const clients: net.Socket[] = []
  beforeAll(async () => {
    shim = await buildShim()
  })
  afterAll(() => {
    for (const client of clients) client.destroy()
  })

  /** Lets a listener run into these errors with one caller: what it said, and what it was answered. */
  async function run(errors: string, retryMs: number): Promise<{ said: unknown[]; calls: string[] }> {
    const args = ['test/support/native-child.mjs', file ?? '', 'errors', String(retryMs)]
    const child = new PeerProcess(process.execPath, args, { env: shim.env(errors) })
    const port = Number((await child.expectOutput(/"port":(\d+)/))[1])
    clients.push(net.connect(port, '127.0.0.1').on('error', () => undefined))
    expect(await child.exited).toBe(0)
    const said = child.output.trim().split('\n').slice(1)
    return { said: said.map((line) => JSON.parse(line) as unknown), calls: shim.calls() }
  }

  test.each([
    ['EINTR', 3],
    ['ECONNABORTED', 3],
    // More than are accepted in one turn of the event loop.
    ['EINTR', 150],
    ['ECONNABORTED', 150],
  ] as const)('%s, %s times: asked again at once, and nobody hears of it', async (code, count) => {
    expect(await run(`${code}*${count}`, AN_HOUR)).toEqual({
      said: [ACCEPTED],
      calls: [...times(count, code), 'accepted'],
    })
  })

  test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPROTO', 'EPERM'] as const)(
    '%s: reported, and asked again after a pause',
    async (code) => {
      expect(await run(code, 200)).toEqual({ said: [report(code), PAUSED, ACCEPTED], calls: [code, 'accepted'] })
    },
  )

  test('one after the other: each is handled for itself', async () => {
    expect(await run('EINTR*2,EPROTO,ECONNABORTED*2,EMFILE,EINTR', 100)).toEqual({
      said: [report('EPROTO'), PAUSED, report('EMFILE'), PAUSED, ACCEPTED],
      calls: ['EINTR', 'EINTR', 'EPROTO', 'ECONNABORTED', 'ECONNABORTED', 'EMFILE', 'EINTR', 'accepted'],
    })
  })

  test('EBADF: reported, and the end of the listener', async () => {
    // Nothing but the listener kept the process: it ends by itself, and never asked again.
    expect(await run('EBADF', 100)).toEqual({ said: [report('EBADF'), PAUSED], calls: ['EBADF'] })
  })

  test('`beamcade start` lets the caller in, and tells of what was no matter of course', async () => {
    const epmd = await startEpmd({ port: 0, events: createEvents() })
    const env = shim.env('EINTR*3,ECONNABORTED*2,EMFILE,EPROTO')
    const server = await startServer({ epmdPort: epmd.port, env })
    const flags = ['--epmd-port', String(epmd.port), '--cookie', server.cookie]
    expect(await runMain(['ping', server.node, ...flags])).toMatchObject({ code: 0 })
    server.process.signal('SIGTERM')
    expect(await server.process.exited).toBe(0)
    await epmd.stop()
    const lines = server.process.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; code?: string; level?: string })
    expect(lines.filter(({ event }) => event === 'dist.accept_failed')).toMatchObject([
      { code: 'EMFILE', level: 'error', message: expect.stringContaining('too many open files') },
      { code: 'EPROTO', level: 'error', message: expect.stringContaining('protocol error') },
    ])
    const made = [...times(3, 'EINTR'), ...times(2, 'ECONNABORTED'), 'EMFILE', 'EPROTO', 'accepted']
    expect(shim.calls().slice(0, made.length)).toEqual(made)
  })
})
