/** How games of MettaGrid are recorded, and how recordings are played again. */
import { BeamcadeError } from '../../../errors.ts'
import type { AnyGame, Engine, Recording, TraceFormat } from '../../../engine/index.ts'
import type { MettagridGame } from '../game.ts'
import { pictureOf } from '../picture.ts'
import type { GameRequest } from '../snapshot.ts'
import type { World } from '../world/world.ts'
import { comparisonOf } from './compare.ts'
import { FORMAT, readDocument } from './document.ts'
import { inputOf } from './words.ts'
import { traceWriter } from './write.ts'

type Making = Pick<Engine<GameRequest, MettagridGame>, 'create' | 'restore'>

/** @param engine what makes the games that are played again */
export function mettagridTrace(engine: Making): TraceFormat<GameRequest, MettagridGame> {
  return {
    name: FORMAT,
    write: traceWriter,
    read: (document) => recordingOf(document, engine),
  }
}

function recordingOf(given: object, engine: Making): Recording {
  const document = readDocument(given)
  const { config, map, seed } = document.create_game
  const step = (number: number) => {
    const found = document.steps[number - 1]
    if (found === undefined) throw new BeamcadeError('bad_trace', `The recording has no step ${number}.`)
    return found
  }
  const actionText = (index: number): string => document.flat_actions[index]?.[0] ?? `invalid action ${index}`
  return {
    name: document.name,
    steps: document.steps.length,
    complete: document.complete,
    begin: () => engine.create({ config, map, seed }),
    resume: (snapshot) => engine.restore(snapshot),
    input: (number) => inputOf(step(number)),
    inputText(number) {
      const { flat, typed = [] } = step(number)
      if (flat !== undefined) return flat.map(actionText).join(', ')
      const pairs = typed.filter((_, i) => i % 2 === 0).map((type, i) => [type, typed[2 * i + 1] ?? 0] as const)
      const known = (type: number, arg: number) =>
        document.flat_actions.findIndex((one) => one[1] === type && one[2] === arg)
      return pairs
        .map(([type, arg]) => (known(type, arg) < 0 ? `invalid action ${type}.${arg}` : actionText(known(type, arg))))
        .join(', ')
    },
    draw: (game, focus) => pictureOf(worldOf(game), focus),
    comparison: (game) => comparisonOf(document, worldOf(game)),
  }
}

function worldOf(game: AnyGame): World {
  if (!('world' in game)) throw new TypeError('no game of mettagrid')
  return game.world as World
}
