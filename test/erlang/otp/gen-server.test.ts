import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  atom,
  type CallResult,
  type Down,
  type ErlangNode,
  type From,
  GenServer,
  ImproperList,
  isAtom,
  type NamedProcess,
  NO_REPLY,
  type Term,
  tuple,
} from '../../../src/erlang/index.ts'
import { elementsOf, Inbox, rawCall, startPair } from '../../support/erlang-nodes.ts'

let a: ErlangNode
let b: ErlangNode
beforeAll(async () => {
  ;({ a, b } = await startPair())
})
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()])
})

const ok = atom('ok')

class Counter extends GenServer {
  count = 0
  readonly infos: Term[] = []
  reason: Term | undefined = undefined

  override handleCall(request: Term): CallResult | Promise<CallResult> {
    this.count += 1
    return isAtom(request, 'slow') ? new Promise((resolve) => setImmediate(resolve, this.count)) : this.count
  }
  override handleCast(): void {
    this.count += 10
  }
  override handleInfo(message: Term): void {
    this.infos.push(message)
  }
  override handleServerCall(request: Term): CallResult {
    return request === 0 ? NO_REPLY : tuple(atom('served'), request)
  }
  override getState(): Term {
    return this.count
  }
  override terminate(reason: Term): void {
    this.reason = reason
  }
}

/** A new counter on `b`, its address, and an inbox on `a`. */
let number = 0
async function counter(): Promise<{ server: Counter; to: NamedProcess; inbox: Inbox }> {
  number += 1
  const server = b.startServer(new Counter(), { name: `counter${number}` })
  await a.connect(b.name)
  return { server, to: { name: `counter${number}`, node: b.name }, inbox: new Inbox(a) }
}

describe('requests', () => {
  test('are handled one after the other, promise or not', async () => {
    const { to } = await counter()
    const calls = [a.call(to, atom('slow')), a.call(to, 1), a.call(to, atom('slow'))]
    a.cast(to, 1)
    expect(await Promise.all([...calls, a.call(to, 1)])).toEqual([1, 2, 3, 14])
  })

  test('wait for init', async () => {
    class Late extends GenServer {
      ready = false
      override init(): Promise<void> {
        return new Promise((resolve) => {
          setImmediate(() => {
            this.ready = true
            resolve()
          })
        })
      }
      override handleCall(): Term {
        return this.ready
      }
    }
    const late = b.startServer(new Late())
    expect(await a.call(late.pid, 1)).toBe(true)
  })

  test('tags go back untouched, whatever they are', async () => {
    const { to, inbox } = await counter()
    const { process } = inbox
    const ref = a.makeRef()
    const alias = process.alias()
    const tags: Term[] = [
      ref,
      tuple(ref, atom(b.name)),
      new ImproperList([atom('alias')], alias),
      new ImproperList([new ImproperList([atom('alias')], alias)], ref),
      'text',
      new ImproperList([atom('other')], ref),
    ]
    for (const tag of tags) {
      const [back] = elementsOf(await rawCall(inbox, to, tag, 1))
      if (tag !== 'text') expect(back).toEqual(tag)
    }
    // Aliases that are given up swallow the reply; the next one shows that nothing came before it.
    process.unalias(alias)
    for (const tag of tags.slice(2, 4)) process.send(to, tuple(atom('$gen_call'), tuple(process.pid, tag), 1))
    expect(elementsOf(await rawCall(inbox, to, ref, 1))[0]).toEqual(ref)
  })

  test('that are no requests come as messages', async () => {
    const { server, to } = await counter()
    const odd = [
      tuple(atom('$gen_call'), 1, 2),
      tuple(atom('$gen_call'), tuple(1, 2), 3),
      tuple(atom('$gen_cast')),
      atom('$gen_call'),
      tuple(),
      tuple(atom('system'), 1),
      [1, 2],
    ]
    for (const message of odd) a.send(to, message)
    a.send(to, tuple(atom('system'), 1, 2))
    await a.call(to, 1)
    expect(server.infos).toEqual(odd)
  })

  test('of rpc:server_call are answered with name and node', async () => {
    const { to, inbox } = await counter()
    inbox.process.send(to, tuple(inbox.process.pid, 0))
    inbox.process.send(to, tuple(inbox.process.pid, 5))
    expect(await inbox.next()).toEqual(tuple(atom(to.name), atom(b.name), tuple(atom('served'), 5)))
  })

  test('without a method for them end the server', async () => {
    class Mute extends GenServer {}
    const inbox = new Inbox(a)
    for (const [message, why] of [
      [tuple(atom('$gen_call'), tuple(inbox.process.pid, 1), 2), 'bad_call'],
      [tuple(atom('$gen_cast'), 2), 'bad_cast'],
    ] as const) {
      const { pid } = b.startServer(new Mute())
      const ref = inbox.process.monitor(pid)
      inbox.process.send(pid, 1)
      inbox.process.send(pid, message)
      expect(await inbox.next()).toEqual(tuple(atom('DOWN'), ref, atom('process'), pid, tuple(atom(why), 2)))
    }
  })
})

describe('a server', () => {
  test('hears of monitors and exits as messages, or by methods of its own', async () => {
    class Watcher extends GenServer {
      readonly log: Term[] = []
      handler: ((down: Down) => void) | undefined = undefined
      override handleDown = (down: Down): void => {
        this.log.push(tuple(down.ref, down.reason))
      }
      override handleExit = ({ from, reason }: { from: Term; reason: Term }): void => {
        this.log.push(tuple(from, reason))
      }
    }
    const { server, to } = await counter()
    const watcher = b.startServer(new Watcher(), { trapExit: true })
    server.process.trapExit = true
    const inbox = new Inbox(a)
    const refs = [server, watcher].map(({ process }) => process.monitor(inbox.process.pid))
    for (const { process } of [server, watcher]) process.link(inbox.process.pid)
    await a.call(to, 1)
    inbox.process.exit(atom('boom'))
    await a.call(to, 1)
    const { pid } = inbox.process
    expect(server.infos).toEqual([
      tuple(atom('EXIT'), pid, atom('boom')),
      tuple(atom('DOWN'), refs[0] ?? null, atom('process'), pid, atom('boom')),
    ])
    expect(watcher.log).toEqual([tuple(pid, atom('boom')), tuple(refs[1] ?? null, atom('boom'))])
  })

  test('is told when it ends, and answers nobody any more', async () => {
    const open: From[] = []
    class Silent extends Counter {
      override handleCall(_: Term, from?: From): CallResult {
        if (from !== undefined) open.push(from)
        return NO_REPLY
      }
    }
    const silent = b.startServer(new Silent())
    const call = a.call(silent.pid, 1)
    await a.call({ name: 'net_kernel', node: b.name }, tuple(atom('is_auth'), 1))
    silent.stop()
    await expect(call).rejects.toMatchObject({ code: 'exited', details: { reason: 'normal' } })
    expect(silent.reason).toEqual(atom('normal'))
    expect(open[0]?.reply(1)).toBe(false)
  })

  test('is one process: it starts once, and knows nothing before', () => {
    const server = new Counter()
    expect(() => server.pid).toThrow('startServer')
    expect(() => server.node).toThrow('startServer')
    b.startServer(server)
    expect(server.node).toBe(b)
    expect(() => b.startServer(server)).toThrow('once')
  })

  test('whose init throws is none', () => {
    class Bad extends GenServer {
      override init(): void {
        throw new TypeError('not today')
      }
    }
    expect(() => b.startServer(new Bad(), { name: 'bad' })).toThrow('not today')
    expect(b.whereis('bad')).toBeUndefined()
  })
})

describe('sys', () => {
  async function sys(to: NamedProcess, inbox: Inbox, request: Term): Promise<Term> {
    const ref = a.makeRef()
    inbox.process.send(to, tuple(atom('system'), tuple(inbox.process.pid, ref), request))
    const [tag, reply] = elementsOf(await inbox.next())
    expect(tag).toEqual(ref)
    return reply ?? null
  }

  test('shows the state', async () => {
    const { server, to, inbox } = await counter()
    await a.call(to, 1)
    expect(await sys(to, inbox, atom('get_state'))).toEqual(tuple(atom('ok'), 1))
    const [status, pid, module, details] = elementsOf(await sys(to, inbox, atom('get_status')))
    expect([status, pid, module]).toEqual([atom('status'), server.pid, tuple(atom('module'), atom('gen_server'))])
    expect((details as Term[])[1]).toEqual(atom('running'))
    expect((details as Term[]).at(-1)).toContainEqual(tuple(atom('data'), [tuple([...Buffer.from('State')], 1)]))
  })

  test('suspends and resumes; what came meanwhile is handled afterwards, in order', async () => {
    const { server, to, inbox } = await counter()
    expect(await sys(to, inbox, atom('suspend'))).toEqual(ok)
    const calls = [a.call(to, 1), a.call(to, atom('slow'))]
    a.send(to, 'info')
    const [, , , details] = elementsOf(await sys(to, inbox, atom('get_status')))
    expect((details as Term[])[1]).toEqual(atom('suspended'))
    expect(server.infos).toEqual([])
    expect(await sys(to, inbox, atom('resume'))).toEqual(ok)
    expect(await sys(to, inbox, atom('resume'))).toEqual(ok)
    expect(await Promise.all(calls)).toEqual([1, 2])
    expect(server.infos).toHaveLength(1)
  })

  test('ends the server with the reason that is asked for', async () => {
    const { server, to, inbox } = await counter()
    const ref = inbox.process.monitor(to)
    expect(await sys(to, inbox, tuple(atom('terminate'), atom('because')))).toEqual(ok)
    expect(elementsOf(await inbox.next()).slice(1)).toEqual([
      ref,
      atom('process'),
      tuple(atom(to.name), atom(b.name)),
      atom('because'),
    ])
    expect(server.reason).toEqual(atom('because'))
  })

  test('cannot replace the state, which a fun would do, nor anything unknown', async () => {
    const { to, inbox } = await counter()
    const refused = await sys(to, inbox, tuple(atom('replace_state'), 1))
    expect(refused).toEqual(tuple(atom('error'), atom('not_supported')))
    const unknown = tuple(atom('debug'), 1)
    expect(await sys(to, inbox, unknown)).toEqual(tuple(atom('error'), tuple(atom('unknown_system_msg'), unknown)))
  })
  test('tells who asks for a state that is no term, and the server lives', async () => {
    class Odd extends GenServer {
      override getState(): Term {
        return Symbol('odd') as unknown as Term
      }
    }
    const server = b.startServer(new Odd(), { name: 'odd' })
    const [inbox, to] = [new Inbox(a), { name: 'odd', node: b.name }]
    for (const request of ['get_state', 'get_status']) {
      const [error, reason] = elementsOf(await sys(to, inbox, atom(request)))
      expect(error).toEqual(atom('error'))
      expect(elementsOf(reason ?? null).slice(0, 2)).toEqual([atom('beamcade'), atom('bad_argument')])
    }
    expect(server.process.alive).toBe(true)
  })
})
