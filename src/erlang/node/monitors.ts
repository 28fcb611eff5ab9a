/**
 * Monitors, in both directions. A process that ends tells everyone in its list of watchers; a connection that ends fires
 * the monitors that went over it and forgets the others. The reference is the key; a name that was monitored goes back
 * as that name (OTP, "Distribution Protocol", MONITOR_P, DEMONITOR_P, MONITOR_P_EXIT).
 * Towards a node that did not announce monitors, ours watch the connection only.
 */
import type { BeamcadeError } from '../../errors.ts'
import { Atom, Pid, type Ref, type Term } from '../etf/terms.ts'
import { DownMail } from './mailbox.ts'
import type { NodeCore } from './core.ts'
import type { Process } from './process.ts'
import type { Remote } from './remote.ts'
import type { DialChoice, NamedProcess, Target } from './types.ts'
import { Watcher } from './watcher-list.ts'

export const NOPROC = new Atom('noproc')
export const NOCONNECTION = new Atom('noconnection')

/** A process of another node watches one of ours. */
export class RemoteWatcher extends Watcher {
  readonly ref: Ref
  readonly from: Pid
  /** As it was asked for: this goes back. */
  readonly target: Pid | string
  readonly process: Process
  readonly remote: Remote

  constructor(ref: Ref, from: Pid, target: Pid | string, process: Process, remote: Remote) {
    super()
    this.ref = ref
    this.from = from
    this.target = target
    this.process = process
    this.remote = remote
  }

  fire(reason: Term): void {
    this.remote.watchers.take(this.ref)
    this.remote.sendEnd({ kind: 'monitor_exit', from: this.target, to: this.from, ref: this.ref, reason })
  }
}

/** What a monitor does instead of putting a message into the mailbox of its owner. */
export interface MonitorHandlers {
  /** The target ended, was never there, or the connection is lost: then `cause` may tell why. */
  down(reason: Term, cause: BeamcadeError | undefined): void
  /** The owner ended: nothing will come. */
  abandoned?(): void
  /** The reference is an alias too: the reply `{Tag, Reply}` that came to it. */
  message?(message: Term): void
}

/** A process of ours watches another one, here or elsewhere. */
export class OutgoingMonitor extends Watcher {
  readonly ref: Ref
  readonly owner: Process
  readonly target: Pid | NamedProcess
  readonly handlers: MonitorHandlers | undefined
  /** Where the target is: one of the two, or neither when it was not found. */
  readonly process: Process | undefined
  readonly remote: Remote | undefined

  constructor(
    ref: Ref,
    owner: Process,
    target: Pid | NamedProcess,
    place: { process?: Process | undefined; remote?: Remote | undefined },
    handlers: MonitorHandlers | undefined,
  ) {
    super()
    this.ref = ref
    this.owner = owner
    this.target = target
    this.process = place.process
    this.remote = place.remote
    this.handlers = handlers
  }

  /** Puts it into the tables of its owner. */
  add(): this {
    this.owner.monitors.add(this)
    this.remote?.monitors.add(this)
    if (this.handlers?.message !== undefined) this.owner.core.calls.add(this)
    return this
  }

  /** Takes it out of the tables of its owner. False: it was out. */
  remove(): boolean {
    if (this.owner.monitors.take(this.ref) === undefined) return false
    this.remote?.monitors.delete(this)
    if (this.handlers?.message !== undefined) this.owner.core.calls.take(this.ref)
    return true
  }

  fire(reason: Term): void {
    if (!this.remove()) return
    if (this.handlers === undefined) this.owner.post(new DownMail(this.ref, this.target, reason))
    else this.handlers.down(reason, this.remote?.lostBecause)
  }
}

/** Starts to watch. What is not there fires at once, that is, after the caller is done. */
export function monitor(owner: Process, to: Target, handlers?: MonitorHandlers, choice: DialChoice = {}): Ref {
  const { core } = owner
  const ref = core.identity.makeRef()
  if (owner.ended) {
    queueMicrotask(() => handlers?.abandoned?.())
    return ref
  }
  const target = typeof to === 'string' ? { name: to, node: core.identity.name } : to
  const local = target.node === core.identity.name
  const process = local ? core.find(target) : undefined
  const remote = local ? undefined : core.connections.route(target.node, choice.dial ?? true)
  const entry = new OutgoingMonitor(ref, owner, target, { process, remote }, handlers).add()
  if (process !== undefined) process.watchers.add(entry)
  else if (remote !== undefined) {
    if (remote.takesMonitors)
      remote.send({ kind: 'monitor', from: owner.pid, target: target instanceof Pid ? target : target.name, ref })
  } else {
    queueMicrotask(() => {
      entry.fire(local ? NOPROC : NOCONNECTION)
    })
  }
  return ref
}

/** Stops watching: afterwards the monitor does not fire. A notice that is in the mailbox already stays there. */
export function demonitor(owner: Process, ref: Ref): void {
  const entry = owner.monitors.get(ref)
  if (entry?.remove() !== true) return
  entry.process?.watchers.delete(entry)
  const { remote, target } = entry
  if (remote?.takesMonitors === true)
    remote.send({ kind: 'demonitor', from: owner.pid, target: target instanceof Pid ? target : target.name, ref })
}

/** MONITOR_P: another node starts to watch one of our processes, by pid or name. */
export function receiveMonitor(core: NodeCore, from: Pid, target: Pid | string, ref: Ref, remote: Remote): void {
  const process = core.find(target)
  if (process === undefined) {
    remote.send({ kind: 'monitor_exit', from: target, to: from, ref, reason: NOPROC })
    return
  }
  remote.checkWatches(core.limits.maxWatches)
  // A reference used twice: the newer monitor counts.
  const former = remote.watchers.take(ref)
  if (former !== undefined) former.process.watchers.delete(former)
  const watcher = new RemoteWatcher(ref, from, target, process, remote)
  remote.watchers.add(watcher)
  process.watchers.add(watcher)
}

/** DEMONITOR_P. It gets no answer. */
export function receiveDemonitor(ref: Ref, remote: Remote): void {
  const watcher = remote.watchers.take(ref)
  watcher?.process.watchers.delete(watcher)
}

/** MONITOR_P_EXIT: what a process of ours watched over there ended. */
export function receiveMonitorExit(core: NodeCore, to: Pid, ref: Ref, reason: Term, remote: Remote): void {
  const entry = core.find(to)?.monitors.get(ref)
  if (entry?.remote === remote) entry.fire(reason)
}

/** The connection is lost: our monitors over it fire, theirs are gone. */
export function loseMonitors(remote: Remote): void {
  for (const watcher of remote.watchers.values()) {
    remote.watchers.take(watcher.ref)
    watcher.process.watchers.delete(watcher)
  }
  for (const entry of [...remote.monitors]) entry.fire(NOCONNECTION)
}
