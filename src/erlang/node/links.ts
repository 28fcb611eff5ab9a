/**
 * Links and the link protocol of OTP 23 and later ("Distribution Protocol", "Link Protocol"). Each side of a link keeps an
 * entry of its own. An entry with an `unlinkId` is an unlink of ours that the other side did not acknowledge yet: to our
 * process the link is gone, and what still arrives over it (exit, link) was sent before the other side knew.
 */
import type { Pid, Term } from '../etf/terms.ts'
import type { NodeCore } from './core.ts'
import { NOCONNECTION, NOPROC } from './monitors.ts'
import type { Process } from './process.ts'
import type { Remote } from './remote.ts'

export interface Link {
  readonly owner: Process
  readonly other: Pid
  /** Undefined if the other process is ours too. */
  readonly remote: Remote | undefined
  /** 0: the link is active. */
  unlinkId: number
}

function addLink(owner: Process, other: Pid, remote: Remote | undefined): void {
  const link: Link = { owner, other, remote, unlinkId: 0 }
  owner.links.set(other.key, link)
  remote?.links.add(link)
}

function removeLink(link: Link): void {
  link.owner.links.delete(link.other.key)
  link.remote?.links.delete(link)
}

/** `link/1`. A process that is not there ends the link with `noproc`, a node that is not there with `noconnection`. */
export function link(owner: Process, to: Pid, dial: boolean): void {
  if (to.equals(owner.pid)) return
  const { core } = owner
  const entry = owner.links.get(to.key)
  if (entry?.unlinkId === 0) return
  if (to.node === core.identity.name) {
    const process = core.find(to)
    if (process === undefined) {
      queueMicrotask(() => {
        owner.receiveExit(to, NOPROC, true)
      })
      return
    }
    addLink(owner, to, undefined)
    addLink(process, owner.pid, undefined)
    return
  }
  const remote = entry?.remote ?? core.connections.route(to.node, dial)
  if (remote === undefined) {
    queueMicrotask(() => {
      owner.receiveExit(to, NOCONNECTION, true)
    })
    return
  }
  if (entry === undefined) addLink(owner, to, remote)
  else entry.unlinkId = 0
  remote.send({ kind: 'link', from: owner.pid, to })
}

/** `unlink/1`: from now on nothing that happens to `to` reaches `owner` by this link. */
export function unlink(owner: Process, to: Pid): void {
  const entry = owner.links.get(to.key)
  if (entry?.unlinkId !== 0) return
  const { remote } = entry
  if (remote === undefined) {
    removeLink(entry)
    owner.core.find(to)?.links.delete(owner.pid.key)
  } else if (remote.takesUnlinkIds) {
    entry.unlinkId = owner.core.nextUnlinkId()
    remote.send({ kind: 'unlink', id: entry.unlinkId, from: owner.pid, to })
  } else {
    removeLink(entry)
    remote.send({ kind: 'unlink', id: null, from: owner.pid, to })
  }
}

/** LINK. */
export function receiveLink(core: NodeCore, from: Pid, to: Pid, remote: Remote): void {
  const process = core.find(to)
  if (process === undefined) remote.send({ kind: 'exit', from: to, to: from, reason: NOPROC })
  // With an entry that is active there is nothing to do; one that we are unlinking stays so.
  else if (!process.links.has(from.key)) {
    remote.checkWatches(core.limits.maxWatches)
    addLink(process, from, remote)
  }
}

/** A link that the other side has made already, by a spawn request. */
export function adoptLink(owner: Process, other: Pid, remote: Remote): void {
  if (!owner.links.has(other.key)) addLink(owner, other, remote)
}

/** UNLINK_ID, or UNLINK without an id. The acknowledgement goes out before any other signal to that process. */
export function receiveUnlink(core: NodeCore, id: number | bigint | null, from: Pid, to: Pid, remote: Remote): void {
  const entry = core.find(to)?.links.get(from.key)
  if (entry?.unlinkId === 0) removeLink(entry)
  if (id !== null) remote.send({ kind: 'unlink_ack', id, from: to, to: from })
}

/** UNLINK_ID_ACK: only the answer to our latest unlink counts. */
export function receiveUnlinkAck(core: NodeCore, id: number | bigint, from: Pid, to: Pid): void {
  const entry = core.find(to)?.links.get(from.key)
  if (entry !== undefined && entry.unlinkId !== 0 && entry.unlinkId === Number(id)) removeLink(entry)
}

/** EXIT: the process at the other end of a link ended. */
export function receiveLinkExit(core: NodeCore, from: Pid, to: Pid, reason: Term): void {
  const process = core.find(to)
  const entry = process?.links.get(from.key)
  if (process === undefined || entry === undefined) return
  // An inactive entry stays until its acknowledgement, which a dead process gives as well.
  if (entry.unlinkId !== 0) return
  removeLink(entry)
  process.receiveExit(from, reason, true)
}

/** The process ended: everyone it is linked to hears of it. */
export function breakLinks(process: Process, reason: Term): void {
  for (const entry of [...process.links.values()]) {
    removeLink(entry)
    if (entry.unlinkId !== 0) continue
    if (entry.remote !== undefined) {
      entry.remote.sendEnd({ kind: 'exit', from: process.pid, to: entry.other, reason })
      continue
    }
    const other = process.core.find(entry.other)
    if (other?.links.delete(process.pid.key) !== true) continue
    process.core.exitLater(() => {
      other.receiveExit(process.pid, reason, true)
    })
  }
}

/** The connection is lost. */
export function loseLinks(remote: Remote): void {
  for (const entry of [...remote.links]) {
    removeLink(entry)
    if (entry.unlinkId === 0) entry.owner.receiveExit(entry.other, NOCONNECTION, true)
  }
}
