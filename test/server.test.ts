import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { loadConfig, type Config, type Sources } from '../src/config.ts'
import { defineOperation, text } from '../src/engine/index.ts'
import { lookupNode, type Term } from '../src/erlang/index.ts'
import { buildParts, createServer } from '../src/server.ts'
import { Directory } from './support/erlang-nodes.ts'
import { recordEvents } from './support/events.ts'
import { errorOf, request, smallGame } from './support/gateway.ts'
import { freePort, uniqueName } from './support/peers.ts'

const folder = mkdtempSync(join(tmpdir(), 'beamcade-server-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function config(flags: Sources['flags'] = {}): Promise<Config> {
  const name = flags.sname === undefined ? { name: uniqueName('server') } : {}
  const own = { ...name, cookie: 'cookie', epmdPort: await freePort() }
  return loadConfig({ flags: { ...own, ...flags }, env: {}, cwd: folder })
}

function module(name: string, content: string): string {
  const path = join(folder, name)
  const engine = pathToFileURL(join(import.meta.dirname, '../src/engine/index.ts')).href
  writeFileSync(path, content.replaceAll('BEAMCADE', engine))
  return path
}

const coin = `
  import { defineEngine, defineOperation, name, integer } from 'BEAMCADE'
  export const flip = defineOperation({
    module: 'coin', name: 'flip', doc: 'Flips.', params: [{ name: 'seed', doc: 'Any.', schema: integer() }],
    output: name(['heads', 'tails']), handler: ({ seed }) => (seed % 2 === 0 ? 'heads' : 'tails'),
  })
  export const engine = defineEngine({ name: 'coin', doc: 'Coins.', create: () => ({}), restore: () => ({}) })
`

describe('a server', () => {
  test('two in one process: each answers, stops in order, and frees its name and ports', async () => {
    const events = recordEvents()
    const first = await createServer(await config(), { events })
    const second = await createServer(await config({ epmdPort: first.config.epmdPort }))
    expect([first.epmd.embedded, second.epmd.embedded]).toEqual([true, false])
    expect(Object.keys(first.ports)).toEqual(['dist', 'epmd'])
    expect(
      await first.node.call({ name: 'godot_server', node: second.node.name }, request('test', 'ping')),
    ).toBeDefined()
    await second.stop()
    const [alive = ''] = second.node.name.split('@')
    expect(await lookupNode('127.0.0.1', first.config.epmdPort, alive)).toBeUndefined()
    await Promise.all([first.stop('a test'), first.stop()])
    expect(events.all('server.stopping')).toEqual([{ why: 'a test' }])
    await expect(lookupNode('127.0.0.1', first.config.epmdPort, alive)).rejects.toMatchObject({
      code: 'epmd_unreachable',
    })
  })

  test('that stops answers what runs, within a bound, and cuts off the rest', async () => {
    const server = await createServer(await config({ epmd: 'always' }))
    const client = await new Directory().start({ resolve: () => ({ host: '127.0.0.1', port: server.node.port }) })
    const to = { name: 'godot_server', node: server.node.name }
    const soon = client.call(to, request('test', 'sleep', [100]))
    const never = client.rpc(server.node.name, 'test', 'sleep', [60_000]).catch((error: unknown) => error)
    await client.call(to, request('erlang', 'nodes'), { from: client.spawn(() => ({ message: () => undefined })) })
    const begun = performance.now()
    await server.stop()
    expect(performance.now() - begun).toBeLessThan(2000)
    await expect(soon).resolves.toBeDefined()
    expect(await never).toMatchObject({ code: expect.stringMatching(/exited|noconnection|remote_error/) as unknown })
  })

  test('makes its data folder, or says why it cannot', async () => {
    const server = await createServer(await config({ data: './deep/data' }))
    expect(statSync(join(folder, 'deep/data')).isDirectory()).toBe(true)
    await server.stop()
    writeFileSync(join(folder, 'file'), '')
    const blocked = await config({ data: './file/data' })
    await expect(createServer(blocked)).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('--data') as unknown,
    })
  })

  test('refuses a taken name and a taken port, and leaves nothing behind', async () => {
    const server = await createServer(await config())
    const { epmdPort, node } = server.config
    await expect(createServer(await config({ epmdPort, name: node }))).rejects.toMatchObject({ code: 'name_taken' })
    await expect(createServer(await config({ epmdPort, distPort: server.node.port }))).rejects.toMatchObject({
      code: expect.stringMatching(/port_taken|listen_failed/) as unknown,
    })
    await expect(createServer(await config({ epmd: 'never' }))).rejects.toMatchObject({ code: 'epmd_unreachable' })
    await server.stop()
  })
})

describe('modules of the user', () => {
  test('add operations and engines: alone, as an array, as an object', async () => {
    const paths = [
      module('alone.mjs', `${coin.replaceAll('coin', 'one')} export default flip`),
      module('array.mjs', `${coin.replaceAll('coin', 'two')} export default [flip, engine]`),
      module('object.mjs', `${coin.replaceAll('coin', 'three')} export default { flip, engine }`),
    ]
    const { operations: table } = await buildParts(paths)
    for (const name of ['one', 'two', 'three']) expect(table.find(name, 'flip', 1)).toBeDefined()
  })

  test.each([
    [
      'conflict.mjs',
      `${coin.replace("module: 'coin', name: 'flip'", "module: 'games', name: 'info'")} export default flip`,
      'games:info',
    ],
    [
      'engine.mjs',
      `${coin.replace("name: 'coin', doc: 'Coins.'", "name: 'mettagrid', doc: 'x'")} export default engine`,
      'engine mettagrid',
    ],
    ['none.mjs', 'export const x = 1', 'no default export'],
    ['wrong.mjs', 'export default [{ kind: "engine" }, 1]', 'no operation and no engine'],
    ['broken.mjs', 'throw new Error("boom")', 'boom'],
  ])('%s is refused', async (name, content, sentence) => {
    await expect(buildParts([module(name, content)])).rejects.toMatchObject({
      code: 'bad_module',
      message: expect.stringContaining(sentence) as unknown,
    })
  })

  test('may come from the program that makes the server', async () => {
    const hello = defineOperation({
      module: 'hello',
      name: 'you',
      doc: 'Greets.',
      params: [],
      output: text(),
      handler: () => 'hello',
    })
    const server = await createServer(await config(), { extensions: [hello] })
    expect(server.router.call({ module: 'hello', name: 'you', args: [], wire: 'test' })).toBe('hello')
    await server.stop()
  })
})

describe('where it listens', () => {
  test('a name with a host is found at the address of that host; an own epmd serves the loopback interface as well', async () => {
    const events = recordEvents()
    const server = await createServer(await config({ sname: uniqueName('server', 'localhost') }), { events })
    expect(server.node.name).toMatch(/@localhost$/)
    expect(events.all('epmd.listening').map(({ host }) => host)).toEqual(['127.0.0.1'])
    await server.stop()
  })

  test('a loopback address of its own has an epmd of its own', async () => {
    const events = recordEvents()
    const server = await createServer(await config({ name: uniqueName('server', '127.0.0.77') }), { events })
    expect(events.all('dist.listening').map(({ host }) => host)).toEqual(['127.0.0.77'])
    expect(events.all('epmd.listening').map(({ host }) => host)).toEqual(['127.0.0.77'])
    expect(server.epmd.address).toMatch(/^127\.0\.0\.77:/)
    await server.stop()
  })

  test('told to listen elsewhere, it does, and epmd as well', async () => {
    const events = recordEvents()
    const server = await createServer(await config({ host: '127.0.0.78' }), { events })
    expect(events.all('dist.listening').map(({ host }) => host)).toEqual(['127.0.0.78'])
    expect(events.all('epmd.listening').map(({ host }) => host)).toEqual(['127.0.0.1', '127.0.0.78'])
    await server.stop()
  })
})

test('limits are settings: those of the node, of the gateway, of the games', async () => {
  const server = await createServer(await config({ maxGames: 1, maxCells: 1, maxValueDepth: 3 }))
  const ask = (module: string, name: string, args: Term[]) =>
    server.node.call('godot_server', request(module, name, args)).then(errorOf)
  const [id, ...rest] = smallGame('g') as [Term, ...Term[]]
  expect(await ask('mettagrid', 'create_game', [id, ...rest])).toMatchObject({
    ':message': expect.stringContaining('maxValueDepth') as unknown,
  })
  await server.stop()
  const roomy = await createServer(await config({ maxCells: 1 }))
  const refused = await roomy.node
    .call('godot_server', request('mettagrid', 'create_game', [id, ...rest]))
    .then(errorOf)
  expect(refused[':message']).toContain('maxCells')
  await roomy.stop()
})
