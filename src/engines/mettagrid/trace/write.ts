/** Writes a game down while it is played. */
import { createHash } from 'node:crypto'
import type { TraceWriter } from '../../../engine/index.ts'
import { readMap } from '../config/map.ts'
import type { MettagridGame, StepInput } from '../game.ts'
import type { GameRequest } from '../snapshot.ts'
import { FORMAT } from './document.ts'
import { nineDigits } from './objects.ts'
import { bigEndian, finalOf, inputWords, observationsOf, stateOf } from './words.ts'

/** @param name the id of the game */
export function traceWriter(name: string, { config, map, seed }: GameRequest, { world }: MettagridGame): TraceWriter {
  const total = createHash('sha256')
  const { rules } = world
  const seen = () => {
    total.update(observationsOf(world)).update(bigEndian(world.rewards))
    return { ...stateOf(world), rewards: [...world.rewards].map(nineDigits) }
  }
  const head = {
    format: FORMAT,
    name,
    description: 'A game that Beamcade recorded.',
    source: { program: 'beamcade', engine: 'mettagrid' },
  }
  const body = text({
    create_game: { game_id: name, config, map: definitionOf(map, rules), seed },
    num_agents: world.agents.length,
    num_observation_tokens: config.num_observation_tokens,
    flat_actions: rules.flat.map((action) => [action.name, action.type, action.arg]),
    initial: seen(),
  })
  const steps: string[] = []
  return {
    bytes: body.length,
    step(input) {
      const line = JSON.stringify({ t: world.step, ...inputWords(input as StepInput), ...seen() })
      steps.push(line)
      return line.length
    },
    text(complete) {
      // What the whole came to is known only where the game is still the one that was recorded.
      const end = text({ total_sha256: total.copy().digest('hex'), ...(complete && { final: finalOf(world) }) })
      return `{${text(head)},"complete":${complete},\n${body},\n${end},\n"steps":[\n${steps.join(',\n')}\n]}\n`
    },
  }
}

/** The fields of an object, without its braces. */
function text(fields: object): string {
  return JSON.stringify(fields).slice(1, -1)
}

/** Any map as a `MapDefinition`, which is what the format knows. */
function definitionOf(map: GameRequest['map'], { types, limits }: MettagridGame['world']['rules']) {
  const { height, width, names } = readMap(map, new Set(types.keys()), limits)
  const cells = [...names.entries()].flatMap(([cell, name]) => {
    return name === '' ? [] : [{ row: Math.floor(cell / width), col: cell % width, object_type: name }]
  })
  return { height, width, cells }
}
