/**
 * The signals that two nodes exchange, as the node sees them. `control.ts` turns them into control messages and back;
 * the several operations of the wire that mean one thing (SEND and SEND_SENDER, EXIT and PAYLOAD_EXIT, each with and
 * without a trace token) are one signal here.
 */
import type { Atom, Pid, Ref, Term } from '../etf/terms.ts'

/** Passed through unread: the token of `seq_trace`, if the message came with one. */
interface Traced {
  token?: Term
}

/** A registered name travels as an atom; here it is its text. */
export type Signal =
  | ({ kind: 'send'; from: Pid | null; to: Pid; message: Term } & Traced)
  | ({ kind: 'reg_send'; from: Pid; name: string; message: Term } & Traced)
  | ({ kind: 'alias_send'; from: Pid; alias: Ref; message: Term } & Traced)
  | { kind: 'link'; from: Pid; to: Pid }
  /** `id` is null in the old form (UNLINK), which only nodes without UNLINK_ID send. */
  | { kind: 'unlink'; id: number | bigint | null; from: Pid; to: Pid }
  | { kind: 'unlink_ack'; id: number | bigint; from: Pid; to: Pid }
  /** A link broke: `from` ended with `reason`. */
  | ({ kind: 'exit'; from: Pid; to: Pid; reason: Term } & Traced)
  /** Somebody called `exit(to, reason)`. */
  | ({ kind: 'exit2'; from: Pid; to: Pid; reason: Term } & Traced)
  | { kind: 'monitor'; from: Pid; target: Pid | string; ref: Ref }
  | { kind: 'demonitor'; from: Pid; target: Pid | string; ref: Ref }
  /** What `to` monitored by `ref` ended; `from` is what was monitored: the pid, or the name. */
  | { kind: 'monitor_exit'; from: Pid | string; to: Pid; ref: Ref; reason: Term }
  | ({
      kind: 'spawn_request'
      ref: Ref
      from: Pid
      groupLeader: Pid
      module: string
      function: string
      arity: number
      options: Term
      args: Term
    } & Traced)
  /** `flags`: 1 a link was set, 2 a monitor was set. `result`: the pid, or why not. */
  | ({ kind: 'spawn_reply'; ref: Ref; to: Pid; flags: number; result: Pid | Atom } & Traced)
  | { kind: 'group_leader'; from: Pid; to: Pid }

export type SignalKind = Signal['kind']
