/** Connections with a real BEAM, both ways, over both accept paths. */
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { lookupNode } from '../../../src/erlang/epmd/index.ts'
import { ourFlags } from '../../../src/erlang/dist/flags.ts'
import { atom, Tuple, tuple } from '../../../src/erlang/etf/terms.ts'
import { acceptPaths, DistNode, type DistNodeOptions } from '../../support/dist-node.ts'
import {
  type Beam,
  describeWithErl,
  type Epmd,
  newerReleases,
  startBeam,
  startEpmd,
  uniqueName,
} from '../../support/peers.ts'

const nodes: DistNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

describeWithErl('with a real BEAM', () => {
  let epmd: Epmd
  let beam: Beam
  let beamPort: number

  beforeAll(async () => {
    epmd = await startEpmd()
    beam = await startBeam({ epmdPort: epmd.port, cookie: 'right' })
    const info = await lookupNode('127.0.0.1', epmd.port, beam.name.split('@')[0] ?? '')
    beamPort = info?.port ?? 0
  })

  async function node(options: Partial<DistNodeOptions> = {}): Promise<DistNode> {
    const started = await DistNode.start({
      name: uniqueName('dist'),
      cookie: 'right',
      epmdPort: epmd.port,
      ...options,
    })
    nodes.push(started)
    return started
  }

  describe.each(acceptPaths())('native accept path: %s', (native) => {
    test('is dialled by it, pinged and called', async () => {
      const ours = await node({ native })
      expect(await beam.eval(`net_adm:ping('${ours.name}')`)).toBe('pong')
      expect(await beam.eval(`lists:member('${ours.name}', nodes(hidden))`)).toBe('true')
      expect(await beam.eval(`gen_server:call({echo, '${ours.name}'}, {hello, 1.0, <<"x">>})`)).toBe(
        '{hello,1.0,<<"x">>}',
      )
      expect(await ours.event('dist.accepted')).toMatchObject({ peer: beam.name, hidden: false })
      expect((await ours.signal('monitor')).target).toBe('net_kernel')
      const big = `B = binary:copy(<<1,2,3>>, 1000000), B =:= gen_server:call({echo, '${ours.name}'}, B)`
      expect(await beam.run(big)).toBe('true')
    })

    test('refuses it with a wrong cookie, and says so', async () => {
      const ours = await node({ native, cookie: 'wrong' })
      expect(await beam.eval(`net_adm:ping('${ours.name}')`)).toBe('pang')
      const refused = await ours.event('dist.refused')
      expect(refused).toMatchObject({ peer: beam.name, code: 'bad_cookie' })
      expect(refused.address).toMatch(/^127\.0\.0\.1:\d+$/)
    })

    test('is closed by it and says so', async () => {
      const ours = await node({ native })
      await beam.eval(`net_adm:ping('${ours.name}')`)
      expect(await beam.eval(`erlang:disconnect_node('${ours.name}')`)).toBe('true')
      expect((await ours.event('dist.closed')).peer).toBe(beam.name)
    })
  })

  for (const release of newerReleases()) {
    test(`OTP ${release.otp}: dials and is dialled, with the right cookie and a wrong one`, async () => {
      const other = await startBeam({ epmdPort: epmd.port, cookie: 'right', release })
      const info = await lookupNode('127.0.0.1', epmd.port, other.name.split('@')[0] ?? '')
      const ours = await node()
      expect(await other.eval(`net_adm:ping('${ours.name}')`)).toBe('pong')
      const dialling = await node()
      expect((await dialling.dial(other.name, info?.port ?? 0)).peer.name).toBe(other.name)
      expect(await other.eval(`gen_server:call({echo, '${dialling.name}'}, #{1.0 => [x]})`)).toBe('#{1.0 => [x]}')
      const wrong = await node({ cookie: 'wrong' })
      expect(await other.eval(`net_adm:ping('${wrong.name}')`)).toBe('pang')
      await expect(wrong.dial(other.name, info?.port ?? 0)).rejects.toMatchObject({ code: 'bad_cookie' })
    })
  }

  test('gets no monitors when it does not announce them', async () => {
    const ours = await node({ flags: ourFlags({ distMonitor: false }) })
    expect(await beam.eval(`gen_server:call({echo, '${ours.name}'}, hello)`)).toBe('hello')
    expect(ours.signals.all.map((signal) => signal.kind)).not.toContain('monitor')
  })

  test('is visible if it says so', async () => {
    const ours = await node({ flags: ourFlags({ hidden: false }) })
    // No ping: a visible node has to answer `global` as well, which is not the matter here.
    // The BEAM sends its last handshake message before it lists the node, so its `nodeup` is awaited.
    await beam.eval('net_kernel:monitor_nodes(true, [{node_type, visible}])')
    await ours.dial(beam.name, beamPort)
    expect(await beam.eval(`receive {nodeup, '${ours.name}', _} -> visible after 5000 -> nodes(hidden) end`)).toBe(
      'visible',
    )
    await beam.eval('net_kernel:monitor_nodes(false, [{node_type, visible}])')
  })

  test('dials it and calls a process', async () => {
    const ours = await node()
    await beam.eval('register(here, self()).')
    const channel = await ours.dial(beam.name, beamPort)
    expect(channel.peer).toMatchObject({ name: beam.name, hidden: false })
    channel.send({ kind: 'reg_send', from: ours.pid(5), name: 'here', message: tuple(atom('hi'), ours.pid(5)) })
    expect(await beam.eval('receive {hi, P} -> P ! {you, node(P)} end')).toBe(`{you,'${ours.name}'}`)
    const { message, to } = await ours.signal('send')
    expect(to.equals(ours.pid(5))).toBe(true)
    expect((message as Tuple).elements[0]).toEqual(atom('you'))
  })

  test('is refused by it with a wrong cookie', async () => {
    const ours = await node({ cookie: 'wrong' })
    await expect(ours.dial(beam.name, beamPort)).rejects.toMatchObject({ code: 'bad_cookie' })
    expect(await beam.eval('1 + 1')).toBe('2')
  })

  test('is refused by a BEAM that allows only certain nodes', async () => {
    const strict = await startBeam({ epmdPort: epmd.port, cookie: 'right' })
    await strict.eval("net_kernel:allow(['only@127.0.0.1'])")
    const info = await lookupNode('127.0.0.1', epmd.port, strict.name.split('@')[0] ?? '')
    const ours = await node()
    await expect(ours.dial(strict.name, info?.port ?? 0)).rejects.toMatchObject({ code: 'not_allowed' })
  })

  test('finds out that another node answers than was dialled', async () => {
    const ours = await node()
    await expect(ours.dial('other@127.0.0.1', beamPort)).rejects.toMatchObject({ code: 'wrong_node' })
  })

  test('tells a living connection from a dead one', async () => {
    const ours = await node()
    const first = await ours.dial(beam.name, beamPort)
    // It sends its last handshake message before it has the connection in its books, and reads from it only afterwards: once
    // it has answered something, it knows the first connection. Before that it would take the second for its rival.
    const from = ours.pid(1)
    const ask = tuple(atom('$gen_call'), tuple(from, 1), tuple(atom('is_auth'), atom(ours.name)))
    first.send({ kind: 'reg_send', from, name: 'net_kernel', message: ask })
    expect((await ours.signal('send')).message).toEqual(tuple(1, atom('yes')))
    // The BEAM believes in the first connection and asks; we say that it is dead.
    const second = await ours.dial(beam.name, beamPort)
    expect(second).not.toBe(first)
    expect(await beam.run(`net_adm:ping('${ours.name}')`)).toBe('pong')
  })
})
