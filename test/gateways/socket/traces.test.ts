/** Recordings of the reference engine, played over the socket: every bit of every step. */
import { readdirSync } from 'node:fs'
import { create, fromJson, type JsonValue } from '@bufbuild/protobuf'
import { expect, test } from '@jest/globals'
import { CreateGameRequestSchema, type StepResult } from '../../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { readTrace, type Trace } from '../../support/mettagrid-trace.ts'
import { startSocketGateway, wordsOf, type RawClient } from '../../support/socket-gateway.ts'

const vectors = new URL('../../vectors/mettagrid/', import.meta.url)
const recordings = readdirSync(vectors).filter((name) => name.includes('.json'))

test('there are recordings', () => {
  expect(recordings.length).toBeGreaterThan(5)
})

test.each(recordings)('%s', async (name) => {
  const { client, gateway } = await startSocketGateway()
  const trace = readTrace(new URL(name, vectors))
  const request = fromJson(CreateGameRequestSchema, trace.create_game as JsonValue, { ignoreUnknownFields: true })
  const payload = { case: 'createGame', value: create(CreateGameRequestSchema, { ...request, gameId: name }) } as const
  expect(await client.words(payload)).toBe('createResult: ')
  for (const record of trace.steps) {
    const { t, rewards_hex, terminals, truncations, success, obs } = record
    const result = await step(client, name, record)
    expect({ ...shown(result), obs: obs?.map((_, agent) => observation(result, agent)) }).toEqual({
      t,
      rewards_hex,
      terminals,
      truncations,
      success,
      obs,
    })
  }
  gateway.stop()
})

type Input = Pick<Trace['steps'][number], 'flat' | 'typed'>

async function step(client: RawClient, gameId: string, { flat = [], typed = [] }: Input): Promise<StepResult> {
  const actionTypes = typed.filter((_, i) => i % 2 === 0)
  const actionArgs = typed.filter((_, i) => i % 2 === 1)
  const response = await client.ask({ case: 'stepGame', value: { gameId, flatActions: flat, actionTypes, actionArgs } })
  if (response.payload.case !== 'stepResult') throw new Error(wordsOf(response))
  return response.payload.value
}

function shown({ currentStep, rewards, terminals, truncations, actionSuccess }: StepResult) {
  return {
    t: Number(currentStep),
    rewards_hex: Buffer.from(rewards).swap32().toString('hex'),
    terminals: [...terminals].join(''),
    truncations: [...truncations].join(''),
    success: [...actionSuccess].join(''),
  }
}

/** As recorded: without the unused tokens at its end. */
function observation({ observations, actionSuccess }: StepResult, agent: number): string {
  const size = observations.length / actionSuccess.length
  const hex = Buffer.from(observations.subarray(agent * size, (agent + 1) * size)).toString('hex')
  return hex.replace(/(?:ffffff)+$/, '')
}
