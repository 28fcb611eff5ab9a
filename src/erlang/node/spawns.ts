/** Spawn requests, ours to other nodes and theirs to us (OTP, "Distribution Protocol", SPAWN_REQUEST and SPAWN_REPLY). */
import { BeamcadeError } from '../../errors.ts'
import { encode } from '../etf/encode.ts'
import { Atom, Pid, type Ref, type Term } from '../etf/terms.ts'
import type { Signal } from '../dist/signal.ts'
import type { NodeCore } from './core.ts'
import { type MonitorHandlers, NOCONNECTION, NOPROC, OutgoingMonitor, RemoteWatcher } from './monitors.ts'
import { type Process, showPid } from './process.ts'
import type { Remote } from './remote.ts'
import type { DialChoice, ProcessHandler } from './types.ts'

/** What OTP says of a node that takes no spawn requests: older than OTP 23, or written in C or Java. */
const NOTSUP = new Atom('notsup')
const LINKED = 1
const MONITORED = 2

export interface SpawnChoice extends DialChoice {
  /** Links the new process to ours. */
  readonly link?: boolean
  /** Monitors it; the request's reference is the monitor. */
  readonly monitor?: boolean
  /** Where the monitor's notice goes instead of into the mailbox. */
  readonly handlers?: MonitorHandlers
}

/** One of our requests that was not answered yet. */
export interface SpawnRequest {
  readonly ref: Ref
  readonly owner: Process
  readonly remote: Remote
  readonly handlers: MonitorHandlers | undefined
  /** The pid, or an atom that says why there is none: once. */
  answer(result: Pid | Atom, cause?: BeamcadeError): void
  /** Nobody wants the process any more: do not keep its monitor. */
  abandoned: boolean
}

/** Asks another node to run a function in a new process. Returns the request's reference. */
export function spawnAt(
  owner: Process,
  node: string,
  [module, name, args]: readonly [module: string, name: string, args: readonly Term[]],
  choice: SpawnChoice,
  answer: (result: Pid | Atom, cause?: BeamcadeError) => void,
): Ref {
  const { core } = owner
  if (owner.ended) throw new BeamcadeError('aborted', `The process that asks, ${showPid(owner.pid)}, has ended.`)
  const ref = core.identity.makeRef()
  const remote = core.connections.route(node, choice.dial ?? true)
  if (remote === undefined) {
    queueMicrotask(() => {
      answer(NOCONNECTION)
    })
    return ref
  }
  if (!remote.takesSpawns) {
    queueMicrotask(() => {
      answer(NOTSUP)
    })
    return ref
  }
  // What is no term is the caller's fault: it hears of it now, not nobody later.
  if (remote.pending) encode([...args])
  const request: SpawnRequest = { ref, owner, remote, handlers: choice.handlers, answer, abandoned: false }
  core.spawns.add(request)
  remote.spawns.add(request)
  const options: Term[] = []
  if (choice.link === true) options.push(new Atom('link'))
  if (choice.monitor === true) options.push(new Atom('monitor'))
  try {
    remote.send({
      kind: 'spawn_request',
      ref,
      from: owner.pid,
      groupLeader: owner.groupLeader,
      module,
      function: name,
      arity: args.length,
      options,
      args,
    })
  } catch (error) {
    core.spawns.take(ref)
    remote.spawns.delete(request)
    throw error
  }
  return ref
}

/** Forgets a request or, if it was answered, its monitor. */
export function abandonSpawn(owner: Process, ref: Ref): void {
  const request = owner.core.spawns.get(ref)
  if (request === undefined) owner.demonitor(ref)
  else request.abandoned = true
}

/** SPAWN_REPLY. Link and monitor stand from this moment: the process's end may be the next signal. */
export function receiveSpawnReply(
  core: NodeCore,
  { ref, flags, result }: Signal & { kind: 'spawn_reply' },
  remote: Remote,
): void {
  const request = core.spawns.get(ref)
  if (request?.remote !== remote) return
  core.spawns.take(ref)
  remote.spawns.delete(request)
  const { owner } = request
  if (result instanceof Pid) {
    if ((flags & LINKED) !== 0) {
      if (owner.alive) core.adoptLink(owner, result, remote)
      else remote.send({ kind: 'exit', from: owner.pid, to: result, reason: NOPROC })
    }
    if ((flags & MONITORED) !== 0) {
      if (request.abandoned || !owner.alive) remote.send({ kind: 'demonitor', from: owner.pid, target: result, ref })
      else new OutgoingMonitor(ref, owner, result, { remote }, request.handlers).add()
    }
  }
  if (!owner.alive) request.handlers?.abandoned?.()
  request.answer(result)
}

/** The connection stands. Requests that waited for it fail if the other node cannot take them. */
export function admitSpawns(core: NodeCore, remote: Remote): void {
  if (!remote.takesSpawns) failSpawns(core, remote, NOTSUP)
}

/** The connection is lost: open requests fail. */
export function loseSpawns(core: NodeCore, remote: Remote): void {
  failSpawns(core, remote, NOCONNECTION, remote.lostBecause)
}

function failSpawns(core: NodeCore, remote: Remote, why: Atom, cause?: BeamcadeError): void {
  for (const request of [...remote.spawns]) {
    remote.spawns.delete(request)
    core.spawns.take(request.ref)
    request.answer(why, cause)
  }
}

/** A request of another node, as it came. */
export type IncomingSpawn = Signal & { kind: 'spawn_request' }

/** Answers a request with a new process: link and monitor stand before the answer goes out and before anything runs. */
export function acceptSpawn(
  core: NodeCore,
  request: IncomingSpawn,
  remote: Remote,
  wish: { link: boolean; monitor: boolean },
  init: (process: Process) => ProcessHandler,
): Process {
  const process = core.spawn(init, { groupLeader: request.groupLeader })
  if (wish.link) core.adoptLink(process, request.from, remote)
  if (wish.monitor) {
    const watcher = new RemoteWatcher(request.ref, request.from, process.pid, process, remote)
    remote.watchers.add(watcher)
    process.watchers.add(watcher)
  }
  const flags = (wish.link ? LINKED : 0) | (wish.monitor ? MONITORED : 0)
  remote.send({ kind: 'spawn_reply', ref: request.ref, to: request.from, flags, result: process.pid })
  return process
}

/** Answers a request with the reason why there is no process. */
export function refuseSpawn(request: IncomingSpawn, remote: Remote, why: string): void {
  remote.send({ kind: 'spawn_reply', ref: request.ref, to: request.from, flags: 0, result: new Atom(why) })
}
