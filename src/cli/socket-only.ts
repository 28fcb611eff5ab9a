/**
 * `beamcade start --socket-only`: MettaGrid's own protocol and nothing else, in the place of the reference server: its flags,
 * silent while all is well, and every failure ends with 1.
 */
import { isIPv4 } from 'node:net'
import { loadConfig, SOCKET_ADDRESS, type Config } from '../config.ts'
import type { SettingName } from '../config/settings.ts'
import { DEFAULT_LIMITS } from '../engines/mettagrid/index.ts'
import { BeamcadeError } from '../errors.ts'
import { createEvents, type Events } from '../events.ts'
import { attachLog } from '../observe/log.ts'
import { createSocketServer, type SocketServer } from '../server.ts'
import { textFlag, type Command, type Given, type Io } from './command.ts'
import { flagSettings, settingOptions, SOURCE_OPTIONS } from './options.ts'
import { Output } from './output.ts'
import { serve } from './serve.ts'
import { version } from './version.ts'

const GAME_LIMITS = Object.keys(DEFAULT_LIMITS) as (keyof typeof DEFAULT_LIMITS)[]

/** The settings that mean something where there is no node. */
const NAMES: readonly SettingName[] = [
  'socket',
  'socketToken',
  'insecure',
  'load',
  'data',
  'durability',
  'snapshotEvery',
  'workers',
  'retry',
  'stopWithStdin',
  'debug',
  'json',
  'maxSocketFrameBytes',
  'maxSocketParts',
  'maxSocketConnections',
  'maxSocketPending',
  'maxSocketQueuedBytes',
  'socketStallMs',
  'highWaterBytes',
  'maxGames',
  'maxThreadMemory',
  'maxValueDepth',
  ...GAME_LIMITS,
]

export const socketOnly: Command = {
  name: 'start --socket-only',
  usage: '[--host HOST] [--port PORT]',
  summary: "serves MettaGrid's own protocol, and is no node; it runs until SIGINT or SIGTERM",
  doc: 'Says nothing while all is well; with --json the first line says what port it is.',
  arguments: [0, 0],
  options: {
    'socket-only': { type: 'boolean', doc: 'this' },
    host: { type: 'string', argument: 'HOST', doc: `listen here, an IPv4 address (default ${SOCKET_ADDRESS.host})` },
    port: {
      type: 'string',
      argument: 'PORT',
      doc: `listen on this port (default ${SOCKET_ADDRESS.port}; 0: a free one)`,
    },
    ...settingOptions(NAMES),
    config: SOURCE_OPTIONS['config'] ?? { type: 'string', doc: '' },
  },
  examples: [
    ['beamcade start --socket-only', 'on 127.0.0.1:5858'],
    ['beamcade start --socket-only --port=0 --json', 'on a free port, which the first line names'],
    ['beamcade start --socket-only --data ./games', 'with games that survive a restart'],
  ],
  exits: [0, 1],
  failsWith: 1,
  async run(given, io) {
    const config = loadConfig({ flags: { ...flagsOf(given), ...addressOf(given) }, env: io.env, cwd: io.cwd })
    const events = createEvents()
    const ready = announce(io, config, events)
    const start = (signal: AbortSignal): Promise<SocketServer> => createSocketServer(config, { events, signal })
    const code = await serve({ config, events, io, start }, ready)
    if (config.json !== true) io.stdout.write('Server stopped.\n')
    return code
  },
}

/** No cookie is looked for: there is no node that could use it. */
function flagsOf(given: Given): ReturnType<typeof flagSettings> {
  return { ...flagSettings(given, NAMES), cookie: 'none' }
}

/** `--host` and `--port` as the setting that they are. @throws BeamcadeError `bad_usage` */
function addressOf(given: Given): { socket?: string } {
  const host = textFlag(given, 'host')
  const port = textFlag(given, 'port')
  if (host === undefined && port === undefined) return {}
  if (textFlag(given, 'socket') !== undefined)
    throw usage('The address is given twice: by --socket, and by --host or --port')
  if (host !== undefined && !isIPv4(host)) {
    throw usage(`invalid bind address: ${host} is no IPv4 address in dotted form`)
  }
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw usage(`invalid port: ${port} is no number from 0 to 65535`)
  }
  return { socket: `${host ?? SOCKET_ADDRESS.host}:${port ?? SOCKET_ADDRESS.port}` }
}

function usage(sentence: string): BeamcadeError {
  return new BeamcadeError('bad_usage', `${sentence}.`, { hint: 'Try `beamcade start --socket-only --help`.' })
}

/** What is told: JSON lines where they are asked for, else only what is wrong. @returns what tells that it is ready */
function announce(io: Io, config: Config, events: Events): (server: SocketServer) => void {
  if (config.json === true) {
    const output = new Output(io, config, events)
    return ({ ports }) => {
      output.ready({ event: 'ready', ports, pid: process.pid, version: version() }, () => '')
    }
  }
  attachLog(events, {
    json: false,
    debug: config.debug,
    write: (line, level) => {
      if (config.debug || level === 'warn' || level === 'error') io.stderr.write(line)
    },
  })
  return () => undefined
}
