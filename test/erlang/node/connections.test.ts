import { describe, expect, jest, test } from '@jest/globals'
import { BeamcadeError } from '../../../src/errors.ts'
import { atom, tuple } from '../../../src/erlang/etf/terms.ts'
import { connect, MemoryNetwork, recorder, settled } from '../../support/memory-nodes.ts'

describe('dialling', () => {
  test('happens once for all who want the same node, and what they send arrives in order', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    const box = recorder(b, { name: 'box' })
    const { process } = recorder(a)
    for (let i = 0; i < 10; i += 1) process.send({ name: 'box', node: 'b@x' }, i)
    await Promise.all([connect(a, 'b@x'), connect(a, 'b@x')])
    process.send({ name: 'box', node: 'b@x' }, 10)
    await settled()
    expect(network.dials.get('b@x')).toBe(1)
    expect(box.messages).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('is done for names and not for pids and aliases, unless they say so or the list names the node', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    const dropped: unknown[] = []
    a.events.subscribe('node.dropped', (event) => dropped.push(event))
    const box = recorder(b, { name: 'box' })
    const { process } = recorder(a)
    const alias = box.process.alias()
    process.send(box.process.pid, 1)
    process.send(alias, 2)
    process.send({ name: 'box', node: 'b@x' }, 3, { dial: false })
    process.exitSignal(box.process.pid, atom('boom'))
    await settled()
    expect(network.dials.size).toBe(0)
    expect(dropped).toEqual([
      { kind: 'send', peer: 'b@x', code: 'noconnection' },
      { kind: 'send', peer: 'b@x', code: 'noconnection' },
      { kind: 'send', peer: 'b@x', code: 'noconnection' },
      { kind: 'exit2', peer: 'b@x', code: 'noconnection' },
    ])
    process.send(box.process.pid, 4, { dial: true })
    process.send(alias, 5)
    await settled()
    expect(box.messages).toEqual([4, 5])

    const listed = network.core('c@x', { allowed: ['b@x'] })
    recorder(listed).process.send(box.process.pid, 6)
    await settled()
    expect(box.messages).toEqual([4, 5, 6])
  })

  test('that fails drops what waited, with the reason, and the next wish dials again', async () => {
    const network = new MemoryNetwork()
    const a = network.core('a@x')
    const dropped: unknown[] = []
    a.events.subscribe('node.dropped', (event) => dropped.push(event))
    a.send({ name: 'box', node: 'b@x' }, 1, undefined)
    await expect(connect(a, 'b@x')).rejects.toMatchObject({ code: 'connect_failed' })
    expect(dropped).toEqual([{ kind: 'reg_send', peer: 'b@x', code: 'connect_failed' }])
    const b = network.core('b@x')
    const box = recorder(b, { name: 'box' })
    a.send({ name: 'box', node: 'b@x' }, 2, undefined)
    await settled()
    expect(box.messages).toEqual([2])
  })

  test('keeps a bounded number of signals waiting', async () => {
    const network = new MemoryNetwork()
    const a = network.core('a@x', { limits: { maxQueuedSignals: 2 } })
    network.core('b@x')
    const dropped: string[] = []
    a.events.subscribe('node.dropped', ({ code }) => dropped.push(code))
    for (let i = 0; i < 4; i += 1) a.send({ name: 'box', node: 'b@x' }, i, undefined)
    expect(dropped).toEqual(['queue_full', 'queue_full'])
    await settled()
  })

  test('ends after its time', async () => {
    jest.useFakeTimers()
    try {
      const network = new MemoryNetwork()
      const aborted: boolean[] = []
      const a = network.core('a@x', {
        limits: { dialMs: 50 },
        dial: (_, signal) =>
          new Promise((__, reject) => {
            signal.addEventListener('abort', () => {
              aborted.push(true)
              reject(new BeamcadeError('aborted'))
            })
          }),
      })
      const waiting = connect(a, 'b@x')
      jest.advanceTimersByTime(50)
      await expect(waiting).rejects.toMatchObject({ code: 'timeout' })
      expect(aborted).toEqual([true])
    } finally {
      jest.useRealTimers()
    }
  })

  test('never reaches for the own name', () => {
    const a = new MemoryNetwork().core('a@x')
    expect(a.connections.route('a@x', true)).toBeUndefined()
    expect(a.connections.decide('a@x')).toBe('not_allowed')
  })
})

describe('two nodes that dial each other', () => {
  test('are settled by their names', async () => {
    const network = new MemoryNetwork()
    const never = (): Promise<void> => new Promise(() => undefined)
    const [a, b] = [network.core('a@x', { dial: never }), network.core('b@x', { dial: never })]
    expect(a.connections.decide('b@x')).toBe('ok')
    a.connections.route('b@x', true)
    b.connections.route('a@x', true)
    expect(a.connections.decide('b@x')).toBe('ok_simultaneous')
    expect(b.connections.decide('a@x')).toBe('nok')
    // b's attempt stands. a's is ended when b has proved the cookie, and what waited goes over it.
    const box = recorder(b, { name: 'box' })
    a.send({ name: 'box', node: 'b@x' }, 1, undefined)
    const remote = a.connections.route('b@x', true)
    const [there, here] = network.join(b, a)
    a.connections.attach(here)
    b.connections.attach(there)
    expect(remote?.abort.signal.aborted).toBe(true)
    await settled()
    expect(box.messages).toEqual([1])
    expect(a.connections.decide('b@x')).toBe('alive')
    expect([a.connections.wanted('b@x'), a.connections.wanted('c@x')]).toEqual([false, false])
  })

  test('wait for the attempt of the other when theirs is refused', async () => {
    const network = new MemoryNetwork()
    const refused = (): Promise<void> => Promise.reject(new BeamcadeError('already_connecting'))
    const [a, b] = [network.core('a@x', { dial: refused }), network.core('b@x')]
    const waiting = connect(a, 'b@x')
    await settled()
    expect(a.connections.wanted('b@x')).toBe(true)
    await connect(b, 'a@x')
    await waiting
    expect(a.connections.names()).toEqual(['b@x'])
    expect(b.connections.names()).toEqual(['a@x'])
  })

  test('end up with one connection, both ways at once', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    const ups: string[] = []
    a.onNode((event, peer) => ups.push(`a ${event} ${peer.name}`))
    b.onNode((event, peer) => ups.push(`b ${event} ${peer.name}`))
    await Promise.all([connect(a, 'b@x'), connect(b, 'a@x')])
    await settled()
    expect(ups.toSorted()).toEqual(['a up b@x', 'b up a@x'])
  })
})

describe('connections', () => {
  test('that are made again end the old one: links and monitors get noconnection', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    await connect(a, 'b@x')
    const log: string[] = []
    a.onNode((event, { name }, reason) => log.push(`${event} ${name} ${reason?.code ?? ''}`))
    const watcher = recorder(a)
    const ref = watcher.process.monitor({ name: 'it', node: 'b@x' })
    // The other node lost its side without our knowing.
    const [there, here] = network.join(b, a)
    a.connections.attach(here)
    b.connections.attach(there)
    await settled()
    expect(log).toEqual(['down b@x connection_lost', 'up b@x '])
    expect(watcher.messages).toEqual([
      tuple(atom('DOWN'), ref, atom('process'), tuple(atom('it'), atom('b@x')), atom('noconnection')),
    ])
    expect(a.connections.find('b@x')?.channel).toBe(here)
  })

  test('that are made again serve who dialled the moment the old one was gone', async () => {
    const network = new MemoryNetwork()
    const aborted: boolean[] = []
    const a = network.core('a@x', {
      dial: (_, signal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(signal.aborted)
            resolve()
          })
        }),
    })
    const b = network.core('b@x')
    const [first, second] = network.join(a, b)
    a.connections.attach(first)
    b.connections.attach(second)
    const box = recorder(b, { name: 'box' })
    const watcher = recorder(a)
    const off = a.onNode((event) => {
      if (event !== 'down') return
      watcher.process.send({ name: 'box', node: 'b@x' }, 1)
      watcher.process.monitor({ name: 'box', node: 'b@x' })
    })
    const [there, here] = network.join(b, a)
    a.connections.attach(here)
    b.connections.attach(there)
    await settled()
    off()
    expect(a.connections.find('b@x')?.channel).toBe(here)
    expect(aborted).toEqual([true])
    expect(box.messages).toEqual([1])
    box.process.exit(atom('bye'))
    await settled()
    expect(watcher.messages).toMatchObject([{ elements: [atom('DOWN'), {}, atom('process'), {}, atom('bye')] }])
  })

  test('whose listener throws come and go all the same, and the others hear of it', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    const failed: unknown[] = []
    a.events.subscribe('events.subscriber_failed', ({ event, error }) => failed.push([event, error]))
    const error = new TypeError('oh')
    a.onNode(() => {
      throw error
    })
    const log: string[] = []
    a.onNode((event) => log.push(event))
    const [here, there] = network.join(a, b)
    b.connections.attach(there)
    a.connections.attach(here)
    const watcher = recorder(a)
    watcher.process.monitor(recorder(b).process.pid)
    b.connections.disconnect('a@x', new BeamcadeError('connection_closed'))
    await settled()
    expect(log).toEqual(['up', 'down'])
    expect(watcher.messages).toMatchObject([{ elements: [atom('DOWN'), {}, {}, {}, atom('noconnection')] }])
    expect(failed).toEqual([['node.up', error], ['node.down', error]]) // prettier-ignore
  })

  test('tell when they come and go, until nobody wants to know', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    const log: string[] = []
    const stop = b.onNode((event, { name }, reason) => log.push(`${event} ${name} ${reason?.code ?? ''}`))
    await connect(a, 'b@x')
    a.connections.disconnect('b@x', new BeamcadeError('connection_closed'))
    a.connections.disconnect('b@x', new BeamcadeError('connection_closed'))
    await settled()
    expect(log).toEqual(['up a@x ', 'down a@x '])
    stop()
    await connect(a, 'b@x')
    expect(log).toHaveLength(2)
  })

  test('after the end there are no new ones', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    await connect(a, 'b@x')
    a.connections.close(new BeamcadeError('node_stopped'))
    await settled()
    expect([a.connections.names(), b.connections.names()]).toEqual([[], []])
    expect(a.connections.decide('b@x')).toBe('not_allowed')
    expect(a.connections.route('b@x', true)).toBeUndefined()
    const [here] = network.join(a, b)
    expect(a.connections.attach(here)).toBeUndefined()
    expect(here.closed).toBe(true)
  })

  test('a signal of a channel that was replaced is ignored', async () => {
    const network = new MemoryNetwork()
    const [a, b] = [network.core('a@x'), network.core('b@x')]
    await connect(a, 'b@x')
    const old = network.ends?.[0]
    const box = recorder(a, { name: 'box' })
    a.connections.disconnect('b@x', new BeamcadeError('connection_closed'))
    if (old !== undefined) a.receive({ kind: 'reg_send', from: recorder(b).process.pid, name: 'box', message: 1 }, old)
    await settled()
    expect(box.messages).toEqual([])
  })
})

describe('spawn requests', () => {
  test('are refused by a core that runs nothing, and if they come in the name of another node', async () => {
    const network = new MemoryNetwork()
    const [a, , c] = [network.core('a@x'), network.core('b@x'), network.core('c@x')]
    await connect(a, 'b@x')
    const [here, there] = network.ends ?? []
    const request = {
      kind: 'spawn_request',
      ref: a.identity.makeRef(),
      groupLeader: recorder(a).process.pid,
      module: 'm',
      function: 'f',
      arity: 0,
      options: [],
      args: [],
    } as const
    here?.send({ ...request, from: recorder(a).process.pid })
    here?.send({ ...request, from: recorder(c).process.pid })
    await settled()
    expect(there?.sent).toMatchObject([
      { kind: 'spawn_reply', flags: 0, result: atom('notsup') },
      { kind: 'spawn_reply', flags: 0, result: atom('badarg') },
    ])
  })
})
