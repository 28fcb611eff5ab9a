// Steps games of one build, all in one process as a server would. Asked { config, ms }, answers agent-steps per second; a
// game that was not stepped yet is warmed up first.
import { engineOf, inputs } from './games.mjs'
import { answer } from './processes.mjs'

const STEPS = 2000
/** Agent-steps that are not measured: time would say nothing on a machine that does other things too. */
const WARM_UP = 500_000
const { make, MettagridGame } = await engineOf(process.argv[2])
const games = new Map()

function gameOf(config) {
  const known = games.get(config)
  if (known !== undefined) return known
  const game = new MettagridGame(make(config))
  const agents = game.world.agents.length
  const made = { game, agents, actions: inputs(agents, game.world.rules.flat.length, STEPS), next: 0 }
  games.set(config, made)
  for (let steps = 0; steps * agents < WARM_UP; steps++) step(made)
  return made
}

function step(one) {
  one.game.advance(one.actions[one.next++ % STEPS])
}

answer(({ config, ms }) => {
  const one = gameOf(config)
  const { agents } = one
  const busy = process.cpuUsage()
  const began = performance.now()
  let steps = 0
  while (performance.now() - began < ms) {
    for (let i = 0; i < 100; i++) step(one)
    steps += 100
  }
  const elapsed = performance.now() - began
  const { user, system } = process.cpuUsage(busy)
  return { wall: (steps * agents * 1000) / elapsed, cpu: (steps * agents * 1e6) / (user + system) }
})
