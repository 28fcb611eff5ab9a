/**
 * What the parts of the distribution hand to each other: who the other node is, the byte stream to it, and what the
 * node that owns the connections has to tell.
 */
import type { BeamcadeError } from '../../errors.ts'
import type { Events } from '../../events.ts'
import type { Gathering } from '../../sockets/gathering.ts'
import type { Wire } from '../../sockets/wire.ts'
import type { Signal } from './signal.ts'

export { Gathering } from '../../sockets/gathering.ts'
export type { Wire, WireHandlers } from '../../sockets/wire.ts'

/** The node at the other end of a connection, as the handshake found it. */
export interface Peer {
  /** Its full name, `alive@host`. */
  readonly name: string
  /** Which incarnation of that name: its pids carry the same number. */
  readonly creation: number
  /** What both sides can do: the flags of both, by AND. */
  readonly flags: bigint
  /** It did not set PUBLISHED: it is no member of the cluster that everyone sees. */
  readonly hidden: boolean
  /** `host:port` of the other end of the socket. */
  readonly address: string
}

/** A finished handshake: give it to a `Channel`. Reading is paused until then. */
export interface Connection {
  readonly wire: Wire
  readonly peer: Peer
  /** What came in the same chunk after the last packet of the handshake. */
  readonly leftover: Uint8Array
  /** Who dialled: `in` the other node, `out` this one. */
  readonly direction: 'in' | 'out'
  /** We told the other node `alive`, and it said that the old connection is dead: close that one. */
  readonly replaces: boolean
}

/**
 * Whether to let a node in that dialled us and gave its name.
 * - `ok`: nothing stands against it.
 * - `ok_simultaneous`: we are dialling it as well, its name is greater than ours: drop our attempt.
 * - `nok`: we are dialling it as well, our name is greater: ours stands, see {@link simultaneous}.
 * - `alive`: we have a connection to it; ask whether that one is dead.
 * - `not_allowed`: it is not welcome.
 */
export type Decision = 'ok' | 'ok_simultaneous' | 'nok' | 'alive' | 'not_allowed'

/** Challenges that wait for an answer, so that none of them is answered by ourselves. */
export interface Challenges {
  /** A new random challenge, 32 bits. */
  take(): number
  has(challenge: number): boolean
  /** The handshake of this challenge ended. */
  release(challenge: number): void
}

/** What the handshake tells about this node. One for all its connections. */
export interface LocalNode {
  readonly name: string
  /** See `ourFlags`. */
  readonly flags: bigint
  /** The creation at this moment: a new registration at epmd changes it. */
  creation(): number
  /** The cookie for this peer; empty if there is none: then it does not get in. */
  cookie(peer: string): string
  readonly challenges: Challenges
}

/** Who knocks: what is known when {@link Decision} is asked. */
export interface Caller {
  readonly name: string
  readonly creation: number
  readonly flags: bigint
  readonly hidden: boolean
  readonly address: string
}

export interface ListenOptions {
  readonly local: LocalNode
  /** Address to bind; default 127.0.0.1. */
  readonly host?: string
  /** 0 (the default) lets the system choose. */
  readonly port?: number
  /** False: accept by `net` also where the addon is there. Default true. */
  readonly native?: boolean
  readonly events: Events
  decide(caller: Caller): Decision
  /** The cookie is proved on both sides. Make a channel of it before the call returns, or keep it: it is paused. */
  onConnection(connection: Connection): void
  readonly limits?: Partial<HandshakeLimits>
}

export interface DialOptions {
  readonly local: LocalNode
  /** The full name of the node that shall answer. */
  readonly peer: string
  readonly host: string
  readonly port: number
  readonly events: Events
  /** Asked when the other node believes that an old connection is alive: false gives up. Default: always true. */
  wanted?(): boolean
  readonly signal?: AbortSignal
  readonly limits?: Partial<HandshakeLimits>
}

export interface HandshakeLimits {
  /** Milliseconds for the whole handshake, dialling included; default 7000, as `net_setuptime` of OTP. */
  handshakeMs: number
  /** Longest packet before the cookie is proved, bytes; default 1024. No honest one comes near. */
  maxHandshakeBytes: number
  /** Handshakes at once, default 128: each holds a socket and a buffer, and no cookie is proved yet. */
  maxPending: number
  /** Accepted connections at once, default 4096. */
  maxConnections: number
  /** Bytes of the read buffer of each socket; default 65536: what one read can bring. */
  readBufferBytes: number
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** True if the addon accepts. */
  readonly native: boolean
  /** Stops accepting and ends open handshakes. Connections live on. */
  close(): Promise<void>
}

/** Limits of a channel: all may be set, all have defaults. */
export interface ChannelLimits {
  /** Longest frame, bytes; default 128 MiB + 1 MiB, so that a message with 128 MiB of data passes. */
  maxFrameBytes: number
  /** Waiting output that stops reading from this peer, bytes; default 1 MiB. */
  highWaterBytes: number
  /** Waiting output that closes the connection (`slow_reader`), bytes; default 512 MiB. */
  maxQueuedBytes: number
  /** Levels of nesting in a term; default 131072. */
  maxDepth: number
  /** Bytes that a compressed term may inflate to; default 128 MiB. */
  maxInflatedBytes: number
  /**
   * Memory that one decoded term may take, bytes, as an estimate; default 1 GiB, or a quarter of the engine's heap: a list
   * of small terms grows thirtyfold.
   */
  maxTermMemory: number
  /** Turns that the event loop stays awake after input, while that pays (`attention.ts`); default 24: some 50 us. 0: none. */
  awakeTurns: number
}

/** What the owner of a channel is told; `C` is the channel. */
export interface ChannelOptions<C> {
  /** A signal of the other node. What it throws closes the connection. */
  onSignal(signal: Signal, channel: C): void
  /** Once. Without a reason the other end closed, or `close()` was called without one. */
  onClose(channel: C, reason: BeamcadeError | undefined): void
  readonly events: Events
  readonly limits?: Partial<ChannelLimits>
  /** Shared by the connections of an event loop. Default: one of its own. */
  readonly gathering?: Gathering
  /** Milliseconds between two ticks; default 15000, a quarter of OTP's `net_ticktime`. 0: no ticks. */
  readonly tickMs?: number
  /** Ticks without a byte from the other node until it counts as down; default 4, OTP's `net_tickintensity`. */
  readonly tickIntensity?: number
}
