import { describe, expect, test } from '@jest/globals'
import { defineEngine, defineOperation, integer, text, type Game } from '../../../src/engine/index.ts'
import { Pid, TermMap, atom, inspectElixir, tuple, type Term } from '../../../src/erlang/index.ts'
import { Inbox, elementsOf } from '../../support/erlang-nodes.ts'
import { errorOf, fieldOf, okOf, request, smallGame, startGateway } from '../../support/gateway.ts'

/** A game that breaks when it is told to. */
const brittle = defineEngine({
  name: 'brittle',
  doc: 'Breaks.',
  create: (): Game<number, number> => ({
    step(n) {
      if (n < 0) throw new TypeError('negative')
      return n
    },
    state: () => 0,
    snapshot: () => new Uint8Array(),
    info: () => ({}),
    close: () => undefined,
  }),
  restore: () => {
    throw new TypeError('never')
  },
})
const id = { name: 'game_id', doc: 'Which.', schema: text() } as const
const makeBrittle = defineOperation({
  module: 'brittle',
  name: 'create_game',
  doc: 'Makes one.',
  params: [id],
  output: text(),
  handler: ({ game_id }, { registry, caller }) => {
    void registry.create(brittle, game_id, null, { caller, link: true })
    return game_id
  },
})
const stepBrittle = defineOperation({
  module: 'brittle',
  name: 'step_game',
  doc: 'Breaks it, if the number is negative.',
  params: [id, { name: 'n', doc: 'A number.', schema: integer() }],
  output: integer(),
  handler: ({ game_id, n }, { registry }) => registry.step(brittle, game_id, n),
})

async function house() {
  const made = await startGateway({}, [brittle, makeBrittle, stepBrittle])
  const { client, server } = made
  const owner = new Inbox(client, { trapExit: true })
  /** Calls in the name of the owner. */
  const call = (what: Term, to: Pid | typeof server = server): Promise<Term> =>
    client.call(to, what, { from: owner.process })
  const create = async (name: string, options?: Record<string, Term>): Promise<Pid> => {
    const map = options && new TermMap(Object.entries(options).flatMap(([key, value]) => [atom(key), value]))
    const pid = fieldOf(okOf(await call(request('mettagrid', 'create_game', smallGame(name, map)))), 'pid')
    if (!(pid instanceof Pid)) throw new Error('no pid')
    return pid
  }
  return { ...made, owner, call, create }
}

describe('a game', () => {
  test('steps many times in one call; of several games each has its own answer', async () => {
    const { create, call } = await house()
    const game = await create('g')
    const packed = new TermMap([atom('format'), atom('packed'), atom('observations'), atom('none')])
    const shown = inspectElixir(okOf(await call(tuple(atom('step_many'), [[4], [0]], packed), game)))
    expect(shown).toContain('rewards: <<0, 0, 128, 63, 0, 0, 0, 0>>')
    expect(shown).toContain('total_rewards: [1.0]')
    expect(inspectElixir(okOf(await call(tuple(atom('step_many'), [[0]]), game)))).toContain(
      'rewards: [[0.0]], total_rewards: [0.0], terminals: [[false]]',
    )

    const named = (id: string) => new TermMap([atom('game_id'), id, atom('actions'), [0]])
    const both = inspectElixir(okOf(await call(request('mettagrid', 'step_games', [[named('g'), named('none')]]))))
    expect(both).toContain('current_step: 4')
    expect(both).toContain('code: :no_such_game')
    expect(both).toContain('details: %{game_id: "none"')
  })

  test('is a process that can be called, with and without the long names', async () => {
    const { create, call } = await house()
    const game = await create('g')
    for (const [what, step] of [
      [tuple(atom('step_game'), [4]), 1],
      [tuple(atom('step'), [0]), 2],
      [atom('get_state'), 2],
      [tuple(atom('get_state')), 2],
      [tuple(atom('state')), 2],
    ] as const) {
      expect(fieldOf(okOf(await call(what, game)), 'current_step')).toBe(step)
    }
    expect(inspectElixir(fieldOf(okOf(await call(tuple(atom('step'), [4]), game)), 'rewards'))).toBe('[0.0]')
    expect(errorOf(await call(tuple(atom('fly')), game))).toMatchObject({ ':code': ':unknown_operation' })
    expect(errorOf(await call(tuple(atom('step'), [1, 2]), game))).toMatchObject({
      ':code': ':wrong_number_of_actions',
    })
    expect(errorOf(await call([1, 2], game))).toMatchObject({ ':code': ':bad_request' })
  })

  test('shows what it is to :sys, and its pid is in games:list', async () => {
    const { create, client, owner, call } = await house()
    const game = await create('g')
    owner.process.send(game, tuple(atom('system'), tuple(owner.process.pid, 1), atom('get_state')))
    expect(inspectElixir(await owner.next())).toContain('%{game_id: "g", engine: :mettagrid}')
    const [row] = okOf(await call(request('games', 'list'))) as Term[]
    expect(game.equals(fieldOf(row as Term, 'pid'))).toBe(true)
    expect(client.nodes()).toHaveLength(1)
  })

  test('dies alone when it is stopped, killed or told to exit, and its id is free', async () => {
    const { create, owner, registry, ask } = await house()
    for (const [reason, seen] of [
      ['kill', 'killed'],
      ['enough', 'enough'],
    ] as const) {
      const game = await create('g')
      const other = await create(`other ${reason}`)
      const ref = owner.process.monitor(game)
      owner.process.exitSignal(game, atom(reason))
      expect(await owner.next()).toEqual(tuple(atom('DOWN'), ref, atom('process'), game, atom(seen)))
      expect(registry.list().map((one) => one.id)).not.toContain('g')
      expect(fieldOf(okOf(await ask(request('games', 'info', [`other ${reason}`]))), 'pid')).toEqual(other)
    }
  })

  test('deleted, it ends with normal, after the answer', async () => {
    const { create, owner, call } = await house()
    const game = await create('g', { link: true })
    const ref = owner.process.monitor(game)
    expect(inspectElixir(await call(tuple(atom('delete_game')), game))).toBe('{:ok, %{game_id: "g"}}')
    const ends = [await owner.next(), await owner.next()]
    expect(ends).toContainEqual(tuple(atom('DOWN'), ref, atom('process'), game, atom('normal')))
    expect(ends).toContainEqual(tuple(atom('EXIT'), game, atom('normal')))
    expect(errorOf(await call(request('mettagrid', 'get_state', ['g'])))).toMatchObject({ ':code': ':no_such_game' })
  })

  test('linked, it tells its owner when it dies', async () => {
    const { create, owner, node } = await house()
    const game = await create('g', { link: true })
    node.find(game)?.exit(atom('boom'))
    expect(await owner.next()).toEqual(tuple(atom('EXIT'), game, atom('boom')))
  })

  test.each(['shutdown', 'normal'])('linked, it dies with its owner, also one that ends with %s', async (reason) => {
    const { create, owner, client } = await house()
    const game = await create('g', { link: true })
    const watcher = new Inbox(client)
    const ref = watcher.process.monitor(game)
    owner.process.exit(atom(reason))
    expect(await watcher.next()).toEqual(tuple(atom('DOWN'), ref, atom('process'), game, atom(reason)))
  })

  test('linked, it dies with the connection to its owner; unlinked, it lives on', async () => {
    const { create, events, registry, client, node } = await house()
    await create('linked', { link: true })
    await create('free')
    client.disconnect(node.name)
    expect(await events.next('gateway.game_ended')).toMatchObject({ game: 'linked', reason: 'noconnection' })
    expect(registry.list().map((one) => one.id)).toEqual(['free'])
  })

  test('survives the normal end of a process that linked itself to it', async () => {
    const { create, client, registry, ask } = await house()
    const game = await create('g')
    const guest = new Inbox(client)
    guest.process.link(game)
    guest.process.exit(atom('normal'))
    await ask(request('test', 'ping'))
    expect(registry.list()).toHaveLength(1)
  })

  test('that breaks gives its caller an error, and its owner the reason', async () => {
    const { call, owner, registry } = await house()
    await call(request('brittle', 'create_game', ['b']))
    const error = errorOf(await call(request('brittle', 'step_game', ['b', -1])))
    expect(error[':code']).toBe(':internal')
    expect(error[':message']).toContain('negative')
    const [kind, , reason] = elementsOf(await owner.next())
    expect(kind).toEqual(atom('EXIT'))
    expect(inspectElixir(reason as Term)).toBe('{:game_crashed, "negative"}')
    expect(registry.list()).toEqual([])
  })

  test('taken over, ends for its old owner, but not for the one that takes it', async () => {
    const { create, owner, client, ask } = await house()
    const first = await create('g', { link: true })
    const second = await create('g', { link: true, if_exists: atom('take_over') })
    expect(second.equals(first)).toBe(false)
    // The owner was linked to the first game: it must not hear of an end that it brought about itself.
    expect(owner.rest).toEqual([])
    const heir = new Inbox(client, { trapExit: true })
    const options = new TermMap([atom('link'), true, atom('if_exists'), atom('take_over')])
    await client.call(
      { name: 'godot_server', node: second.node },
      request('mettagrid', 'create_game', smallGame('g', options)),
      {
        from: heir.process,
      },
    )
    expect(await owner.next()).toEqual(tuple(atom('EXIT'), second, tuple(atom('shutdown'), atom('taken_over'))))
    expect(heir.rest).toEqual([])
    expect(await ask(request('test', 'ping'))).toEqual(atom('pong'))
  })

  test('an id twice, and a link without a process, are refused without harm', async () => {
    const { create, call, client, server, events } = await house()
    const game = await create('g')
    expect(errorOf(await call(request('mettagrid', 'create_game', smallGame('g'))))).toMatchObject({
      ':code': ':game_exists',
    })
    client.cast(server, request('mettagrid', 'create_game', smallGame('h', new TermMap([atom('link'), true]))))
    expect(await events.next('gateway.cast_failed')).toMatchObject({ code: 'bad_argument' })
    expect(fieldOf(okOf(await call(atom('get_state'), game)), 'current_step')).toBe(0)
  })

  test('options may be a keyword list', async () => {
    const { call } = await house()
    const made = await call(request('mettagrid', 'create_game', smallGame('g', [tuple(atom('link'), true)])))
    expect(fieldOf(okOf(made), 'game_id')).toBeDefined()
  })
})
