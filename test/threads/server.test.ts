/** Whole servers with --workers, asked over the wires that everybody uses. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { atom, inspectElixir, type Pid, type Ref, type Term } from '../../src/erlang/index.ts'
import { MettaGridClient } from '../../src/gateways/socket/client.ts'
import { startServer } from '../support/cli.ts'
import { dataFolder } from '../support/diary.ts'
import { Directory, Inbox, elementsOf } from '../support/erlang-nodes.ts'
import { errorOf, fieldOf, okOf, request, smallGame } from '../support/gateway.ts'

const FRAGILE = fileURLToPath(new URL('../support/fragile-game.ts', import.meta.url))
const LIMIT_MS = 2000

async function serverWith(...flags: string[]) {
  const server = await startServer({ flags: ['--workers', '2', '--load', FRAGILE, ...flags] })
  const port = server.ports['dist'] ?? 0
  const client = await new Directory().start({ resolve: () => ({ host: '127.0.0.1', port }) })
  const inbox = new Inbox(client, { trapExit: true })
  const to = { name: 'godot_server', node: server.node }
  const ask = (module: string, name: string, args: Term[] = [], from = inbox.process) =>
    client.call(to, request(module, name, args), { timeoutMs: 20_000, from })
  const ok = async (...what: Parameters<typeof ask>) => okOf(await ask(...what))
  return { server, client, inbox, ask, ok }
}

describe('a server with threads', () => {
  test('plays, shares games between gateways, and links and monitors fire with the reason', async () => {
    const { server, client, inbox, ok, ask } = await serverWith('--socket', '127.0.0.1:0')
    const linked = (await ok('fragile', 'create_game', ['a', new Map([[atom('link'), true]])])) as Pid
    const watched = (await ok('fragile', 'create_game', ['b'])) as Pid
    await ok('mettagrid', 'create_game', smallGame('g'))
    const ref = inbox.process.monitor(watched)
    expect(await ok('fragile', 'step_game', ['b', 'well'])).toBe(2)
    expect(errorOf(await ask('fragile', 'step_game', ['a', 'throw']))[':message']).toContain('the vase fell')
    const [, from, reason] = elementsOf(await inbox.next())
    expect([(from as Pid).equals(linked), inspectElixir(reason as Term)]).toEqual([
      true,
      '{:game_crashed, "the vase fell"}',
    ])
    expect(errorOf(await ask('fragile', 'step_game', ['b', 'exit']))[':message']).toContain('process.exit(7)')
    const [down, which] = elementsOf(await inbox.next())
    expect([inspectElixir(down as Term), (which as Ref).equals(ref)]).toEqual([':DOWN', true])

    const socket = await MettaGridClient.connect({ port: server.ports['socket'] ?? 0 })
    const { currentStep } = await socket.stepGame('g', [1])
    expect(currentStep).toBe(1)
    expect(fieldOf(await ok('mettagrid', 'step_game', ['g', [1]]), 'current_step')).toBe(2)
    expect((await socket.getState('g')).currentStep).toBe(2)
    await socket.close()
    await client.stop()
    await server.stop()
  })

  test('a thread without memory: its games are lost, with --data they are back, and the node lives', async () => {
    const { server, inbox, ok, ask, client } = await serverWith(
      ...['--data', dataFolder(), '--max-thread-memory', String(64 * 1024 * 1024)],
    )
    const pid = (await ok('fragile', 'create_game', ['a'])) as Pid
    await ok('mettagrid', 'create_game', smallGame('g'))
    await ok('mettagrid', 'create_game', smallGame('h'))
    for (const id of ['g', 'h']) await ok('mettagrid', 'step_game', [id, [1]])
    inbox.process.monitor(pid)
    expect(errorOf(await ask('fragile', 'step_game', ['a', 'eat']))[':code']).toBe(':game_lost')
    const reason = elementsOf(await inbox.next()).at(-1) as Term
    expect(inspectElixir(reason)).toMatch(
      /^\{:game_lost, "Its thread ended while it worked for the game \\"a\\": there was/,
    )
    expect(await ok('fragile', 'step_game', ['a', 'on'])).toBe(2)
    for (const id of ['g', 'h']) {
      expect(fieldOf(await ok('mettagrid', 'step_game', [id, [1]]), 'current_step')).toBe(2)
    }
    await client.stop()
    await server.stop()
  })

  test('that is told to stop while a game never ends stops in time, with 0', async () => {
    const { server, ask, client } = await serverWith()
    await ask('fragile', 'create_game', ['a'])
    await ask('fragile', 'create_game', ['b'])
    const never = ask('fragile', 'step_game', ['a', 'spin'], new Inbox(client).process).catch((error: unknown) => error)
    expect(okOf(await ask('fragile', 'step_game', ['b', 'well']))).toBe(2)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => (timer = setTimeout(resolve, LIMIT_MS, `over ${LIMIT_MS} ms`)))
    server.process.signal('SIGTERM')
    expect([await Promise.race([server.process.exited, late]), server.process.output.slice(-2000)]).toEqual([
      0,
      expect.stringContaining('server.stopped'),
    ])
    clearTimeout(timer)
    await never
    await client.stop()
  })

  test('that is killed has its games again, at the step last answered', async () => {
    const folder = dataFolder()
    const first = await serverWith('--data', folder)
    for (const id of ['g', 'h', 'i']) await first.ok('mettagrid', 'create_game', smallGame(id))
    for (let i = 0; i < 3; i++) await first.ok('mettagrid', 'step_game', ['h', [1]])
    const before = await Promise.all(['g', 'h', 'i'].map((id) => first.ok('mettagrid', 'get_state', [id])))
    first.server.process.signal('SIGKILL')
    await first.server.process.exited
    const second = await serverWith('--data', folder)
    expect(await Promise.all(['g', 'h', 'i'].map((id) => second.ok('mettagrid', 'get_state', [id])))).toEqual(before)
    for (const { client } of [first, second]) await client.stop()
    await second.server.stop()
  })

  test('whose modules cannot be loaded in a thread says so', async () => {
    await expect(startServer({ flags: ['--workers', '1', '--load', '/nowhere.js'] })).rejects.toThrow(/bad_module/)
  })
})
