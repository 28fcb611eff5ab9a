/**
 * The table of control messages: one entry for each operation, both directions side by side.
 * Source: Erlang distribution protocol, "Protocol between Connected Nodes".
 */
import { atom, type Pid, type Term, Tuple } from '../etf/terms.ts'
import type { Fields } from './control-fields.ts'
import type { Signal, SignalKind } from './signal.ts'

type SignalOf<K extends SignalKind> = Extract<Signal, { kind: K }>

/** One operation. `fields` are the elements of the control tuple behind the number of the operation. */
export interface Operation {
  readonly op: number
  readonly name: string
  readonly kind: SignalKind | undefined
  /** How many fields the tuple has. */
  readonly arity: number
  /** A term follows the control tuple. */
  readonly payload: boolean
  /** The sender must be a process of the connected node: who sends it acts in that process's name. */
  readonly owned: boolean
  /** The signal, or undefined for what has no meaning any more. Throws `bad_control`. */
  read(fields: Fields): Signal | undefined
  /** The elements of the control tuple, the operation first. */
  write(signal: Signal): Term[]
}

interface Entry<K extends SignalKind> {
  payload?: true
  owned?: true
  read(fields: Fields): SignalOf<K>
  write(op: number, signal: SignalOf<K>): Term[]
}

function operation<K extends SignalKind>(op: number, name: string, kind: K, arity: number, entry: Entry<K>): Operation {
  return {
    op,
    name,
    kind,
    arity,
    payload: entry.payload === true,
    owned: entry.owned === true,
    read: (fields) => entry.read(fields),
    write: (signal) => entry.write(op, signal as SignalOf<K>),
  }
}

/** Where a cookie stood once. */
const UNUSED = atom('')

/** The term of a registered name or of a pid. */
function target(to: Pid | string): Term {
  return typeof to === 'string' ? atom(to) : to
}

/** The operations 1 to 36. Names as in the specification. */
export const OPERATIONS: readonly Operation[] = [
  operation(1, 'LINK', 'link', 2, {
    owned: true,
    read: (f) => ({ kind: 'link', from: f.pid(0), to: f.pid(1) }),
    write: (op, s) => [op, s.from, s.to],
  }),
  operation(2, 'SEND', 'send', 2, {
    payload: true,
    read: (f) => ({ kind: 'send', from: null, to: f.pid(1), message: f.payload }),
    write: (op, s) => [op, UNUSED, s.to],
  }),
  operation(3, 'EXIT', 'exit', 3, {
    owned: true,
    read: (f) => ({ kind: 'exit', from: f.pid(0), to: f.pid(1), reason: f.term(2) }),
    write: (op, s) => [op, s.from, s.to, s.reason],
  }),
  operation(4, 'UNLINK', 'unlink', 2, {
    owned: true,
    read: (f) => ({ kind: 'unlink', id: null, from: f.pid(0), to: f.pid(1) }),
    write: (op, s) => [op, s.from, s.to],
  }),
  // No node has sent it since long; a BEAM ignores it.
  {
    op: 5,
    name: 'NODE_LINK',
    kind: undefined,
    arity: 0,
    payload: false,
    owned: false,
    read: () => undefined,
    write: () => [5],
  },
  operation(6, 'REG_SEND', 'reg_send', 3, {
    payload: true,
    read: (f) => ({ kind: 'reg_send', from: f.pid(0), name: f.atom(2), message: f.payload }),
    write: (op, s) => [op, s.from, UNUSED, atom(s.name)],
  }),
  operation(7, 'GROUP_LEADER', 'group_leader', 2, {
    read: (f) => ({ kind: 'group_leader', from: f.pid(0), to: f.pid(1) }),
    write: (op, s) => [op, s.from, s.to],
  }),
  operation(8, 'EXIT2', 'exit2', 3, {
    owned: true,
    read: (f) => ({ kind: 'exit2', from: f.pid(0), to: f.pid(1), reason: f.term(2) }),
    write: (op, s) => [op, s.from, s.to, s.reason],
  }),
  operation(12, 'SEND_TT', 'send', 3, {
    payload: true,
    read: (f) => ({ kind: 'send', from: null, to: f.pid(1), message: f.payload, token: f.term(2) }),
    write: (op, s) => [op, UNUSED, s.to, token(s)],
  }),
  operation(13, 'EXIT_TT', 'exit', 4, {
    owned: true,
    read: (f) => ({ kind: 'exit', from: f.pid(0), to: f.pid(1), token: f.term(2), reason: f.term(3) }),
    write: (op, s) => [op, s.from, s.to, token(s), s.reason],
  }),
  operation(16, 'REG_SEND_TT', 'reg_send', 4, {
    payload: true,
    read: (f) => ({ kind: 'reg_send', from: f.pid(0), name: f.atom(2), message: f.payload, token: f.term(3) }),
    write: (op, s) => [op, s.from, UNUSED, atom(s.name), token(s)],
  }),
  operation(18, 'EXIT2_TT', 'exit2', 4, {
    owned: true,
    read: (f) => ({ kind: 'exit2', from: f.pid(0), to: f.pid(1), token: f.term(2), reason: f.term(3) }),
    write: (op, s) => [op, s.from, s.to, token(s), s.reason],
  }),
  operation(19, 'MONITOR_P', 'monitor', 3, {
    owned: true,
    read: (f) => ({ kind: 'monitor', from: f.pid(0), target: f.pidOrName(1), ref: f.ref(2) }),
    write: (op, s) => [op, s.from, target(s.target), s.ref],
  }),
  operation(20, 'DEMONITOR_P', 'demonitor', 3, {
    owned: true,
    read: (f) => ({ kind: 'demonitor', from: f.pid(0), target: f.pidOrName(1), ref: f.ref(2) }),
    write: (op, s) => [op, s.from, target(s.target), s.ref],
  }),
  operation(21, 'MONITOR_P_EXIT', 'monitor_exit', 4, {
    read: (f) => ({ kind: 'monitor_exit', from: f.pidOrName(0), to: f.pid(1), ref: f.ref(2), reason: f.term(3) }),
    write: (op, s) => [op, target(s.from), s.to, s.ref, s.reason],
  }),
  operation(22, 'SEND_SENDER', 'send', 2, {
    payload: true,
    read: (f) => ({ kind: 'send', from: f.pid(0), to: f.pid(1), message: f.payload }),
    write: (op, s) => [op, s.from, s.to],
  }),
  operation(23, 'SEND_SENDER_TT', 'send', 3, {
    payload: true,
    read: (f) => ({ kind: 'send', from: f.pid(0), to: f.pid(1), message: f.payload, token: f.term(2) }),
    write: (op, s) => [op, s.from, s.to, token(s)],
  }),
  operation(24, 'PAYLOAD_EXIT', 'exit', 2, {
    payload: true,
    owned: true,
    read: (f) => ({ kind: 'exit', from: f.pid(0), to: f.pid(1), reason: f.payload }),
    write: (op, s) => [op, s.from, s.to],
  }),
  operation(25, 'PAYLOAD_EXIT_TT', 'exit', 3, {
    payload: true,
    owned: true,
    read: (f) => ({ kind: 'exit', from: f.pid(0), to: f.pid(1), token: f.term(2), reason: f.payload }),
    write: (op, s) => [op, s.from, s.to, token(s)],
  }),
  operation(26, 'PAYLOAD_EXIT2', 'exit2', 2, {
    payload: true,
    owned: true,
    read: (f) => ({ kind: 'exit2', from: f.pid(0), to: f.pid(1), reason: f.payload }),
    write: (op, s) => [op, s.from, s.to],
  }),
  operation(27, 'PAYLOAD_EXIT2_TT', 'exit2', 3, {
    payload: true,
    owned: true,
    read: (f) => ({ kind: 'exit2', from: f.pid(0), to: f.pid(1), token: f.term(2), reason: f.payload }),
    write: (op, s) => [op, s.from, s.to, token(s)],
  }),
  operation(28, 'PAYLOAD_MONITOR_P_EXIT', 'monitor_exit', 3, {
    payload: true,
    read: (f) => ({ kind: 'monitor_exit', from: f.pidOrName(0), to: f.pid(1), ref: f.ref(2), reason: f.payload }),
    write: (op, s) => [op, target(s.from), s.to, s.ref],
  }),
  operation(29, 'SPAWN_REQUEST', 'spawn_request', 5, {
    payload: true,
    read: readSpawn,
    write: writeSpawn,
  }),
  operation(30, 'SPAWN_REQUEST_TT', 'spawn_request', 6, {
    payload: true,
    read: (f) => ({ ...readSpawn(f), token: f.term(5) }),
    write: (op, s) => [...writeSpawn(op, s), token(s)],
  }),
  operation(31, 'SPAWN_REPLY', 'spawn_reply', 4, {
    read: (f) => ({ kind: 'spawn_reply', ref: f.ref(0), to: f.pid(1), flags: f.integer(2), result: f.pidOrAtom(3) }),
    write: (op, s) => [op, s.ref, s.to, s.flags, s.result],
  }),
  operation(32, 'SPAWN_REPLY_TT', 'spawn_reply', 5, {
    read: (f) => ({
      kind: 'spawn_reply',
      ref: f.ref(0),
      to: f.pid(1),
      flags: f.integer(2),
      result: f.pidOrAtom(3),
      token: f.term(4),
    }),
    write: (op, s) => [op, s.ref, s.to, s.flags, s.result, token(s)],
  }),
  operation(33, 'ALIAS_SEND', 'alias_send', 2, {
    payload: true,
    read: (f) => ({ kind: 'alias_send', from: f.pid(0), alias: f.ref(1), message: f.payload }),
    write: (op, s) => [op, s.from, s.alias],
  }),
  operation(34, 'ALIAS_SEND_TT', 'alias_send', 3, {
    payload: true,
    read: (f) => ({ kind: 'alias_send', from: f.pid(0), alias: f.ref(1), message: f.payload, token: f.term(2) }),
    write: (op, s) => [op, s.from, s.alias, token(s)],
  }),
  operation(35, 'UNLINK_ID', 'unlink', 3, {
    owned: true,
    read: (f) => ({ kind: 'unlink', id: f.unlinkId(0), from: f.pid(1), to: f.pid(2) }),
    write: (op, s) => [op, unlinkId(s.id), s.from, s.to],
  }),
  operation(36, 'UNLINK_ID_ACK', 'unlink_ack', 3, {
    owned: true,
    read: (f) => ({ kind: 'unlink_ack', id: f.unlinkId(0), from: f.pid(1), to: f.pid(2) }),
    write: (op, s) => [op, s.id, s.from, s.to],
  }),
]

function readSpawn(f: Fields): SignalOf<'spawn_request'> {
  const { module, function: fun, arity } = f.mfa(3)
  const [ref, from, groupLeader] = [f.ref(0), f.pid(1), f.pid(2)]
  const options = f.term(4)
  return { kind: 'spawn_request', ref, from, groupLeader, module, function: fun, arity, options, args: f.payload }
}

function writeSpawn(op: number, s: SignalOf<'spawn_request'>): Term[] {
  return [op, s.ref, s.from, s.groupLeader, new Tuple([atom(s.module), atom(s.function), s.arity]), s.options]
}

function unlinkId(id: number | bigint | null): number | bigint {
  if (id === null) throw new TypeError('An unlink needs an id: both nodes speak UNLINK_ID.')
  return id
}

function token(signal: { token?: Term }): Term {
  return signal.token ?? []
}
