/**
 * The functions that other nodes can run here, by rpc, erpc and spawn requests. Nothing else can be run: a name from the
 * wire is looked up, never resolved.
 */
import type { Pid, Term } from '../etf/terms.ts'

/** Who called a function, and for whom. */
export interface FunctionContext {
  /** The node that asked, as its connection proved: decide by this what it may do. */
  readonly origin: string
  /** The calling process, as the request says: it may be anyone's. */
  readonly from: Pid
  /** The process that takes the caller's output (I/O protocol), as the request says. */
  readonly groupLeader: Pid | undefined
  /** The process that runs the function. */
  readonly self: Pid
  /** Aborted when that process ends before the function does. */
  readonly signal: AbortSignal
}

/** The result is what the function of that name would return. To fail, throw an `ErlangError`. */
export type RemoteFunction = (args: readonly Term[], context: FunctionContext) => Term | Promise<Term>

export interface FunctionTable {
  /** The function, or undefined: then the caller gets `undef`, as from a BEAM that has no such function. */
  lookup(module: string, name: string, arity: number): RemoteFunction | undefined
}

/** A table of functions by `module:name/arity`, such as `{ 'lists:sum/1': ([list]) => … }`. */
export function functionTable(functions: Readonly<Record<string, RemoteFunction>>): FunctionTable {
  const table = new Map(Object.entries(functions))
  return { lookup: (module, name, arity) => table.get(`${module}:${name}/${arity}`) }
}
