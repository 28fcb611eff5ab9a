// Steps games of one build, all in one process as a server would: asked { config, ms }, answers agent-steps per second.
import { engineOf, inputs } from './games.mjs'
import { answer } from './processes.mjs'

const STEPS = 2000
const { make, MettagridGame } = await engineOf(process.argv[2])
const games = new Map()

function gameOf(config) {
  const known = games.get(config)
  if (known !== undefined) return known
  const game = new MettagridGame(make(config))
  const agents = game.world.agents.length
  const made = { game, agents, actions: inputs(agents, game.world.rules.flat.length, STEPS), next: 0 }
  games.set(config, made)
  return made
}

answer(({ config, ms }) => {
  const one = gameOf(config)
  const { game, agents, actions } = one
  const busy = process.cpuUsage()
  const began = performance.now()
  let steps = 0
  while (performance.now() - began < ms) {
    for (let i = 0; i < 100; i++) game.advance(actions[one.next++ % STEPS])
    steps += 100
  }
  const elapsed = performance.now() - began
  const { user, system } = process.cpuUsage(busy)
  return { wall: (steps * agents * 1000) / elapsed, cpu: (steps * agents * 1e6) / (user + system) }
})
