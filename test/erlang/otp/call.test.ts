import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  atom,
  type ErlangNode,
  ErlangError,
  From,
  GenServer,
  ImproperList,
  isAtom,
  NO_REPLY,
  type CallResult,
  type Ref,
  type Term,
  Tuple,
  tuple,
} from '../../../src/erlang/index.ts'
import { elementsOf, Inbox, startPair } from '../../support/erlang-nodes.ts'

/** Does what it is told. */
class Obedient extends GenServer {
  readonly open: From[] = []
  waiting: (() => void)[] = []

  override handleCall(request: Term, from: From): CallResult | Promise<CallResult> {
    if (isAtom(request, 'later')) {
      this.open.push(from)
      for (const tell of this.waiting.splice(0)) tell()
      return NO_REPLY
    }
    if (isAtom(request, 'crash')) throw new ErlangError('error', atom('crashed'))
    if (isAtom(request, 'stop')) {
      this.stop(tuple(atom('shutdown'), 1))
      return NO_REPLY
    }
    if (isAtom(request, 'from')) return from.pid
    if (isAtom(request, 'origin')) return from.origin ?? atom('local')
    if (isAtom(request, 'promise')) return Promise.resolve(7)
    if (request instanceof Tuple && isAtom(request.elements[0], 'ask')) {
      return this.call({ name: 'obedient', node: elementsOf(request)[1] as string }, atom('from'))
    }
    return tuple(atom('echo'), request)
  }

  /** Resolves when somebody waits. */
  asked(): Promise<From> {
    const from = this.open.pop()
    if (from !== undefined) return Promise.resolve(from)
    return new Promise<void>((resolve) => this.waiting.push(resolve)).then(() => this.asked())
  }
}

let a: ErlangNode
let b: ErlangNode
let server: Obedient
const text = (bytes: Term): string => (typeof bytes === 'string' ? bytes : Buffer.from(bytes as Uint8Array).toString())

beforeAll(async () => {
  ;({ a, b } = await startPair())
  server = b.startServer(new Obedient(), { name: 'obedient' })
})
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()])
})

describe.each(['local', 'remote'])('a call, %s', (where) => {
  const target = (): { name: string; node: string } => ({ name: 'obedient', node: b.name })
  const caller = (): ErlangNode => (where === 'local' ? b : a)

  test('gives the reply, by name and by pid', async () => {
    expect(await caller().call(target(), 1)).toEqual(tuple(atom('echo'), 1))
    expect(await caller().call(server.pid, 2)).toEqual(tuple(atom('echo'), 2))
    expect(await caller().call(target(), atom('promise'))).toBe(7)
    if (where === 'local') expect(await b.call('obedient', 3)).toEqual(tuple(atom('echo'), 3))
  })

  test('tells the server the node that the connection proved', async () => {
    const origin = await caller().call(target(), atom('origin'))
    if (where === 'local') expect(origin).toEqual(atom('local'))
    else expect(text(origin)).toBe(a.name)
  })

  test('to nobody: noproc', async () => {
    const nobody = { name: 'nobody', node: b.name }
    await expect(caller().call(nobody, 1)).rejects.toMatchObject({
      code: 'noproc',
      message: expect.stringMatching('nobody'),
    })
  })

  test('of a server that ends meanwhile: exited, with the reason', async () => {
    for (const [request, reason] of [
      ['crash', tuple(atom('crashed'), [])],
      ['stop', tuple(atom('shutdown'), 1)],
    ] as const) {
      const { pid } = b.startServer(new Obedient())
      const failed = await caller()
        .call(pid, atom(request))
        .catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'exited', cause: { class: 'exit', reason } })
    }
  })

  test('that takes too long: timeout; the late reply reaches nobody', async () => {
    const inbox = new Inbox(caller())
    const dropped: string[] = []
    const off = caller().events.subscribe('node.dropped', ({ kind, code }) => dropped.push(`${kind} ${code}`))
    const timedOut = caller().call(target(), atom('later'), { timeoutMs: 1, from: inbox.process })
    await expect(timedOut).rejects.toMatchObject({ code: 'timeout' })
    const from = await server.asked()
    expect(from.open).toBe(true)
    expect(from.reply(1)).toBe(true)
    expect(from.reply(1)).toBe(false)
    // A call behind it comes back, so the late reply has arrived.
    await caller().call(target(), 1)
    off()
    expect(inbox.rest).toEqual([])
    expect(dropped).toEqual(['alias_send noproc'])
  })

  test('of a process that has ended: aborted, at once', async () => {
    const { process } = new Inbox(caller())
    process.exit(atom('normal'))
    const options = { from: process, timeoutMs: Infinity }
    await expect(caller().call(target(), 1, options)).rejects.toMatchObject({ code: 'aborted' })
    await expect(caller().rpc(b.name, 't', 'x', [], options)).rejects.toMatchObject({ code: 'aborted' })
    await expect(caller().spawnAt(b.name, 't', 'x', [], options)).rejects.toMatchObject({ code: 'aborted' })
  })

  test('may wait longer than timers can', async () => {
    expect(await caller().call(target(), atom('promise'), { timeoutMs: 2 ** 40 })).toBe(7)
  })

  test('that is given up: aborted', async () => {
    const controller = new AbortController()
    const call = caller().call(target(), atom('later'), { signal: controller.signal, timeoutMs: Infinity })
    await server.asked()
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'aborted' })
    await expect(caller().call(target(), 1, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  test('leaves no monitor behind', async () => {
    const fresh = b.startServer(new Obedient())
    await Promise.all(Array.from({ length: 50 }, (_, i) => caller().call(fresh.pid, i)))
    await caller().call(target(), 1)
    expect(fresh.process.watchers.size).toBe(0)
    expect(caller().core.calls.size).toBe(0)
  })
})

describe('a request that holds what is no term', () => {
  test.each(['connected', 'not connected'])('is refused, and leaves no monitor behind: %s', async (how) => {
    if (how === 'connected') await a.connect(b.name)
    else a.disconnect(b.name)
    const fresh = b.startServer(new Obedient())
    const call = a.call(fresh.pid, Symbol('x') as unknown as Term)
    await expect(call).rejects.toMatchObject({ code: 'bad_argument' })
    await a.call(server.pid, 1)
    expect(fresh.process.watchers.size).toBe(0)
  })
})

describe('a call from a server', () => {
  test('is made in its name', async () => {
    const asker = a.startServer(new Obedient())
    const pid = await a.call(asker.pid, tuple(atom('ask'), b.name))
    expect(asker.pid.equals(pid)).toBe(true)
  })
})

describe('replies that do not come to the alias', () => {
  test.each<[string, (ref: Ref) => Term]>([
    ['a C node that sends {[alias|Ref], Reply} to the pid', (ref) => new ImproperList([atom('alias')], ref)],
    ['an old node that sends {Ref, Reply}', (ref) => ref],
  ])('%s', async (_, tagOf) => {
    const plain = b.spawn(() => ({
      message(message, self) {
        const [, from] = elementsOf(message)
        const [pid, tag] = elementsOf(from ?? null)
        const ref = (tag as ImproperList).tail as Ref
        self.send(pid as never, tuple(tagOf(ref), atom('done')))
      },
    }))
    expect(await a.call(plain.pid, 1)).toEqual(atom('done'))
    expect(await b.call(plain.pid, 1)).toEqual(atom('done'))
    plain.exit(atom('normal'))
  })
})

describe('a call to another node', () => {
  test('that cannot be found: noconnection, and why', async () => {
    await expect(a.call({ name: 'x', node: 'nobody@127.0.0.1' }, 1)).rejects.toMatchObject({
      code: 'noconnection',
      cause: { code: 'node_not_found' },
    })
    await expect(a.call({ name: 'x', node: b.name }, 1, { dial: false, timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'noproc',
    })
  })

  test('that is lost meanwhile: noconnection', async () => {
    const call = a.call(server.pid, atom('later'), { timeoutMs: Infinity })
    const from = await server.asked()
    b.disconnect(a.name)
    await expect(call).rejects.toMatchObject({ code: 'noconnection' })
    // The reply has nowhere to go, and its node is not dialled.
    const dropped: unknown[] = []
    const off = b.events.subscribe('node.dropped', (event) => dropped.push(event))
    from.reply(1)
    off()
    expect(dropped).toEqual([{ kind: 'send', peer: a.name, code: 'noconnection' }])
    expect(b.nodes()).toEqual([])
  })

  test('casts arrive in order with calls', async () => {
    const log: Term[] = []
    class Log extends GenServer {
      override handleCast(request: Term): void {
        log.push(request)
      }
      override handleCall(): Term {
        return atom('ok')
      }
    }
    b.startServer(new Log(), { name: 'log' })
    for (let i = 0; i < 100; i += 1) a.cast({ name: 'log', node: b.name }, i)
    await a.call({ name: 'log', node: b.name }, 1)
    expect(log).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
})

test('calls that find too many signals waiting for the same dial fail at once, and the others are answered', async () => {
  const pair = await startPair({ limits: { maxQueuedSignals: 2 } })
  pair.b.startServer(new Obedient(), { name: 'obedient' })
  const to = { name: 'obedient', node: pair.b.name }
  const calls = [1, 2].map((i) => pair.a.call(to, i, { timeoutMs: Infinity }))
  const [first, second] = await Promise.allSettled(calls)
  expect(first).toMatchObject({ status: 'fulfilled', value: tuple(atom('echo'), 1) })
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'noconnection' } })
  expect(pair.a.core.calls.size).toBe(0)
  await Promise.all([pair.a.stop(), pair.b.stop()])
})
