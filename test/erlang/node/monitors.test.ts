import { describe, expect, test } from '@jest/globals'
import { MONITORING, ourFlags } from '../../../src/erlang/dist/flags.ts'
import { atom, Pid, tuple, type Term } from '../../../src/erlang/etf/terms.ts'
import type { NodeCore } from '../../../src/erlang/node/core.ts'
import { connect, MemoryNetwork, recorder, refOf, settled, strangePid } from '../../support/memory-nodes.ts'

const boom = atom('boom')

async function nodes(where: string): Promise<{ home: NodeCore; other: NodeCore; network: MemoryNetwork }> {
  const network = new MemoryNetwork()
  const home = network.core('a@x')
  if (where === 'local') return { home, other: home, network }
  const other = network.core('b@x')
  await connect(home, 'b@x')
  return { home, other, network }
}

function down(ref: Term, target: Term, reason: Term): Term {
  return tuple(atom('DOWN'), ref, atom('process'), target, reason)
}

describe.each(['local', 'remote'])('monitors, %s', (where) => {
  test('by pid and by name tell of the end, each once', async () => {
    const { home, other } = await nodes(where)
    const [watcher, target] = [recorder(home), recorder(other, { name: 'it' })]
    const node = other.identity.name
    const refs = [
      watcher.process.monitor(target.process.pid),
      watcher.process.monitor({ name: 'it', node }),
      watcher.process.monitor(target.process.pid),
    ]
    await settled()
    target.process.exit(boom)
    await settled()
    expect(watcher.messages).toEqual([
      down(refs[0] ?? null, target.process.pid, boom),
      down(refs[1] ?? null, tuple(atom('it'), atom(node)), boom),
      down(refs[2] ?? null, target.process.pid, boom),
    ])
    expect(watcher.process.monitors.size).toBe(0)
  })

  test('of nobody: noproc at once, for a pid, a pid of a former life, a name', async () => {
    const { home, other } = await nodes(where)
    const watcher = recorder(home)
    const { process } = recorder(other)
    const node = other.identity.name
    const former = new Pid(node, process.pid.id, process.pid.serial, process.pid.creation + 1)
    const targets = [strangePid(other), former, { name: 'nobody', node }]
    const refs = targets.map((target) => watcher.process.monitor(target))
    expect(watcher.messages).toEqual([])
    await settled()
    expect(watcher.messages).toEqual([
      down(refs[0] ?? null, strangePid(other), atom('noproc')),
      down(refs[1] ?? null, former, atom('noproc')),
      down(refs[2] ?? null, tuple(atom('nobody'), atom(node)), atom('noproc')),
    ])
  })

  test('that are taken back say nothing and leave nothing', async () => {
    const { home, other } = await nodes(where)
    const [watcher, target] = [recorder(home), recorder(other)]
    const ref = watcher.process.monitor(target.process.pid)
    await settled()
    expect(target.process.watchers.size).toBe(1)
    watcher.process.demonitor(ref)
    watcher.process.demonitor(ref)
    await settled()
    expect(target.process.watchers.size).toBe(0)
    target.process.exit(boom)
    await settled()
    expect(watcher.messages).toEqual([])
    if (where === 'remote') expect(other.connections.find('a@x')?.watchers.size).toBe(0)
  })

  test('of a process that ended leave nothing', async () => {
    const { home, other } = await nodes(where)
    const [watcher, target] = [recorder(home), recorder(other)]
    watcher.process.monitor(target.process.pid)
    await settled()
    watcher.process.exit(boom)
    await settled()
    expect(target.process.watchers.size).toBe(0)
  })
})

describe('monitors between nodes', () => {
  test('fire with noconnection when the connection is lost; theirs are forgotten', async () => {
    const { home, other, network } = await nodes('remote')
    const [watcher, target] = [recorder(home), recorder(other)]
    const ref = watcher.process.monitor(target.process.pid)
    await settled()
    network.ends?.[1].close()
    await settled()
    expect(watcher.messages).toEqual([down(ref, target.process.pid, atom('noconnection'))])
    expect(target.process.watchers.size).toBe(0)
  })

  test('dial, and fire with noconnection if that fails or is not wanted', async () => {
    const network = new MemoryNetwork()
    const [home, other] = [network.core('a@x'), network.core('b@x')]
    const [watcher, target] = [recorder(home), recorder(other)]
    const first = watcher.process.monitor(target.process.pid, { dial: false })
    await settled()
    expect(watcher.messages).toEqual([down(first, target.process.pid, atom('noconnection'))])
    expect(network.dials.size).toBe(0)
    network.unreachable.add('b@x')
    watcher.process.monitor(target.process.pid)
    await settled()
    expect(watcher.messages).toHaveLength(2)
    network.unreachable.clear()
    const third = watcher.process.monitor(target.process.pid)
    await settled()
    target.process.exit(boom)
    await settled()
    expect(watcher.messages[2]).toEqual(down(third, target.process.pid, boom))
  })

  test('a reference that is used twice counts once', async () => {
    const { home, other, network } = await nodes('remote')
    const [one, two] = [recorder(other), recorder(other)]
    const { pid } = recorder(home).process
    const ref = refOf('a@x', 1, 2, 3)
    const [here, there] = network.ends ?? []
    here?.send({ kind: 'monitor', from: pid, target: one.process.pid, ref })
    here?.send({ kind: 'monitor', from: pid, target: two.process.pid, ref })
    await settled()
    expect([one.process.watchers.size, two.process.watchers.size]).toEqual([0, 1])
    one.process.exit(boom)
    two.process.exit(boom)
    expect(there?.sent).toHaveLength(1)
    here?.send({ kind: 'demonitor', from: pid, target: two.process.pid, ref })
    await settled()
  })

  test('a notice for a monitor of another connection is not believed', async () => {
    const network = new MemoryNetwork()
    const [home, other] = [network.core('a@x'), network.core('b@x')]
    network.core('c@x')
    await connect(home, 'b@x')
    const watcher = recorder(home)
    const target = recorder(other)
    const ref = watcher.process.monitor(target.process.pid)
    await connect(home, 'c@x')
    network.ends?.[1].send({
      kind: 'monitor_exit',
      from: target.process.pid,
      to: watcher.process.pid,
      ref,
      reason: boom,
    })
    await settled()
    expect(watcher.messages).toEqual([])
  })

  test('towards a node that announced none watch the connection only', async () => {
    const network = new MemoryNetwork()
    const [home] = [network.core('a@x'), network.core('b@x', { flags: ourFlags() & ~MONITORING })]
    await connect(home, 'b@x')
    const watcher = recorder(home)
    const ref = watcher.process.monitor({ name: 'nobody', node: 'b@x' })
    await settled()
    expect(network.ends?.[0].sent).toEqual([])
    network.ends?.[1].close()
    await settled()
    expect(watcher.messages).toEqual([down(ref, tuple(atom('nobody'), atom('b@x')), atom('noconnection'))])
  })

  test('an end whose reason is no term is told all the same', async () => {
    const { home, other } = await nodes('remote')
    const [watcher, target] = [recorder(home), recorder(other)]
    const ref = watcher.process.monitor(target.process.pid)
    await settled()
    const channel = other.connections.find('a@x')?.channel
    const send = channel?.send.bind(channel)
    if (channel !== undefined) {
      channel.send = (signal) => {
        if ('reason' in signal && typeof signal.reason === 'symbol') throw new TypeError('no term')
        send?.(signal)
      }
    }
    target.process.exit(Symbol('x') as unknown as Term)
    await settled()
    expect(watcher.messages).toEqual([down(ref, target.process.pid, atom('bad_exit_reason'))])
  })
})
