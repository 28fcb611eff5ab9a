// MettaGrid's own protocol on the server's socket: steps a second beside the round trips a second of bytes that a Node process
// sends straight back, by the same client; and many requests in flight beside one at a time. Each is in a process of its own.
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { create, toBinary } from '@bufbuild/protobuf'
import { framed, FrameClient } from '../frames.mjs'
import { inputs } from '../games.mjs'
import { movesOf, started, startServer } from '../servers.mjs'

const ECHO = fileURLToPath(new URL('../../dist/tcp-echo.mjs', import.meta.url))
const ECHO_BYTES = 155
/** At least so much of the echo, one request at a time. */
const FLOORS = { b11_2: 0.75, b64_24_moves: 0.4 }
const CONFIGS = Object.keys(FLOORS)
const IN_FLIGHT = 16
const inFlight = (config) => `${config}, ${IN_FLIGHT} in flight`
/** Each measurement is made of so many slices, which take turns with those of the others. */
const SLICES = 4
const REQUESTS = 1000
const WARM_UP_MS = 1000

/** Frames of `step_game`, random moves. */
async function stepsOf(dist, config) {
  const generated = path.join(dist, 'gen/mettagrid/rpc/v1/mettagrid_pb.js')
  const { MettaGridRequestSchema } = await import(pathToFileURL(generated).href)
  const { agents, actions } = movesOf(config)
  return inputs(agents, actions, REQUESTS).map(({ flat }, i) => {
    const payload = { case: 'stepGame', value: { gameId: config, flatActions: flat } }
    return framed(toBinary(MettaGridRequestSchema, create(MettaGridRequestSchema, { requestId: `req_${i}`, payload })))
  })
}

/** What sends the same frames over and over, and counts the answers. */
class Load {
  #client
  #frames
  answered = 0

  constructor(client, frames) {
    this.#client = client
    this.#frames = frames
  }

  async run(depth, ms) {
    const done = await this.#client.run(this.#frames, depth, ms)
    this.answered += done.answered
    return done
  }
}

export default {
  name: 'socket',
  doc: `one client of --socket: one step at a time beside an echo of ${ECHO_BYTES} bytes, and ${IN_FLIGHT} beside one`,
  rows: [
    ...CONFIGS.map((row) => ({ row, unit: 'steps/s', base: 'TCP echo', baseUnit: 'echoes/s', least: FLOORS[row] })),
    ...CONFIGS.map((config) => ({
      row: inFlight(config),
      unit: 'steps/s',
      base: 'one at a time',
      baseUnit: 'steps/s',
      least: 2,
    })),
  ],

  async start({ dist, ms }) {
    const ready = (line) => /^READY (\d+)/.exec(line)?.[1]
    const echo = await started(process.execPath, [ECHO, '0', 'chunk'], ready)
    const server = await startServer(dist)
    const bytes = Buffer.alloc(ECHO_BYTES)
    bytes.writeUInt32BE(ECHO_BYTES - 4)
    const echoes = new Load(await FrameClient.connect(Number(echo.found)), [bytes])
    await echoes.run(1, WARM_UP_MS)
    const games = new Map()
    for (const config of CONFIGS) {
      await server.create(config, config)
      const game = new Load(await FrameClient.connect(server.port), await stepsOf(dist, config))
      games.set(config, game)
      for (const depth of [1, IN_FLIGHT]) await game.run(depth, WARM_UP_MS)
    }

    async function round() {
      const samples = []
      for (const [config, game] of games) {
        const [echoed, one, many] = await inTurns(ms, [
          (slice) => echoes.run(1, slice),
          (slice) => game.run(1, slice),
          (slice) => game.run(IN_FLIGHT, slice),
        ])
        const { currentStep } = await server.client.getState(config)
        if (currentStep !== game.answered)
          throw new Error(`${config} is at ${currentStep} after ${game.answered} answers`)
        samples.push({ row: config, value: one, base: echoed }, { row: inFlight(config), value: many, base: one })
      }
      return samples
    }
    const stop = () => {
      echo.stop()
      server.stop()
    }
    return { round, stop }
  },
}

/** Runs each for `ms` in all, in slices that take turns. @returns of each, answers a second */
async function inTurns(ms, runs) {
  const sums = runs.map(() => ({ answered: 0, ms: 0 }))
  for (let slice = 0; slice < SLICES; slice++) {
    for (const [i, run] of runs.entries()) {
      const one = await run(ms / SLICES)
      sums[i].answered += one.answered
      sums[i].ms += one.ms
    }
  }
  return sums.map((sum) => (sum.answered * 1000) / sum.ms)
}
