import { hostname } from 'node:os'
import { afterEach, describe, expect, test } from '@jest/globals'
import {
  atom,
  createEvents,
  ErlangNode,
  type EventMap,
  functionTable,
  GenServer,
  listNames,
  type NodeOptions,
  type Term,
  tuple,
} from '../../../src/erlang/index.ts'
import { Inbox, startPair } from '../../support/erlang-nodes.ts'
import { freePort } from '../../support/peers.ts'

const started: ErlangNode[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((node) => node.stop()))
})

let counter = 0
async function start(options: Partial<NodeOptions> = {}): Promise<ErlangNode> {
  counter += 1
  const node = await ErlangNode.start({ name: `n${counter}@127.0.0.1`, cookie: 'cookie', ...options })
  started.push(node)
  return node
}

class Echo extends GenServer {
  override handleCall(request: Term): Term {
    return request
  }
}

describe('start', () => {
  test('brings an epmd if none answers, and the next node uses it', async () => {
    const port = await freePort()
    const a = await start({ epmd: { port } })
    const b = await start({ epmd: { port } })
    expect([a.epmd, b.epmd]).toEqual([
      { port, embedded: true },
      { port, embedded: false },
    ])
    const { nodes } = await listNames('127.0.0.1', port)
    expect(nodes.map(({ port }) => port)).toEqual([a.port, b.port])
    expect(await a.ping(b.name)).toBe(true)
    expect(await b.ping(a.name)).toBe(true)
    expect([a.nodes(), b.nodes()]).toEqual([[b.name], [a.name]])
    expect(a.peerInfo(b.name)).toMatchObject({ name: b.name, hidden: true, creation: b.creation, queuedBytes: 0 })
    expect(a.peerInfo('x@y')).toBeUndefined()
  })

  test('with a name that is taken fails, and leaves the first alone', async () => {
    const port = await freePort()
    const a = await start({ epmd: { port }, name: 'same@127.0.0.1' })
    await expect(start({ epmd: { port }, name: 'same@127.0.0.1' })).rejects.toMatchObject({ code: 'name_taken' })
    const b = await start({ epmd: { port } })
    expect(await b.ping(a.name)).toBe(true)
  })

  test('without epmd and without leave to bring one fails', async () => {
    const epmd = { port: await freePort(), embed: 'never' } as const
    await expect(start({ epmd })).rejects.toMatchObject({ code: 'epmd_unreachable' })
  })

  test('with a port that is taken fails', async () => {
    const a = await start({ epmd: false })
    await expect(start({ epmd: false, port: a.port })).rejects.toMatchObject({ code: 'listen_failed' })
  })

  test.each<[Partial<NodeOptions>, string]>([
    [{ name: 'a b@x' }, 'bad_node_name'],
    [{ cookie: '' }, 'bad_config'],
    [{ colour: 'red' } as never, 'bad_config'],
    [{ limits: { maxWishes: 1 } } as never, 'bad_config'],
    [{ limits: { maxProcesses: Number.NaN } }, 'bad_config'],
  ])('refuses %j', async (options, code) => {
    await expect(start({ epmd: false, ...options })).rejects.toMatchObject({ code })
  })

  test('gives a short name the host, and nodes their creations', async () => {
    const [a, b] = [await start({ epmd: false, name: 'short' }), await start({ epmd: false })]
    expect(a.name).toBe(`short@${hostname().split('.')[0] ?? ''}`)
    expect(a.creation).toBeGreaterThan(3)
    expect(a.creation).not.toBe(b.creation)
    expect(a.epmd).toBeUndefined()
    expect(await a.ping(a.name)).toBe(true)
    expect(await a.ping(b.name)).toBe(false)
  })

  test('can be given up', async () => {
    const epmd = { port: await freePort() }
    await expect(start({ epmd, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('cookies', () => {
  test('that differ keep nodes apart; one may be set for each node', async () => {
    const epmd = { port: await freePort() }
    const a = await start({ epmd, cookie: 'one' })
    const b = await start({ epmd, cookie: new Map([[a.name, 'one'], ['', 'two']]) }) // prettier-ignore
    const c = await start({ epmd, cookie: 'two' })
    expect(await a.ping(b.name)).toBe(true)
    expect(await b.ping(c.name)).toBe(true)
    expect(await a.ping(c.name)).toBe(false)
    await expect(a.call({ name: 'x', node: c.name }, 1)).rejects.toMatchObject({
      code: 'noconnection',
      cause: expect.objectContaining({ code: expect.stringMatching(/bad_cookie|connection_lost/) }),
    })
    expect(await c.ping(b.name)).toBe(true)
  })

  test('for some nodes only let nobody else in, neither with an empty one', async () => {
    const epmd = { port: await freePort() }
    const a = await start({ epmd, cookie: 'one' })
    const b = await start({ epmd, cookie: new Map([[a.name, 'one']]) })
    const stranger = await start({ epmd, cookie: new Map([[a.name, 'one']]) })
    const refused: EventMap['dist.refused'][] = []
    b.events.subscribe('dist.refused', (event) => refused.push(event))
    expect(await a.ping(b.name)).toBe(true)
    expect(await stranger.ping(b.name)).toBe(false)
    expect(b.nodes()).toEqual([a.name])
    expect(refused).toMatchObject([
      { code: 'bad_cookie', message: `This node has no cookie for ${stranger.name}.`, peer: stranger.name },
    ])
    for (const cookie of ['', new Map([[a.name, '']])]) {
      await expect(start({ epmd, cookie })).rejects.toMatchObject({ code: 'bad_config' })
    }
  })
})

describe('connect', () => {
  test('dials once, tells who comes and goes, and disconnect ends it for both', async () => {
    const { a, b } = await startPair()
    const log: string[] = []
    const gone = new Promise<void>((resolve) => {
      b.onNode((event, peer, reason) => {
        log.push(`${event} ${peer.name} ${reason?.code ?? ''}`)
        if (event === 'down') resolve()
      })
    })
    await Promise.all([a.connect(b.name), a.connect(b.name), b.connect(a.name)])
    expect(a.nodes()).toEqual([b.name])
    await a.drained(b.name)
    await a.drained('x@y')
    a.disconnect(b.name)
    await gone
    expect(log).toEqual([`up ${a.name} `, `down ${a.name} `])
    await expect(a.connect('nobody@127.0.0.1')).rejects.toMatchObject({ code: 'node_not_found' })
    await expect(a.connect(a.name)).rejects.toMatchObject({ code: 'noconnection' })
    await expect(a.connect(b.name, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await Promise.all([a.stop(), b.stop()])
  })

  test('both ways at once ends with one connection, over and over', async () => {
    const { a, b } = await startPair()
    a.startServer(new Echo(), { name: 'echo' })
    b.startServer(new Echo(), { name: 'echo' })
    for (let round = 0; round < 20; round += 1) {
      const calls = [a.call({ name: 'echo', node: b.name }, round), b.call({ name: 'echo', node: a.name }, round)]
      expect(await Promise.all(calls)).toEqual([round, round])
      const down = new Promise<void>((resolve) => {
        const off = b.onNode((event) => {
          off()
          if (event === 'down') resolve()
        })
      })
      a.disconnect(b.name)
      await down
    }
    await Promise.all([a.stop(), b.stop()])
  })
})

describe('net_kernel, rex and user', () => {
  test.each(['net_kernel', 'rex', 'user'])('%s is back under its name, whatever ends it', async (name) => {
    const { a, b } = await startPair({}, { functions: functionTable({ 't:t/0': () => 1 }) })
    const restarts: string[] = []
    b.events.subscribe('process.restarted', (event) => restarts.push(event.name))
    const inbox = new Inbox(a)
    const first = b.whereis(name)?.pid
    for (const end of [
      tuple(atom('system'), tuple(inbox.process.pid, a.makeRef()), tuple(atom('terminate'), atom('normal'))),
      'kill',
    ]) {
      const ref = inbox.process.monitor({ name, node: b.name })
      const before = b.whereis(name)?.pid
      await a.call({ name: 'net_kernel', node: b.name }, tuple(atom('is_auth'), 1))
      if (end === 'kill' && before !== undefined) inbox.process.exitSignal(before, atom('kill'))
      else inbox.process.send({ name, node: b.name }, end)
      if (end !== 'kill') await inbox.next()
      expect(await inbox.next()).toMatchObject({ elements: [expect.anything(), ref, expect.anything(), expect.anything(), atom(end === 'kill' ? 'killed' : 'normal')] }) // prettier-ignore
      expect(b.whereis(name)?.alive).toBe(true)
      expect(b.whereis(name)?.pid).not.toEqual(before)
      expect(await a.ping(b.name)).toBe(true)
    }
    expect(b.whereis(name)?.pid).not.toEqual(first)
    expect(restarts).toEqual([name, name])
    await Promise.all([a.stop(), b.stop()])
  })

  test('net_kernel ignores what it does not know, and stays', async () => {
    const { a, b } = await startPair()
    const before = b.whereis('net_kernel')?.pid
    const to = { name: 'net_kernel', node: b.name }
    await expect(a.call(to, 1, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
    a.cast(to, 1)
    a.cast({ name: 'user', node: b.name }, 1)
    a.send(to, 1)
    expect(await a.ping(b.name)).toBe(true)
    expect(b.whereis('net_kernel')?.pid).toEqual(before)
    await Promise.all([a.stop(), b.stop()])
  })

  test('supervised servers of the user are made anew; a start that fails is tried again', async () => {
    const node = await start({ epmd: false })
    let fail = false
    let made = 0
    class Sometimes extends Echo {
      override init(): void {
        if (fail) throw new TypeError('not now')
        made += 1
      }
    }
    node.supervise('mine', () => new Sometimes())
    node.whereis('mine')?.exit(atom('boom'))
    expect(made).toBe(2)
    const failed = new Promise<EventMap['process.failed']>((resolve) =>
      node.events.subscribe('process.failed', resolve),
    )
    fail = true
    node.whereis('mine')?.exit(atom('boom'))
    expect((await failed).names).toEqual(['mine'])
    expect(node.whereis('mine')).toBeUndefined()
    fail = false
    await new Promise((resolve) => node.events.subscribe('process.restarted', resolve))
    expect(node.whereis('mine')?.alive).toBe(true)
    expect(() => {
      node.supervise('mine', () => new Sometimes())
    }).toThrow(expect.objectContaining({ code: 'name_registered' }))
  })
})

describe('a supervised server that cannot live', () => {
  test('a supervised server that stops in its own init is made anew', async () => {
    const node = await start({ epmd: false })
    let made = 0
    class Hesitant extends Echo {
      override init(): void {
        made += 1
        if (made < 3) this.stop()
      }
    }
    node.supervise('hesitant', () => new Hesitant())
    expect(made).toBe(3)
    expect(node.whereis('hesitant')?.alive).toBe(true)
    expect(node.supervisor.child('hesitant')).toBe(node.whereis('hesitant'))
  })

  test('is not restarted without end', async () => {
    const node = await start({ epmd: false })
    let made = 0
    class Doomed extends Echo {
      override init(): Promise<void> {
        made += 1
        return Promise.reject(new TypeError('never'))
      }
    }
    node.supervise('doomed', () => new Doomed())
    // Restarts run in microtasks: without a bound this would not come back.
    for (let turn = 0; turn < 300; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(made).toBeGreaterThan(50)
    expect(made).toBeLessThan(150)
  })
})

describe('names', () => {
  test('are given and taken away', async () => {
    const node = await start({ epmd: false })
    const { process } = new Inbox(node)
    node.register('one', process)
    expect(node.registered()).toEqual(expect.arrayContaining(['one', 'rex', 'net_kernel', 'user']))
    expect(node.whereis('one')).toBe(process)
    expect(node.find(process.pid)).toBe(process)
    expect([node.unregister('one'), node.unregister('one')]).toEqual([true, false])
    expect(node.whereis('one')).toBeUndefined()
  })
})

describe('limits', () => {
  test('of links and monitors from elsewhere: the connection is closed, the node lives', async () => {
    const { a, b } = await startPair({}, { limits: { maxWatches: 3 } })
    const reason = new Promise((resolve) => b.events.subscribe('dist.closed', ({ code }) => { resolve(code) })) // prettier-ignore
    const inbox = new Inbox(a)
    const target = b.whereis('rex')?.pid
    for (let i = 0; i < 4 && target !== undefined; i += 1) inbox.process.monitor(target)
    expect(await reason).toBe('too_many_watches')
    for (let i = 0; i < 4; i += 1) expect(await inbox.next()).toMatchObject({ elements: expect.arrayContaining([atom('noconnection')]) }) // prettier-ignore
    expect(b.whereis('rex')?.watchers.size).toBe(1)
    expect(await a.ping(b.name)).toBe(true)
    await Promise.all([a.stop(), b.stop()])
  })

  test('of processes: a spawn request gets system_limit', async () => {
    const functions = functionTable({ 't:wait/0': () => new Promise(() => undefined) })
    const { a, b } = await startPair({}, { functions, limits: { maxProcesses: 4 } })
    const from = new Inbox(a).process
    await a.spawnAt(b.name, 't', 'wait', [], { from })
    await expect(a.spawnAt(b.name, 't', 'wait', [], { from })).rejects.toMatchObject({
      code: 'remote_error',
      details: { reason: 'system_limit' },
    })
    await Promise.all([a.stop(), b.stop()])
  })

  test('of a mailbox: the connection that fills it is closed', async () => {
    const { a, b } = await startPair({}, { limits: { maxMailbox: 10 } })
    b.spawn(() => ({ message: () => new Promise(() => undefined) }), { name: 'slow' })
    const reason = new Promise((resolve) => b.events.subscribe('dist.closed', ({ code }) => { resolve(code) })) // prettier-ignore
    const lost = new Promise<void>((resolve) => {
      a.onNode((event) => {
        if (event === 'down') resolve()
      })
    })
    for (let i = 0; i < 20; i += 1) a.cast({ name: 'slow', node: b.name }, i)
    expect(await reason).toBe('mailbox_full')
    await lost
    expect(await a.ping(b.name)).toBe(true)
    await Promise.all([a.stop(), b.stop()])
  })
})

describe('output of what runs elsewhere', () => {
  test('of any length, depth and kind is answered, and the group leader lives', async () => {
    const { a, b } = await startPair()
    const lengths: number[] = []
    a.events.subscribe('node.output', ({ text }) => lengths.push(text.length))
    const leader = a.whereis('user')?.pid
    const inbox = new Inbox(b)
    const put = (chars: Term): Term => tuple(atom('put_chars'), atom('unicode'), chars)
    let requests = put('deep')
    for (let i = 0; i < 20_000; i += 1) requests = tuple(atom('requests'), [requests])
    for (const request of [put(new Array<Term>(300_000).fill(955)), put([1.5, -1, 0x110000, atom('x')]), requests]) {
      inbox.process.send(leader ?? 'nobody', tuple(atom('io_request'), inbox.process.pid, 7, request), { dial: true })
      expect(await inbox.next()).toEqual(tuple(atom('io_reply'), 7, atom('ok')))
    }
    expect(lengths).toEqual([300_000, 3, 4])
    expect(a.whereis('user')?.pid).toEqual(leader)
    await Promise.all([a.stop(), b.stop()])
  })

  test('is answered by the group leader, and an event', async () => {
    const { a, b } = await startPair()
    const output: string[] = []
    a.events.subscribe('node.output', ({ peer, text }) => output.push(`${peer} ${text}`))
    const leader = a.whereis('user')?.pid
    const inbox = new Inbox(b)
    const ask = async (request: Term): Promise<Term> => {
      inbox.process.send(leader ?? 'nobody', tuple(atom('io_request'), inbox.process.pid, 7, request), { dial: true })
      return inbox.next()
    }
    const reply = (answer: Term): Term => tuple(atom('io_reply'), 7, answer)
    const ok = reply(atom('ok'))
    const unicode = atom('unicode')
    const chars = [104, 'é', [0x1f600, 'l'], 'lo']
    expect(await ask(tuple(atom('put_chars'), unicode, chars))).toEqual(ok)
    expect(await ask(tuple(atom('put_chars'), 'old'))).toEqual(ok)
    const format = tuple(atom('put_chars'), unicode, atom('io_lib'), atom('format'), ['~p', [1, atom('x')]])
    expect(await ask(tuple(atom('requests'), [format, tuple(atom('put_chars'), unicode, 'x')]))).toEqual(ok)
    const refused = reply(tuple(atom('error'), atom('enotsup')))
    expect(await ask(tuple(atom('get_line'), unicode, 'prompt'))).toEqual(refused)
    expect(await ask(1)).toEqual(refused)
    expect(output).toEqual([`${b.name} hé😀llo`, `${b.name} old`, `${b.name} ~p 1 x`, `${b.name} x`])
    await Promise.all([a.stop(), b.stop()])
  })
})

describe('stop', () => {
  test('goes in order: no new connections, processes end, links close, the name is free', async () => {
    const port = await freePort()
    const events = createEvents()
    const log: string[] = []
    const a = await start({ epmd: { port, embed: 'always' } })
    const b = await start({ epmd: { port }, events })
    const inbox = new Inbox(a)
    class Last extends Echo {
      override terminate(reason: Term): void {
        log.push(`server ends ${JSON.stringify(reason === atom('x'))}`)
      }
    }
    b.startServer(new Last(), { name: 'last' })
    events.subscribe('dist.closed', () => log.push('connection closes'))
    const ref = inbox.process.monitor({ name: 'last', node: b.name })
    await a.call({ name: 'last', node: b.name }, 1)
    await Promise.all([b.stop(), b.stop()])
    expect(await inbox.next()).toEqual(
      tuple(atom('DOWN'), ref, atom('process'), tuple(atom('last'), atom(b.name)), atom('shutdown')),
    )
    expect(log).toEqual(['server ends false', 'connection closes'])
    expect(b.core.processes()).toEqual([])
    expect(b.registered()).toEqual([])
    await expect(b.call('last', 1)).rejects.toMatchObject({ code: 'node_stopped' })
    expect(() => b.spawn(() => ({ message: () => undefined }))).toThrow(
      expect.objectContaining({ code: 'node_stopped' }),
    )
    await start({ epmd: { port }, name: b.name })
  })

  test('of a node with open calls fails them', async () => {
    const { a, b } = await startPair({ functions: functionTable({ 't:never/0': () => new Promise(() => undefined) }) })
    class Never extends GenServer {
      override handleCall(): Promise<never> {
        return new Promise(() => undefined)
      }
    }
    b.startServer(new Never(), { name: 'never' })
    const outgoing = a.call({ name: 'never', node: b.name }, 1)
    const own = b.call('never', 1, { timeoutMs: Infinity })
    const rpc = b.rpc(a.name, 't', 'never', [], { timeoutMs: Infinity })
    const aborted = Promise.all([own, rpc].map((call) => expect(call).rejects.toMatchObject({ code: 'aborted' })))
    await a.ping(b.name)
    await b.ping(a.name)
    const failed = expect(outgoing).rejects.toMatchObject({ code: 'exited', details: { reason: 'shutdown' } })
    await b.stop()
    await failed
    await aborted
    await a.stop()
  })
})
