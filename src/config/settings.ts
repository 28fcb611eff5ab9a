/** The table of settings: name, schema, default and sentence of each. Flags, variables and help are derived from it. */
import { getHeapStatistics } from 'node:v8'
import { z } from 'zod'
import { parseAddress } from './address.ts'

const port = z.int().min(0).max(65535)
const text = z.string().min(1)
const count = z.int().min(1)
const MIB = 1024 * 1024
/** What the engine may have for objects. */
const HEAP = getHeapStatistics().heap_size_limit
const QUARTER_HEAP = Math.floor(HEAP / 4)
/** The longest pause that a timer takes; a longer one would be over at once. */
const LONGEST_MS = 2 ** 31 - 1

/** One setting. `kind` says how text from a flag or a variable becomes a value; lists repeat the flag, or use commas. */
export interface Setting<T> {
  kind: 'text' | 'number' | 'boolean' | 'list'
  schema: z.ZodType<T>
  initial: T
  /** What help prints after the flag. */
  argument?: string
  doc: string
  /** The flag, where it is not the name in kebab case: a negation. */
  flag?: string
  /** Never printed, and not taken from a file. */
  secret?: boolean
  /** Limits have their own part of the help. */
  limit?: boolean
}

const setting = <T>(given: Setting<T>): Setting<T> => given
const limit = (initial: number, unit: string, reason: string): Setting<number> => ({
  kind: 'number',
  schema: unit === 'ms' ? count.max(LONGEST_MS) : count,
  initial,
  argument: unit.toUpperCase(),
  doc: `${reason} (default ${initial})`,
  limit: true,
})

/** Every setting, by its name in the config file. `--kebab-case` is its flag, `BEAMCADE_UPPER_CASE` its variable. */
export const SETTINGS = {
  name: setting<string | undefined>({
    kind: 'text',
    schema: text.optional(),
    initial: undefined,
    argument: 'NODE',
    doc: 'long node name (default godot@127.0.0.1): iex must be started with --name too',
  }),
  sname: setting<string | undefined>({
    kind: 'text',
    schema: text.optional(),
    initial: undefined,
    argument: 'NAME',
    doc: 'short node name: iex must be started with --sname too',
  }),
  register: setting<readonly string[]>({
    kind: 'list',
    schema: z.array(text.max(255)).readonly(),
    initial: [],
    argument: 'NAME',
    doc: 'one more name for godot_server; may be repeated',
  }),
  host: setting<string | undefined>({
    kind: 'text',
    schema: text.optional(),
    initial: undefined,
    argument: 'ADDRESS',
    doc: 'listen here (default: the address of the host in the node name)',
  }),
  distPort: setting({
    kind: 'number',
    schema: port,
    initial: 0,
    argument: 'PORT',
    doc: 'listen on this port (default 0: a free one)',
  }),
  epmdPort: setting({
    kind: 'number',
    schema: port.min(1),
    initial: 4369,
    argument: 'PORT',
    doc: 'port of epmd (default ERL_EPMD_PORT, else 4369)',
  }),
  epmd: setting<'if-needed' | 'never' | 'always'>({
    kind: 'text',
    schema: z.enum(['if-needed', 'never', 'always']),
    initial: 'if-needed',
    argument: 'MODE',
    doc: 'bring an own epmd: if-needed (default), never or always',
  }),
  distMonitor: setting({
    kind: 'boolean',
    schema: z.boolean(),
    initial: true,
    flag: 'no-dist-monitor',
    doc: 'do not offer monitors to other nodes (for comparisons)',
  }),
  dial: setting<readonly string[]>({
    kind: 'list',
    schema: z.array(text).readonly(),
    initial: [],
    argument: 'NODE',
    doc: 'connect to this node when a reply or signal is for it; may be repeated',
  }),
  load: setting<readonly string[]>({
    kind: 'list',
    schema: z.array(text).readonly(),
    initial: [],
    argument: 'FILE',
    doc: 'add the operations and engines of this module; may be repeated',
  }),
  socket: setting<string | undefined>({
    kind: 'text',
    schema: z
      .string()
      .refine((one) => parseAddress(one) !== undefined)
      .describe('text like 127.0.0.1:5858, or one of its halves')
      .optional(),
    initial: undefined,
    argument: 'HOST:PORT',
    doc: "serve MettaGrid's own protocol here (default: it is not served; 127.0.0.1 and 5858 may be left out)",
  }),
  socketToken: setting<string | undefined>({
    kind: 'text',
    schema: text.max(512).optional(),
    initial: undefined,
    argument: 'TOKEN',
    doc: 'what clients of --socket have to show; other users of the machine see a flag, but not BEAMCADE_SOCKET_TOKEN',
    secret: true,
  }),
  insecure: setting({
    kind: 'boolean',
    schema: z.boolean(),
    initial: false,
    doc: 'let --socket be reached from other machines without a token',
  }),
  data: setting<string | undefined>({
    kind: 'text',
    schema: text.optional(),
    initial: undefined,
    argument: 'FOLDER',
    doc: 'folder for what must survive a restart; it is made if it is not there',
  }),
  durability: setting<'async' | 'fsync' | 'none' | undefined>({
    kind: 'text',
    schema: z.enum(['async', 'fsync', 'none']).optional(),
    initial: undefined,
    argument: 'MODE',
    doc: 'games in --data: async (default) survive the process, fsync also the machine, none: nothing is kept',
  }),
  snapshotEvery: setting({
    kind: 'number',
    schema: count,
    initial: 1000,
    argument: 'STEPS',
    doc: 'steps between snapshots of a game in --data: so many are replayed at most (default 1000)',
  }),
  workers: setting({
    kind: 'number',
    schema: z.int().min(0).max(256),
    initial: 0,
    argument: 'N',
    doc: 'threads that games are spread over (default 0: they live in the main thread)',
  }),
  retry: setting({
    kind: 'boolean',
    schema: z.boolean(),
    initial: false,
    doc: 'wait when a port or the name is taken, or epmd is not there',
  }),
  stopWithStdin: setting({
    kind: 'boolean',
    schema: z.boolean(),
    initial: false,
    doc: 'stop when standard input ends: with the program that started it',
  }),
  debug: setting({
    kind: 'boolean',
    schema: z.boolean(),
    initial: false,
    doc: 'one line for every message',
  }),
  json: setting<boolean | undefined>({
    kind: 'boolean',
    schema: z.boolean().optional(),
    initial: undefined,
    doc: 'JSON lines, also on a terminal',
  }),
  maxFrameBytes: limit(129 * MIB, 'bytes', 'longest frame of another node: a message of 128 MiB and its envelope'),
  maxInflatedBytes: limit(128 * MIB, 'bytes', 'what a compressed term may inflate to'),
  maxTermMemory: limit(
    Math.min(1024 * MIB, QUARTER_HEAP),
    'bytes',
    'memory that one decoded term may take, as an estimate; no more than the engine has, or the process ends',
  ),
  maxDepth: limit(131_072, 'levels', 'nesting of a term: 100,000 levels pass'),
  maxValueDepth: limit(512, 'levels', 'nesting of the arguments of an operation'),
  highWaterBytes: limit(MIB, 'bytes', 'output that waits for a node or a client before reading from it pauses'),
  maxQueuedBytes: limit(512 * MIB, 'bytes', 'output that waits for a node before it is cut off as a slow reader'),
  maxWaiting: limit(100_000, 'requests', 'requests to a server that wait for their answers'),
  maxGames: limit(10_000, 'games', 'games at one time'),
  maxThreadMemory: limit(
    HEAP,
    'bytes',
    'memory of the games in one thread of --workers; beyond it the thread ends, with its games, and is replaced',
  ),
  maxCells: limit(1_048_576, 'cells', 'cells of the map of a MettaGrid game'),
  maxAgents: limit(4096, 'agents', 'agents of a MettaGrid game'),
  maxDevices: limit(65_536, 'objects', 'converters, assemblers and chests of a MettaGrid game'),
  maxClippable: limit(4096, 'assemblers', 'assemblers of a MettaGrid game that its clipper can reach'),
  maxScannedCells: limit(
    64 * MIB,
    'cells',
    'cells that the agents of a MettaGrid game look at in a step, for resource_mod',
  ),
  maxDefinitions: limit(65_536, 'entries', 'actions, objects and recipes of the configuration of a MettaGrid game'),
  maxFlatActions: limit(65_536, 'actions', 'actions of a MettaGrid game, each with all its arguments'),
  maxStats: limit(16 * MIB, 'stats', 'stats of all agents of a MettaGrid game: names times agents'),
  maxObjectTokens: limit(16 * MIB, 'tokens', 'tokens that the objects of a MettaGrid game can have'),
  maxObservationBytes: limit(64 * MIB, 'bytes', 'observations of a MettaGrid game'),
  maxSightBytes: limit(MIB, 'bytes', 'lists of what there is to see from the cells of a MettaGrid game'),
  maxInvalidStats: limit(4096, 'stats', 'different invalid actions that a MettaGrid game counts by their numbers'),
  maxStepsPerCall: limit(10_000, 'steps', 'steps of a MettaGrid game in one call'),
  maxAnswerBytes: limit(64 * MIB, 'bytes', 'answer to several steps of a MettaGrid game'),
  maxRecordedBytes: limit(
    64 * MIB,
    'bytes',
    'what the traces of games with `record: true` may take in memory together',
  ),
  maxSocketFrameBytes: limit(16 * MIB, 'bytes', 'longest frame of a client of --socket: a map of a million cells'),
  maxSocketParts: limit(1_250_000, 'parts', 'cells, entries and elements in one request of a client of --socket'),
  maxSocketConnections: limit(1024, 'connections', 'clients of --socket at one time'),
  maxSocketPending: limit(
    1024,
    'requests',
    'requests of one client that wait for their replies, after which no more are read',
  ),
  maxSocketQueuedBytes: limit(128 * MIB, 'bytes', 'replies that wait for a client before it is cut off'),
  socketStallMs: limit(300_000, 'ms', 'time in which a client takes nothing of what waits for it, until it is cut off'),
  maxMailbox: limit(1_000_000, 'messages', 'messages that wait for one process'),
  maxWaitingBytes: limit(
    Math.min(512 * MIB, QUARTER_HEAP),
    'bytes',
    'memory that messages and requests take which wait for a process or an answer, all together, as an estimate',
  ),
  maxWatches: limit(1_000_000, 'links', 'links and monitors that one other node may hold here'),
  maxQueuedSignals: limit(10_000, 'signals', 'signals that wait for a node that is being dialled'),
  maxProcesses: limit(1_000_000, 'processes', 'processes of the node: spawn requests make them, too'),
  maxConnections: limit(4096, 'connections', 'connections that other nodes may have to this one'),
  maxPending: limit(128, 'connections', 'handshakes at one time, before any cookie is proved'),
  maxHandshakeBytes: limit(1024, 'bytes', 'longest packet before the cookie is proved, or the token shown'),
  handshakeMs: limit(7000, 'ms', 'time for a handshake, as in OTP, and for a client to show its token'),
  dialMs: limit(8000, 'ms', 'time to reach another node'),
  tickMs: limit(
    15_000,
    'ms',
    'pause between two signs of life; after four without an answer a node is down, as in OTP',
  ),
} as const

export type SettingName = keyof typeof SETTINGS
export type Settings = { readonly [N in SettingName]: (typeof SETTINGS)[N]['initial'] }
/** Settings as they may be given: any of them. */
export type GivenSettings = { -readonly [N in SettingName]?: Settings[N] }

const snake = (name: string, by: string): string => name.replace(/[A-Z]/g, (letter) => by + letter.toLowerCase())

export const settingNames = (): SettingName[] => Object.keys(SETTINGS) as SettingName[]
export const isSetting = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name)
/** The flag of a setting, without its dashes. */
export const flagOf = (name: SettingName): string => (SETTINGS[name] as Setting<unknown>).flag ?? snake(name, '-')
/** The environment variable of a setting. */
export const variableOf = (name: SettingName): string => `BEAMCADE_${snake(name, '_').toUpperCase()}`
