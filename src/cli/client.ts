/** A node of our own for the length of one command, to talk to another node. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { inspect } from 'node:util'
import { loadConfig, type Config } from '../config.ts'
import type { SettingName } from '../config/settings.ts'
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import { ErlangNode, lookupNode, type NodeAddress } from '../erlang/index.ts'
import type { Given, Io, Option } from './command.ts'
import { SOURCE_OPTIONS, flagSettings, settingOptions } from './options.ts'

const SETTINGS: readonly SettingName[] = ['epmdPort', 'json']
/** The longest pause that a timer takes; a longer one would be over at once. */
const LONGEST_MS = 2 ** 31 - 1

/** The flags of every command that talks to a node. */
export const CLIENT_OPTIONS: Record<string, Option> = {
  ...SOURCE_OPTIONS,
  ...settingOptions(SETTINGS),
  json: { type: 'boolean', doc: 'the answer as JSON' },
  timeout: { type: 'string', argument: 'MS', doc: 'how long to wait for the answer (default 5000)' },
}

export interface Client {
  readonly node: ErlangNode
  readonly config: Config
  readonly timeoutMs: number
}

/** Runs `work` with a hidden node that is connected to `target`, and stops it. */
export async function withClient<T>(
  given: Given,
  io: Io,
  target: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  if (!/^[^@]+@[^@]+$/.test(target)) {
    throw new BeamcadeError('bad_usage', `"${target}" is no node name: it must look like name@host.`, {
      hint: 'For example godot@127.0.0.1; `beamcade names` lists the names before the @.',
    })
  }
  const config = loadConfig({ flags: flagSettings(given, SETTINGS), env: io.env, cwd: io.cwd })
  const timeoutMs = timeoutOf(given)
  const node = await ErlangNode.start({
    name: clientName(target),
    cookie: config.cookie.reveal(),
    // Nobody has to find us: no epmd is needed but that of the other node.
    epmd: false,
    resolve: (name) => addressOf(name, config.epmdPort),
    signal: io.signal,
  })
  try {
    await node.connect(target, { timeoutMs, signal: io.signal })
    return await work({ node, config, timeoutMs })
  } finally {
    await node.stop()
  }
}

function timeoutOf(given: Given): number {
  const text = given.flags['timeout'] ?? '5000'
  const ms = Number(text)
  if (typeof text === 'string' && Number.isInteger(ms) && ms > 0 && ms <= LONGEST_MS) return ms
  throw new BeamcadeError(
    'bad_usage',
    `--timeout must be a whole number of ms from 1 to ${LONGEST_MS}, not ${inspect(text)}.`,
  )
}

/** A name that no other node has, of the same kind as the other node's: long and short names do not connect. */
function clientName(target: string): string {
  const host = target.slice(target.indexOf('@') + 1)
  const long = /[.:]/.test(host)
  return `beamcade_${process.pid}_${randomBytes(4).toString('hex')}@${long ? '127.0.0.1' : (hostname().split('.')[0] ?? host)}`
}

/** @throws BeamcadeError `node_not_found` */
async function addressOf(name: string, epmdPort: number): Promise<NodeAddress> {
  const [alive = '', host = ''] = name.split('@')
  const where = `${host}:${epmdPort}`
  let found
  try {
    found = await lookupNode(host, epmdPort, alive)
  } catch (error) {
    if (!isBeamcadeError(error) || error.code !== 'epmd_unreachable') throw error
    const sentence = `No epmd answers on ${where}, so nobody knows where ${name} is.`
    throw new BeamcadeError('node_not_found', sentence, {
      hint: 'Check host and --epmd-port, and that the node runs.',
      cause: error,
    })
  }
  if (found !== undefined) return { host, port: found.port }
  const hint = 'Check the name; `beamcade names` lists the nodes that epmd knows.'
  throw new BeamcadeError('node_not_found', `epmd on ${where} knows no node ${alive}.`, { hint })
}
