/** What a node is made of: the options of `ErlangNode.start`, and their defaults. */
import { hostname } from 'node:os'
import { BeamcadeError } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { CHANNEL_LIMITS } from '../dist/channel.ts'
import { HANDSHAKE_LIMITS } from '../dist/greeting.ts'
import { type NodeName, parseOwnNodeName } from '../dist/node-name.ts'
import type { ChannelLimits, HandshakeLimits } from '../dist/types.ts'
import { NODE_LIMITS } from '../node/core.ts'
import type { NodeLimits } from '../node/types.ts'
import type { FunctionTable } from './functions.ts'

export interface EpmdChoice {
  /** Where epmd is; default 127.0.0.1. */
  readonly host?: string
  /** Default 4369, or what `ERL_EPMD_PORT` says. */
  readonly port?: number
  /** Whether this node brings an epmd of its own: `if-needed` (the default) when none answers, `never`, or `always`. */
  readonly embed?: 'if-needed' | 'never' | 'always'
  /** More addresses that an own epmd listens on; default none. */
  readonly alsoOn?: readonly string[]
}

/** Where a node listens. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

export interface NodeOptions {
  /** `game@127.0.0.1`, or without host for a short name on this machine. */
  readonly name: string
  /** The shared secret; or one for each node by its name, with `''` for all others: who has none is not let in. */
  readonly cookie: string | ReadonlyMap<string, string>
  /** Not shown in `Node.list()` and no part of `global`; default true. A visible node should have an answer for `global`. */
  readonly hidden?: boolean
  /** The address to accept connections on; default 127.0.0.1. */
  readonly host?: string
  /** The port to accept connections on; 0 (the default) lets the system choose. */
  readonly port?: number
  /** The name service; false: none, then nodes are found by `resolve` only. */
  readonly epmd?: EpmdChoice | false
  /** Finds nodes before epmd is asked. */
  readonly resolve?: (node: string) => NodeAddress | undefined | Promise<NodeAddress | undefined>
  /**
   * Which nodes replies and signals may dial: none (the default), or these. Our own calls, casts, spawns and monitors
   * always dial: a name in a message from outside is no reason to prove the cookie to whoever answers there.
   */
  readonly dial?: 'none' | readonly string[]
  /** Lets other nodes monitor processes of this one; default true. Without, a caller is not told of `noproc`. */
  readonly distMonitor?: boolean
  /** What other nodes can run here; nothing unless given. */
  readonly functions?: FunctionTable
  readonly events?: Events
  readonly limits?: Partial<NodeLimits & ChannelLimits & HandshakeLimits>
  /** Milliseconds between two ticks; default 15000, a quarter of OTP's `net_ticktime`. Use the same on all nodes. */
  readonly tickMs?: number
  /** False: accept by Node's `net` also where the native addon is there. */
  readonly native?: boolean
  /** Ends the start. */
  readonly signal?: AbortSignal
}

const OPTION_NAMES = new Set([
  'name',
  'cookie',
  'hidden',
  'host',
  'port',
  'epmd',
  'resolve',
  'dial',
  'distMonitor',
  'functions',
  'events',
  'limits',
  'tickMs',
  'native',
  'signal',
])

const LIMIT_NAMES = new Set(Object.keys({ ...NODE_LIMITS, ...CHANNEL_LIMITS, ...HANDSHAKE_LIMITS }))

/** The node's name in full. Throws `bad_node_name`, and `bad_config` for options that do not exist. */
export function checkOptions(options: NodeOptions): NodeName {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.has(name)) throw new BeamcadeError('bad_config', `ErlangNode.start has no option “${name}”.`)
  }
  for (const [name, value] of Object.entries(options.limits ?? {})) {
    if (!LIMIT_NAMES.has(name)) throw new BeamcadeError('bad_config', `There is no limit “${name}” of a node.`)
    if (!(value >= 0))
      throw new BeamcadeError('bad_config', `The limit ${name} is ${value}; it must be a number from 0.`)
  }
  const { cookie } = options
  if (typeof cookie === 'string' ? cookie === '' : [...cookie.values()].includes(''))
    throw new BeamcadeError('bad_config', 'The cookie is empty.')
  const { name } = options
  return parseOwnNodeName(name.includes('@') ? name : `${name}@${hostname().split('.')[0] ?? 'localhost'}`)
}

/** The cookie for a peer; empty if there is none. */
export function cookieFor(cookie: NodeOptions['cookie'], peer: string): string {
  if (typeof cookie === 'string') return cookie
  return cookie.get(peer) ?? cookie.get('') ?? ''
}
