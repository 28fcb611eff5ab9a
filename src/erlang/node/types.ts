/** What processes, their handlers and the node hand to each other. */
import type { BeamcadeError } from '../../errors.ts'
import type { Peer } from '../dist/types.ts'
import type { Signal } from '../dist/signal.ts'
import type { Pid, Ref, Term } from '../etf/terms.ts'
import type { Process } from './process.ts'

/** A registered name on a node. */
export interface NamedProcess {
  readonly name: string
  readonly node: string
}

/** Where a message can go: a pid, a name on a node, a name on this node, or an alias. */
export type Destination = Pid | Ref | NamedProcess | string

/** What can be called or monitored: everything but an alias. */
export type Target = Pid | NamedProcess | string

/** What a process does. All calls come one after the other, and never from inside the call that sent the message. */
export interface ProcessHandler {
  /**
   * A message. If a promise is returned, the next message waits for it. What is thrown ends the process, see `reasonOf`.
   * `origin` is the node whose connection brought the message (proved by the cookie, unlike a pid in the message), or
   * undefined if it came from this node.
   */
  message(message: Term, process: Process, origin: string | undefined): void | Promise<void>
  /** Something monitored ended. Without this method it comes as the message `{'DOWN', Ref, process, Target, Reason}`. */
  down?(down: Down, process: Process): void | Promise<void>
  /** With `trapExit`, an exit signal. Without this method it comes as the message `{'EXIT', Pid, Reason}`. */
  exit?(exit: ExitNotice, process: Process): void | Promise<void>
  /** The process ends, whatever the cause, before links and monitors hear of it: the place to release resources. */
  terminate?(reason: Term, process: Process): void
}

/** A monitor fired. `target` is what was monitored, as it was given. */
export interface Down {
  readonly ref: Ref
  readonly target: Pid | NamedProcess
  readonly reason: Term
}

/** An exit signal that was trapped. */
export interface ExitNotice {
  readonly from: Pid
  readonly reason: Term
}

export interface SpawnOptions {
  /** Registered under this name before it can receive anything. */
  name?: string
  trapExit?: boolean
  groupLeader?: Pid
}

/**
 * A connection to another node, as processes need it: `Channel` of `dist`, or a pair in memory in tests. The node gets
 * its signals and its end by the callbacks of `Connections`.
 */
export interface SignalChannel {
  readonly peer: Peer
  send(signal: Signal): void
  /** Ends the connection. Idempotent. */
  close(reason?: BeamcadeError): void
  /** Bytes that wait to be written. */
  readonly queuedBytes: number
  /** Resolves when little enough is waiting. */
  drained(signal?: AbortSignal): Promise<void>
  /** Resolves when nothing is waiting. */
  flushed(signal?: AbortSignal): Promise<void>
  /** Resolves when the connection is closed at both ends. */
  readonly gone: Promise<void>
}

/**
 * Reaches a node: looks it up, dials, and hands the channel to `attach` before it can bring a signal. A promise that
 * resolves without that is a failure too.
 */
export type Dial = (node: string, signal: AbortSignal, attach: (channel: SignalChannel) => void) => Promise<void>

/** What a wish to send does when there is no connection: `dial`, or drop (unless the allow-list names the node). */
export interface DialChoice {
  readonly dial?: boolean
}

export interface CallOptions extends DialChoice {
  /** Milliseconds until the call fails with `timeout`; default 5000; `Infinity` waits for ever. */
  readonly timeoutMs?: number
  /** Ends the wait with `aborted`. */
  readonly signal?: AbortSignal
}

/** A connection came up or went down. `reason` tells why it went; undefined if the other end closed it. */
export type NodeListener = (event: 'up' | 'down', peer: Peer, reason: BeamcadeError | undefined) => void

/** Limits of a node: all may be set, all have defaults. */
export interface NodeLimits {
  /** Signals that wait for one dial; default 10000. Beyond it they are dropped, so that a dead host costs no memory. */
  maxQueuedSignals: number
  /** Local processes; default 1000000: each costs about 300 bytes, and spawn requests of other nodes make them. */
  maxProcesses: number
  /**
   * Messages that wait for one process, default 1000000: one that is too slow for what it is sent must not eat all memory.
   * The connection that brings one more is closed.
   */
  maxMailbox: number
  /**
   * Bytes of memory, as an estimate, that messages of other nodes and requests with promised answers take while they wait,
   * all together; default 512 MiB, or a quarter of what the engine may have for objects if that is less. The connection that
   * brings more messages is closed, requests are refused (`overloaded`, `system_limit`).
   */
  maxWaitingBytes: number
  /**
   * Links and monitors that one other node may hold on processes here, default 1000000: each costs about 200 bytes. The
   * connection that asks for one more is closed.
   */
  maxWatches: number
  /** Milliseconds that a dial may take, looking up and waiting for the other's attempt included; default 8000. */
  dialMs: number
  /** Messages that are handled in one go before the event loop gets its turn; default 2000. */
  maxMessagesInTurn: number
}
