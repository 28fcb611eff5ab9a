/** `beamcade mettagrid play`: a game in the terminal, in this process. */
import { createInterface } from 'node:readline'
import { BeamcadeError } from '../errors.ts'
import { jsonValue, readerOf } from '../engine/index.ts'
import {
  configInputSchema,
  mapOrNullSchema,
  mettagridEngine,
  toRequest,
  type GameRequest,
  type GivenGame,
} from '../engines/mettagrid/index.ts'
import { Canvas } from './canvas.ts'
import { boolFlag, textFlag, type Command, type Given, type Io } from './command.ts'
import { readFile, readJson, writeFile } from './files.ts'
import { gameOptions, gameSettings } from './game-limits.ts'
import { interactive } from './keys.ts'
import { numberFlag } from './numbers.ts'
import { playKeys } from './play.ts'
import { Player } from './player.ts'

const UINT32 = { min: 0, max: 4_294_967_295 }

export const mettagrid: Command = {
  name: 'mettagrid',
  usage: 'play CONFIG [MAP]',
  summary: 'plays a MettaGrid game in the terminal',
  doc: [
    'CONFIG is JSON: a GameConfig of the wire format, or a MettaGridConfig of the Python project. MAP is text with a line for',
    'each row (# wall, . empty, @ agent), or a .json file; without it the map is that of a Python configuration. You play one',
    'agent, with arrows or wasd, and ? lists the keys. Not on a terminal, actions are read as lines, by name or by number.',
  ].join('\n'),
  arguments: [2, 3],
  options: {
    seed: { type: 'string', argument: 'N', doc: 'of all chance in the game, and of what the others do (default 42)' },
    agent: { type: 'string', argument: 'N', doc: 'the agent that you play (default 0)' },
    others: { type: 'string', argument: 'WHAT', doc: 'what the other agents do: noop (default) or random' },
    actions: { type: 'string', argument: 'LIST', doc: 'do these, with commas between them, and end' },
    trace: { type: 'string', argument: 'FILE', doc: 'write the game there, for `beamcade replay`' },
    json: { type: 'boolean', doc: 'JSON lines: game, a step for each action, done' },
    ...gameOptions(),
  },
  examples: [
    ['beamcade mettagrid play config.json map.txt', 'plays agent 0 with the keys'],
    ['beamcade mettagrid play config.json map.txt --others random --trace game.json', 'in company, and recorded'],
    ['beamcade mettagrid play config.json map.txt --actions move_east,4,noop --json', 'for programs'],
  ],
  exits: [0, 1, 2],
  async run(given, io) {
    const [verb, configPath = '', mapPath] = given.positionals
    if (verb !== 'play') {
      throw new BeamcadeError('bad_usage', `There is no \`beamcade mettagrid ${verb ?? ''}\`; there is play.`)
    }
    const seed = numberFlag(given, 'seed', UINT32) ?? 42
    const request = read(io, configPath, mapPath, seed)
    const engine = mettagridEngine(gameSettings(given, io).limits)
    const agent = numberFlag(given, 'agent', { min: 0, max: 65_535 }) ?? 0
    const player = new Player({ game: engine.create(request), agent, others: othersOf(given), seed })
    const trace = textFlag(given, 'trace')
    if (trace !== undefined) player.record((game) => engine.trace.write('play', request, game))
    await play(player, given, io)
    if (trace !== undefined) writeFile(io, trace, player.trace ?? '')
    return 0
  },
}

const readConfig = readerOf(configInputSchema)
const readMap = readerOf(mapOrNullSchema)

/** @throws BeamcadeError `bad_usage`, `bad_argument`, `bad_game` */
function read(io: Io, configPath: string, mapPath: string | undefined, seed: number): GameRequest {
  const config = readConfig(jsonValue(readJson(io, configPath)), ['config']) as GivenGame['config']
  const map = mapPath === undefined ? null : mapPath.endsWith('.json') ? readJson(io, mapPath) : readFile(io, mapPath)
  const form = Buffer.isBuffer(map) ? map.toString() : jsonValue(map)
  return toRequest({ config, map: readMap(form, ['map']) as GivenGame['map'], seed })
}

function othersOf(given: Given): 'noop' | 'random' {
  const others = textFlag(given, 'others') ?? 'noop'
  if (others === 'noop' || others === 'random') return others
  throw new BeamcadeError('bad_usage', `--others takes noop or random, not ${JSON.stringify(others)}.`)
}

async function play(player: Player, given: Given, io: Io): Promise<void> {
  const list = textFlag(given, 'actions')
  const json = boolFlag(given, 'json')
  if (list === undefined && !json && interactive(io)) {
    await playKeys(player, io)
    return
  }
  const tell = json ? jsonTeller(player, io) : textTeller(player, io)
  tell.begin()
  for await (const word of list === undefined ? typed(io) : list.split(',')) {
    if (word.trim() === 'q' || io.signal.aborted) break
    player.step(player.actionOf(word.trim()))
    tell.step()
  }
  tell.end()
}

/** Words that come on standard input, until it ends. */
async function* typed(io: Io): AsyncGenerator<string> {
  const lines = createInterface({ input: io.stdin, crlfDelay: Infinity })
  const stop = (): void => {
    lines.close()
  }
  io.signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const line of lines) for (const word of line.split(/[\s,]+/)) if (word !== '') yield word
  } finally {
    io.signal.removeEventListener('abort', stop)
    lines.close()
  }
}

interface Teller {
  begin(): void
  step(): void
  end(): void
}

function textTeller(player: Player, io: Io): Teller {
  const canvas = new Canvas(io)
  const draw = (): void => {
    canvas.picture(player.picture(), [player.title()])
  }
  const end = (): void => {
    const { step, total } = player.outcome()
    io.stdout.write(`${step} ${step === 1 ? 'step' : 'steps'}, reward ${total}\n`)
  }
  return { begin: draw, step: draw, end }
}

function jsonTeller(player: Player, io: Io): Teller {
  const write = (event: object): void => void io.stdout.write(`${JSON.stringify(event)}\n`)
  return {
    begin() {
      write({ event: 'game', actions: player.actions, rows: player.picture().board })
    },
    step() {
      write({ event: 'step', ...player.outcome(), rows: player.picture().board })
    },
    end() {
      const { step, total } = player.outcome()
      write({ event: 'done', steps: step, total })
    },
  }
}
