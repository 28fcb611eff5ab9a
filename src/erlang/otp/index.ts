/** What an OTP node is to others: servers, calls, remote functions. */
export type { RequestOptions } from './call.ts'
export { ErlangNode, type PeerInfo } from './erlang-node.ts'
export { type FunctionContext, type FunctionTable, type RemoteFunction, functionTable } from './functions.ts'
export { type CallResult, GenServer, NO_REPLY } from './gen-server.ts'
export type { EpmdChoice, NodeAddress, NodeOptions } from './options.ts'
export { From, aliasOf } from './reply.ts'
export { type ChildSpec, Supervisor, type SupervisorOptions } from './supervisor.ts'
