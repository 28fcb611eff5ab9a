// The five games that are measured, and how to make them from any build of the project.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = fileURLToPath(new URL('configs', import.meta.url))
const NAMES = { '#': 'wall', '@': 'agent' }

export const CONFIGS = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))

/** A game's `create_game` request in proto3 JSON: `{ config, map, seed }`, the map as cells, as it comes over the wire. */
export function requestOf(name) {
  const { config, rows, seed } = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'))
  const cells = rows.flatMap((line, row) =>
    [...line].flatMap((character, col) =>
      NAMES[character] === undefined ? [] : [{ row, col, object_type: NAMES[character] }],
    ),
  )
  return { config, map: { height: rows.length, width: rows[0].length, cells }, seed }
}

/** JSON as gateways hand it over: objects as maps. */
export function valueOf(json) {
  if (Array.isArray(json)) return json.map(valueOf)
  if (typeof json !== 'object' || json === null) return json
  return new Map(Object.entries(json).map(([key, item]) => [key, valueOf(item)]))
}

/** The engine of a build, with `make(name)`: a request that its schemas have read, each time a new one. */
export async function engineOf(dist) {
  const load = (file) => import(pathToFileURL(path.join(dist, file)).href)
  const [engine, mettagrid] = await Promise.all([load('engine/index.js'), load('engines/mettagrid/index.js')])
  const read = (schema, json, field) => engine.readerOf(schema)(valueOf(json), [field])
  const make = (name) => {
    const { config, map, seed } = requestOf(name)
    return {
      config: read(mettagrid.gameConfigSchema, config, 'config'),
      map: read(mettagrid.mapSchema, map, 'map'),
      seed,
    }
  }
  return { ...engine, ...mettagrid, make }
}

/** Random numbers that are the same in every run: 0 up to `below`. */
export function dice(seed) {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * below)
  }
}

/** Inputs for `steps` steps of `agents` agents, each of the `actions` flat actions as likely. */
export function inputs(agents, actions, steps, seed = 7) {
  const roll = dice(seed)
  return Array.from({ length: steps }, () => ({ flat: Array.from({ length: agents }, () => roll(actions)) }))
}
