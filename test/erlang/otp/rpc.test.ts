import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  atom,
  ErlangError,
  type ErlangNode,
  ExportFun,
  type FunctionContext,
  functionTable,
  ImproperList,
  Pid,
  type RemoteFunction,
  type Term,
  tuple,
} from '../../../src/erlang/index.ts'
import { FLAGS, ourFlags } from '../../../src/erlang/dist/flags.ts'
import { DistNode } from '../../support/dist-node.ts'
import { elementsOf, Inbox, rawCall, startPair } from '../../support/erlang-nodes.ts'

const contexts: FunctionContext[] = []
const functions: Record<string, RemoteFunction> = {
  't:add/2': ([x, y]) => (x as number) + (y as number),
  't:later/1': ([x]) => new Promise((resolve) => setImmediate(resolve, x ?? null)),
  't:never/0': (_, context) => {
    contexts.push(context)
    return new Promise(() => undefined)
  },
  't:who/0': (_, context) => {
    contexts.push(context)
    return context.origin
  },
  't:error/0': () => {
    throw new ErlangError('error', atom('bad'), [tuple(atom('t'), atom('error'), 0, [])])
  },
  't:exit/0': () => {
    throw new ErlangError('exit', atom('bad'))
  },
  't:throw/0': () => {
    throw new ErlangError('throw', atom('ball'))
  },
  't:js/0': () => {
    throw new TypeError('oh')
  },
  't:odd/0': () => Symbol('odd') as unknown as Term,
  't:reject/0': () => Promise.reject(new ErlangError('error', atom('later'))),
}

let a: ErlangNode
let b: ErlangNode
beforeAll(async () => {
  ;({ a, b } = await startPair({}, { functions: functionTable(functions) }))
})
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()])
})

const T = atom('t')
const undef = (name: string, args: Term[]): Term => [tuple(T, atom(name), args, [])]

describe('erpc:call, from our own client', () => {
  const call = (name: string, ...args: Term[]): Promise<Term> => a.rpc(b.name, 't', name, args)

  test('gives values', async () => {
    expect(await call('add', 1, 2)).toBe(3)
    expect(await call('later', tuple(1))).toEqual(tuple(1))
    expect(Buffer.from((await call('who')) as Uint8Array).toString()).toBe(a.name)
    expect(contexts.at(-1)?.from).toBeInstanceOf(Pid)
    expect(contexts.at(-1)?.self.node).toBe(b.name)
  })

  test.each<[string, string, string, Term, Term]>([
    ['error', 'error', 'error', atom('bad'), [tuple(T, atom('error'), 0, [])]],
    ['exit', 'exit', 'exit', atom('bad'), []],
    ['throw', 'throw', 'throw', atom('ball'), []],
    ['an error of JavaScript', 'js', 'error', expect.anything() as never, []],
    ['a rejected promise', 'reject', 'error', atom('later'), []],
    ['no such function', 'nix', 'error', atom('undef'), undef('nix', [])],
  ])('fails as the function does: %s', async (_, name, errorClass, reason, stacktrace) => {
    await expect(call(name)).rejects.toMatchObject({
      code: 'remote_error',
      cause: { class: errorClass, reason, stacktrace },
    })
  })

  test('a wrong arity is undef, and an event', async () => {
    const events: unknown[] = []
    const off = b.events.subscribe('rpc.undefined', (event) => events.push(event))
    await expect(call('add', 1)).rejects.toMatchObject({ cause: { stacktrace: undef('add', [1]) } })
    off()
    expect(events).toEqual([{ module: 't', function: 'add', arity: 1, peer: a.name }])
  })

  test('a timeout leaves the function running, unwatched; a kill ends it', async () => {
    await expect(a.rpc(b.name, 't', 'never', [], { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
    const context = contexts.at(-1)
    await a.rpc(b.name, 't', 'add', [1, 1])
    const process = b.find(context?.self as Pid)
    expect(process?.watchers.size).toBe(0)
    expect(context?.signal.aborted).toBe(false)
    const call = a.rpc(b.name, 't', 'never', [])
    await a.rpc(b.name, 't', 'add', [1, 1])
    const second = contexts.at(-1)
    const killer = new Inbox(a).process
    for (const self of [context?.self, second?.self]) killer.exitSignal(self as Pid, atom('kill'))
    await expect(call).rejects.toMatchObject({ code: 'exited', details: { reason: 'killed' } })
    expect(second?.signal.aborted).toBe(true)
  })
})

describe('rex', () => {
  const rex = (): { name: string; node: string } => ({ name: 'rex', node: b.name })
  const request = (kind: string, name: string, args: Term): Term =>
    tuple(atom(kind), T, atom(name), args, new Pid(a.name, 1, 0, a.creation))

  test.each<[string, string, Term, Term]>([
    ['a value', 'add', [1, 2], 3],
    ['later', 'later', [1], 1],
    [
      'an error',
      'error',
      [],
      tuple(atom('badrpc'), tuple(atom('EXIT'), tuple(atom('bad'), [tuple(T, atom('error'), 0, [])]))),
    ],
    ['an exit', 'exit', [], tuple(atom('badrpc'), tuple(atom('EXIT'), atom('bad')))],
    ['a throw is a value', 'throw', [], atom('ball')],
    ['undef', 'nix', [1], tuple(atom('badrpc'), tuple(atom('EXIT'), tuple(atom('undef'), undef('nix', [1]))))],
    ['no list', 'add', atom('x'), tuple(atom('badrpc'), tuple(atom('EXIT'), tuple(atom('badarg'), [])))],
  ])('call, block_call and the form of C nodes: %s', async (_, name, args, result) => {
    const inbox = new Inbox(a)
    for (const kind of ['call', 'block_call']) {
      const ref = a.makeRef()
      expect(await rawCall(inbox, rex(), ref, request(kind, name, args))).toEqual(tuple(ref, result))
    }
    inbox.process.send(rex(), tuple(inbox.process.pid, request('call', name, args)))
    expect(await inbox.next()).toEqual(tuple(atom('rex'), result))
  })

  test('a call does not make the next one wait, a block_call does', async () => {
    const inbox = new Inbox(a)
    const { process } = inbox
    const send = (tag: number, kind: string, name: string, args: Term): void => {
      process.send(rex(), tuple(atom('$gen_call'), tuple(process.pid, tag), request(kind, name, args)))
    }
    send(1, 'call', 'later', [0])
    send(2, 'call', 'add', [0, 0])
    send(3, 'block_call', 'later', [0])
    send(4, 'call', 'add', [0, 0])
    const order = []
    for (let i = 0; i < 4; i += 1) order.push(elementsOf(await inbox.next())[0])
    expect(order.indexOf(2)).toBeLessThan(order.indexOf(1))
    expect(order.indexOf(3)).toBeLessThan(order.indexOf(4))
  })

  test('a call whose process is killed is answered', async () => {
    const inbox = new Inbox(a)
    const answer = rawCall(inbox, rex(), 1, request('call', 'never', []))
    await a.call({ name: 'net_kernel', node: b.name }, tuple(atom('is_auth'), 1))
    b.find(contexts.at(-1)?.self as Pid)?.exit(atom('killed'))
    expect(await answer).toEqual(tuple(1, tuple(atom('badrpc'), tuple(atom('EXIT'), atom('killed')))))
  })

  test.each(['call', 'block_call'])('a %s whose value is no term is answered', async (kind) => {
    const answer = elementsOf(await a.call(rex(), request(kind, 'odd', [])))
    const [tag, [reason]] = [answer[0], elementsOf(elementsOf(answer[1] ?? null)[1] ?? null)]
    expect(tag).toEqual(atom('badrpc'))
    expect(elementsOf(reason ?? null).slice(0, 2)).toEqual([atom('beamcade'), atom('bad_argument')])
    expect(await a.call(rex(), request(kind, 'add', [1, 2]))).toBe(3)
  })

  test('cast runs and answers nothing, also when it fails', async () => {
    const before = contexts.length
    a.cast(rex(), request('cast', 'who', []))
    a.cast(rex(), request('cast', 'error', []))
    a.cast(rex(), tuple(atom('cast'), 1))
    a.cast(rex(), 1)
    expect(await a.rpc(b.name, 't', 'add', [1, 1])).toBe(2)
    expect(contexts).toHaveLength(before + 1)
    expect(contexts.at(-1)?.origin).toBe(a.name)
  })

  test('features_request, sbcast and send', async () => {
    const inbox = new Inbox(a)
    const local = new Inbox(b, { name: 'local_box' })
    const { pid } = inbox.process
    const here = atom(b.name)
    const ask = (message: Term): Promise<Term> => {
      inbox.process.send(rex(), tuple(pid, message))
      return inbox.next()
    }
    expect(await ask(atom('features_request'))).toEqual(tuple(atom('features_reply'), here, [atom('erpc')]))
    expect(await ask(tuple(atom('sbcast'), atom('local_box'), 7))).toEqual(tuple(atom('rex'), here, here))
    expect(await local.next()).toBe(7)
    inbox.process.send(rex(), tuple(pid, tuple(atom('send'), atom('local_box'), 8)))
    expect(await local.next()).toEqual(tuple(pid, 8))
    const nobody = tuple(atom('nonexisting_name'), atom('nobody'))
    for (const kind of ['sbcast', 'send']) {
      expect(await ask(tuple(atom(kind), atom('nobody'), 7))).toEqual(tuple(atom('rex'), here, nobody))
    }
  })

  test('what it does not understand does not end it', async () => {
    const pid = b.whereis('rex')?.pid as Pid
    for (const odd of [1, tuple(pid, 1), tuple(1, 2), tuple(pid, tuple()), tuple(pid, tuple(atom('call')))]) {
      a.send(rex(), odd)
    }
    a.send(rex(), tuple(atom('$gen_call'), tuple(pid, 1), 7))
    await a.rpc(b.name, 't', 'add', [1, 1])
    expect(b.whereis('rex')?.pid).toEqual(pid)
  })
})

describe('spawn requests', () => {
  /** Spawns from `a` on `b`, watched by an inbox. */
  async function spawn(name: string, args: readonly Term[], wish = { monitor: true, link: false }, module = 't') {
    const inbox = new Inbox(a, { trapExit: true })
    const spawned = await a.spawnAt(b.name, module, name, args, { from: inbox.process, ...wish })
    return { inbox, ...spawned }
  }
  const down = (ref: Term, pid: Pid, reason: Term): Term => tuple(atom('DOWN'), ref, atom('process'), pid, reason)

  test.each<[string, string, Term]>([
    ['who', 'who', atom('normal')],
    ['later', 'error', tuple(atom('bad'), [tuple(T, atom('error'), 0, [])])],
    ['exit', 'exit', atom('bad')],
    ['throw', 'throw', tuple(tuple(atom('nocatch'), atom('ball')), [])],
    ['undef', 'nix', tuple(atom('undef'), undef('nix', []))],
  ])('the end of the function is the end of the process: %s', async (_, name, reason) => {
    const { inbox, pid, ref } = await spawn(name, [])
    expect(await inbox.next()).toEqual(down(ref, pid, reason))
  })

  test('link, and link with monitor', async () => {
    const linked = await spawn('exit', [], { monitor: false, link: true })
    expect(await linked.inbox.next()).toEqual(tuple(atom('EXIT'), linked.pid, atom('bad')))
    const both = await spawn('exit', [], { monitor: true, link: true })
    const got = [await both.inbox.next(), await both.inbox.next()]
    expect(got).toEqual(
      expect.arrayContaining([tuple(atom('EXIT'), both.pid, atom('bad')), down(both.ref, both.pid, atom('bad'))]),
    )
  })

  test('a linked process ends with its owner', async () => {
    const { inbox, pid } = await spawn('never', [], { monitor: false, link: true })
    await a.rpc(b.name, 't', 'add', [1, 1])
    expect(b.find(pid)?.alive).toBe(true)
    inbox.process.exit(atom('gone'))
    await a.rpc(b.name, 't', 'add', [1, 1])
    expect(b.find(pid)).toBeUndefined()
  })

  test('apply of an exported fun is a call of the table; a closure is never run', async () => {
    const fun = new ExportFun(T, atom('exit'), 0)
    const applied = await spawn('apply', [fun, []], undefined, 'erlang')
    expect(await applied.inbox.next()).toEqual(down(applied.ref, applied.pid, atom('bad')))
    const three = await spawn('apply', [T, atom('exit'), []], undefined, 'erlang')
    expect(await three.inbox.next()).toEqual(down(three.ref, three.pid, atom('bad')))
    const other = await spawn('apply', [atom('x'), []], undefined, 'erlang')
    const stack = [tuple(atom('erlang'), atom('apply'), [atom('x'), []], [])]
    expect(await other.inbox.next()).toEqual(down(other.ref, other.pid, tuple(atom('undef'), stack)))
  })

  test.each<[string, Term, Term]>([
    ['none', [], []],
    [
      'tuning',
      [tuple(atom('priority'), atom('high')), tuple(atom('min_heap_size'), 1), tuple(atom('max_heap_size'), 1)],
      [],
    ],
    ['a monitor with options', [tuple(atom('monitor'), [])], []],
    ['unknown', [atom('fly')], atom('badopt')],
    ['an unknown tuple', [tuple(atom('fly'), 1)], atom('badopt')],
    ['no list', atom('link'), atom('badopt')],
    ['an improper list', new ImproperList([atom('link')], 1), atom('badopt')],
  ])('options: %s', async (_, options, refusal) => {
    const inbox = new Inbox(a)
    await a.connect(b.name)
    const channel = a.core.connections.find(b.name)?.channel
    const answers: Term[] = []
    const ref = a.makeRef()
    const remote = a.core.connections.find(b.name)
    if (remote === undefined) throw new TypeError('not connected')
    const request = {
      ref,
      owner: inbox.process,
      remote,
      handlers: undefined,
      abandoned: false,
      answer: (result: Term) => void answers.push(result),
    }
    a.core.spawns.add(request)
    const { pid } = inbox.process
    channel?.send({
      kind: 'spawn_request',
      ref,
      from: pid,
      groupLeader: pid,
      module: 't',
      function: 'who',
      arity: 0,
      options,
      args: [],
    })
    await a.rpc(b.name, 't', 'add', [1, 1])
    expect(answers).toHaveLength(1)
    if (Array.isArray(refusal)) expect(answers[0]).toBeInstanceOf(Pid)
    else expect(answers[0]).toEqual(refusal)
  })

  test('execute_call and execute_cast check what they are told', async () => {
    const bad = await spawn('execute_call', [1, 't', atom('who'), []], undefined, 'erpc')
    const badarg = tuple(atom('erpc'), atom('badarg'))
    expect(await bad.inbox.next()).toEqual(down(bad.ref, bad.pid, tuple(1, atom('error'), badarg)))
    const cast = await spawn('execute_cast', [T, atom('who'), 1], undefined, 'erpc')
    expect(await cast.inbox.next()).toEqual(down(cast.ref, cast.pid, tuple(badarg, [])))
    const arity = await spawn('execute_call', [1], undefined, 'erpc')
    const stack = [tuple(atom('erpc'), atom('execute_call'), [1], [])]
    expect(await arity.inbox.next()).toEqual(down(arity.ref, arity.pid, tuple(atom('undef'), stack)))
  })

  test('that hold what is no term are refused, and nothing waits for them', async () => {
    await a.connect(b.name)
    const bad = Symbol('x') as unknown as Term
    await expect(a.rpc(b.name, 't', 'add', [bad])).rejects.toMatchObject({ code: 'bad_argument' })
    expect(a.core.spawns.size).toBe(0)
  })

  test('to a node that takes none, as C nodes and Java nodes, fail at once: notsup', async () => {
    const plain = await DistNode.start({ name: 'plain@127.0.0.1', flags: ourFlags() & ~FLAGS.SPAWN })
    const address = { host: '127.0.0.1', port: plain.listener?.port ?? 0 }
    const { a: node } = await startPair({ resolve: () => address })
    const from = new Inbox(node).process
    const failed = { code: 'remote_error', cause: { class: 'error', reason: atom('notsup') } }
    // While it is dialled, and when it is connected.
    for (let i = 0; i < 2; i += 1) {
      const call = node.rpc(plain.name, 't', 'add', [1, 2], { timeoutMs: Infinity })
      const spawned = node.spawnAt(plain.name, 't', 'add', [1, 2], { from })
      await expect(call).rejects.toMatchObject(failed)
      await expect(spawned).rejects.toMatchObject(failed)
      expect(node.nodes()).toEqual([plain.name])
    }
    expect(node.core.spawns.size).toBe(0)
    await node.stop()
    await plain.stop()
  })

  test('that hold what is no term are refused while the node is dialled, too', async () => {
    a.disconnect(b.name)
    const bad = Symbol('x') as unknown as Term
    const from = new Inbox(a).process
    const calls = [
      a.rpc(b.name, 't', 'add', [bad], { timeoutMs: Infinity }),
      a.spawnAt(b.name, 't', 'add', [bad], { from }),
    ]
    expect(await Promise.allSettled([...calls, a.rpc(b.name, 't', 'add', [1, 2])])).toMatchObject([
      { status: 'rejected', reason: { code: 'bad_argument' } },
      { status: 'rejected', reason: { code: 'bad_argument' } },
      { status: 'fulfilled', value: 3 },
    ])
    expect(a.core.spawns.size).toBe(0)
  })

  test('that nobody waits for any more leave nothing', async () => {
    await a.connect(b.name)
    // Given up before the other node could say that the process runs.
    const call = a.rpc(b.name, 't', 'never', [], { signal: AbortSignal.timeout(0) })
    const aborted = AbortSignal.abort()
    await expect(a.rpc(b.name, 't', 'never', [], { signal: aborted })).rejects.toMatchObject({ code: 'aborted' })
    await expect(call).rejects.toMatchObject({ code: 'aborted' })
    const controller = new AbortController()
    const second = a.rpc(b.name, 't', 'never', [], { signal: controller.signal })
    controller.abort()
    await expect(second).rejects.toMatchObject({ code: 'aborted' })
    await a.rpc(b.name, 't', 'add', [1, 1])
    await a.rpc(b.name, 't', 'add', [1, 1])
    const self = contexts.at(-1)?.self as Pid
    expect(b.find(self)?.watchers.size).toBe(0)
    expect([a.core.spawns.size, a.core.calls.size]).toEqual([0, 0])
  })

  test('of a process that ended before the answer: the link ends the new process', async () => {
    await a.connect(b.name)
    const inbox = new Inbox(a)
    const spawned = a.spawnAt(b.name, 't', 'never', [], { from: inbox.process, link: true, monitor: true })
    inbox.process.exit(atom('gone'))
    const { pid } = await spawned
    await a.rpc(b.name, 't', 'add', [1, 1])
    expect(b.find(pid)).toBeUndefined()
  })

  test('of a process that ended before the answer: its call is over', async () => {
    await a.connect(b.name)
    const inbox = new Inbox(a)
    const call = a.rpc(b.name, 't', 'never', [], { from: inbox.process, timeoutMs: Infinity })
    inbox.process.exit(atom('gone'))
    await expect(call).rejects.toMatchObject({ code: 'aborted' })
  })

  test('whose connection is lost before the answer fail', async () => {
    await a.connect(b.name)
    const spawned = a.spawnAt(b.name, 't', 'never', [], { from: new Inbox(a).process })
    a.disconnect(b.name)
    await expect(spawned).rejects.toMatchObject({ code: 'noconnection' })
    await a.connect(b.name)
  })

  test('to a node that cannot be reached fail', async () => {
    const from = new Inbox(a).process
    await expect(a.spawnAt('nobody@127.0.0.1', 't', 'who', [], { from })).rejects.toMatchObject({
      code: 'noconnection',
    })
    await expect(a.rpc('nobody@127.0.0.1', 't', 'who', [])).rejects.toMatchObject({ code: 'noconnection' })
  })
})
