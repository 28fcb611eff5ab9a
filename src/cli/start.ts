/** `beamcade start`: runs the node until it is told to stop. */
import { loadConfig, type Config } from '../config.ts'
import { settingNames } from '../config/settings.ts'
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import { createEvents, type Events } from '../events.ts'
import { createServer, type Server } from '../server.ts'
import type { Command, Given, Io } from './command.ts'
import { describeError, type ExitCode } from './exit.ts'
import { iexLine, iexLines } from './iex.ts'
import { SOURCE_OPTIONS, flagSettings, settingOptions } from './options.ts'
import { Output } from './output.ts'
import { pause } from './pause.ts'
import { version } from './version.ts'

/** Milliseconds between two attempts with --retry. */
const RETRY_MS = 1000
/** Within 2 s the program has ended, even if something does not let go. */
const STOP_MS = 1900

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
  options: { ...SOURCE_OPTIONS, ...settingOptions(settingNames()) },
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
    const stopped = stopSignal(config, io)
    const server = await startServer(config, events, stopped.signal)
    if (server === undefined) return 0
    output.ready(readyEvent(server), () => readyText(server))
    if (!stopped.signal.aborted) {
      await new Promise((resolve) => {
        stopped.signal.addEventListener('abort', resolve, { once: true })
      })
    }
    return stopServer(server, stopped.why(), io)
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

interface Stop {
  readonly signal: AbortSignal
  why(): string
}

/** Aborted by SIGINT and SIGTERM, and by the end of standard input if that is wanted. */
function stopSignal(config: Config, io: Io): Stop {
  const stop = new AbortController()
  let why = 'a signal came'
  const onSignal = (): void => {
    stop.abort()
  }
  if (io.signal.aborted) onSignal()
  io.signal.addEventListener('abort', onSignal, { once: true })
  if (config.stopWithStdin) {
    const onEnd = (): void => {
      why = 'standard input ended'
      stop.abort()
    }
    io.stdin.once('end', onEnd).once('close', onEnd).once('error', onEnd).resume()
  }
  return { signal: stop.signal, why: () => why }
}

/** What may pass by itself: a port, a name or a folder that gets free, an epmd that is started. */
const PASSING = new Set(['port_taken', 'name_taken', 'epmd_unreachable', 'listen_failed', 'data_in_use'])

/** Undefined if it was told to stop before it had started. */
async function startServer(config: Config, events: Events, signal: AbortSignal): Promise<Server | undefined> {
  for (;;) {
    try {
      return await createServer(config, { events, signal })
    } catch (error) {
      if (signal.aborted) return undefined
      if (!config.retry || !isBeamcadeError(error) || !PASSING.has(error.code)) throw error
      const { code, message } = describeError(error)
      events.publish('server.waiting', { code, message, delayMs: RETRY_MS })
      if (!(await pause(RETRY_MS, signal))) return undefined
    }
  }
}

async function stopServer(server: Server, why: string, io: Io): Promise<ExitCode> {
  const timer = new AbortController()
  const late = pause(STOP_MS, timer.signal)
  const inOrder = await Promise.race([server.stop(why).then(() => true), late.then(() => false)])
  timer.abort()
  if (!inOrder) io.stderr.write(`beamcade: stopping took more than ${STOP_MS} ms and was cut short\n`)
  return inOrder ? 0 : 1
}

function readyEvent({ node, epmd, ports }: Server): Readonly<Record<string, unknown>> {
  return { event: 'ready', node: node.name, epmd: epmd.address, ports, pid: process.pid, version: version() }
}

function readyText({ node, epmd, ports, config }: Server): string {
  const names = [...new Set(['godot_server', ...config.register])].join(', ')
  return [
    `beamcade ${version()}: ${node.name} is ready`,
    `  listens on port ${ports['dist'] ?? 0}, epmd ${epmd.address} (${epmd.embedded ? 'its own' : 'the running one'})`,
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
