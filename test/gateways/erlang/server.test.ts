import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  Atom,
  ImproperList,
  TermMap,
  atom,
  equal,
  inspectElixir,
  isAtom,
  tuple,
  type Term,
} from '../../../src/erlang/index.ts'
import { Inbox, elementsOf, rawCall } from '../../support/erlang-nodes.ts'
import { errorOf, processOf, request, smallGame, startGateway } from '../../support/gateway.ts'

type House = Awaited<ReturnType<typeof startGateway>>
let house: House
beforeAll(async () => {
  house = await startGateway({ register: ['arena', 'godot_server', 'arena'] })
})

const gen = (kind: string, ...rest: Term[]): Term => tuple(new Atom(kind), ...rest)

describe('godot_server', () => {
  test('answers every form of a call', async () => {
    const { ask, node } = house
    const text = (s: string): Uint8Array => new TextEncoder().encode(s)
    const name = atom(node.name)
    expect(await ask(request('erlang', 'node'))).toEqual(name)
    expect(await ask(tuple(atom('call'), atom('erlang'), atom('node'), []))).toEqual(name)
    expect(await ask(tuple(atom('erlang'), atom('node')))).toEqual(name)
    expect(
      await ask(
        tuple(
          text('erlang'),
          Array.from('node', (c) => c.charCodeAt(0)),
          [],
        ),
      ),
    ).toEqual(name)
    expect(await ask(request('test', 'echo', new TermMap([text('term'), 1])))).toBe(1)
    expect(await ask(request('erlang', 'nodes'))).toEqual([atom(house.client.name)])
    expect(await ask(request('test', 'ping'))).toEqual(atom('pong'))
  })

  test('says ok at once to a call that says it is a cast', async () => {
    expect(await house.ask(tuple(atom('cast'), atom('test'), atom('ping'), []))).toEqual(atom('ok'))
  })

  test('its other names reach it, too', async () => {
    expect(await house.client.call({ name: 'arena', node: house.node.name }, request('test', 'ping'))).toEqual(
      atom('pong'),
    )
  })

  test('echoes 100,000 levels unchanged, while other operations refuse more than 512', async () => {
    let deep: Term = []
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(equal(await house.ask(request('test', 'echo', [deep])), deep)).toBe(true)
    const refused = errorOf(await house.ask(request('games', 'info', [deep])))
    expect(refused).toMatchObject({ ':code': ':too_deep', ':details': '%{limit: 512}' })
  })

  test('wrong calls get an error that says what was expected and what came', async () => {
    const { ask } = house
    const errors: Record<string, Record<string, string>> = {}
    const wrong: Record<string, Term> = {
      module: request('nowhere', 'f'),
      name: request('mettagrid', 'fly'),
      arity: request('mettagrid', 'step_game', [1, 2, 3, 4]),
      type: request('test', 'sleep', [tuple(1, 2)]),
      key: request('test', 'sleep', new TermMap([atom('sec'), 1])),
      twice: request('test', 'sleep', new TermMap([atom('ms'), 1, 'ms', 2])),
      form: atom('hello'),
    }
    for (const [what, term] of Object.entries(wrong)) errors[what] = errorOf(await ask(term))
    expect(Object.fromEntries(Object.entries(errors).map(([what, error]) => [what, error[':code']]))).toEqual({
      module: ':unknown_operation',
      name: ':unknown_operation',
      arity: ':wrong_arity',
      type: ':bad_argument',
      key: ':bad_argument',
      twice: ':bad_argument',
      form: ':bad_request',
    })
    expect(errors['arity']?.[':message']).toContain(
      'mettagrid:step_game takes 2 arguments (game_id, flat_actions) or 3 arguments (game_id, action_types, action_args), got 4.',
    )
    expect(errors['arity']?.[':details']).toBe('%{module: "mettagrid", name: "step_game", arities: [2, 3], got: 4}')
    expect(errors['type']?.[':message']).toContain('expected an integer')
    expect(errors['form']?.[':hint']).toContain('{call, M, F, Args}')
  })

  test('requests of one process are answered in order, others meanwhile', async () => {
    const { client, server } = house
    const inbox = new Inbox(client)
    const other = new Inbox(client)
    const send = (from: Inbox, tag: number, what: Term): void => {
      from.process.send(server, gen('$gen_call', tuple(from.process.pid, tag), what))
    }
    send(inbox, 1, request('test', 'sleep', [300]))
    send(inbox, 2, request('test', 'ping'))
    send(other, 3, request('test', 'ping'))
    expect(await other.next()).toEqual(tuple(3, atom('pong')))
    expect(inbox.rest).toEqual([])
    expect(await inbox.next()).toEqual(tuple(1, atom('ok')))
    expect(await inbox.next()).toEqual(tuple(2, atom('pong')))
  })

  test('answers a call wrapped in rex, takes a wrapped cast, ignores a stray {rex, yes}', async () => {
    const { client, server, events, node } = await startGateway()
    const inbox = new Inbox(client)
    const { pid } = inbox.process
    const tag = client.makeRef()
    inbox.process.send(server, gen('rex', pid, gen('$gen_call', tuple(pid, tag), request('erlang', 'node'))))
    expect(await inbox.next()).toEqual(tuple(tag, atom(node.name)))
    inbox.process.send(server, gen('rex', atom('yes')))
    inbox.process.send(server, gen('rex', pid, gen('$gen_cast', request('erlang', 'none'))))
    expect(await events.next('gateway.cast_failed')).toMatchObject({
      form: 'cast',
      operation: 'erlang:none/0',
      count: 1,
    })
    inbox.process.send(server, gen('rex', pid, 1))
    expect(await events.next('gateway.cast_failed', 2)).toMatchObject({ form: 'plain', count: 2 })
  })

  test('echoes the tag of a call untouched, whatever it is', async () => {
    const { client, server } = house
    const inbox = new Inbox(client)
    for (const tag of [client.makeRef(), tuple(client.makeRef(), atom('n')), 7, [1, [2]], new TermMap([1, 2])]) {
      expect(equal(await rawCall(inbox, server, tag, request('test', 'ping')), tuple(tag, atom('pong')))).toBe(true)
    }
    const alias = inbox.process.alias()
    const tag = new ImproperList([atom('alias')], alias)
    expect(equal(await rawCall(inbox, server, tag, request('test', 'ping')), tuple(tag, atom('pong')))).toBe(true)
  })

  test('casts and plain messages are done, and what fails is counted and told', async () => {
    const { client, server, events, registry, ask } = await startGateway()
    client.cast(server, request('mettagrid', 'create_game', smallGame('by cast')))
    client.send(server, request('mettagrid', 'create_game', smallGame('plain')))
    await ask(request('test', 'ping'))
    expect(registry.list().map(({ id }) => id)).toEqual(['by cast', 'plain'])
    client.cast(server, request('test', 'nothing'))
    client.send(server, atom('hello'))
    expect(await events.next('gateway.cast_failed')).toMatchObject({
      peer: client.name,
      code: 'unknown_operation',
      count: 1,
    })
    const second = await events.next('gateway.cast_failed', 2)
    expect(second).toMatchObject({ form: 'plain', code: 'bad_request', count: 2 })
    expect(second.operation).toBeUndefined()
    expect(inspectElixir(await client.call(server, tuple(atom('games'), atom('list'))))).toContain('by cast')
  })

  test('tells of each request: form, operation, peer, time, outcome', async () => {
    const { client, server, events, ask, node } = await startGateway()
    await ask(request('test', 'sleep', [1]))
    expect(await events.next('gateway.request')).toMatchObject({
      form: 'call',
      operation: 'test:sleep/1',
      peer: client.name,
    })
    await client.rpc(node.name, 'test', 'ping', [])
    expect(await events.next('gateway.request', 2)).toMatchObject({
      form: 'rpc',
      operation: 'test:ping/0',
      peer: client.name,
    })
    client.send(server, request('test', 'echo', [1]))
    expect(await events.next('gateway.request', 3)).toMatchObject({ form: 'plain', operation: 'test:echo/1' })
    await ask(request('test', 'echo', []))
    const fourth = await events.next('gateway.request', 4)
    expect(fourth).toMatchObject({ code: 'wrong_arity' })
    expect(fourth.ms).toBeGreaterThanOrEqual(0)
  })

  test('stopped or killed it is back under all its names with a new pid, and games live on', async () => {
    const { client, server, node, ask, registry } = await startGateway({ register: ['arena'] })
    await ask(request('mettagrid', 'create_game', smallGame('g')))
    const before = processOf(node, 'godot_server')
    const inbox = new Inbox(client, { trapExit: true })
    inbox.process.monitor(server)
    inbox.process.send(
      server,
      gen('system', tuple(inbox.process.pid, client.makeRef()), tuple(atom('terminate'), atom('normal'))),
    )
    const seen = [await inbox.next(), await inbox.next()].map((message) => elementsOf(message)[0])
    expect(seen.some((first) => isAtom(first, 'DOWN'))).toBe(true)
    const second = processOf(node, 'godot_server')
    expect(second).not.toBe(before)
    expect(processOf(node, 'arena')).toBe(second)
    if (second !== undefined) inbox.process.exitSignal(second.pid, atom('kill'))
    expect(await ask(request('games', 'list'))).toBeDefined()
    expect(processOf(node, 'godot_server')).not.toBe(second)
    expect(registry.list()).toHaveLength(1)
  })

  test('refuses more waiting requests than its limit, and nothing else suffers', async () => {
    const { client, server, ask } = await startGateway({ maxWaiting: 2 })
    const inbox = new Inbox(client)
    for (const tag of [1, 2, 3]) {
      inbox.process.send(server, gen('$gen_call', tuple(inbox.process.pid, tag), request('test', 'sleep', [200])))
    }
    const [tag, reply] = elementsOf(await inbox.next())
    expect([tag, errorOf(reply as Term)[':code']]).toEqual([3, ':overloaded'])
    expect(await inbox.next()).toEqual(tuple(1, atom('ok')))
    expect(await inbox.next()).toEqual(tuple(2, atom('ok')))
    expect(await ask(request('test', 'ping'))).toEqual(atom('pong'))
  })
})

test('requests that wait take so much memory and no more, by every way in', async () => {
  const { client, server, node, ask } = await startGateway({}, [], { limits: { maxWaitingBytes: 100_000 } })
  const inbox = new Inbox(client)
  const sleeping = client.call(server, request('test', 'sleep', [300]), { from: inbox.process })
  const large = Buffer.alloc(200_000, 1)
  const waiting = client.call(server, request('test', 'echo', [large]), { from: inbox.process })
  const refused = await ask(request('test', 'ping'))
  expect(errorOf(refused)).toMatchObject({
    ':code': ':overloaded',
    ':message': expect.stringContaining('maxWaitingBytes'),
  })
  await expect(client.rpc(node.name, 'test', 'ping', [])).rejects.toMatchObject({ details: { reason: 'system_limit' } })
  const rex = { name: 'rex', node: node.name }
  const call = tuple(atom('call'), atom('test'), atom('ping'), [], inbox.process.pid)
  expect(inspectElixir(await client.call(rex, call))).toBe('{:badrpc, {:EXIT, {:system_limit, []}}}')
  expect(await sleeping).toEqual(atom('ok'))
  expect(await waiting).toEqual(new Uint8Array(large))
  expect(await ask(request('test', 'ping'))).toEqual(atom('pong'))
  expect(await client.rpc(node.name, 'test', 'ping', [])).toEqual(atom('pong'))
  expect(node.core.room.used).toBe(0)
})

describe('the functions of rpc and erpc', () => {
  test('are the operations; what is not there is undef, a wrong type an error', async () => {
    const { client, node } = house
    expect(await client.rpc(node.name, 'erlang', 'node', [])).toEqual(atom(node.name))
    expect(await client.rpc(node.name, 'test', 'sleep', [1])).toEqual(atom('ok'))
    expect(errorOf(await client.rpc(node.name, 'test', 'sleep', ['x']))).toMatchObject({ ':code': ':bad_argument' })
    for (const [module, name, args] of [
      ['os', 'cmd', ['ls']],
      ['test', 'ping', [1]],
      ['mettagrid', 'fly', []],
    ] as const) {
      await expect(client.rpc(node.name, module, name, [...args])).rejects.toMatchObject({
        code: 'remote_error',
        message: expect.stringContaining('undef') as unknown,
      })
    }
  })

  test('a game made by erpc can be linked to the caller', async () => {
    const { client, node } = house
    const inbox = new Inbox(client, { trapExit: true })
    const made = await client.rpc(
      node.name,
      'mettagrid',
      'create_game',
      smallGame('by erpc', new TermMap([atom('link'), true])),
      { from: inbox.process },
    )
    expect(inspectElixir(made)).toContain('game_id: "by erpc"')
    house.registry.close(house.registry.get('by erpc'), 'shutdown')
    const [kind, , reason] = elementsOf(await inbox.next())
    expect([kind, reason]).toEqual([atom('EXIT'), atom('shutdown')])
  })
})
