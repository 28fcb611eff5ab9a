// The games of the crash test, and their undisturbed twins in this process: what the server must have kept is what the
// twin shows, bit for bit.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../prepare.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)
const { readerOf, sealSnapshot, openSnapshot } = await dist('engine/index.js')
const { gameConfigSchema, mapSchema, mettagridEngine } = await dist('engines/mettagrid/index.js')
export const { atom, TermMap, tuple } = await dist('erlang/index.js')
const engine = mettagridEngine()

/** Numbers that look like any other, the same for the same seed (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    pick: (items) => items[Math.floor(next() * items.length)],
  }
}

/** Small boards of the recordings: converters, assemblers, clippers, swaps, inventories. */
export function readBoards() {
  const folder = join(root, 'test/vectors/mettagrid')
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.map((file) => {
    const { create_game: given, flat_actions: actions } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const { config, map } = given
    return {
      file,
      actions: actions.length,
      terms: [config, map].map(toTerm),
      request: (seed) => ({
        config: readerOf(gameConfigSchema)(toValue(config), ['config']),
        map: readerOf(mapSchema)(toValue(map), ['map']),
        seed,
      }),
    }
  })
}

function toValue(json) {
  if (Array.isArray(json)) return json.map(toValue)
  if (typeof json !== 'object' || json === null) return json
  return new Map(Object.entries(json).map(([key, item]) => [key, toValue(item)]))
}

function toTerm(json) {
  if (Array.isArray(json)) return json.map(toTerm)
  if (typeof json !== 'object' || json === null) return json
  return new TermMap(Object.entries(json).flatMap(([key, item]) => [key, toTerm(item)]))
}

/** A game that nothing happens to. */
export class Twin {
  constructor(board, game, steps) {
    this.board = board
    this.game = game
    this.steps = steps
  }

  static create(board, seed) {
    return new Twin(board, engine.create(board.request(seed)), 0)
  }

  static restore(board, sealed) {
    const { steps, state } = openSnapshot(sealed)
    return new Twin(board, engine.restore(state), steps)
  }

  get agents() {
    return this.game.world.agents.length
  }

  step(flat) {
    this.game.step({ flat })
    this.steps += 1
  }

  /** All of it, as the server gives it away. */
  sealed() {
    return sealSnapshot({ engine: engine.name, steps: this.steps, state: this.game.snapshot() })
  }

  /** Undefined if the answer of a step shows what the twin shows; else what differs. */
  differs(answer) {
    const state = this.game.state()
    const field = (name) => answer.get(atom(name))
    if (Buffer.compare(field('observations'), state.observations) !== 0) return 'observations'
    const numbers = (items) => JSON.stringify(items.map((item) => Number(item?.value ?? item)))
    for (const name of ['rewards', 'terminals', 'truncations', 'action_success']) {
      if (numbers(field(name)) !== numbers(state[name])) return name
    }
    return field('current_step') === state.current_step ? undefined : 'current_step'
  }
}
