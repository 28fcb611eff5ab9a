/**
 * Signals to control messages and back: picks the operation for a signal by what both nodes can do, and checks what
 * comes. All old forms and all traced forms (`_TT`) are read always, because a BEAM uses them for what it encoded before
 * the handshake was done.
 */
import { BeamcadeError } from '../../errors.ts'
import { Pid, type Term, Tuple } from '../etf/terms.ts'
import { badControl, Fields } from './control-fields.ts'
import { FLAGS, hasFlags, MONITORING } from './flags.ts'
import { type Operation, OPERATIONS } from './operations.ts'
import type { Signal, SignalKind } from './signal.ts'

const BY_OP: readonly (Operation | undefined)[] = Array.from({ length: 40 }, (_, op) =>
  OPERATIONS.find((one) => one.op === op),
)

function byOp(op: number): Operation {
  const found = BY_OP[op]
  if (found === undefined) throw new RangeError(`There is no operation ${op}.`)
  return found
}

/** The operations that serve a kind of signal, without and with a token. */
interface Choice {
  readonly plain: Operation
  readonly traced: Operation
}

/** Which operations serve which signals between two nodes; undefined: the other node cannot take such a signal. */
function choices(flags: bigint): Record<SignalKind, Choice | undefined> {
  const has = (wanted: bigint): boolean => hasFlags(flags, wanted)
  const pair = (plain: number, traced = plain): Choice => ({ plain: byOp(plain), traced: byOp(traced) })
  return {
    send: has(FLAGS.SEND_SENDER) ? pair(22, 23) : pair(2, 12),
    reg_send: pair(6, 16),
    alias_send: has(FLAGS.ALIAS) ? pair(33, 34) : undefined,
    link: pair(1),
    unlink: has(FLAGS.UNLINK_ID) ? pair(35) : pair(4),
    unlink_ack: has(FLAGS.UNLINK_ID) ? pair(36) : undefined,
    exit: has(FLAGS.EXIT_PAYLOAD) ? pair(24, 25) : pair(3, 13),
    exit2: has(FLAGS.EXIT_PAYLOAD) ? pair(26, 27) : pair(8, 18),
    monitor: has(MONITORING) ? pair(19) : undefined,
    demonitor: has(MONITORING) ? pair(20) : undefined,
    monitor_exit: has(FLAGS.EXIT_PAYLOAD) ? pair(28) : pair(21),
    spawn_request: has(FLAGS.SPAWN) ? pair(29, 30) : undefined,
    spawn_reply: has(FLAGS.SPAWN) ? pair(31, 32) : undefined,
    group_leader: pair(7),
  }
}

/** A control message as terms. */
export interface ControlMessage {
  readonly control: Tuple
  /** The term behind it; undefined if the operation has none. */
  readonly payload: Term | undefined
}

/** Translates between signals and control messages, for one connection. */
export class ControlCodec {
  readonly #choices: Record<SignalKind, Choice | undefined>
  readonly #peer: string

  /**
   * @param flags what both nodes can do
   * @param peer the node whose processes the other end speaks for
   */
  constructor(flags: bigint, peer: string) {
    this.#choices = choices(flags)
    this.#peer = peer
  }

  /** The control message of a signal, or undefined if the other node cannot take it. */
  write(signal: Signal): ControlMessage | undefined {
    const choice = this.#choices[signal.kind]
    if (choice === undefined) return undefined
    let operation = 'token' in signal ? choice.traced : choice.plain
    // Without a sender only the old form can say it.
    if (signal.kind === 'send' && signal.from === null) operation = byOp(operation === choice.plain ? 2 : 12)
    return {
      control: new Tuple(operation.write(signal)),
      payload: operation.payload ? payloadOf(signal) : undefined,
    }
  }

  /** The operation that a control message names. Throws `bad_control`. */
  operation(control: Term): Operation {
    const op = control instanceof Tuple ? control.elements[0] : undefined
    if (typeof op !== 'number')
      throw badControl('A control message is a tuple that begins with the number of an operation.')
    const operation = BY_OP[op]
    if (operation === undefined) throw badControl(`There is no control message with the operation ${op}.`)
    const found = (control as Tuple).arity - 1
    if (found !== operation.arity) {
      throw badControl(
        `The control message ${op} (${operation.name}) has ${operation.arity} elements behind the first, not ${found}.`,
      )
    }
    return operation
  }

  /**
   * The signal of a control message whose operation was found; undefined for one without meaning. Throws `bad_control`,
   * and `forged_sender` if it acts in the name of a process of another node.
   */
  read(operation: Operation, control: Tuple, payload: Term): Signal | undefined {
    const signal = operation.read(new Fields(operation, control.elements, payload))
    if (operation.owned && signal !== undefined) this.#checkSender(operation, signal)
    return signal
  }

  #checkSender(operation: Operation, signal: Signal): void {
    const from: Pid | string | null | undefined = 'from' in signal ? signal.from : undefined
    if (!(from instanceof Pid) || from.node === this.#peer) return
    const node = from.node
    throw new BeamcadeError(
      'forged_sender',
      `${this.#peer} sent ${operation.name} in the name of a process of ${JSON.stringify(node)}.`,
      { details: { operation: operation.name, node } },
    )
  }
}

function payloadOf(signal: Signal): Term {
  if ('message' in signal) return signal.message
  if ('reason' in signal) return signal.reason
  return 'args' in signal ? signal.args : []
}
