import { describe, expect, test } from '@jest/globals'
import { FLAGS, ourFlags } from '../../../src/erlang/dist/flags.ts'
import { atom, Pid, tuple } from '../../../src/erlang/etf/terms.ts'
import type { NodeCore } from '../../../src/erlang/node/core.ts'
import { connect, MemoryNetwork, type Recorder, recorder, settled, strangePid } from '../../support/memory-nodes.ts'

const boom = atom('boom')

/** Two processes: of one node, or of two that are connected. */
async function pair(where: string, trapExit = false): Promise<{ a: Recorder; b: Recorder; network: MemoryNetwork }> {
  const network = new MemoryNetwork()
  const home = network.core('a@x')
  let other: NodeCore = home
  if (where === 'remote') {
    other = network.core('b@x')
    await connect(home, 'b@x')
  }
  return { a: recorder(home), b: recorder(other, { trapExit }), network }
}

describe.each(['local', 'remote'])('links, %s', (where) => {
  test('end the other process with the same reason', async () => {
    const { a, b } = await pair(where)
    a.process.link(b.process.pid)
    await settled()
    a.process.exit(boom)
    await settled()
    expect(b.reason).toEqual(boom)
  })

  test('work from both sides, however often they are made', async () => {
    const { a, b } = await pair(where, true)
    a.process.link(b.process.pid)
    b.process.link(a.process.pid)
    a.process.link(b.process.pid)
    await settled()
    a.process.exit(boom)
    await settled()
    expect(b.messages).toEqual([tuple(atom('EXIT'), a.process.pid, boom)])
  })

  test('normal harms nobody, kill over a link is a reason like others', async () => {
    const { a, b } = await pair(where)
    a.process.link(b.process.pid)
    await settled()
    a.process.exit(atom('normal'))
    await settled()
    expect(b.process.alive).toBe(true)
    const second = await pair(where, true)
    second.a.process.link(second.b.process.pid)
    await settled()
    second.a.process.exit(atom('kill'))
    await settled()
    expect(second.b.messages).toEqual([tuple(atom('EXIT'), second.a.process.pid, atom('kill'))])
  })

  test('unlink ends them for both', async () => {
    const { a, b } = await pair(where)
    a.process.link(b.process.pid)
    await settled()
    b.process.unlink(a.process.pid)
    b.process.unlink(a.process.pid)
    await settled()
    a.process.exit(boom)
    await settled()
    expect(b.process.alive).toBe(true)
    expect([...a.process.links, ...b.process.links]).toEqual([])
  })

  test('can be made again while the unlink is under way', async () => {
    const { a, b } = await pair(where)
    a.process.link(b.process.pid)
    await settled()
    a.process.unlink(b.process.pid)
    a.process.link(b.process.pid)
    await settled()
    b.process.exit(boom)
    await settled()
    expect(a.reason).toEqual(boom)
  })

  test('to nobody end with noproc', async () => {
    const { a, b } = await pair(where)
    a.process.trapExit = true
    const nobody = strangePid(b.process.core)
    a.process.link(nobody)
    await settled()
    expect(a.messages).toEqual([tuple(atom('EXIT'), nobody, atom('noproc'))])
    const { id, serial, node, creation } = b.process.pid
    const former = new Pid(node, id, serial, creation - 1)
    a.process.link(former)
    await settled()
    expect(a.messages[1]).toEqual(tuple(atom('EXIT'), former, atom('noproc')))
  })

  test('to itself are none', async () => {
    const { a } = await pair(where)
    a.process.link(a.process.pid)
    a.process.exit(boom)
    await settled()
    expect(a.reason).toEqual(boom)
  })
})

describe('links between nodes', () => {
  test('are kept by nobody after the unlink was acknowledged', async () => {
    const { a, b, network } = await pair('remote')
    a.process.link(b.process.pid)
    await settled()
    a.process.unlink(b.process.pid)
    const sent = network.ends?.[0].sent.map(({ kind }) => kind)
    expect(sent).toEqual(['link', 'unlink'])
    expect(a.process.links.size).toBe(1)
    await settled()
    expect(a.process.links.size).toBe(0)
    expect(network.ends?.[1].sent.map(({ kind }) => kind)).toEqual(['unlink_ack'])
  })

  test('a link that crosses our unlink is not one', async () => {
    const network = new MemoryNetwork({ manual: true })
    const [x, y] = [network.core('a@x'), network.core('b@x')]
    await connect(x, 'b@x')
    const [a, b] = [recorder(x), recorder(y)]
    const [here, there] = network.ends ?? []
    a.process.link(b.process.pid)
    while (there?.deliver());
    // b unlinks and links again, while a unlinks: a has the last word, its unlink arrives after that link was sent.
    b.process.unlink(a.process.pid)
    b.process.link(a.process.pid)
    a.process.unlink(b.process.pid)
    while ((here?.deliver() ?? false) || (there?.deliver() ?? false));
    expect([a.process.links.size, b.process.links.size]).toEqual([0, 0])
  })

  test('an exit that comes over an inactive link is ignored', async () => {
    const network = new MemoryNetwork({ manual: true })
    const [x, y] = [network.core('a@x'), network.core('b@x')]
    await connect(x, 'b@x')
    const [a, b] = [recorder(x), recorder(y)]
    const [here, there] = network.ends ?? []
    a.process.link(b.process.pid)
    while (there?.deliver());
    b.process.exit(boom)
    a.process.unlink(b.process.pid)
    while ((here?.deliver() ?? false) || (there?.deliver() ?? false));
    expect(a.process.alive).toBe(true)
    expect(a.process.links.size).toBe(0)
  })

  test('without the new link protocol, unlink has no id and no acknowledgement', async () => {
    const network = new MemoryNetwork()
    const old = ourFlags() & ~FLAGS.UNLINK_ID
    const [x, y] = [network.core('a@x', { flags: old }), network.core('b@x')]
    await connect(x, 'b@x')
    const [a, b] = [recorder(x), recorder(y)]
    a.process.link(b.process.pid)
    await settled()
    a.process.unlink(b.process.pid)
    expect(a.process.links.size).toBe(0)
    expect(network.ends?.[0].sent.at(-1)).toMatchObject({ kind: 'unlink', id: null })
    await settled()
    expect(b.process.links.size).toBe(0)
  })

  test('to a node that is not connected end with noconnection, and dial only if asked to', async () => {
    const network = new MemoryNetwork()
    const [x, y] = [network.core('a@x'), network.core('b@x')]
    const [a, b] = [recorder(x, { trapExit: true }), recorder(y)]
    a.process.link(b.process.pid)
    await settled()
    expect(a.messages).toEqual([tuple(atom('EXIT'), b.process.pid, atom('noconnection'))])
    expect(network.dials.size).toBe(0)
    a.process.link(b.process.pid, { dial: true })
    await settled()
    expect(b.process.links.size).toBe(1)
  })

  test('are lost with the connection, on both sides', async () => {
    const { a, b, network } = await pair('remote', true)
    a.process.link(b.process.pid)
    await settled()
    network.ends?.[0].close()
    await settled()
    expect(a.reason).toEqual(atom('noconnection'))
    expect(b.messages).toEqual([tuple(atom('EXIT'), a.process.pid, atom('noconnection'))])
  })

  test('a chain of 20000 linked processes ends without a deep stack', async () => {
    const core = new MemoryNetwork().core('a@x')
    const all = Array.from({ length: 20_000 }, () => recorder(core))
    for (let i = 1; i < all.length; i += 1) all[i]?.process.link((all[i - 1] as Recorder).process.pid)
    all[0]?.process.exit(boom)
    expect(all.every(({ reason }) => reason === boom)).toBe(true)
    await settled()
  })
})
