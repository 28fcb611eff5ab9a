/** `beamcade start`: runs the node until it is told to stop. */
import { loadConfig } from '../config.ts'
import { settingNames } from '../config/settings.ts'
import { BeamcadeError } from '../errors.ts'
import { createEvents } from '../events.ts'
import { createServer, type Server } from '../server.ts'
import type { Command, Given } from './command.ts'
import { iexLine, iexLines } from './iex.ts'
import { SOURCE_OPTIONS, flagSettings, settingOptions } from './options.ts'
import { Output } from './output.ts'
import { serve } from './serve.ts'
import { socketOnly } from './socket-only.ts'
import { version } from './version.ts'

export const start: Command = {
  name: 'start',
  usage: '[NODE COOKIE]',
  summary: 'starts the node; it runs until SIGINT or SIGTERM',
  doc: [
    'NODE is a long name (a@127.0.0.1) or a short one (a@host); COOKIE is seen by other users of the machine in the',
    'list of processes, BEAMCADE_COOKIE and ~/.erlang.cookie are not. Every flag is also a variable (--dist-port:',
    'BEAMCADE_DIST_PORT) and a key of the config file ("distPort"). Prints JSON lines when not on a terminal.',
  ].join('\n'),
  arguments: [0, 2],
  options: {
    ...SOURCE_OPTIONS,
    ...settingOptions(settingNames()),
    'socket-only': {
      type: 'boolean',
      doc: 'no node, --socket alone, with flags of its own: `beamcade start --socket-only --help`',
    },
  },
  modes: { 'socket-only': socketOnly },
  examples: [
    ['beamcade start', 'godot@127.0.0.1, with the cookie of ~/.erlang.cookie'],
    ['beamcade start game@10.0.0.5 secret', 'a name and a cookie of its own'],
    ['beamcade start --sname game --register arena', 'a short name; {arena, Node} is godot_server as well'],
    ['beamcade start --load ./my-game.js --debug', 'with operations of your own, and a line for every message'],
    ['beamcade start --json --stop-with-stdin', 'run by another program, and ended with it'],
  ],
  exits: [0, 1, 2, 3],
  async run(given, io) {
    const config = loadConfig({ flags: startFlags(given), env: io.env, cwd: io.cwd })
    const events = createEvents()
    const output = new Output(io, config, events)
    const start = (signal: AbortSignal): Promise<Server> => createServer(config, { events, signal })
    return serve({ config, events, io, start }, (server) => {
      output.ready(readyEvent(server), () => readyText(server))
    })
  },
}

/** NODE and COOKIE are flags in another form. */
function startFlags(given: Given): ReturnType<typeof flagSettings> {
  const flags = flagSettings(given, settingNames())
  const [node, cookie] = given.positionals
  const twice =
    (node !== undefined && (flags.name ?? flags.sname) !== undefined) || (cookie !== undefined && flags.cookie)
  if (twice !== undefined && twice !== false && twice !== '') {
    throw new BeamcadeError('bad_usage', 'The node or the cookie is given twice: as an argument and by a flag.')
  }
  if (node !== undefined) flags[isShort(node) ? 'sname' : 'name'] = node
  if (cookie !== undefined) flags.cookie = cookie
  return flags
}

const isShort = (node: string): boolean => node.includes('@') && !/[.:]/.test(node.slice(node.indexOf('@')))

function readyEvent({ node, epmd, ports }: Server): Readonly<Record<string, unknown>> {
  return { event: 'ready', node: node.name, epmd: epmd.address, ports, pid: process.pid, version: version() }
}

function readyText({ node, epmd, ports, config }: Server): string {
  const names = [...new Set(['godot_server', ...config.register])].join(', ')
  const socket = ports['socket'] === undefined ? [] : [`  MettaGrid's own protocol on port ${ports['socket']}`]
  return [
    `beamcade ${version()}: ${node.name} is ready`,
    `  listens on port ${ports['dist'] ?? 0}, epmd ${epmd.address} (${epmd.embedded ? 'its own' : 'the running one'})`,
    ...socket,
    `  registered: ${names}; cookie from ${config.cookie.source}`,
    '',
    'Connect from iex:',
    `  ${iexLine(config, config.cookie.source)}`,
    ...iexLines(node.name).map((line) => `  ${line}`),
    '',
    'Stop with Ctrl-C.',
    '',
  ].join('\n')
}
