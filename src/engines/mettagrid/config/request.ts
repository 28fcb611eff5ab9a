/** What `create_game` is given, made into what games are made from and keep. */
import type { z } from 'zod'
import { jsonValue, nullable, readerOf, text, union } from '../../../engine/index.ts'
import { BeamcadeError, messageOf } from '../../../errors.ts'
import { refused } from './limits.ts'
import { gameConfigSchema, type GameConfig } from './config.ts'
import { type MapInput, mapInputSchema, toMap } from './map.ts'
import { pythonConfigSchema } from './python/schema.ts'
import { fromPython, mapOfPython } from './python/translate.ts'

/** The two forms: only that of the Python project has the key `game`. */
const structured = union([pythonConfigSchema, gameConfigSchema])

/** Either as data, or as the text of a file. */
export const configInputSchema = union([pythonConfigSchema, gameConfigSchema, text().describe('Either as JSON.')])

/** Null: the one that a configuration of the Python project brings along. */
export const mapOrNullSchema = nullable(mapInputSchema)

export interface GivenGame {
  config: z.output<typeof configInputSchema>
  map: z.output<typeof mapOrNullSchema>
  seed: number
}

/** @throws BeamcadeError `bad_game`, `bad_argument` for a text that is none of the forms */
export function toRequest({ config: given, map, seed }: GivenGame): {
  config: GameConfig
  map: MapInput
  seed: number
} {
  const config = typeof given === 'string' ? readText(given) : given
  if ('game' in config)
    return { config: fromPython(config), map: map === null ? mapOfPython(config) : toMap(map), seed }
  if (map === null) throw refused('There is no map: only a configuration of the Python project can bring one along.')
  return { config, map: toMap(map), seed }
}

const readStructured = readerOf(structured)

function readText(json: string): z.output<typeof structured> {
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch (error) {
    throw new BeamcadeError('bad_argument', `config: a text must be JSON: ${messageOf(error)}.`, { cause: error })
  }
  return readStructured(jsonValue(data), ['config']) as z.output<typeof structured>
}
