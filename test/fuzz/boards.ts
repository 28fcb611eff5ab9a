/** Games to begin with: those of the recordings, as requests and as twins in this process. */
import { readdirSync, readFileSync } from 'node:fs'
import { fromJson, type JsonValue } from '@bufbuild/protobuf'
import { readerOf, type Value } from '../../src/engine/index.ts'
import {
  gameConfigSchema,
  mapSchema,
  mettagridEngine,
  type GameRequest,
  type MettagridGame,
} from '../../src/engines/mettagrid/index.ts'
import { CreateGameRequestSchema, type CreateGameRequest } from '../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'

export interface Board {
  readonly name: string
  readonly request: CreateGameRequest
  readonly agents: number
  readonly flatActions: number
  /** A game in this process that nothing happens to. */
  twin(seed: number): MettagridGame
}

export const engine = mettagridEngine()
const folder = new URL('../vectors/mettagrid/', import.meta.url)

interface Recording {
  readonly create_game: { readonly config: JsonValue; readonly map: JsonValue }
  readonly flat_actions: readonly unknown[]
}

export function readBoards(): Board[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.map((name) => {
    const { create_game: given, flat_actions } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recording
    const read = (seed: number): GameRequest => ({
      config: readerOf(gameConfigSchema)(valueOf(given.config), ['config']) as GameRequest['config'],
      map: readerOf(mapSchema)(valueOf(given.map), ['map']) as GameRequest['map'],
      seed,
    })
    const twin = (seed: number): MettagridGame => engine.create(read(seed))
    const { config, map } = given
    const request = fromJson(CreateGameRequestSchema, { config, map }, { ignoreUnknownFields: true })
    return { name, request, agents: twin(0).world.agents.length, flatActions: flat_actions.length, twin }
  })
}

function valueOf(json: JsonValue): Value {
  if (Array.isArray(json)) return json.map(valueOf)
  if (typeof json !== 'object' || json === null) return json
  return new Map(Object.entries(json).map(([key, item]) => [key, valueOf(item)]))
}
