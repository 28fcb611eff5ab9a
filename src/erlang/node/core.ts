/**
 * The heart of a node: its processes and names, and what each signal does to them. It knows no sockets: connections come
 * in as `SignalChannel`s, so two cores can be joined in memory.
 */
import { getHeapStatistics } from 'node:v8'
import { BeamcadeError } from '../../errors.ts'
import type { Events } from '../../events.ts'
import type { Signal } from '../dist/signal.ts'
import { MAX_ATOM_LENGTH, Pid, Ref, type Term } from '../etf/terms.ts'
import { Connections } from './connections.ts'
import { Identity } from './identity.ts'
import * as links from './links.ts'
import * as monitors from './monitors.ts'
import { Process, answeredCall, showPid } from './process.ts'
import { RefTable } from './ref-table.ts'
import type { Remote } from './remote.ts'
import { WaitingRoom } from './room.ts'
import { Scheduler } from './scheduler.ts'
import {
  type IncomingSpawn,
  type SpawnRequest,
  admitSpawns,
  loseSpawns,
  receiveSpawnReply,
  refuseSpawn,
} from './spawns.ts'
import type {
  Destination,
  Dial,
  DialChoice,
  NamedProcess,
  NodeLimits,
  NodeListener,
  ProcessHandler,
  SignalChannel,
  SpawnOptions,
} from './types.ts'

export const NODE_LIMITS: Readonly<NodeLimits> = {
  maxQueuedSignals: 10_000,
  maxProcesses: 1_000_000,
  maxMailbox: 1_000_000,
  maxWaitingBytes: Math.min(536_870_912, Math.floor(getHeapStatistics().heap_size_limit / 4)),
  maxWatches: 1_000_000,
  dialMs: 8000,
  maxMessagesInTurn: 2000,
}

export interface CoreOptions {
  readonly name: string
  readonly creation: number
  readonly events: Events
  readonly dial?: Dial | undefined
  /** Nodes that replies and signals may dial as well. */
  readonly allowed?: readonly string[]
  readonly limits?: Partial<NodeLimits> | undefined
}

interface Alias {
  readonly ref: Ref
  readonly owner: Process
  /** It ends with the first message. */
  readonly once: boolean
}

/** One number for the id and the serial of a pid: the ids alone come again after four billion processes. */
function numberOf({ id, serial }: Pid): number {
  return serial === 0 ? id : serial * 0x1_0000_0000 + id
}

export class NodeCore {
  readonly identity: Identity
  readonly events: Events
  readonly limits: NodeLimits
  readonly connections: Connections
  readonly scheduler: Scheduler
  readonly room: WaitingRoom
  readonly spawns = new RefTable<SpawnRequest>()
  /** The default group leader of new processes. */
  groupLeader: Pid | undefined = undefined
  /** Monitors whose reference takes messages as well: calls of ours that wait for their reply. */
  readonly calls = new RefTable<monitors.OutgoingMonitor>()
  /** Answers spawn requests of other nodes; until it is set they get `notsup`. */
  onSpawnRequest: ((request: IncomingSpawn, remote: Remote) => void) | undefined = undefined

  /** By `numberOf` the pid. */
  readonly #processes = new Map<number, Process>()
  readonly #names = new Map<string, Process>()
  readonly #aliases = new RefTable<Alias>()
  readonly #listeners = new Set<NodeListener>()
  readonly #exits: (() => void)[] = []
  #exiting = false
  #unlinkId = 0
  /** The From of what is sent by no process: signals need one. */
  readonly #nobody: Pid

  constructor(options: CoreOptions) {
    this.identity = new Identity(options.name, options.creation)
    this.events = options.events
    this.limits = { ...NODE_LIMITS, ...options.limits }
    this.scheduler = new Scheduler(this.limits.maxMessagesInTurn)
    this.room = new WaitingRoom(this.limits.maxWaitingBytes)
    this.#nobody = this.identity.makePid()
    this.connections = new Connections({
      self: options.name,
      dial: options.dial,
      allowed: options.allowed ?? [],
      limits: this.limits,
      room: this.room,
      onUp: (remote, channel) => {
        admitSpawns(this, remote)
        this.#tell('up', channel.peer, undefined)
      },
      onDown: (remote, channel, reason) => {
        links.loseLinks(remote)
        monitors.loseMonitors(remote)
        loseSpawns(this, remote)
        if (channel !== undefined) this.#tell('down', channel.peer, reason)
      },
      onDropped: (signal, remote, code) => {
        this.#dropped(signal.kind, remote.name, code)
      },
    })
  }

  // Processes and names

  /** Starts a process. What `init` throws ends it, and goes to the caller. */
  spawn(init: (process: Process) => ProcessHandler, options: SpawnOptions = {}): Process {
    if (this.#processes.size >= this.limits.maxProcesses) {
      const { maxProcesses } = this.limits
      throw new BeamcadeError('too_many_processes', `The node has ${maxProcesses} processes, its limit maxProcesses.`)
    }
    const process = new Process(this, this.identity.makePid(), options)
    if (options.name !== undefined) this.register(options.name, process)
    this.#processes.set(numberOf(process.pid), process)
    try {
      process.begin(init(process))
    } catch (error) {
      process.abandon(error)
      throw error
    }
    return process
  }

  register(name: string, process: Process): void {
    if (name === '' || name === 'undefined' || name.length > MAX_ATOM_LENGTH) {
      throw new BeamcadeError('bad_argument', `${JSON.stringify(name)} cannot be the name of a process.`)
    }
    if (process.ended) {
      throw new BeamcadeError('noproc', `${showPid(process.pid)} has ended and cannot be registered as ${name}.`)
    }
    if (this.#names.has(name)) {
      throw new BeamcadeError('name_registered', `A process is registered as ${name} on ${this.identity.name} already.`)
    }
    this.#names.set(name, process)
    process.registeredNames.add(name)
  }

  /** True if the name was registered. */
  unregister(name: string): boolean {
    this.#names.get(name)?.registeredNames.delete(name)
    return this.#names.delete(name)
  }

  names(): string[] {
    return [...this.#names.keys()]
  }

  processes(): Process[] {
    return [...this.#processes.values()]
  }

  /** The living process of this node that a pid or a name means. A pid of a former life of the node means none. */
  find(target: Pid | NamedProcess | string): Process | undefined {
    if (typeof target === 'string') return this.#names.get(target)
    if (!(target instanceof Pid)) return this.#names.get(target.name)
    const process = this.#processes.get(numberOf(target))
    return process?.pid.equals(target) === true ? process : undefined
  }

  /** @internal The process ended. */
  forget(process: Process): void {
    this.#processes.delete(numberOf(process.pid))
    for (const name of process.registeredNames) this.#names.delete(name)
    for (const ref of process.aliases) this.#aliases.take(ref)
  }

  // Sending

  /** False if it was dropped because too much waits for the dial of that node. */
  send(to: Destination, message: Term, from: Process | undefined, choice?: DialChoice): boolean {
    if (typeof to !== 'string' && to.node !== this.identity.name) {
      return this.#sendAway(to, message, from?.pid ?? this.#nobody, choice)
    }
    this.#sendLocal(to, message)
    return true
  }

  #sendLocal(to: Destination, message: Term): void {
    if (to instanceof Ref) {
      this.#toAlias(to, message, (owner) => {
        owner.post(message)
      })
      return
    }
    const process = this.find(to)
    if (process === undefined) this.#dropped('send', this.identity.name, 'noproc')
    else process.postMessage(message)
  }

  #sendAway(to: Pid | Ref | NamedProcess, message: Term, from: Pid, choice: DialChoice | undefined): boolean {
    // A name was written by this program, a pid or an alias came from somewhere: only the former is reason to dial.
    const dial = choice?.dial ?? !(to instanceof Pid || to instanceof Ref)
    const { connections } = this
    const remote = connections.route(to.node, dial)
    if (remote === undefined) this.#dropped('send', to.node, 'noconnection')
    else if (to instanceof Pid) return connections.send(remote, { kind: 'send', from, to, message })
    else if (to instanceof Ref) return connections.send(remote, { kind: 'alias_send', from, alias: to, message })
    else return connections.send(remote, { kind: 'reg_send', from, name: to.name, message })
    return true
  }

  /** `exit/2`. */
  exitSignal(from: Pid, to: Pid, reason: Term): void {
    if (to.node === this.identity.name) {
      this.find(to)?.receiveExit(from, reason, false)
      return
    }
    const remote = this.connections.route(to.node, false)
    if (remote === undefined) this.#dropped('exit2', to.node, 'noconnection')
    else this.connections.send(remote, { kind: 'exit2', from, to, reason })
  }

  /** @internal Runs the consequences of an end one after the other, however long the chain of links. */
  exitLater(consequence: () => void): void {
    this.#exits.push(consequence)
    if (this.#exiting) return
    this.#exiting = true
    for (let next = this.#exits.shift(); next !== undefined; next = this.#exits.shift()) next()
    this.#exiting = false
  }

  // Aliases and links

  addAlias(owner: Process, once: boolean): Ref {
    const ref = this.identity.makeRef()
    if (owner.ended) return ref
    this.#aliases.add({ ref, owner, once })
    owner.aliases.add(ref)
    return ref
  }

  dropAlias(owner: Process, ref: Ref): void {
    const alias = this.#aliases.get(ref)
    if (alias?.owner !== owner) return
    this.#aliases.take(ref)
    owner.aliases.delete(alias.ref)
  }

  #toAlias(ref: Ref, message: Term, hand: (owner: Process) => void): void {
    const call = this.calls.get(ref)
    if (call !== undefined) {
      // What is no reply is a message like others, as with a BEAM.
      if (ref.equals(answeredCall(message))) call.handlers?.message?.(message)
      else hand(call.owner)
      return
    }
    const alias = this.#aliases.get(ref)
    if (alias === undefined) {
      this.#dropped('alias_send', this.identity.name, 'noproc')
      return
    }
    if (alias.once) this.dropAlias(alias.owner, alias.ref)
    hand(alias.owner)
  }

  /** @internal A link that the other side has as well. */
  adoptLink(owner: Process, other: Pid, remote: Remote): void {
    links.adoptLink(owner, other, remote)
  }

  nextUnlinkId(): number {
    this.#unlinkId += 1
    return this.#unlinkId
  }

  // Connections

  onNode(listener: NodeListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** A listener that throws is no reason to leave the others, and the connection, in the middle of it. */
  #tell(...[event, peer, reason]: Parameters<NodeListener>): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event, peer, reason)
      } catch (error) {
        this.events.publish('events.subscriber_failed', { event: `node.${event}`, error })
      }
    }
  }

  /** A signal came over a connection. */
  receive(signal: Signal, channel: SignalChannel): void {
    const remote = this.connections.find(channel.peer.name)
    if (remote?.channel === channel) this.#receive(signal, remote)
  }

  #receive(signal: Signal, remote: Remote): void {
    switch (signal.kind) {
      case 'reg_send': {
        const process = this.#names.get(signal.name)
        if (process === undefined) this.#dropped(signal.kind, remote.name, 'noproc')
        else process.deliver(signal.message, remote.name)
        return
      }
      case 'send': {
        const process = this.find(signal.to)
        if (process === undefined) this.#dropped(signal.kind, remote.name, 'noproc')
        else process.deliver(signal.message, remote.name)
        return
      }
      case 'monitor':
        monitors.receiveMonitor(this, signal.from, signal.target, signal.ref, remote)
        return
      case 'demonitor':
        monitors.receiveDemonitor(signal.ref, remote)
        return
      case 'alias_send':
        this.#toAlias(signal.alias, signal.message, (owner) => {
          owner.deliver(signal.message, remote.name)
        })
        return
      case 'monitor_exit':
        monitors.receiveMonitorExit(this, signal.to, signal.ref, signal.reason, remote)
        return
      case 'link':
        links.receiveLink(this, signal.from, signal.to, remote)
        return
      case 'unlink':
        links.receiveUnlink(this, signal.id, signal.from, signal.to, remote)
        return
      case 'unlink_ack':
        links.receiveUnlinkAck(this, signal.id, signal.from, signal.to)
        return
      case 'exit':
        this.#admitExit(signal.to)
        links.receiveLinkExit(this, signal.from, signal.to, signal.reason)
        return
      case 'exit2':
        this.#admitExit(signal.to)
        this.find(signal.to)?.receiveExit(signal.from, signal.reason, false)
        return
      case 'group_leader': {
        const process = this.find(signal.to)
        if (process !== undefined) process.groupLeader = signal.from
        return
      }
      case 'spawn_request':
        if (signal.from.node !== remote.name) refuseSpawn(signal, remote, 'badarg')
        else if (this.onSpawnRequest === undefined) refuseSpawn(signal, remote, 'notsup')
        else this.onSpawnRequest(signal, remote)
        return
      case 'spawn_reply':
        receiveSpawnReply(this, signal, remote)
    }
  }

  /** An exit signal of another node will be a message if it is trapped. */
  #admitExit(to: Pid): void {
    const process = this.find(to)
    if (process?.trapExit === true && !process.idle) process.admit()
  }

  #dropped(kind: string, peer: string, code: string): void {
    if (this.events.wants('node.dropped')) this.events.publish('node.dropped', { kind, peer, code })
  }
}
