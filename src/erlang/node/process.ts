/** A process of this node: a pid, a mailbox, and a handler that gets one message after the other. */
import { BeamcadeError, messageOf } from '../../errors.ts'
import { inspectErlang } from '../etf/inspect.ts'
import { Atom, ImproperList, type Pid, Ref, type Term, Tuple, isAtom } from '../etf/terms.ts'
import { weigh } from '../etf/weigh.ts'
import type { NodeCore } from './core.ts'
import { reasonOf, isErlangError } from './errors.ts'
import { type Link, breakLinks, link, unlink } from './links.ts'
import { DownMail, ExitMail, type Letter, type Mail, Mailbox } from './mailbox.ts'
import { type MonitorHandlers, type OutgoingMonitor, demonitor, monitor } from './monitors.ts'
import { RefTable } from './ref-table.ts'
import type { Destination, DialChoice, ProcessHandler, SpawnOptions, Target } from './types.ts'
import { WatcherList } from './watcher-list.ts'

const KILLED = new Atom('killed')

export class Process {
  readonly pid: Pid
  /** True: exit signals come as messages instead of ending the process (`process_flag(trap_exit, true)`). */
  trapExit: boolean
  /** Takes the output of what runs for this process on other nodes. */
  groupLeader: Pid
  /** @internal */
  readonly core: NodeCore
  /** @internal */
  readonly mailbox = new Mailbox()
  /** @internal The scheduler has it in its queue. */
  queued = false
  /** @internal A handler's promise is open. */
  waiting = false
  /** @internal Who is told of our end. */
  readonly watchers = new WatcherList()
  /** @internal What we watch. */
  readonly monitors = new RefTable<OutgoingMonitor>()
  /** @internal By the key of the other pid. */
  readonly links = new Map<string, Link>()
  /** @internal References of ours that take messages. */
  readonly aliases = new Set<Ref>()
  /** @internal */
  readonly registeredNames = new Set<string>()

  #state: 'alive' | 'ending' | 'dead' = 'alive'
  #handler: ProcessHandler | undefined = undefined
  #abort: AbortController | undefined = undefined
  /** What the handler keeps for later. */
  #parked: Letter[] = []
  /** What the message takes that is being handled, if it has waited. */
  #weight: number | undefined = undefined
  /** A message could not be parked. */
  #refused = false

  /** @internal Use `spawn` of the node. */
  constructor(core: NodeCore, pid: Pid, options: SpawnOptions) {
    this.core = core
    this.pid = pid
    this.trapExit = options.trapExit ?? false
    this.groupLeader = options.groupLeader ?? core.groupLeader ?? pid
  }

  /** @internal */
  begin(handler: ProcessHandler): void {
    this.#handler = handler
  }

  /** @internal `init` threw: nobody shall hear more of it than who is linked. */
  abandon(error: unknown): void {
    this.#end(reasonOf(error))
  }

  get alive(): boolean {
    return this.#state === 'alive'
  }

  /** True once it has ended and done the last thing: nothing that it sends goes out any more. */
  get ended(): boolean {
    return this.#state === 'dead'
  }

  /** The names it is registered under. */
  get names(): string[] {
    return [...this.registeredNames]
  }

  /** Aborted when the process ends: give it to work that shall not outlive the process. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#state === 'dead') this.#abort.abort()
    return this.#abort.signal
  }

  /** Sends a message, like `send/2`. What is not there is not told. */
  send(to: Destination, message: Term, choice?: DialChoice): void {
    if (this.#state !== 'dead') this.core.send(to, message, this, choice)
  }

  /** `link/1`. A node that is not connected is not dialled unless asked for: the link ends with `noconnection`. */
  link(to: Pid, choice: DialChoice = {}): void {
    if (this.alive) link(this, to, choice.dial ?? false)
  }

  unlink(to: Pid): void {
    if (this.alive) unlink(this, to)
  }

  /** `monitor/2`: one notice when the target ends; at once with `noproc` or `noconnection` if it is not there. */
  monitor(target: Target, choice?: DialChoice): Ref {
    return monitor(this, target, undefined, choice)
  }

  demonitor(ref: Ref): void {
    demonitor(this, ref)
  }

  /** A reference that takes messages for this process until `unalias`; with `reply`, until the first one came. */
  alias(options: { reply?: boolean } = {}): Ref {
    return this.core.addAlias(this, options.reply === true)
  }

  unalias(ref: Ref): void {
    this.core.dropAlias(this, ref)
  }

  /** Ends this process. Reason: a term; `normal` harms no one who is linked. */
  exit(reason: Term): void {
    this.#end(reason)
  }

  /** `exit/2`: asks `to` to end. `kill` cannot be trapped; `normal` is ignored by all but the process itself. */
  exitSignal(to: Pid, reason: Term): void {
    this.core.exitSignal(this.pid, to, reason)
  }

  /** @internal Monitors with callbacks instead of messages; with `message`, the reference is an alias too. */
  watch(target: Target, handlers: MonitorHandlers, choice?: DialChoice): Ref {
    return monitor(this, target, handlers, choice)
  }

  /** @internal True if it can handle a message at once. */
  get idle(): boolean {
    return !this.waiting && !this.queued && this.mailbox.length === 0
  }

  /** So much waits in this node that nothing more should: the limit `maxWaitingBytes`. */
  get overfull(): boolean {
    return this.core.room.full
  }

  /** Counts the memory of `terms`, which came with a request, until `work` is settled: they are kept as long. */
  hold(work: Promise<unknown>, ...terms: readonly Term[]): void {
    const { room } = this.core
    const weight = weigh(...terms)
    const give = (): void => {
      room.give(weight)
    }
    room.take(weight)
    work.then(give, give)
  }

  /** @internal A message from the wire. Throws `mailbox_full`, which ends the connection that brought it. */
  deliver(message: Term, origin: string | undefined): void {
    if (this.#isReply(message)) return
    if (!this.core.scheduler.deliver(this, message, origin)) {
      this.admit()
      this.#post(message, origin, weigh(message))
    } else if (this.#refused) {
      this.#refused = false
      throw mailboxFull(this)
    }
  }

  /** @internal Throws `mailbox_full` if nothing more of another node may wait for this process. */
  admit(): void {
    if (this.#crowded || this.overfull) throw mailboxFull(this)
  }

  /** @internal A message from code of this program. Its terms are the program's own, and may be shared: it weighs nothing. */
  postMessage(message: Term): void {
    if (this.#isReply(message)) return
    if (this.#crowded) throw mailboxFull(this)
    this.post(message)
  }

  /** @internal Mail from code of this program. */
  post(mail: Mail): void {
    // The reason of an exit may be another node's.
    const weight = mail instanceof DownMail || mail instanceof ExitMail ? weigh(mail.reason) : 0
    this.#post(mail, undefined, weight)
  }

  /** @internal The handler wants the message that it has now later, by `unpark`. Until then it counts as one that waits. */
  park(mail: Mail, origin: string | undefined): void {
    // One that came at once, and not from the mailbox, was not let in yet.
    if (this.#weight === undefined && (this.#crowded || this.overfull)) {
      this.#refused = true
      return
    }
    const weight = this.#weight ?? weigh(mail as Term)
    this.core.room.take(weight)
    this.#parked.push({ mail, origin, weight })
  }

  /** @internal Puts the parked messages before all that wait. */
  unpark(): void {
    this.mailbox.unshift(this.#parked.splice(0))
    if (this.mailbox.length > 0) this.core.scheduler.wake(this)
  }

  /** As many messages wait as may. */
  get #crowded(): boolean {
    return this.mailbox.length + this.#parked.length >= this.core.limits.maxMailbox
  }

  #post(mail: Mail, origin: string | undefined, weight: number): void {
    if (this.#state !== 'alive') return
    this.core.room.take(weight)
    this.core.scheduler.post(this, mail, origin, weight)
  }

  /** @internal Handles the next mail; false if it cannot. */
  handleNext(): boolean {
    if (this.waiting || this.mailbox.length === 0 || this.#state !== 'alive') return false
    const { mail, origin, weight } = this.mailbox.first()
    this.mailbox.drop()
    this.core.room.give(weight)
    this.#weight = weight
    this.handle(mail, origin)
    this.#weight = undefined
    return true
  }

  /** @internal Never throws. */
  handle(mail: Mail, origin: string | undefined): void {
    const handler = this.#handler
    if (handler === undefined || this.#state !== 'alive') return
    try {
      const result = dispatch(handler, mail, this, origin)
      if (result !== undefined) this.wait(result)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @internal The mailbox waits until the promise is settled. */
  wait(work: Promise<void>): void {
    this.waiting = true
    work.then(
      () => {
        this.waiting = false
        if (this.mailbox.length > 0) this.core.scheduler.wake(this)
      },
      (error: unknown) => {
        this.waiting = false
        this.#fail(error)
      },
    )
  }

  /** @internal An exit signal (`viaLink`: the end of a linked process). */
  receiveExit(from: Pid, reason: Term, viaLink: boolean): void {
    if (!this.alive) return
    if (!viaLink && isAtom(reason, 'kill')) this.#end(KILLED)
    else if (this.trapExit) this.post(new ExitMail(from, reason))
    else if (!isAtom(reason, 'normal') || (!viaLink && from.equals(this.pid))) this.#end(reason)
  }

  /** A reply that was sent to the pid and not to the alias, as nodes without aliases and C nodes do it. True if a call took it. */
  #isReply(message: Term): boolean {
    if (this.core.calls.size === 0) return false
    const ref = answeredCall(message)
    if (ref === undefined) return false
    const entry = this.core.calls.get(ref)
    if (entry?.owner !== this) return false
    entry.handlers?.message?.(message)
    return true
  }

  #fail(error: unknown): void {
    if (!this.alive) return
    const { events } = this.core
    if (!isOrderly(error)) {
      const message = isErlangError(error) ? inspectErlang(error.reason) : messageOf(error)
      events.publish('process.failed', { pid: showPid(this.pid), names: this.names, message, error })
    }
    this.#end(reasonOf(error))
  }

  #end(reason: Term): void {
    if (!this.alive) return
    this.#state = 'ending'
    try {
      this.#handler?.terminate?.(reason, this)
    } catch (error) {
      const { events } = this.core
      events.publish('process.failed', { pid: showPid(this.pid), names: this.names, message: messageOf(error), error })
    }
    this.#state = 'dead'
    this.core.forget(this)
    this.#abort?.abort()
    for (const entry of this.monitors.values()) {
      demonitor(this, entry.ref)
      entry.handlers?.abandoned?.()
    }
    breakLinks(this, reason)
    for (const watcher of this.watchers.takeAll()) watcher.fire(reason)
    let weight = this.mailbox.clear()
    for (const letter of this.#parked.splice(0)) weight += letter.weight
    this.core.room.give(weight)
  }
}

/** The reference of the call that a message answers, if it may be a reply: `{[alias|Ref], Reply}` or `{Ref, Reply}`. */
export function answeredCall(message: Term): Ref | undefined {
  if (!(message instanceof Tuple) || message.elements.length !== 2) return undefined
  const tag = message.elements[0]
  const ref = tag instanceof ImproperList ? tag.tail : tag
  return ref instanceof Ref ? ref : undefined
}

/** As OTP sees it: `exit(normal)`, `exit(shutdown)` and `exit({shutdown, _})` are no failures. */
function isOrderly(error: unknown): boolean {
  if (!isErlangError(error) || error.class !== 'exit') return false
  const { reason } = error
  return isAtom(reason, 'normal') || isAtom(reason instanceof Tuple ? reason.elements[0] : reason, 'shutdown')
}

function dispatch(
  handler: ProcessHandler,
  mail: Mail,
  process: Process,
  origin: string | undefined,
): void | Promise<void> {
  if (mail instanceof DownMail) {
    return handler.down === undefined ? handler.message(mail.toTerm(), process, undefined) : handler.down(mail, process)
  }
  if (mail instanceof ExitMail) {
    return handler.exit === undefined ? handler.message(mail.toTerm(), process, undefined) : handler.exit(mail, process)
  }
  return handler.message(mail, process, origin)
}

function mailboxFull(process: Process): BeamcadeError {
  const who = process.names[0] ?? showPid(process.pid)
  const { room, limits } = process.core
  const why = room.full
    ? `A message for ${who} would have to wait, and ${room.used} bytes wait in this node; the limit maxWaitingBytes is ${room.max}.`
    : `${limits.maxMailbox} messages wait for ${who}, the limit maxMailbox.`
  return new BeamcadeError('mailbox_full', why)
}

/** A pid of this node as Erlang prints it. */
export function showPid(pid: Pid): string {
  return `<0.${pid.id}.${pid.serial}>`
}
