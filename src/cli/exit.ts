/** Exit codes of the command, and which error ends with which. */
import { explainSystemError, isBeamcadeError, messageOf, systemSentence, type ErrorCode } from '../errors.ts'

/** Exit code → what it means; `--help` prints the ones a command may end with. */
export const EXITS = {
  0: 'done',
  1: 'failed by a fault of its own',
  2: 'wrong usage: a flag, an argument or a setting',
  3: 'cannot start: a port, a name or the data folder is taken, a package is missing, or epmd cannot be reached',
  4: 'the node cannot be reached',
  5: 'the node refused us: another cookie, or the other kind of name',
  6: 'the node answered with an error',
  7: 'no answer in time',
  8: 'the recorded game is not the same here',
} as const satisfies Record<number, string>
export type ExitCode = keyof typeof EXITS

/** What is not named here is a fault. */
const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  bad_usage: 2,
  bad_argument: 2,
  bad_game: 2,
  bad_trace: 2,
  bad_config: 2,
  bad_module: 2,
  bad_data: 2,
  bad_node_name: 2,
  bad_syntax: 2,
  token_needed: 2,
  port_taken: 3,
  listen_failed: 3,
  name_taken: 3,
  data_in_use: 3,
  missing_package: 3,
  epmd_unreachable: 3,
  bad_epmd_reply: 3,
  node_not_found: 4,
  connect_failed: 4,
  connection_lost: 4,
  noconnection: 4,
  wrong_node: 4,
  bad_cookie: 5,
  not_allowed: 5,
  missing_flags: 5,
  noproc: 6,
  exited: 6,
  remote_error: 6,
  timeout: 7,
  handshake_timeout: 7,
}

/** How the program ends after `error`. */
export function exitOf(error: unknown): ExitCode {
  return (isBeamcadeError(error) ? BY_CODE[error.code] : undefined) ?? 1
}

/** What is told of an error: code, one sentence (with errno and its meaning, if the system said no), and what to do. */
export function describeError(error: unknown): { code: string; message: string; hint: string | undefined } {
  if (!isBeamcadeError(error)) {
    return { code: 'internal', message: systemSentence(error) ?? messageOf(error), hint: undefined }
  }
  const { code, message, hint } = error
  const told = explainSystemError(message)
  const system = systemSentence(error.cause)
  // The sentence names the system's code, or the cause below it does.
  const more = told === message && system !== undefined ? ` (${system})` : ''
  return { code, message: told + more, hint }
}
