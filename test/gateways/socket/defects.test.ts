/** What the reference server does wrong, and this one does not. */
import { expect, test } from '@jest/globals'
import {
  createGame,
  getState,
  RawClient,
  requestFrame,
  startSocketGateway,
  stepGame,
} from '../../support/socket-gateway.ts'

test('no call waits for the timer of a delayed acknowledgement (40 ms each)', async () => {
  const { client, gateway } = await startSocketGateway()
  await client.ask(createGame('g'))
  const begun = performance.now()
  for (let i = 0; i < 100; i++) await client.ask(stepGame('g', [0, 0]))
  expect(performance.now() - begun).toBeLessThan(100 * 40 * 0.7)
  gateway.stop()
})

test('closing with pipelined requests outstanding does not end the server', async () => {
  const { client, gateway, port } = await startSocketGateway()
  await client.ask(createGame('g'))
  const frames = Buffer.concat(Array.from({ length: 300 }, () => requestFrame(stepGame('g', [0, 0]))))
  for (let i = 0; i < 10; i++) {
    const rude = await RawClient.connect(port)
    rude.write(frames)
    await rude.frame()
    rude.socket.resetAndDestroy()
    await rude.closed
  }
  expect(await client.words(getState('g'))).toBe('stateResult')
  gateway.stop()
})

test('an item without a name is refused, and so are actions whose name and type disagree', async () => {
  const { client, gateway } = await startSocketGateway()
  const agent = { typeName: 'agent', initialInventory: { 9: 1 } }
  const objects = [{ name: 'agent', config: { case: 'agent' as const, value: agent } }]
  expect(await client.words(createGame('g', { objects }))).toMatch(/^createResult: .*9/)
  const actions = [{ name: 'attack', type: 1 as const, config: { case: 'noop' as const, value: {} } }]
  expect(await client.words(createGame('g', { actions }))).toMatch(/^createResult: .*attack/)
  gateway.stop()
})

test('diagonals are there after the request is gone: rotating to one succeeds', async () => {
  const { client, gateway } = await startSocketGateway()
  const actions = [{ name: 'rotate', type: 3 as const, config: { case: 'rotate' as const, value: {} } }]
  await client.ask(createGame('g', { actions, allowDiagonals: true }))
  for (let direction = 0; direction < 8; direction++) {
    const { payload } = await client.ask(stepGame('g', [direction, 0]))
    expect(payload.case === 'stepResult' && payload.value.actionSuccess[0]).toBe(1)
  }
  gateway.stop()
})

test('an attack reaches diagonally, by its own pattern, long after the request is gone', async () => {
  const { client, gateway } = await startSocketGateway()
  const actions = [
    { name: 'rotate', type: 3 as const, config: { case: 'rotate' as const, value: {} } },
    { name: 'attack', type: 4 as const, config: { case: 'attack' as const, value: {} } },
  ]
  const cells = [
    { row: 4, col: 4, objectType: 'agent' },
    { row: 5, col: 5, objectType: 'agent' },
  ]
  await client.ask(createGame('g', { actions, allowDiagonals: true }, { height: 9, width: 9, cells }))
  for (let i = 0; i < 20; i++) await client.ask(createGame(`other ${i}`))
  const step = async (actionTypes: number[], actionArgs: number[]) => {
    const { payload } = await client.ask({ case: 'stepGame', value: { gameId: 'g', actionTypes, actionArgs } })
    return payload.case === 'stepResult' ? payload.value.actionSuccess[0] : -1
  }
  // South-east is 7, north-west 4.
  expect(await step([0, 0], [7, 0])).toBe(1)
  const hits = []
  for (let arg = 0; arg < 9; arg++) hits.push(await step([1, 0], [arg, 0]))
  expect(hits).toContain(1)
  // There is nobody.
  expect(await step([0, 0], [4, 0])).toBe(1)
  for (let arg = 0; arg < 9; arg++) expect(await step([1, 0], [arg, 0])).toBe(0)
  gateway.stop()
})

test('the same request gives the same order of inventories every time', async () => {
  const { client, gateway } = await startSocketGateway()
  const resourceNames = ['a', 'b', 'c', 'd', 'e', 'f']
  const initialInventory = { 0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6 }
  const objects = [
    { name: 'agent', config: { case: 'agent' as const, value: { typeName: 'agent', initialInventory } } },
    { name: 'wall', config: { case: 'wall' as const, value: { typeId: 1, typeName: 'wall' } } },
  ]
  const seen = new Set<string>()
  for (let i = 0; i < 48; i++) {
    await client.ask(createGame(`g${i}`, { resourceNames, objects }))
    const { payload } = await client.ask(getState(`g${i}`))
    if (payload.case === 'stateResult') {
      seen.add(Buffer.from(payload.value.snapshot?.observations ?? []).toString('hex'))
    }
  }
  expect(seen.size).toBe(1)
  gateway.stop()
})

test('it stops within its time while clients sit there idle', async () => {
  const { client, gateway } = await startSocketGateway()
  await client.ask(createGame('g'))
  gateway.stopAccepting()
  await gateway.drain(60_000)
  gateway.stop()
  expect(await client.frame()).toBeUndefined()
})
