// Asked { config, games, steps }, answers the bytes that each of so many games holds beyond its observations.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { engineOf, inputs } from './games.mjs'
import { answer } from './processes.mjs'

const dist = process.argv[2]
const { make, mettagridEngine, Registry } = await engineOf(dist)
const { createEvents } = await import(pathToFileURL(path.join(dist, 'events.js')).href)
const engine = mettagridEngine()
const registry = new Registry({ events: createEvents() })

function used() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function fill(config, games, steps, prefix) {
  let observations = 0
  for (let i = 0; i < games; i++) registry.create(engine, `${prefix}-${i}`, make(config))
  for (let i = 0; i < games; i++) {
    const id = `${prefix}-${i}`
    const { agents, flat_actions: flat, observation_tokens: tokens } = registry.info(id)
    const quiet = { observations: 'none', results: 'last', format: 'packed', stop_at_end: false }
    registry.stepMany(engine, id, [...inputs(agents, flat.length, steps, i)], quiet)
    observations += agents * tokens * 3
  }
  return observations
}

answer(({ config, games, steps }) => {
  // What the first games leave behind (code, tables of schemas) belongs to none of them.
  fill(config, 20, steps, 'before')
  const before = used()
  const observations = fill(config, games, steps, 'measured')
  return (used() - before - observations) / games
})
