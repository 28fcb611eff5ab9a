/** `beamcade demo`: a server in this process, a game played by another one, the board in the terminal, and the end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { loadConfig } from '../config.ts'
import type { SettingName } from '../config/settings.ts'
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import { createServer, type Server } from '../server.ts'
import { boolFlag, type Command, type Io } from './command.ts'
import { elixirPlayer } from './demo-game.ts'
import { JsonScreen, TextScreen, frameOf, type Screen } from './demo-screen.ts'
import { flagSettings, settingOptions } from './options.ts'
import { which } from './programs.ts'

const SETTINGS: readonly SettingName[] = ['epmdPort']
/** The demo ends by then, whatever hangs. */
const LIMIT_MS = 30_000

export const demo: Command = {
  name: 'demo',
  usage: '',
  summary: 'plays a game through the real protocol, draws it, and ends',
  doc: 'A node is started here; a second process, Elixir if it is installed, connects to it and plays.',
  arguments: [0, 0],
  options: {
    ...settingOptions(SETTINGS),
    json: { type: 'boolean', doc: 'JSON lines: node, player, game, a frame for each step, done' },
    'no-elixir': { type: 'boolean', doc: 'play from Node.js, also where Elixir is installed' },
  },
  examples: [
    ['beamcade demo', 'takes about six seconds'],
    ['beamcade demo --no-elixir', 'the same from a second Node.js process'],
  ],
  exits: [0, 1, 3],
  async run(given, io) {
    const server = await startAnywhere(flagSettings(given, SETTINGS), io)
    const screen: Screen = boolFlag(given, 'json') ? new JsonScreen(io) : new TextScreen(io)
    try {
      screen.node(server)
      const elixir =
        boolFlag(given, 'no-elixir') || which('erl', io.env) === undefined ? undefined : which('elixir', io.env)
      const played = elixir !== undefined && (await play(server, elixirCommand(elixir), screen, io))
      // An Elixir that does not work is no reason to show nothing.
      const second = !played && !io.signal.aborted
      if (second && !(await play(server, nodeCommand(), screen, io)) && !io.signal.aborted) {
        throw new BeamcadeError('internal', 'The player ended before the game did.')
      }
      if (!io.signal.aborted) screen.done()
      return 0
    } finally {
      await server.stop('the demo is over')
    }
  },
}

/** The default name if it is free, else the next. */
async function startAnywhere(flags: ReturnType<typeof flagSettings>, io: Io): Promise<Server> {
  const cookie = randomBytes(20).toString('hex')
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? 'godot@127.0.0.1' : `godot${n}@127.0.0.1`
    try {
      return await createServer(
        loadConfig({ flags: { ...flags, name, cookie }, env: withoutNames(io.env), cwd: io.cwd }),
      )
    } catch (error) {
      if (n === 20 || !isBeamcadeError(error) || error.code !== 'name_taken') throw error
    }
  }
}

/** The demo has a name and a port of its own, whatever the settings of the real server are. */
function withoutNames(env: Io['env']): Io['env'] {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^BEAMCADE_(NAME|SNAME|DIST_PORT|LOAD|DATA)$/.test(name)),
  )
}

interface PlayerCommand {
  readonly file: string
  readonly args: readonly string[]
}

function elixirCommand(file: string): PlayerCommand {
  const name = `player_${process.pid}@127.0.0.1`
  // The cookie comes by the environment: command lines can be read by others.
  return { file, args: ['--name', name, '--cookie', 'none', '--erl', '-start_epmd false', '-e', elixirPlayer()] }
}

/** This very program, in whatever way it was started. */
function nodeCommand(): PlayerCommand {
  return { file: process.execPath, args: [...process.execArgv, process.argv[1] ?? '', 'demo-player'] }
}

/** True if the player ended well. */
async function play(server: Server, { file, args }: PlayerCommand, screen: Screen, io: Io): Promise<boolean> {
  const env = {
    ...io.env,
    ERL_EPMD_PORT: String(server.epmd.address.split(':')[1]),
    BEAMCADE_DEMO_NODE: server.node.name,
    BEAMCADE_DEMO_COOKIE: server.config.cookie.reveal(),
  }
  const player = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], signal: io.signal, timeout: LIMIT_MS })
  // What it complains about is not shown: if it fails, the other player takes over.
  player.stderr.resume()
  let frames = 0
  createInterface({ input: player.stdout }).on('line', (line) => {
    const [kind, ...rest] = line.split(' ')
    if (kind === 'player') screen.player(rest.join(' '))
    else if (kind === 'game') screen.game(rest.join(' '))
    else if (kind === 'frame' && rest.length === 4) {
      screen.frame(frameOf(rest as [string, string, string, string]))
      frames += 1
    }
  })
  const code = await ended(player)
  return code === 0 && frames > 0
}

function ended(player: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    player.once('error', () => {
      resolve(127)
    })
    player.once('close', (code) => {
      resolve(code ?? 1)
    })
  })
}
