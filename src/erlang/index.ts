/**
 * `beamcade/erlang`: a node of an Erlang cluster in Node.js. Processes that link, monitor and exit; servers that Elixir
 * calls; calls to theirs.
 */
export { Writer, type WriterOptions } from '../bytes/writer.ts'
export { BeamcadeError, ERROR_CODES, type ErrorCode, type ErrorOptions, isBeamcadeError } from '../errors.ts'
export { createEvents, type EventMap, type EventName, type Events, type RequestForm } from '../events.ts'
export type { ChannelLimits, HandshakeLimits, Peer } from './dist/index.ts'
export {
  type AskOptions,
  type EpmdLimits,
  type EpmdOptions,
  type EpmdServer,
  listNames,
  lookupNode,
  type NameEntry,
  type NamesReply,
  type NodeInfo,
  startEpmd,
} from './epmd/index.ts'
export * from './etf/index.ts'
export * from './node/index.ts'
export * from './otp/index.ts'
