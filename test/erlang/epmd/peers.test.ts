/** Our epmd with real nodes, and our client with the real epmd. */
import { afterEach, expect, test } from '@jest/globals'
import { listNames, lookupNode, registerNode, startEpmd } from '../../../src/erlang/epmd/index.ts'
import { recordEvents } from '../../support/events.ts'
import { describeWithErl, startBeam, startEpmd as startRealEpmd, uniqueName } from '../../support/peers.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const alive = (name: string): string => name.split('@')[0] ?? ''

describeWithErl('our epmd', () => {
  test('serves two real nodes that ping each other, and sees one go', async () => {
    const events = recordEvents()
    const epmd = await startEpmd({ port: 0, events })
    stops.push(() => epmd.stop())
    const [a, b] = await Promise.all([startBeam({ epmdPort: epmd.port }), startBeam({ epmdPort: epmd.port })])
    expect(await a.eval(`net_adm:ping('${b.name}')`)).toBe('pong')
    expect(await b.eval('nodes()')).toBe(`['${a.name}']`)
    expect(JSON.parse(await a.eval('{ok, Names} = net_adm:names({127,0,0,1}), length(Names)'))).toBe(2)
    const creation = events.all('epmd.name_added').find((event) => event.name === alive(a.name))?.creation
    expect(await a.eval('erlang:system_info(creation)')).toBe(String(creation))
    expect(await lookupNode('127.0.0.1', epmd.port, alive(a.name))).toMatchObject({ hidden: false, highVersion: 6 })
    await b.stop()
    expect(await events.next('epmd.name_removed')).toMatchObject({ name: alive(b.name) })
    await expect(startBeam({ epmdPort: epmd.port, name: a.name })).rejects.toThrow('ended')
  })

  test('gets real nodes back after it was restarted', async () => {
    const first = await startEpmd({ port: 0, events: recordEvents() })
    stops.push(() => first.stop())
    const node = await startBeam({ epmdPort: first.port })
    await first.stop()
    const events = recordEvents()
    const second = await startEpmd({ port: first.port, events })
    stops.push(() => second.stop())
    expect(await events.next('epmd.name_added')).toMatchObject({ name: alive(node.name) })
  })
})

describeWithErl('our client', () => {
  test('registers at the real epmd, and again when that was killed and came back', async () => {
    const first = await startRealEpmd()
    const events = recordEvents()
    const creations: number[] = []
    const name = alive(uniqueName('client'))
    const onCreation = (creation: number): void => void creations.push(creation)
    const options = { port: first.port, name, nodePort: 4711, events, retryMs: { min: 5, max: 20 } }
    const held = await registerNode({ ...options, onCreation })
    stops.push(() => held.close())
    expect(held.creation).toBeGreaterThanOrEqual(4)
    expect(await lookupNode('127.0.0.1', first.port, name)).toMatchObject({ port: 4711, hidden: true, highVersion: 6 })
    expect(await lookupNode('127.0.0.1', first.port, 'nobody')).toBeUndefined()
    expect(await listNames('127.0.0.1', first.port)).toEqual({ epmdPort: first.port, nodes: [{ name, port: 4711 }] })
    await expect(registerNode(options)).rejects.toMatchObject({ code: 'name_taken', details: { result: 1 } })

    await first.stop()
    await events.next('epmd.lost')
    await startRealEpmd(first.port)
    const again = await events.next('epmd.registered', 2)
    expect(again.creation).toBeGreaterThanOrEqual(4)
    expect(creations).toEqual([again.creation])
    expect(await listNames('127.0.0.1', first.port)).toMatchObject({ nodes: [{ name, port: 4711 }] })
    await held.close()
    const node = await startBeam({ epmdPort: first.port })
    expect((await listNames('127.0.0.1', first.port)).nodes.map((one) => one.name)).toEqual([alive(node.name)])
  })
})
