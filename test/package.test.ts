/** What a user gets: `npm pack`, installed into an empty project, starts, imports, and takes a module of the user's own. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePort } from './support/peers.ts'
import { PeerProcess } from './support/process.ts'

const root = join(import.meta.dirname, '..')
const project = mkdtempSync(join(tmpdir(), 'beamcade-package-'))

async function run(command: string, ...args: string[]): Promise<string> {
  const child = new PeerProcess(command, args, { cwd: project })
  const code = await child.exited
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${child.output}`)
  return child.output
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const tarball = `beamcade-${version}.tgz`

describe('the package, installed into an empty project', () => {
  beforeAll(async () => {
    const pack = new PeerProcess('npm', ['pack', '--ignore-scripts', '--pack-destination', project], { cwd: root })
    expect(await pack.exited).toBe(0)
    writeFileSync(join(project, 'package.json'), '{ "name": "user", "private": true, "type": "module" }')
    await run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`)
  }, 120_000)
  afterAll(() => {
    rmSync(project, { recursive: true, force: true })
  })

  test('holds what it needs and nothing else', async () => {
    const listing = await run('tar', '-tzf', tarball)
    const folders = new Set(
      listing
        .trim()
        .split('\n')
        .map((line) => line.split('/')[1]),
    )
    const allowed = [
      'dist',
      'src',
      'proto',
      'native',
      'prebuilds',
      'scripts',
      'binding.gyp',
      'package.json',
      'README.md',
      'LICENSE',
    ]
    expect([...folders].filter((one) => !allowed.includes(one ?? ''))).toEqual([])
  })

  test('`npx beamcade start` answers, and stops with its input', async () => {
    const epmd = String(await freePort())
    const args = ['beamcade', 'start', 'shop@127.0.0.1', 'secret', '--epmd-port', epmd, '--json', '--stop-with-stdin']
    const server = new PeerProcess('npx', args, { cwd: project })
    const [line] = await server.expectOutput(/^\{"event":"ready".*\}$/m)
    expect(JSON.parse(line)).toMatchObject({ event: 'ready', node: 'shop@127.0.0.1' })
    const flags = ['--cookie', 'secret', '--epmd-port', epmd, '--json']
    expect(await run('npx', 'beamcade', 'call', 'shop@127.0.0.1', 'erlang', 'node', ...flags)).toContain(
      'shop@127.0.0.1',
    )
    server.endInput()
    expect(await server.exited).toBe(0)
  })

  test('`import { ErlangNode } from "beamcade/erlang"` makes nodes that talk', async () => {
    const program = `
      import { ErlangNode } from 'beamcade/erlang'
      const epmd = { port: ${await freePort()} }
      const [a, b] = await Promise.all(['a', 'b'].map((alive) =>
        ErlangNode.start({ name: alive + '@127.0.0.1', cookie: 'c', epmd })))
      console.log('pong', await a.ping(b.name))
      await b.stop()
      await a.stop()`
    writeFileSync(join(project, 'nodes.js'), program)
    expect(await run('node', 'nodes.js')).toContain('pong true')
  })

  test('`import { MettaGridClient } from "beamcade/mettagrid"` plays a game on `start --socket-only`', async () => {
    const args = ['beamcade', 'start', '--socket-only', '--port', '0', '--json', '--stop-with-stdin']
    const server = new PeerProcess('npx', args, { cwd: project })
    const [line] = await server.expectOutput(/^\{"event":"ready".*\}$/m)
    const { ports } = JSON.parse(line) as { ports: { socket: number } }
    const program = `
      import { MettaGridClient } from 'beamcade/mettagrid'
      const client = await MettaGridClient.connect({ port: ${ports.socket} })
      const config = { num_observation_tokens: 9, actions: [{ name: 'noop', type: 'ACTION_NOOP', noop: {} }],
        objects: [{ name: 'agent', agent: { type_name: 'agent' } }] }
      const map = { height: 1, width: 1, cells: [{ object_type: 'agent' }] }
      await client.createGame('g', { config, map, seed: 1 })
      console.log('step', (await client.stepGame('g', [0])).currentStep)
      await client.close()`
    writeFileSync(join(project, 'play.js'), program)
    expect(await run('node', 'play.js')).toContain('step 1')
    server.endInput()
    expect(await server.exited).toBe(0)
  })

  test('modules of the user add an operation, and an engine with games that are driven like ours', async () => {
    for (const name of ['coin.js', 'dice.js']) copyFileSync(join(root, 'examples', name), join(project, name))
    const load = ['--load', './coin.js', '--load', './dice.js']
    const epmd = String(await freePort())
    const args = ['start', 'shop@127.0.0.1', 'secret', '--epmd-port', epmd, ...load, '--json', '--stop-with-stdin']
    const server = new PeerProcess('npx', ['beamcade', ...args], { cwd: project })
    await server.expectOutput(/^\{"event":"ready"/m)
    const cli = join(project, 'node_modules/beamcade/dist/cli.js')
    const flags = ['--cookie', 'secret', '--epmd-port', epmd, '--json']
    const call = async (module: string, name: string, ...given: unknown[]): Promise<unknown> =>
      JSON.parse(await run('node', cli, 'call', 'shop@127.0.0.1', module, name, JSON.stringify(given), ...flags))

    expect(await call('coin', 'flip', 42)).toBe('tails')

    expect(await call('dice', 'create_game', 'd1', 42)).toMatchObject({ game_id: 'd1' })
    expect(await call('dice', 'create_game', 'd2', 42)).toMatchObject({ game_id: 'd2' })
    const thrown = await call('dice', 'step_game', 'd1', 3)
    expect(thrown).toEqual({ faces: [2, 1, 4], sum: 7, throws: 1 })
    expect(await call('dice', 'step_game', 'd2', 3)).toEqual(thrown)
    expect(await call('dice', 'get_state', 'd1')).toEqual(thrown)
    expect(await call('games', 'list')).toMatchObject([
      { game_id: 'd1', engine: 'dice' },
      { game_id: 'd2', engine: 'dice' },
    ])
    expect(await call('games', 'info', 'd1')).toMatchObject({ engine: 'dice', facts: { throws: 1 } })
    expect(await call('beamcade', 'describe', 'dice:step_game')).toMatchObject([{ doc: 'Throws dice.' }])
    expect(await call('dice', 'delete_game', 'd1')).toEqual({ game_id: 'd1' })
    expect(await call('games', 'list')).toMatchObject([{ game_id: 'd2' }])
    await expect(call('dice', 'get_state', 'd1')).rejects.toThrow(/exit 6\n[^]*no_such_game/)
    // A game of one engine is none of another's, and its refusals leave it as it was.
    await expect(call('mettagrid', 'get_state', 'd2')).rejects.toThrow(/one of dice, not of mettagrid/)
    await expect(call('dice', 'step_game', 'd2', 0)).rejects.toThrow(/expected an integer from 1 to 100/)
    expect(await call('dice', 'get_state', 'd2')).toEqual(thrown)

    const described = await run('node', cli, 'describe', 'dice', '--load', './dice.js')
    for (const name of ['create_game', 'step_game', 'get_state', 'delete_game']) {
      expect(described).toContain(`dice:${name}(`)
    }
    server.endInput()
    expect(await server.exited).toBe(0)
  }, 60_000)

  const built = join(root, 'build/Release/beamcade_accept.node')
  const testWithAddon = existsSync(built) ? test : test.skip
  testWithAddon(
    'a prebuilt addon serves where install scripts are blocked, and `net` where there is none',
    async () => {
      const other = join(project, 'blocked')
      const prebuilds = join(other, `node_modules/beamcade/prebuilds/${process.platform}-${process.arch}`)
      mkdirSync(other)
      writeFileSync(join(other, 'package.json'), '{ "name": "blocked", "private": true, "type": "module" }')
      const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--prefix', other]
      await run('npm', 'install', ...flags, `./${tarball}`)
      const load = `import('beamcade/erlang').then(async ({ ErlangNode, createEvents }) => {
      const events = createEvents()
      events.subscribe('dist.listening', ({ native }) => console.log('native', native))
      await (await ErlangNode.start({ name: 'x@127.0.0.1', cookie: 'c', epmd: false, events })).stop()
    })`
      const listens = (): Promise<string> => run('sh', '-c', 'cd blocked && exec node -e "$0"', load)
      expect(await listens()).toContain('native false')
      mkdirSync(prebuilds, { recursive: true })
      copyFileSync(built, join(prebuilds, 'beamcade_accept.node'))
      expect(await listens()).toContain('native true')
    },
    60_000,
  )
})
