/** Processes, links, monitors and connections of a node. */
export { type ErrorClass, ErlangError, isErlangError, reasonOf, toErlangError } from './errors.ts'
export { NODE_LIMITS } from './core.ts'
export { Process, showPid } from './process.ts'
export type {
  CallOptions,
  Destination,
  DialChoice,
  Down,
  ExitNotice,
  NamedProcess,
  NodeLimits,
  NodeListener,
  ProcessHandler,
  SpawnOptions,
  Target,
} from './types.ts'
