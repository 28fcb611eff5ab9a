/** Whole servers with --data: killed, started again, short of disk, two in one folder. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Pid, TermMap, tuple, atom, type Term } from '../../src/erlang/index.ts'
import { runCli, startCli, startServer, type ServerOptions } from '../support/cli.ts'
import { dataFolder } from '../support/diary.ts'
import { Directory } from '../support/erlang-nodes.ts'
import { errorOf, fieldOf, okOf, request, smallGame } from '../support/gateway.ts'
import { freePort, uniqueName } from '../support/peers.ts'
import { PeerProcess, which } from '../support/process.ts'

/** A server that keeps its games, and a node that asks it. */
async function life(folder: string, options: ServerOptions = {}) {
  const { flags = [], ...rest } = options
  return asked(await startServer({ ...rest, flags: ['--data', folder, ...flags] }))
}

async function asked(server: Awaited<ReturnType<typeof startServer>>) {
  const port = server.ports['dist'] ?? 0
  const client = await new Directory().start({ resolve: () => ({ host: '127.0.0.1', port }) })
  const call = (to: Parameters<typeof client.call>[0], what: Term) => client.call(to, what, { timeoutMs: 20_000 })
  const ask = (module: string, name: string, args: Term[] = []) =>
    call({ name: 'godot_server', node: server.node }, request(module, name, args))
  return {
    server,
    call,
    ask,
    ok: async (...what: Parameters<typeof ask>) => okOf(await ask(...what)),
    error: async (...what: Parameters<typeof ask>) => errorOf(await ask(...what)),
    async end(signal: NodeJS.Signals) {
      server.process.signal(signal)
      const how = await server.process.exited
      await client.stop()
      return how
    },
  }
}

const step = (id: string): Parameters<Awaited<ReturnType<typeof life>>['ask']> => ['mettagrid', 'step_game', [id, [1]]]
const ids = (list: Term): string[] =>
  (list as TermMap[]).map((game) => Buffer.from(fieldOf(game, 'game_id') as Uint8Array).toString())

describe('a server', () => {
  test('that is killed has its games again: ids, processes, the step last answered, bit for bit', async () => {
    const folder = dataFolder()
    const first = await life(folder, { flags: ['--snapshot-every', '3'] })
    for (const id of ['g', 'x', '', 'late']) await first.ok('mettagrid', 'create_game', smallGame(id))
    for (let i = 0; i < 4; i++) await first.ok(...step('g'))
    await first.ok(...step(''))
    await first.ok('mettagrid', 'delete_game', ['x'])
    const before = await Promise.all(['g', '', 'late'].map((id) => first.ok('mettagrid', 'get_state', [id])))
    expect(await first.end('SIGKILL')).toBe('SIGKILL')

    const second = await life(folder, { flags: ['--snapshot-every', '3'] })
    await second.server.process.expectOutput(/"event":"storage.restored"/)
    const games = await second.ok('games', 'list')
    expect(ids(games)).toEqual(['g', '', 'late'])
    expect(await Promise.all(['g', '', 'late'].map((id) => second.ok('mettagrid', 'get_state', [id])))).toEqual(before)
    // Each has a process that answers.
    const pid = fieldOf((games as Term[])[0] ?? null, 'pid') as Pid
    const stepped = okOf(await second.call(pid, tuple(atom('step'), [1])))
    expect(fieldOf(stepped, 'current_step')).toBe(5)
    expect(await second.end('SIGTERM')).toBe(0)

    const third = await life(folder)
    expect(fieldOf(await third.ok('mettagrid', 'get_state', ['g']), 'current_step')).toBe(5)
  })

  test('gives a game away as bytes, and another goes on with it, bit for bit', async () => {
    const [here, there] = await Promise.all([life(dataFolder()), life(dataFolder())])
    await here.ok('mettagrid', 'create_game', smallGame('g'))
    await here.ok(...step('g'))
    const bytes = (await here.ok('games', 'snapshot', ['g'])) as Uint8Array
    const made = await there.ok('games', 'restore', ['copy', bytes])
    expect(fieldOf(made, 'pid')).toBeInstanceOf(Pid)
    for (let i = 0; i < 3; i++) expect(await there.ok(...step('copy'))).toEqual(await here.ok(...step('g')))
    await there.end('SIGKILL')
    expect(await there.error('games', 'restore', ['bad', bytes]).catch(() => 'down')).toBe('down')
    const again = await life(dataFolder())
    for (const [wrong, why] of [
      [bytes.subarray(0, -1), 'bad_snapshot'],
      [Buffer.from('anything'), 'bad_snapshot'],
      [new Uint8Array(), 'bad_snapshot'],
    ] as const) {
      expect(await again.error('games', 'restore', ['bad', wrong])).toMatchObject({ ':code': `:${why}` })
    }
    expect(ids(await again.ok('games', 'list'))).toEqual([])
  })

  test('that keeps nothing: none, and without a folder', async () => {
    const folder = dataFolder()
    const server = await life(folder, { flags: ['--durability', 'none'] })
    await server.ok('mettagrid', 'create_game', smallGame('g'))
    await server.end('SIGKILL')
    expect(existsSync(join(folder, 'store'))).toBe(false)
    const { code, output } = await runCli(['start', uniqueName('x'), 'cookie', '--durability', 'fsync'])
    expect([code, output]).toEqual([2, expect.stringContaining('--data')])
  })

  test('whose folder another one has ends with a sentence', async () => {
    const folder = dataFolder()
    const { server } = await life(folder)
    const args = ['start', uniqueName('x'), 'cookie', '--epmd-port', String(server.epmdPort), '--data', folder]
    const { code, output } = await runCli(args)
    expect([code, output]).toEqual([3, expect.stringContaining(`Another server keeps its games in ${folder}`)])
    // It waits if it is told to.
    const patient = startCli([...args, '--retry'])
    await patient.expectOutput(/data_in_use/)
    await server.stop()
    await patient.expectOutput(/^\{"event":"ready"/m)
  })
})

const prlimit = which('prlimit')
;(prlimit === undefined ? test.skip : test)(
  'a full disk: refused, told, and all is well when there is room',
  async () => {
    const folder = dataFolder()
    const { server, ok, error } = await life(folder)
    const limit = (size: string): void => {
      const { status } = spawnSync('prlimit', ['--pid', String(server.process.pid), `--fsize=${size}:unlimited`])
      expect(status).toBe(0)
    }
    for (const id of ['g', 'other']) await ok('mettagrid', 'create_game', smallGame(id))
    await ok(...step('g'))
    limit('1')
    // The step that finds out is lost, and its game with it until it is taken back.
    expect(await error(...step('g'))).toMatchObject({ ':code': ':journal_failed' })
    expect(await error('mettagrid', 'get_state', ['g'])).toMatchObject({ ':code': ':no_such_game' })
    // The others can be looked at, but nothing changes them.
    expect(await error(...step('other'))).toMatchObject({ ':code': ':journal_failed' })
    expect(await error('mettagrid', 'delete_game', ['other'])).toMatchObject({ ':code': ':journal_failed' })
    expect(await error('mettagrid', 'create_game', smallGame('new'))).toMatchObject({ ':code': ':journal_failed' })
    expect(fieldOf(await ok('mettagrid', 'get_state', ['other']), 'current_step')).toBe(0)
    await server.process.expectOutput(/"event":"storage.failed"/)
    limit('unlimited')
    await server.process.expectOutput(/"event":"storage.recovered"/)
    expect(fieldOf(await ok('mettagrid', 'get_state', ['g']), 'current_step')).toBe(1)
    expect(fieldOf(await ok(...step('g')), 'current_step')).toBe(2)
    expect(fieldOf(await ok(...step('other')), 'current_step')).toBe(1)
    expect(ids(await ok('games', 'list')).sort()).toEqual(['g', 'other'])
    await server.stop()
    const after = await life(folder)
    expect(fieldOf(await after.ok('mettagrid', 'get_state', ['g']), 'current_step')).toBe(2)
  },
)

const strace = which('strace')
;(strace === undefined ? test.skip : test)('fsync: the disk has every step before its answer goes out', async () => {
  const folder = dataFolder()
  const trace = join(folder, 'trace')
  const epmdPort = await freePort()
  const { server, ok, ...rest } = await life(folder, { epmdPort, flags: ['--durability', 'fsync'] })
  await ok('mettagrid', 'create_game', smallGame('g'))
  const calls = 'trace=fdatasync,fsync,write,writev,sendto,sendmsg'
  const tracer = new PeerProcess('strace', [
    '-f',
    '-s',
    '4096',
    '-e',
    calls,
    '-o',
    trace,
    '-p',
    String(server.process.pid),
  ])
  await tracer.expectOutput(/attached/)
  for (let i = 0; i < 8; i++) await ok(...step('g'))
  await rest.end('SIGKILL')
  await tracer.exited
  const lines = readFileSync(trace, 'utf8').split('\n')
  const events = lines.flatMap((line) => {
    if (/(fdatasync|fsync).*= 0$/.test(line)) return ['sync']
    return /(write|writev|sendto|sendmsg)\(.*current_step/.test(line) ? ['reply'] : []
  })
  expect(events.filter((event) => event === 'reply')).toHaveLength(8)
  for (const [i, event] of events.entries()) if (event === 'reply') expect(events[i - 1]).toBe('sync')
})
