/** What clients may cost: every limit by name, with its default. The settings of the program are the same. */

export interface ConnectionLimits {
  /** Longest frame, bytes; default 16 MiB: a map of a million cells. */
  readonly maxFrameBytes: number
  /** Waiting output that stops reading from a client, bytes; default 1 MiB. */
  readonly highWaterBytes: number
  /** Waiting output that closes the connection (`slow_reader`), bytes; default 128 MiB: the longest reply, twice. */
  readonly maxQueuedBytes: number
  /** Milliseconds in which a client takes nothing of what waits for it, until it is cut off; default 300,000. */
  readonly stallMs: number
  /** Requests of one client that wait for their replies before no more are read; default 1024. */
  readonly maxPending: number
  /** Turns that the event loop stays awake after input, while that pays (`sockets/attention.ts`); default 24. 0: none. */
  readonly awakeTurns: number
}

export interface SocketLimits extends ConnectionLimits {
  /** Connections at once; default 1024. */
  readonly maxConnections: number
  /** Messages, entries of maps and elements of lists in one request; default 1,250,000: a map of a million cells. */
  readonly maxParts: number
  /**
   * The same of a request that makes a game, without the cells of its map; default 65,536, and as many cells of a map that
   * cannot be drawn: each takes microseconds in which nobody else is served.
   */
  readonly maxEntries: number
  /** Cells of a map, as in the settings of games; default 1,048,576. */
  readonly maxCells: number
  /** Longest frame before the token was shown, bytes; default 1024: strangers get no memory. */
  readonly maxGreetingBytes: number
  /** Milliseconds to show the token; default 7000. */
  readonly greetingMs: number
  /** Bytes of the read buffer of each connection; default 65,536. */
  readonly readBufferBytes: number
}

const MIB = 1024 * 1024

export const SOCKET_LIMITS: SocketLimits = {
  maxFrameBytes: 16 * MIB,
  highWaterBytes: MIB,
  maxQueuedBytes: 128 * MIB,
  stallMs: 300_000,
  maxPending: 1024,
  awakeTurns: 24,
  maxConnections: 1024,
  maxParts: 1_250_000,
  maxEntries: 65_536,
  maxCells: 1_048_576,
  maxGreetingBytes: 1024,
  greetingMs: 7000,
  readBufferBytes: 65_536,
}
