/** `beamcade mcp`, and the SDK's client at the other end of the pipe. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals'
import type { CallToolResult, Tool } from '@modelcontextprotocol/client'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv'
import { loadConfig } from '../../../src/config.ts'
import { createServer } from '../../../src/server.ts'
import { runMain } from '../../support/cli-io.ts'
import { runCli, startCli } from '../../support/cli.ts'
import { expanded } from '../../support/json-schema.ts'
import { connectMcp as connect, type McpClient } from '../../support/mcp.ts'
import { freePort, uniqueName } from '../../support/peers.ts'

jest.setTimeout(120_000)

const folder = mkdtempSync(join(tmpdir(), 'beamcade-mcp-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const textOf = ({ content }: CallToolResult): string[] =>
  content.flatMap((part) => (part.type === 'text' ? [part.text] : []))

/** The goal is to stand at the right end: each move that succeeds pays 1. */
const GAME = {
  game_id: 'g 1/ü',
  config: {
    num_agents: 1,
    max_steps: 20,
    obs_width: 3,
    obs_height: 3,
    num_observation_tokens: 40,
    actions: [
      { name: 'noop', type: 'ACTION_NOOP', noop: {} },
      { name: 'move', type: 'ACTION_MOVE', move: {} },
    ],
    objects: [
      {
        name: 'agent.agent',
        agent: { type_name: 'agent', group_name: 'red', stat_rewards: { 'action.move.success': 1 } },
      },
      { name: 'wall', wall: { type_id: 1, type_name: 'wall' } },
    ],
  },
  map: ['#####', '#@..#', '#####'],
  seed: 1,
}

describe('a language model', () => {
  test.each([undefined, 'auto'] as const)('plays a game to its goal (negotiation %s)', async (mode) => {
    const { client, call } = await connect(['--allow-writes'], { mode, process: mode === undefined })
    const { tools } = await client.listTools()
    const names = tools.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['games-list', 'mettagrid-create_game', 'mettagrid-step_game']))
    expect(names).toEqual(expect.arrayContaining(['mettagrid-step_game-3', 'beamcade-describe', 'beamcade-describe-1']))
    expect(names.filter((name) => !/^[a-z0-9_-]{1,64}$/.test(name))).toEqual([])
    expect(names.filter((name) => name.startsWith('erlang') || name.startsWith('test'))).toEqual([])
    expect(client.getInstructions()).toContain('games-info')
    const inputs = tools.find(({ name }) => name === 'mettagrid-create_game')?.inputSchema ?? {}
    const valid = new AjvJsonSchemaValidator().getValidator(inputs)
    expect(valid(GAME)).toMatchObject({ valid: true })
    expect(valid({ ...GAME, seed: -1 })).toMatchObject({ valid: false })

    const created = await call('mettagrid-create_game', GAME)
    expect(created).toMatchObject({ structuredContent: { game_id: 'g 1/ü', pid: null } })
    expect(textOf(created)[1]).toBe('#####\n#0..#\n#####')

    const { resources } = await client.listResources()
    const uri = 'beamcade://games/g%201%2F%C3%BC/board'
    expect(resources).toMatchObject([{ uri, mimeType: 'text/plain' }])
    const board = async () => (await client.readResource({ uri })).contents
    expect(await board()).toEqual([{ uri, mimeType: 'text/plain', text: '#####\n#0..#\n#####' }])
    expect(await client.listResourceTemplates()).toMatchObject({
      resourceTemplates: [{ uriTemplate: 'beamcade://games/{id}/board' }],
    })

    const info = await call('games-info', { game_id: GAME.game_id })
    const { facts } = info.structuredContent as { facts: { flat_actions: string[]; agents: number } }
    const east = facts.flat_actions.indexOf('move_east')
    expect([facts.agents, east]).toEqual([1, 4])

    const seen = async () => {
      const words = await call('mettagrid-describe_observations', { game_id: GAME.game_id })
      return (words.structuredContent as { result: { sees: string[] }[] }).result[0]?.sees ?? []
    }
    let steps = 0
    // It walks by what it is told, until it is told of a wall.
    while (!(await seen()).some((line) => line.startsWith('1 east: wall'))) {
      const step = await call('mettagrid-step_game', { game_id: GAME.game_id, flat_actions: [east] })
      steps += 1
      const { rewards, observations } = step.structuredContent as { rewards: number[]; observations: string }
      expect(rewards).toEqual([1])
      expect(Buffer.from(observations, 'base64')).toHaveLength(40 * 3)
      expect(textOf(step)[0]).toContain('"observations":"(120 bytes)","rewards":[1]')
    }
    expect(steps).toBe(2)
    expect(await board()).toMatchObject([{ text: '#####\n#..0#\n#####' }])
    expect((await seen())[0]).toBe('10% of the episode are over, last action move_east, its argument 3, last reward 0')
    expect(await seen()).toContain('here: agent, group red, facing east')
  })

  test('hears that the list of boards changed', async () => {
    const { client, call } = await connect(['--allow-writes'])
    let heard = (): void => undefined
    client.setNotificationHandler('notifications/resources/list_changed', () => {
      heard()
    })
    for (const tool of ['mettagrid-create_game', 'mettagrid-delete_game']) {
      const changed = new Promise<void>((resolve) => (heard = resolve))
      await call(tool, tool.endsWith('create_game') ? GAME : { game_id: GAME.game_id })
      await changed
    }
    expect((await client.listResources()).resources).toEqual([])
  })

  test('is told what was wrong, by a code, a sentence and a hint', async () => {
    const { client, call } = await connect(['--allow-writes'])
    const failed = await call('mettagrid-step_game', { game_id: 'none', flat_actions: [0] })
    expect(failed).toMatchObject({ isError: true, structuredContent: { error: { code: 'no_such_game' } } })
    expect(textOf(failed)).toEqual([expect.stringMatching(/^.*none.*\[no_such_game\]\n.+$/)])
    const wrong = await call('mettagrid-create_game', { ...GAME, seed: 'x', more: 1 })
    expect(wrong).toMatchObject({ isError: true, structuredContent: { error: { code: 'bad_argument' } } })
    expect(await call('games-restore', { game_id: 'g', snapshot: 'AAAA' })).toMatchObject({
      structuredContent: { error: { code: 'bad_snapshot' } },
    })
    expect(await call('games-restore', { game_id: 'g', snapshot: 'not base64!' })).toMatchObject({
      structuredContent: {
        error: { code: 'bad_argument', message: expect.stringContaining('expected bytes') as unknown },
      },
    })
    let deep: unknown = 1
    for (let i = 0; i < 2000; i += 1) deep = [deep]
    expect(await call('games-info', { game_id: deep })).toMatchObject({
      structuredContent: { error: { code: 'too_deep' } },
    })
    await expect(call('no-such-tool')).rejects.toThrow('no-such-tool')
    await expect(client.readResource({ uri: 'beamcade://games/none/board' })).rejects.toThrow('not found')
    await expect(client.readResource({ uri: 'beamcade://games/%zz/board' })).rejects.toThrow('not found')
  })
})

describe('without --allow-writes', () => {
  test('what changes something is neither listed nor done, also on games of --data', async () => {
    const data = join(folder, 'data')
    const writer = await connect(['--allow-writes', '--data', data])
    await writer.call('mettagrid-create_game', GAME)
    await writer.call('mettagrid-step_game', { game_id: GAME.game_id, flat_actions: [4] })
    const { result: snapshot } = (await writer.call('games-snapshot', { game_id: GAME.game_id })).structuredContent as {
      result: string
    }
    await writer.client.close()

    const { client, call } = await connect(['--data', data])
    const { tools } = await client.listTools()
    const names = tools.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['games-info', 'mettagrid-render_game', 'mettagrid-get_state']))
    expect(names.filter((name) => /create|step|delete|restore/.test(name))).toEqual([])
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true)
    const refused = await call('mettagrid-step_game', { game_id: GAME.game_id, flat_actions: [4] })
    expect(refused).toMatchObject({ isError: true, structuredContent: { error: { code: 'writes_not_allowed' } } })
    expect(textOf(refused)[0]).toContain('--allow-writes')
    const board = await call('mettagrid-render_game', { game_id: GAME.game_id })
    expect(textOf(board)).toEqual(['#####\n#.0.#\n#####'])
    expect((await call('games-snapshot', { game_id: GAME.game_id })).structuredContent).toEqual({ result: snapshot })
  })
})

describe('the process', () => {
  test('keeps standard output for the protocol, whatever a module prints', async () => {
    const module = join(folder, 'loud.mjs')
    writeFileSync(
      module,
      `import { defineOperation } from '${join(import.meta.dirname, '../../../src/engine/index.ts')}'
import { z } from '${import.meta.resolve('zod')}'
console.log('loud module')
export default defineOperation({ module: 'loud', name: 'add', doc: 'Adds.', reads: true, output: z.number(),
  params: [{ name: 'a', doc: 'One.', schema: z.number() }, { name: 'b', doc: 'Other.', schema: z.number(), optional: true }],
  handler: ({ a, b = 0 }) => { console.log('adding'); return a + b } })
`,
    )
    const { call, logs } = await connect(['--load', module], { process: true })
    expect(await call('loud-add', { a: 1, b: 2.5 })).toMatchObject({ structuredContent: { result: 3.5 } })
    await logs('loud module\n')
    await logs('adding\n')
  })

  test('ends when its input does, with 0', async () => {
    const child = startCli(['mcp'])
    child.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    await child.expectOutput(/"id":1/)
    child.endInput()
    expect(await child.exited).toBe(0)
  })

  test('without the SDK says so in a sentence, and doctor tells', async () => {
    const hook = `export async function resolve(name, context, next) {
      if (!name.startsWith('@modelcontextprotocol/')) return next(name, context)
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    }`
    const hooks = join(folder, 'hooks.mjs')
    const register = join(folder, 'register.mjs')
    writeFileSync(hooks, hook)
    writeFileSync(register, `import { register } from 'node:module'\nregister(${JSON.stringify(pathToFileURL(hooks))})`)
    const env = { NODE_OPTIONS: `--import=${register}` }
    const [ran, doctor] = await Promise.all([runCli(['mcp'], { env }), runCli(['doctor'], { env })])
    expect(ran.code).toBe(3)
    expect(ran.output).toContain('beamcade: The package @modelcontextprotocol/server is not installed.\n  Install it')
    expect(doctor.output).toMatch(
      /optional {2}MCP package .*not installed.*\n.*npm install @modelcontextprotocol\/server/,
    )
    expect((await runMain(['doctor'])).stdout).toMatch(/ok {8}MCP package/)
  })

  test('refuses flags that mean nothing', async () => {
    const ran = await runMain(['mcp', '--node', 'a@127.0.0.1', '--data', folder])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('--data is for games of our own')])
  })
})

describe('--node', () => {
  test('offers the games of a running node, and those of the node see what is played', async () => {
    const name = uniqueName('played')
    const epmdPort = await freePort()
    const server = await createServer(loadConfig({ flags: { name, epmdPort, cookie: 'cookie' }, env: {} }))
    stops.push(() => server.stop())
    const flags = ['--node', name, '--cookie', 'cookie', '--epmd-port', String(epmdPort)]
    const writer = await connect(['--allow-writes', ...flags])
    const own = await connect(['--allow-writes'])
    const list = async ({ client }: McpClient) => (await client.listTools()).tools
    // The same tools with the same schemas, wherever they are; defaults are not told over the wire.
    const bare = (tools: readonly Tool[]): unknown => {
      const whole = tools.map(({ inputSchema, outputSchema = {}, ...tool }) => [tool, ...[inputSchema, outputSchema].map(expanded)]) // prettier-ignore
      return JSON.parse(JSON.stringify(whole, (key, value: unknown) => (key === 'default' ? undefined : value)))
    }
    expect(bare(await list(writer))).toEqual(bare(await list(own)))

    expect(await writer.call('mettagrid-create_game', GAME)).toMatchObject({
      structuredContent: { game_id: GAME.game_id, pid: expect.stringMatching(/^<.*>$/) as unknown },
    })
    const reader = await connect(flags)
    expect(await reader.call('mettagrid-step_game', { game_id: GAME.game_id, flat_actions: [4] })).toMatchObject({
      structuredContent: { error: { code: 'writes_not_allowed' } },
    })
    const step = await writer.call('mettagrid-step_game', { game_id: GAME.game_id, flat_actions: [4] })
    expect(textOf(step)[1]).toBe('#####\n#.0.#\n#####')
    expect(step.structuredContent).toMatchObject({ rewards: [1], action_success: [true], current_step: 1 })
    const state = await reader.call('mettagrid-get_state', { game_id: GAME.game_id })
    expect(state.structuredContent).toEqual(step.structuredContent)
    const [board] = (await reader.client.listResources()).resources
    const { contents } = await reader.client.readResource({ uri: board?.uri ?? '' })
    expect(contents).toMatchObject([{ text: '#####\n#.0.#\n#####' }])
    expect(await writer.call('mettagrid-step_game', { game_id: 'none', flat_actions: [] })).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'no_such_game', hint: expect.stringContaining('games:list') as unknown } },
    })
    // What is no text and what is: bytes are bytes on both sides.
    const { result: snapshot } = (await writer.call('games-snapshot', { game_id: GAME.game_id })).structuredContent as {
      result: string
    }
    expect(await own.call('games-restore', { game_id: 'copy', snapshot })).not.toHaveProperty('isError')
    expect(await own.call('mettagrid-get_state', { game_id: 'copy' })).toMatchObject({
      structuredContent: step.structuredContent as object,
    })
  })
})
