/** `beamcade mcp`: the operations as tools of the Model Context Protocol, over standard input and output. */
import { Console } from 'node:console'
import { loadConfig } from '../config.ts'
import type { SettingName } from '../config/settings.ts'
import { DEFAULT_LIMITS, type Limits } from '../engines/mettagrid/index.ts'
import { BeamcadeError, messageOf } from '../errors.ts'
import { createEvents } from '../events.ts'
import { type Backend, loadSdk, routerBackend, serveMcp } from '../gateways/mcp/index.ts'
import { attachLog } from '../observe/log.ts'
import { openGames } from '../server.ts'
import { CLIENT_OPTIONS, withClient } from './client.ts'
import { boolFlag, textFlag, type Command, type Given, type Io } from './command.ts'
import { nodeBackend } from './mcp-node.ts'
import { flagSettings, settingOptions } from './options.ts'
import { version } from './version.ts'

/** What games of our own take. */
const OWN: readonly SettingName[] = ['load', 'data', 'durability', 'snapshotEvery', 'debug']
const LIMITS: readonly SettingName[] = [
  'maxGames',
  ...(Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]),
  'maxRecordedBytes',
  'maxValueDepth',
]
/** What is only of use to reach another node. */
const NODE_OPTIONS = Object.fromEntries(Object.entries(CLIENT_OPTIONS).filter(([name]) => name !== 'json'))

export const mcp: Command = {
  name: 'mcp',
  usage: '',
  summary: 'offers the operations to language models, as an MCP server on standard input and output',
  doc: [
    'Each operation is a tool (mettagrid-step_game), each board a resource (beamcade://games/ID/board). Without',
    '--allow-writes only tools that change nothing are offered. The games live in this process, and in the folder of --data;',
    'with --node they are those of a running node. Standard output is for the protocol alone, the log goes to standard error.',
    'Needs the package @modelcontextprotocol/server.',
  ].join('\n'),
  arguments: [0, 0],
  options: {
    'allow-writes': { type: 'boolean', doc: 'offer what changes something, too: games can be made and played' },
    ...settingOptions(OWN),
    node: { type: 'string', argument: 'NODE', doc: 'offer the operations and games of this running node' },
    ...NODE_OPTIONS,
    ...settingOptions(LIMITS),
  },
  examples: [
    ['beamcade mcp --allow-writes', 'a language model makes and plays games; they end with this process'],
    ['beamcade mcp --allow-writes --data ./games', 'the games are there again the next time'],
    ['beamcade mcp --node godot@127.0.0.1', 'look at the games of a running node, and change nothing'],
    ['beamcade mcp --load ./my-game.js', 'with operations of your own'],
  ],
  exits: [0, 1, 2, 3, 4, 5, 7],
  async run(given, io) {
    const restore = divertConsole(io)
    try {
      await (textFlag(given, 'node') === undefined ? serveOwn(given, io) : serveNode(given, io))
      return 0
    } finally {
      restore()
    }
  },
}

/** Modules of --load may print: not into the protocol. @returns what undoes it */
function divertConsole(io: Io): () => void {
  const { console } = globalThis
  globalThis.console = new Console(io.stderr, io.stderr)
  return () => {
    globalThis.console = console
  }
}

async function serveOwn(given: Given, io: Io): Promise<void> {
  const flags = { ...flagSettings(given, [...OWN, ...LIMITS]), cookie: 'none', config: textFlag(given, 'config') }
  const config = loadConfig({ flags, env: io.env, cwd: io.cwd })
  const sdk = await loadSdk()
  const events = createEvents()
  const write = (line: string): void => void io.stderr.write(line)
  attachLog(events, { json: false, debug: config.debug, write })
  const games = await openGames(config, { events, signal: io.signal })
  try {
    await serve(sdk, routerBackend(games.router, events), given, io)
  } finally {
    await games.close()
  }
}

async function serveNode(given: Given, io: Io): Promise<void> {
  const target = textFlag(given, 'node') ?? ''
  const useless = ['load', 'data', 'durability', 'snapshot-every'].find((name) => given.flags[name] !== undefined)
  if (useless !== undefined) {
    throw new BeamcadeError(
      'bad_usage',
      `--${useless} is for games of our own; with --node they are those of ${target}.`,
    )
  }
  const sdk = await loadSdk()
  await withClient(given, io, target, async (client) => {
    await serve(sdk, await nodeBackend(client, target, io.signal), given, io)
  })
}

function serve(sdk: Awaited<ReturnType<typeof loadSdk>>, backend: Backend, given: Given, io: Io): Promise<void> {
  if (io.stdin.isTTY === true) {
    io.stderr.write(
      'beamcade mcp waits for an MCP client on standard input, a JSON message a line. Stop with Ctrl-D.\n',
    )
  }
  return serveMcp({
    sdk,
    backend,
    allowWrites: boolFlag(given, 'allow-writes'),
    version: version(),
    input: io.stdin,
    output: io.stdout,
    signal: io.signal,
    onError: (error) => void io.stderr.write(`beamcade: ${messageOf(error)}\n`),
  })
}
