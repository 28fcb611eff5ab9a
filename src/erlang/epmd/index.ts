/** epmd, the name server of Erlang nodes: client and embedded server. */
export { DEFAULT_EPMD_PORT, type AskOptions } from './ask.ts'
export { listNames, lookupNode } from './client.ts'
export { registerNode, type RegisterOptions, type Registration } from './registration.ts'
export { startEpmd, type EpmdLimits, type EpmdOptions, type EpmdServer } from './server.ts'
export type { NameEntry, NamesReply, NodeInfo } from './wire.ts'
