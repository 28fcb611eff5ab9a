import { describe, expect, jest, test } from '@jest/globals'
import { atom, Pid, type Term, tuple } from '../../../src/erlang/etf/terms.ts'
import type { NodeCore } from '../../../src/erlang/node/core.ts'
import { ErlangError } from '../../../src/erlang/node/errors.ts'
import { connect, MemoryNetwork, recorder, settled } from '../../support/memory-nodes.ts'

function core(options = {}): NodeCore {
  return new MemoryNetwork().core('a@x', options)
}

describe('messages', () => {
  test('come in order, and never from inside the call that sends', async () => {
    const node = core()
    const { process, messages } = recorder(node)
    for (let i = 0; i < 3; i += 1) node.send(process.pid, i, undefined)
    expect(messages).toEqual([])
    await settled()
    expect(messages).toEqual([0, 1, 2])
  })

  test('a promise makes the next message wait', async () => {
    const node = core()
    const log: Term[] = []
    const open: (() => void)[] = []
    const process = node.spawn(() => ({
      message: (message) => {
        log.push('begin', message)
        return new Promise<void>((resolve) => open.push(resolve)).then(() => void log.push('end', message))
      },
    }))
    for (const i of [1, 2]) node.send(process.pid, i, undefined)
    await settled()
    expect(log).toEqual(['begin', 1])
    open[0]?.()
    await settled()
    expect(log).toEqual(['begin', 1, 'end', 1, 'begin', 2])
    open[1]?.()
    await settled()
    expect(log.slice(-2)).toEqual(['end', 2])
  })

  test('what a handler sends is handled after it, not inside it', async () => {
    const node = core()
    const log: string[] = []
    const second = node.spawn(() => ({ message: () => void log.push('second') }))
    const first = node.spawn(() => ({
      message: (_, self) => {
        self.send(second.pid, null)
        log.push('first')
      },
    }))
    node.send(first.pid, null, undefined)
    await settled()
    expect(log).toEqual(['first', 'second'])
  })

  test('processes that never stop talking leave the event loop its turns', async () => {
    const node = core({ limits: { maxMessagesInTurn: 10 } })
    let count = 0
    const echo = node.spawn(() => ({
      message: (_, self) => {
        count += 1
        if (count < 10_000) self.send(self.pid, null)
      },
    }))
    node.send(echo.pid, null, undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect(count).toBeLessThan(10_000)
    expect(count).toBeGreaterThan(0)
    echo.exit(atom('normal'))
  })

  test('a chain of 20000 processes needs no deep stack', async () => {
    const node = core()
    let next: Pid | undefined
    const arrived: Term[] = []
    for (let i = 0; i < 20_000; i += 1) {
      const to = next
      next = node.spawn(() => ({
        message: (message, self) => {
          if (to === undefined) arrived.push(message)
          else self.send(to, message)
        },
      })).pid
    }
    node.send(next ?? 'nobody', 1, undefined)
    for (let i = 0; i < 20 && arrived.length === 0; i += 1) await settled()
    expect(arrived).toEqual([1])
  })

  test('go to names, too; nobody there is an event', async () => {
    const node = core()
    const dropped: unknown[] = []
    node.events.subscribe('node.dropped', (event) => dropped.push(event))
    const { process, messages } = recorder(node, { name: 'box' })
    node.send('box', 1, undefined)
    node.send({ name: 'box', node: 'a@x' }, 2, undefined)
    node.send('nobody', 3, undefined)
    node.send(new Pid('a@x', process.pid.id, 0, 99), 4, undefined)
    await settled()
    expect(messages).toEqual([1, 2])
    expect(dropped).toEqual([
      { kind: 'send', peer: 'a@x', code: 'noproc' },
      { kind: 'send', peer: 'a@x', code: 'noproc' },
    ])
  })

  test('a long mailbox keeps its order', async () => {
    const node = core()
    const { process, messages } = recorder(node)
    for (let i = 0; i < 10_000; i += 1) node.send(process.pid, i, undefined)
    for (let i = 0; i < 50 && messages.length < 10_000; i += 1) await settled()
    expect(messages).toEqual(Array.from({ length: 10_000 }, (_, i) => i))
  })

  test('a full mailbox refuses more', () => {
    const node = core({ limits: { maxMailbox: 2 } })
    const { process } = recorder(node)
    node.send(process.pid, 1, undefined)
    node.send(process.pid, 2, undefined)
    expect(() => {
      node.send(process.pid, 3, undefined)
    }).toThrow(expect.objectContaining({ code: 'mailbox_full' }))
  })
})

describe('names', () => {
  test('are registered once, and free when the process ends', () => {
    const node = core()
    const { process } = recorder(node, { name: 'one' })
    node.register('two', process)
    expect(process.names).toEqual(['one', 'two'])
    expect(() => recorder(node, { name: 'one' })).toThrow(expect.objectContaining({ code: 'name_registered' }))
    expect(node.find('two')).toBe(process)
    expect(node.unregister('two')).toBe(true)
    expect(node.unregister('two')).toBe(false)
    process.exit(atom('normal'))
    expect(node.names()).toEqual([])
    expect(node.find('one')).toBeUndefined()
    expect(node.find(process.pid)).toBeUndefined()
  })

  test.each(['', 'undefined', 'x'.repeat(256)])('%j is none', (name) => {
    const { process } = recorder(core())
    expect(() => {
      process.core.register(name, process)
    }).toThrow(expect.objectContaining({ code: 'bad_argument' }))
  })
})

describe('the end', () => {
  test.each<[string, () => never, Term]>([
    [
      'error',
      () => {
        throw new ErlangError('error', atom('boom'), [tuple(atom('m'), atom('f'), 1, [])])
      },
      tuple(atom('boom'), [tuple(atom('m'), atom('f'), 1, [])]),
    ],
    [
      'exit',
      () => {
        throw new ErlangError('exit', atom('boom'))
      },
      atom('boom'),
    ],
    [
      'throw',
      () => {
        throw new ErlangError('throw', 1)
      },
      tuple(tuple(atom('nocatch'), 1), []),
    ],
    [
      'a JavaScript error',
      () => {
        throw new TypeError('no')
      },
      tuple(tuple(atom('js_error'), 'no'), []),
    ],
  ])('what a handler throws is the reason: %s', async (_, fail, reason) => {
    const node = core()
    const failures: string[] = []
    node.events.subscribe('process.failed', ({ message }) => failures.push(message))
    for (const late of [false, true]) {
      let ended: Term | undefined
      const process = node.spawn(() => ({
        message: late ? () => Promise.resolve().then(fail) : fail,
        terminate: (why) => {
          ended = why
        },
      }))
      node.send(process.pid, 1, undefined)
      await settled()
      expect(process.alive).toBe(false)
      expect(ended).toEqual(reason)
    }
    expect(failures).toHaveLength(2)
  })

  test.each([atom('normal'), atom('shutdown'), tuple(atom('shutdown'), 'why')])(
    'an orderly end is no failure',
    async (reason) => {
      const node = core()
      const failures: string[] = []
      node.events.subscribe('process.failed', ({ message }) => failures.push(message))
      const process = node.spawn(() => ({
        message: () => {
          throw new ErlangError('exit', reason)
        },
      }))
      node.send(process.pid, 1, undefined)
      await settled()
      expect([process.alive, failures]).toEqual([false, []])
    },
  )

  test('init that throws: the caller gets it, and nothing stays', () => {
    const node = core()
    const before = node.processes().length
    expect(() =>
      node.spawn(
        () => {
          throw new TypeError('no')
        },
        { name: 'x' },
      ),
    ).toThrow('no')
    expect(node.processes()).toHaveLength(before)
    expect(node.names()).toEqual([])
  })

  test('waiting messages are gone, an open handler is not heard any more, its signal is aborted', async () => {
    const node = core()
    const seen: Term[] = []
    let finish = (): void => undefined
    const process = node.spawn(() => ({
      message: (message) => {
        seen.push(message)
        return new Promise<void>((resolve) => (finish = resolve))
      },
    }))
    const { signal } = process
    node.send(process.pid, 1, undefined)
    node.send(process.pid, 2, undefined)
    await settled()
    process.exit(atom('normal'))
    process.exit(atom('again'))
    finish()
    await settled()
    expect(seen).toEqual([1])
    expect(signal.aborted).toBe(true)
    expect(process.ended).toBe(true)
    process.send('nobody', 1)
  })

  test('a terminate that throws harms nobody', () => {
    const node = core()
    const failures: string[] = []
    node.events.subscribe('process.failed', ({ message }) => failures.push(message))
    const process = node.spawn(() => ({
      message: () => undefined,
      terminate: () => {
        throw new TypeError('late')
      },
    }))
    process.exit(atom('normal'))
    expect(process.ended).toBe(true)
    expect(failures).toEqual(['late'])
  })

  test('a process whose id comes again, once the ids have gone round, leaves the first one where it is', async () => {
    const node = core()
    const first = recorder(node)
    const { id, creation } = first.process.pid
    jest.spyOn(node.identity, 'makePid').mockReturnValueOnce(new Pid('a@x', id, 1, creation))
    const second = recorder(node)
    for (const { process } of [first, second]) node.send(process.pid, process.pid.serial, undefined)
    await settled()
    expect([first.messages, second.messages]).toEqual([[0], [1]])
    second.process.exit(atom('normal'))
    expect(node.find(first.process.pid)).toBe(first.process)
    expect(node.find(second.process.pid)).toBeUndefined()
    expect(node.processes()).toEqual([first.process])
  })

  test('who is dead gets no name, no alias and no monitor, and leaves nothing', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    await connect(a, 'b@x')
    const [{ process }, local, remote] = [recorder(a), recorder(a), recorder(b)]
    process.exit(atom('normal'))
    expect(() => {
      a.register('ghost', process)
    }).toThrow(expect.objectContaining({ code: 'noproc' }))
    expect(a.find('ghost')).toBeUndefined()
    for (const target of [local.process.pid, remote.process.pid]) process.monitor(target)
    const alias = process.alias()
    await settled()
    expect([local.process.watchers.size, remote.process.watchers.size]).toEqual([0, 0])
    expect([process.monitors.size, process.aliases.size]).toEqual([0, 0])
    const dropped: string[] = []
    a.events.subscribe('node.dropped', ({ kind, code }) => dropped.push(`${kind} ${code}`))
    a.send(alias, 1, undefined)
    expect(dropped).toEqual(['alias_send noproc'])
  })

  test('there is a limit of processes', () => {
    const node = core({ limits: { maxProcesses: 1 } })
    recorder(node)
    expect(() => recorder(node)).toThrow(expect.objectContaining({ code: 'too_many_processes' }))
  })
})

describe('exit signals', () => {
  const exits: [string, boolean, Term, boolean, Term | undefined][] = [
    // what, trapping, reason, survives, reason of the end
    ['normal is ignored', false, atom('normal'), true, undefined],
    ['another reason ends', false, atom('boom'), false, atom('boom')],
    ['kill ends with killed', false, atom('kill'), false, atom('killed')],
    ['kill cannot be trapped', true, atom('kill'), false, atom('killed')],
    ['normal is trapped', true, atom('normal'), true, undefined],
    ['another reason is trapped', true, atom('boom'), true, undefined],
  ]
  test.each(exits)('exit/2: %s', async (_, trapExit, reason, survives, ended) => {
    const node = core()
    const sender = recorder(node)
    const target = recorder(node, { trapExit })
    sender.process.exitSignal(target.process.pid, reason)
    await settled()
    expect(target.process.alive).toBe(survives)
    expect(target.reason).toEqual(ended)
    const trapped = trapExit && survives
    expect(target.messages).toEqual(trapped ? [tuple(atom('EXIT'), sender.process.pid, reason)] : [])
  })

  test('normal from itself ends a process', () => {
    const node = core()
    const { process } = recorder(node)
    process.exitSignal(process.pid, atom('normal'))
    expect(process.alive).toBe(false)
  })

  test('handlers may have a method of their own for exits and downs', async () => {
    const node = core()
    const log: unknown[] = []
    const watched = recorder(node)
    const process = node.spawn(
      () => ({
        message: () => void log.push('message'),
        exit: ({ from, reason }) => void log.push(['exit', from, reason]),
        down: ({ ref, target, reason }) => void log.push(['down', ref, target, reason]),
      }),
      { trapExit: true },
    )
    const ref = process.monitor(watched.process.pid)
    process.link(watched.process.pid)
    watched.process.exit(atom('bye'))
    await settled()
    expect(log).toEqual([
      ['exit', watched.process.pid, atom('bye')],
      ['down', ref, watched.process.pid, atom('bye')],
    ])
  })
})

describe('aliases', () => {
  test('take messages until they are given up, or until the first one', async () => {
    const node = core()
    const { process, messages } = recorder(node)
    const many = process.alias()
    const one = process.alias({ reply: true })
    for (const message of [1, 2]) {
      node.send(many, message, undefined)
      node.send(one, message + 10, undefined)
    }
    await settled()
    process.unalias(many)
    node.send(many, 3, undefined)
    await settled()
    expect(messages).toEqual([1, 11, 2])
  })

  test('of an ended process are dead, and only their owner gives them up', async () => {
    const node = core()
    const [a, b] = [recorder(node), recorder(node)]
    const alias = a.process.alias()
    b.process.unalias(alias)
    node.send(alias, 1, undefined)
    await settled()
    expect(a.messages).toEqual([1])
    a.process.exit(atom('normal'))
    node.send(alias, 2, undefined)
    await settled()
    expect(a.messages).toEqual([1])
  })
})
