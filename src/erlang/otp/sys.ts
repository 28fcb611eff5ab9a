/** What OTP's `sys` asks of every server: `{system, From, Request}` (OTP `sys:do_cmd`). */
import { Atom, Pid, type Term, Tuple, atomName, tuple } from '../etf/terms.ts'
import { toErlangError } from '../node/errors.ts'
import type { Process } from '../node/process.ts'
import { A, charlist } from './atoms.ts'
import { remoteCall } from './remote-call.ts'
import { From } from './reply.ts'

/** What `sys` shows of a server. */
export interface SystemView {
  readonly process: Process
  getState(): Term
}

export class SystemState {
  /** While suspended a server handles nothing but system messages. */
  suspended = false
  readonly #view: SystemView
  readonly #onResume: () => void

  constructor(view: SystemView, onResume: () => void) {
    this.#view = view
    this.#onResume = onResume
  }

  /** Answers a request: `elements` are those of `{system, {Pid, Tag}, Request}`. */
  handle(elements: readonly Term[], origin: string | undefined): void {
    const [, caller, request] = elements
    if (!(caller instanceof Tuple) || caller.arity !== 2 || request === undefined) return
    const [pid, tag] = caller.elements
    if (!(pid instanceof Pid) || tag === undefined) return
    const from = new From(this.#view.process, pid, tag, origin)
    if (request instanceof Tuple && request.arity === 2 && atomName(request.elements[0]) === 'terminate') {
      from.reply(A.ok)
      this.#view.process.exit(request.elements[1] ?? A.normal)
      return
    }
    try {
      if (atomName(request) === 'get_state') this.#replyState(from)
      else from.reply(this.#answer(request))
    } catch (error) {
      refuse(from, error)
    }
  }

  #replyState(from: From): void {
    const { process } = this.#view
    const state = this.#view.getState()
    const answered = takesTaggedState(process, from.origin)
      .then((tagged) => from.reply(tagged ? tuple(A.ok, state) : state))
      .catch((error: unknown) => {
        refuse(from, error)
      })
    process.hold(answered, from.tag)
  }

  #answer(request: Term): Term {
    switch (atomName(request)) {
      case 'get_status':
        return this.#status()
      case 'suspend':
        this.suspended = true
        return A.ok
      case 'resume':
        if (this.suspended) {
          this.suspended = false
          this.#onResume()
        }
        return A.ok
      default:
        return tuple(A.error, refusal(request))
    }
  }

  /** As `gen_server:format_status/2` lays it out. */
  #status(): Term {
    const { process } = this.#view
    const state = this.suspended ? A.suspended : A.running
    const parent = process.pid
    const name = process.names[0]
    const data = [
      tuple(charlist('Status'), state),
      tuple(charlist('Parent'), parent),
      tuple(charlist('Logged events'), []),
    ]
    const misc = [
      tuple(A.header, charlist(`Status for generic server ${name ?? 'without a name'}`)),
      tuple(A.data, data),
      tuple(A.data, [tuple(charlist('State'), this.#view.getState())]),
    ]
    return tuple(A.status, process.pid, tuple(A.module, A.gen_server), [[], state, parent, [], misc])
  }
}

/** How long the asking node may take to say which `stdlib` it has, milliseconds: less than `sys` waits. */
const ASK_MS = 2000

/**
 * Whether `sys:get_state` on a node expects `{ok, State}`. It does since stdlib 5.1 (OTP 26.1); before, it takes the bare
 * state, and either stumbles over the other's form (erlang/otp issue 4029). Nothing in the handshake tells them apart, so
 * we ask. A node that does not say is taken for a new one.
 */
async function takesTaggedState(process: Process, node: string | undefined): Promise<boolean> {
  if (node === undefined || process.overfull) return true
  try {
    const call = ['application', 'get_key', [new Atom('stdlib'), new Atom('vsn')]] as const
    const answer = await remoteCall(process, node, call, { timeoutMs: ASK_MS, dial: false })
    const text = answer instanceof Tuple ? answer.elements[1] : undefined
    const version = Array.isArray(text) ? String.fromCharCode(...(text as number[])) : ''
    const [major = Infinity, minor = 0] = /^\d+(\.\d+)?/.test(version) ? version.split('.').map(Number) : []
    return major > 5 || (major === 5 && minor >= 1)
  } catch {
    return true
  }
}

/** A state that is no term, or cannot be told, is the asker's trouble, not the server's end (OTP: `callback_failed`). */
function refuse(from: From, error: unknown): void {
  from.reply(tuple(A.error, toErlangError(error).reason))
}

/** A state is replaced by a fun, and funs of other nodes cannot run here. Everything else is unknown, as OTP says it. */
function refusal(request: Term): Term {
  if (request instanceof Tuple && atomName(request.elements[0]) === 'replace_state') return new Atom('not_supported')
  return tuple(new Atom('unknown_system_msg'), request)
}
