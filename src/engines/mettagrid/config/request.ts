/** What `create_game` is given, made into what games are made from and keep. */
import type { z } from 'zod'
import { nullable, union } from '../../../engine/index.ts'
import { refused } from './limits.ts'
import { gameConfigSchema, type GameConfig } from './config.ts'
import { type MapInput, mapInputSchema, toMap } from './map.ts'
import { pythonConfigSchema } from './python/schema.ts'
import { fromPython, mapOfPython } from './python/translate.ts'

/** The two forms: only that of the Python project has the key `game`. */
export const configInputSchema = union([pythonConfigSchema, gameConfigSchema])

/** Null: the one that a configuration of the Python project brings along. */
export const mapOrNullSchema = nullable(mapInputSchema)

export interface GivenGame {
  config: z.output<typeof configInputSchema>
  map: z.output<typeof mapOrNullSchema>
  seed: number
}

/** @throws BeamcadeError `bad_game` */
export function toRequest({ config, map, seed }: GivenGame): { config: GameConfig; map: MapInput; seed: number } {
  if ('game' in config)
    return { config: fromPython(config), map: map === null ? mapOfPython(config) : toMap(map), seed }
  if (map === null) throw refused('There is no map: only a configuration of the Python project can bring one along.')
  return { config, map: toMap(map), seed }
}
