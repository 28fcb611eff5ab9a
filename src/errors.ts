/**
 * Every error that Beamcade raises or answers: a stable `code` to match, a sentence that says what happened, and a hint
 * that says what to do. The table below is the whole list; a test demands both sentences for each code.
 */
import { getSystemErrorMap } from 'node:util'

/** What each code means, and what to do about it when the place that raises it knows nothing better. */
export const ERROR_CODES = {
  // requests
  bad_request: [
    'The request has no form that this server understands.',
    'Send {Module, Function, Args}, {call, M, F, Args} or {cast, M, F, Args}.',
  ],
  unknown_operation: ['No operation has this module and name.', 'beamcade:describe/0 lists what can be called.'],
  wrong_arity: [
    'The operation takes another number of arguments.',
    'The message says how many it takes; beamcade:describe/1 says what each of them is.',
  ],
  bad_argument: ['An argument has the wrong type or value.', 'Compare it with the operation in beamcade:describe/1.'],
  too_deep: ['A value is nested deeper than the limit.', 'Flatten it, or raise the limit that the message names.'],
  internal: ['The operation failed by a fault of its own.', 'Report it, with the lines that the server logged.'],
  // terms (erlang/etf)
  bad_term: [
    'The bytes are no term of the external term format.',
    'Report it with the name and release of the node that sent them.',
  ],
  too_large: [
    'A term takes more memory than the limit.',
    'Send it in parts, or raise the limit that the message names.',
  ],
  bad_syntax: [
    'The text is no Erlang term.',
    'Write it as in Erlang\'s shell: atoms small, binaries <<"…">>, maps #{k => v}.',
  ],
  // the node
  bad_cookie: ['The other node has a different cookie.', 'Start both nodes with the same cookie.'],
  bad_config: ['A setting has a wrong value or an unknown name.', 'Compare it with `beamcade start --help`.'],
  timeout: ['The answer did not come in time.', 'Ask again, or allow more time.'],
  aborted: ['The caller gave up waiting.', 'Nothing to do: it was asked for.'],
  // bytes and distribution
  truncated: [
    'The bytes end before the value does.',
    'The sender, or what lies between, cut the data: look at its log.',
  ],
  bad_node_name: ['A node name has not the form alive@host.', 'Name the node like game@127.0.0.1.'],
  bad_handshake: [
    'The other end does not follow the handshake of Erlang distribution, version 6.',
    'Check that the port belongs to an Erlang node of OTP 23 or newer.',
  ],
  handshake_timeout: [
    'The handshake was not finished in time.',
    'Check that the port belongs to an Erlang node, and that it is not overloaded.',
  ],
  missing_flags: [
    'The other node cannot do what every node must be able to do.',
    'Use OTP 25 or newer on the other side.',
  ],
  not_allowed: [
    'The other node refuses this node.',
    'Look at its log: the name is not on its list, or a capability is missing.',
  ],
  already_connecting: [
    'Both nodes dialled at once, and the attempt of the other one stands.',
    'Wait for its connection to arrive.',
  ],
  still_connected: ['The other node says that a connection to it is alive.', 'Use the living connection.'],
  wrong_node: [
    'Another node answered than the one that was dialled.',
    'Check name and port: epmd may hold an old registration.',
  ],
  reflected_challenge: [
    'The other end sent a challenge of our own, to have it answered by us.',
    'Somebody without the cookie tries to get in: look at the address.',
  ],
  too_many_connections: [
    'There are more connections than the limit.',
    'Raise the limit that the message names, or close some.',
  ],
  connect_failed: [
    'No connection to the other node could be made.',
    'Check that it runs, and that name, host and port are right.',
  ],
  listen_failed: [
    'The port for incoming connections could not be opened.',
    'Choose another port, or stop what uses it.',
  ],
  connection_lost: ['The connection ended without a word.', 'Look at the log of the other node.'],
  connection_closed: ['The connection was closed by this node.', 'Nothing to do: it was asked for.'],
  peer_silent: [
    'Nothing came from the other node for as long as the tick time allows.',
    'Check that it runs and is not blocked; use the same tick time on both sides.',
  ],
  frame_too_large: [
    'A frame is longer than the limit.',
    'Send smaller messages, or raise the limit that the message names.',
  ],
  bad_frame: [
    'A frame has none of the forms that were negotiated.',
    'Report it with the name and release of the other node.',
  ],
  bad_control: [
    'A control message has no form that Erlang distribution knows.',
    'Report it with the name and release of the other node.',
  ],
  forged_sender: [
    'A signal came in the name of a process of another node.',
    'The other node is broken or hostile: check who knows the cookie.',
  ],
  slow_reader: [
    'The other node takes its data so slowly that too much is waiting for it.',
    'Send less, or find out why it does not read.',
  ],
  peer_lacks: [
    'The other node did not announce the capability that this signal needs.',
    'Use OTP 25 or newer on the other side.',
  ],
  // epmd: who listens where
  epmd_unreachable: [
    'No epmd answers there.',
    'Start one with `epmd -daemon`, or let this node bring its own; check host and port.',
  ],
  name_taken: [
    'Another node is registered under this name.',
    'Choose another name, or stop the other node: `beamcade names` lists them.',
  ],
  bad_epmd_reply: [
    'What answered does not speak the protocol of epmd.',
    'Check that the port is that of an epmd (4369 unless ERL_EPMD_PORT says another).',
  ],
  epmd_reply_too_long: [
    'The answer of epmd is longer than the limit.',
    'Raise the limit that the message names, if that epmd really has so many nodes.',
  ],
  bad_epmd_request: [
    'A request to the embedded epmd has no form that it serves.',
    'Check what connects to its port; nodes and `beamcade names` are served.',
  ],
  epmd_request_too_long: [
    'A request to the embedded epmd is longer than the limit.',
    'Use a shorter node name, or raise the limit that the message names.',
  ],
  epmd_name_too_long: ['The name of a node, or its extra data, is longer than the limit.', 'Use a shorter node name.'],
  epmd_full: [
    'The embedded epmd has as many connections as it may.',
    'Raise the limit that the message names, if so many nodes are meant to be here.',
  ],
  epmd_idle: [
    'A connection to the embedded epmd did not send its request in time.',
    'Check what connects to its port, or raise the limit that the message names.',
  ],
  epmd_not_local: [
    'Only programs of the same machine may register a node here.',
    'Register at the epmd of the machine that the node runs on.',
  ],
  port_taken: ['Another program listens on this port.', 'Choose another port, or 0 for a free one.'],
  // the gateway to Erlang
  overloaded: [
    'Too many requests wait for their answers.',
    'Ask later, or fewer at once; or raise the limit that the message names.',
  ],
  // the command, and what it starts
  bad_usage: ['The command was not used as it is meant.', 'Try `beamcade --help`.'],
  bad_module: [
    'A module given by --load cannot be added.',
    'Its default export must be what defineOperation or defineEngine made, or an array or object of them.',
  ],
  // the gateway of MettaGrid's own protocol, and its client
  token_needed: [
    'A socket that other machines can reach has no token.',
    'Give one with --socket-token or BEAMCADE_SOCKET_TOKEN, listen on 127.0.0.1, or say --insecure.',
  ],
  bad_token: [
    'The client did not show the token that the server asks for.',
    'Give the client the token that the server was started with: it goes into the first frame.',
  ],
  // the gateway for language models
  writes_not_allowed: [
    'This server only answers what changes nothing.',
    'Start `beamcade mcp` with --allow-writes to have games made and played.',
  ],
  missing_package: ['An optional package is not installed.', 'Install the package that the message names with npm.'],
  refused: ['The server refused the request.', 'The message is what the server said; correct the request.'],
  bad_response: [
    "What came is no response of MettaGrid's own protocol.",
    'Check that the port belongs to a server that speaks it.',
  ],
  // games and the operations that drive them
  bad_operation: [
    'An operation or engine is defined in a way that cannot be served.',
    'Correct the definition that the message names.',
  ],
  bad_variant: [
    'The bytes are no Variant of that version of Godot.',
    'Check that the addon and the engine are of the version that they said.',
  ],
  unsupported_type: [
    'A value of this type cannot be carried between Godot and its callers.',
    'Send or return plain data, or the id of the object.',
  ],
  no_such_game: ['There is no game with this id.', 'games:list/0 lists the games that run; create it first.'],
  game_exists: [
    'There is a game with this id already.',
    'Choose another id, delete the old game, or create with if_exists: take_over.',
  ],
  bad_game: ['No game can be made of this configuration and map.', 'Correct what the message names.'],
  not_supported: ['This is part of the game, but not of this version.', 'Leave it out, or use a version that has it.'],
  wrong_number_of_actions: [
    'A step needs exactly one action for each agent.',
    'Send as many actions as games:info/1 says that there are agents.',
  ],
  too_many_steps: [
    'A call asks for more steps than the limit.',
    'Ask for them in several calls, or raise the limit that the message names.',
  ],
  answer_too_large: [
    'An answer would be larger than the limit.',
    'Ask for less at once, or raise the limit that the message names.',
  ],
  too_many_games: [
    'There are as many games as there may be.',
    'Delete some, or raise the limit that the message names.',
  ],
  game_lost: [
    'The thread that the game lived in ended, and the game with it.',
    'A server with --data takes it back at the step last answered; else create it anew.',
  ],
  not_sendable: [
    'This cannot be handed to or from a game in another thread.',
    'Use plain data: numbers, text, bytes, lists, maps and objects of them; or start with --workers 0.',
  ],
  bad_snapshot: [
    'These bytes are no snapshot that this version can continue from.',
    'Use the bytes exactly as they were given, with a version that knows their format.',
  ],
  // recorded games
  not_recorded: [
    'Nothing was recorded of this game.',
    'Create it with the option record: true. A recording lives in memory, so it ends when the node does.',
  ],
  recording_full: [
    'There is no room for one more recorded game.',
    'End a recorded game, create this one without record, or raise the limit that the message names.',
  ],
  bad_trace: [
    'This is no recorded game that this version can play again.',
    'Give the JSON that games:trace/1 answered, as it was, to a version that knows its format.',
  ],
  // storage: what survives a crash
  not_storable: [
    'This cannot be kept, so it cannot be given to a game that must survive a crash.',
    'Use plain data: numbers, text, bytes, lists, maps and objects of them; or start with --durability none.',
  ],
  journal_failed: [
    'What changes games cannot be kept at the moment.',
    'Look at the log of the server and at the disk; what was answered before is safe.',
  ],
  bad_record: [
    'What was kept of a game is damaged.',
    'Its bytes are set aside; take the game from a backup of the folder, or create it anew.',
  ],
  not_replayable: [
    'A kept game does not take an input any more that it took once.',
    'Use the version of its engine that it ran with.',
  ],
  no_such_engine: [
    'No engine of this name is here.',
    'Start with the --load that brings it; the module must export the engine beside its operations.',
  ],
  data_in_use: [
    'Another server keeps its games in this folder.',
    'Give each server a folder of its own, or stop the other one.',
  ],
  bad_data: [
    'What lies in the folder of --data cannot be opened.',
    'Use the version that wrote it, take it from a backup, or name an empty folder.',
  ],
  // processes and calls to them
  noproc: ['There is no such process.', 'Check the name and the node; a process that ended is no process.'],
  noconnection: [
    'The other node is not connected, or the connection was lost.',
    'Check that it runs; ask again when it is back.',
  ],
  exited: [
    'The process that was called ended before it answered.',
    'The reason in the details says why; look at the log of its node.',
  ],
  remote_error: [
    'The function that was called on another node failed.',
    'The cause has the class and reason of its exception.',
  ],
  name_registered: ['A process is registered under this name.', 'Choose another name, or unregister the first.'],
  too_many_processes: [
    'There are as many processes as the node may have.',
    'End some, or raise the limit that the message names.',
  ],
  mailbox_full: [
    'More messages wait than may: too many for one process, or too large for the node.',
    'Send less, or make the handler faster: it waits for something.',
  ],
  too_many_watches: [
    'Another node holds more links and monitors here than it may.',
    'Find out what makes them on that node, or raise the limit that the message names.',
  ],
  node_stopped: ['The node was stopped.', 'Start a new one.'],
  node_not_found: [
    'No node is registered under this name.',
    'Check name and host; `beamcade names` lists the nodes of a host.',
  ],
  server_failed: [
    'A process failed while it handled a message, and ended.',
    'Report it, with the lines that the server logged.',
  ],
} as const satisfies Record<string, readonly [meaning: string, hint: string]>

export type ErrorCode = keyof typeof ERROR_CODES

export interface ErrorOptions {
  /** What to do; the code's own hint unless given. */
  hint?: string
  /** Facts about this case, for programs: plain values, under names that the code fixes (atoms on Erlang's wire). */
  details?: Readonly<Record<string, unknown>>
  cause?: unknown
}

/** The one error class. Match on `code`, show `message` and `hint`. */
export class BeamcadeError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>

  /**
   * @param code one of {@link ERROR_CODES}
   * @param message what happened, in one sentence with its facts; the code's meaning unless given
   */
  constructor(code: ErrorCode, message: string = ERROR_CODES[code][0], options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'BeamcadeError'
    this.code = code
    this.hint = options.hint ?? ERROR_CODES[code][1]
    this.details = options.details ?? {}
  }
}

/** Tells Beamcade's own errors from others, also across copies of this module. */
export function isBeamcadeError(error: unknown): error is BeamcadeError {
  return error instanceof Error && error.name === 'BeamcadeError' && 'code' in error && 'hint' in error
}

/** The `code` of a system error (ECONNREFUSED, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

/** The sentence of anything that was thrown. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}

/**
 * What the system said, with its number and meaning: `EADDRINUSE (98): address already in use`. Undefined if `error`
 * does not come from the system.
 */
export function systemSentence(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('errno' in error)) return undefined
  const entry = typeof error.errno === 'number' ? getSystemErrorMap().get(error.errno) : undefined
  return entry === undefined ? undefined : `${entry[0]} (${Math.abs(Number(error.errno))}): ${entry[1]}`
}

/** The sentence with the number and meaning of the system error that it names: `ECONNRESET` → `ECONNRESET (104: …)`. */
export function explainSystemError(sentence: string): string {
  const code = /\bE[A-Z0-9]{2,}\b(?! \(\d)/.exec(sentence)?.[0]
  if (code === undefined) return sentence
  for (const [errno, [name, meaning]] of getSystemErrorMap()) {
    if (name === code) {
      const known = sentence.includes(meaning) ? '' : `: ${meaning}`
      return sentence.replace(code, `${code} (${Math.abs(errno)}${known})`)
    }
  }
  return sentence
}
