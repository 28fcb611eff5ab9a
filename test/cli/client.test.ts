import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { loadConfig } from '../../src/config.ts'
import { createServer, type Server } from '../../src/server.ts'
import { runMain, type Ran } from '../support/cli-io.ts'
import { freePort, uniqueName } from '../support/peers.ts'

let server: Server
let flags: string[]
beforeAll(async () => {
  const epmdPort = await freePort()
  server = await createServer(loadConfig({ flags: { name: uniqueName('cli'), cookie: 'secret', epmdPort }, env: {} }))
  flags = ['--epmd-port', String(epmdPort), '--cookie', 'secret']
})
afterAll(() => server.stop())

const run = (...args: string[]): Promise<Ran> => runMain([...args, ...flags])
const call = (...args: string[]): Promise<Ran> => run('call', server.node.name, ...args)

describe('ping', () => {
  test('says pong, for people and for programs', async () => {
    expect((await run('ping', server.node.name)).stdout).toMatch(/^pong from cli\S+ in [\d.]+ ms\n$/)
    const { code, stdout } = await run('ping', server.node.name, '--json')
    expect([code, JSON.parse(stdout)]).toEqual([0, { node: server.node.name, answer: 'pong', ms: expect.any(Number) }])
  })

  test('says why not: no such node, no epmd, another cookie', async () => {
    const unknown = await run('ping', 'nobody@127.0.0.1')
    expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringContaining('knows no node nobody')])
    const port = String(await freePort())
    const lost = await runMain(['ping', server.node.name, '--epmd-port', port, '--cookie', 'secret'])
    expect(lost.code).toBe(4)
    expect(lost.stderr).toContain(`No epmd answers on 127.0.0.1:${port}`)
    const refused = await runMain(['ping', server.node.name, ...flags.slice(0, 2), '--cookie', 'other'])
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('cookie')])
  })
})

test('names lists what epmd knows', async () => {
  const [alive = ''] = server.node.name.split('@')
  const epmd = flags.slice(0, 2)
  expect(await runMain(['names', ...epmd])).toMatchObject({ code: 0, stdout: `${alive} at port ${server.node.port}\n` })
  const { stdout } = await runMain(['names', ...epmd, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ nodes: [{ name: alive, port: server.node.port }] })
  const gone = await runMain(['names', '--epmd-port', String(await freePort())])
  expect([gone.code, gone.stderr]).toEqual([3, expect.stringMatching(/ECONNREFUSED \(\d+: connection refused\)/)])
})

describe('call', () => {
  test('prints what Elixir would print, Erlang terms, or JSON', async () => {
    const args =
      '[{"a": [1, 2.5, "x", null, true], "t": {"$tuple": [{"$atom": "b"}, {"$float": 1}, {"$bytes": "/w=="}]}}]'
    const shown = '{"a" => [1, 2.5, "x", nil, true], "t" => {:b, 1.0, <<255>>}}'
    expect((await call('test', 'echo', args)).stdout).toBe(`%${shown}\n`)
    expect((await call('test', 'echo', '[{a, 1.0, "x", <<"y">>}]', '--erlang')).stdout).toBe('{a,1.0,"x",<<"y">>}\n')
    const { stdout } = await call('test', 'echo', args, '--json')
    expect(JSON.parse(stdout)).toEqual({
      a: [1, 2.5, 'x', null, true],
      t: { $tuple: ['b', 1, { $bytes: '/w==' }] },
    })
    expect((await call('erlang', 'node')).stdout).toBe(`:"${server.node.name}"\n`)
    expect((await call('test', 'sleep', '{"ms": 1}')).stdout).toBe(':ok\n')
    expect(JSON.parse((await call('games', 'list', '--json')).stdout)).toEqual([])
  })

  test('by rpc', async () => {
    expect(await call('test', 'ping', '--rpc')).toMatchObject({ code: 0, stdout: ':pong\n' })
    const undef = await call('os', 'cmd', '["ls"]', '--rpc')
    expect([undef.code, undef.stderr]).toEqual([6, expect.stringContaining('undef')])
  })

  test('an error of the node ends with 6 and its sentence', async () => {
    const { code, stderr, stdout } = await call('mettagrid', 'get_state', '["x"]')
    expect([code, stdout]).toEqual([6, ''])
    expect(stderr).toMatch(/^beamcade: game_id not found: "x"\. \[no_such_game\]\n {2}\S/)
    expect(JSON.parse((await call('nothing', 'here', '--json')).stdout)).toMatchObject({
      event: 'failed',
      code: 'unknown_operation',
    })
    const nobody = await call('test', 'ping', '--server', 'nobody')
    expect([nobody.code, nobody.stderr]).toEqual([6, expect.stringContaining('no such process')])
  })

  test('no answer in time ends with 7', async () => {
    const { code, stderr } = await call('test', 'sleep', '[10000]', '--timeout', '50')
    expect([code, stderr]).toEqual([7, expect.stringContaining('within 50 ms')])
  })
})

describe('describe', () => {
  test('lists all operations, and tells of one', async () => {
    const all = (await runMain(['describe'])).stdout
    for (const one of ['erlang:node()', 'test:echo(term)', 'mettagrid:create_game(', 'beamcade:describe(of)']) {
      expect(all).toContain(one)
    }
    const one = (await runMain(['describe', 'test:sleep'])).stdout
    expect(one).toContain('ms :: integer 0..2147483647')
    expect(one).toContain('answers ok')
    const json = JSON.parse((await runMain(['describe', 'mettagrid', '--json'])).stdout) as { name: string }[]
    expect(json.map(({ name }) => name)).toContain('step_game')
  })
})

describe('doctor', () => {
  test('says what is there and what is missing, and how refusals look', async () => {
    const { stdout, code } = await runMain(['doctor', ...flags.slice(0, 2)])
    expect(code).toBe(0)
    for (const name of ['Node.js', 'native addon', 'compiler', 'erl', 'elixir', 'epmd', 'port', 'cookie']) {
      expect(stdout).toContain(`  ${name} `)
    }
    expect(stdout).toContain('** System NOT running to use fully qualified hostnames **')
    expect(stdout).toContain('[bad_cookie]')
  })

  test('without anything in PATH it says how to get it, and that start works', async () => {
    const env = { PATH: '/nowhere', HOME: '/nowhere' }
    const { stdout, code } = await runMain(
      ['doctor', '--json', '--sname', 'a', '--epmd-port', String(await freePort())],
      { env },
    )
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean
      findings: { name: string; state: string; fix?: string }[]
    }
    expect([code, ok]).toEqual([0, true])
    for (const name of ['compiler', 'erl', 'elixir']) {
      const found = findings.find((one) => one.name === name)
      expect([found?.state, found?.fix]).toEqual(['optional', expect.any(String)])
    }
  })

  test('a name and a port that are taken are found', async () => {
    const { stdout, code } = await runMain([
      ...['doctor', '--name', server.node.name, '--dist-port', String(server.node.port)],
      ...flags.slice(0, 2),
    ])
    expect(code).toBe(3)
    expect(stdout).toMatch(/optional {2}node name .* runs already/)
    expect(stdout).toMatch(/MISSING {3}port/)
  })

  test('an address that is not of this machine is found', async () => {
    const { stdout, code } = await runMain(['doctor', '--host', '192.0.2.1', ...flags.slice(0, 2)])
    expect(code).toBe(3)
    expect(stdout).toMatch(/MISSING {3}port {10}192\.0\.2\.1 cannot be used: .*EADDRNOTAVAIL/)
    expect(stdout).toContain('choose an address of this machine')
  })
})
