/**
 * The handshake, both sides, without socket, clock or random: a state and a packet go in, a new state and packets come
 * out. Packets are without their length prefix (2 bytes over TCP; the caller adds it).
 *
 * ```
 * initiator                          acceptor
 *   N flags creation name      ->
 *                              <-    s status
 *   s true | s false           ->             (only after the status `alive`)
 *                              <-    N flags challenge creation name
 *   r challenge digest         ->
 *                              <-    a digest
 * ```
 * Source: Erlang distribution protocol, "Distribution Handshake", version 6.
 */
import { Reader } from '../../bytes/reader.ts'
import { BeamcadeError, isBeamcadeError } from '../../errors.ts'
import { cookieDigest, sameDigest } from './cookie.ts'
import { expandFlags, FLAGS, missingFlags } from './flags.ts'
import { parseNodeName } from './node-name.ts'
import type { Decision } from './types.ts'

/** What a handshake has to know. Nothing of it changes while it runs. */
export interface HandshakeOptions {
  /** Our full name. */
  readonly name: string
  readonly creation: number
  readonly flags: bigint
  /** The cookie for this peer; empty if there is none: then there is no connection, as anyone can know an empty one. */
  cookie(peer: string): string
  /** 32 random bits, from a generator that cannot be foretold. */
  readonly challenge: number
  /** True if we wait for the answer to this challenge on any connection: then we do not give it ourselves. */
  isOutstanding?(challenge: number): boolean
}

/** What the other side told of itself. */
export interface Introduction {
  readonly name: string
  readonly creation: number
  /** Its flags, with those that MANDATORY_25_DIGEST stands for. */
  readonly flags: bigint
  readonly hidden: boolean
}

/** The end of a handshake that went well. */
export interface Outcome extends Introduction {
  /** Flags of both sides. */
  readonly negotiated: bigint
  /** The acceptor said `alive`, the initiator knows better: the old connection is to be closed. */
  readonly replaces: boolean
}

/** Where a handshake stands. `at` names what is awaited. */
export type HandshakeState = { readonly options: HandshakeOptions } & (
  | { readonly at: 'name' }
  | { readonly at: 'decision'; readonly peer: Introduction }
  | { readonly at: 'alive_answer'; readonly peer: Introduction }
  | { readonly at: 'reply'; readonly peer: Introduction; readonly replaces: boolean }
  | { readonly at: 'status'; readonly wanted: string }
  | { readonly at: 'alive_decision'; readonly wanted: string }
  | { readonly at: 'challenge'; readonly wanted: string }
  | { readonly at: 'ack'; readonly peer: Introduction }
  | { readonly at: 'done' }
  | { readonly at: 'failed' }
)

type StateAt<A extends HandshakeState['at']> = Extract<HandshakeState, { readonly at: A }>

/** The result of a step. With `error` the connection is to be closed after `send` has left. */
export interface HandshakeStep {
  readonly state: HandshakeState
  readonly send: readonly Uint8Array[]
  /** The acceptor has to say whether it lets this node in: go on with {@link decide}. */
  readonly ask?: Introduction
  /** The initiator has to say whether the connection that the other side believes in is dead: {@link decideAlive}. */
  readonly askAlive?: true
  readonly done?: Outcome
  readonly error?: BeamcadeError
  /** With `error`: the name that the other side gave before it was refused for what it is. */
  readonly refused?: string
}

/** Waits for a node that dialled us. */
export function startAcceptor(options: HandshakeOptions): HandshakeStep {
  return { state: { options, at: 'name' }, send: [] }
}

/** Introduces us to the node that we dialled. */
export function startInitiator(options: HandshakeOptions, wanted: string): HandshakeStep {
  const name = Buffer.from(options.name)
  const packet = Buffer.alloc(15 + name.length)
  packet.write('N', 'latin1')
  packet.writeBigUInt64BE(options.flags, 1)
  packet.writeUInt32BE(options.creation, 9)
  packet.writeUInt16BE(name.length, 13)
  name.copy(packet, 15)
  return { state: { options, at: 'status', wanted }, send: [packet] }
}

/** One packet of the other side. Never throws. */
export function step(state: HandshakeState, packet: Uint8Array): HandshakeStep {
  try {
    return receive(state, packet)
  } catch (error) {
    if (!isBeamcadeError(error)) throw error
    if (error.code !== 'truncated') return failed(state, error)
    return failed(state, bad(`The packet of the ${state.at} is too short: ${error.message}`))
  }
}

function receive(state: HandshakeState, packet: Uint8Array): HandshakeStep {
  const reader = new Reader(packet)
  switch (state.at) {
    case 'name':
      return receiveName(state, reader)
    case 'alive_answer':
      return receiveAliveAnswer(state, reader)
    case 'reply':
      return receiveReply(state, reader)
    case 'status':
      return receiveStatus(state, reader)
    case 'challenge':
      return receiveChallenge(state, reader)
    case 'ack':
      return receiveAck(state, reader)
    case 'decision':
    case 'alive_decision':
      throw bad('A packet came out of turn: it was not the turn of the other side.')
    case 'done':
    case 'failed':
      throw bad('A packet came after the end of the handshake.')
  }
}

// ---- the acceptor's side

function receiveName(state: StateAt<'name'>, reader: Reader): HandshakeStep {
  const tag = reader.u8()
  if (tag === 0x6e) throw bad('The other node speaks version 5 of the handshake (send_name "n"); version 6 is needed.')
  if (tag !== 0x4e) throw bad(`A connection has to begin with send_name ("N"), not with byte ${tag}.`)
  const flags = reader.u64()
  const creation = reader.u32()
  const peer = introduction(reader, flags, creation)
  const error = unfit(state.options, peer)
  if (error !== undefined) return { ...failed(state, error, [status('not_allowed')]), refused: peer.name }
  return { state: { options: state.options, at: 'decision', peer }, send: [], ask: peer }
}

/** Why a caller is refused before anyone is asked. */
function unfit(options: HandshakeOptions, peer: Introduction): BeamcadeError | undefined {
  if (peer.name === options.name) return new BeamcadeError('not_allowed', `${peer.name} is the name of this node.`)
  if (options.cookie(peer.name) === '') return cookieless(peer.name)
  const missing = missingFlags(peer.flags)
  return missing.length > 0 ? lacking(peer.name, missing) : undefined
}

/** Goes on after `ask`. */
export function decide(state: HandshakeState, decision: Decision): HandshakeStep {
  if (state.at !== 'decision') throw new TypeError(`No decision is awaited in the state ${state.at}.`)
  const { options, peer } = state
  switch (decision) {
    case 'ok':
    case 'ok_simultaneous':
      return challenge(options, peer, false, [status(decision)])
    case 'alive':
      return { state: { options, at: 'alive_answer', peer }, send: [status('alive')] }
    case 'nok': {
      const text = `${peer.name} dialled us while we dial it; our attempt stands.`
      return failed(state, new BeamcadeError('already_connecting', text), [status('nok')])
    }
    case 'not_allowed': {
      const text = `${peer.name} is not allowed to connect to this node.`
      return failed(state, new BeamcadeError('not_allowed', text), [status('not_allowed')])
    }
  }
}

function receiveAliveAnswer(state: StateAt<'alive_answer'>, reader: Reader): HandshakeStep {
  expectTag(reader, 's', 'status')
  const answer = reader.text(reader.remaining)
  if (answer === 'true') return challenge(state.options, state.peer, true, [])
  if (answer !== 'false') throw bad(`The answer to the status "alive" is true or false, not ${shown(answer)}.`)
  throw new BeamcadeError('still_connected', `${state.peer.name} keeps the connection that it has.`)
}

function challenge(
  options: HandshakeOptions,
  peer: Introduction,
  replaces: boolean,
  before: readonly Uint8Array[],
): HandshakeStep {
  const name = Buffer.from(options.name)
  const packet = Buffer.alloc(19 + name.length)
  packet.write('N', 'latin1')
  packet.writeBigUInt64BE(options.flags, 1)
  packet.writeUInt32BE(options.challenge, 9)
  packet.writeUInt32BE(options.creation, 13)
  packet.writeUInt16BE(name.length, 17)
  name.copy(packet, 19)
  return { state: { options, at: 'reply', peer, replaces }, send: [...before, packet] }
}

function receiveReply(state: StateAt<'reply'>, reader: Reader): HandshakeStep {
  expectTag(reader, 'r', 'challenge_reply')
  const { options, peer, replaces } = state
  const theirs = reader.u32()
  const cookie = options.cookie(peer.name)
  if (!sameDigest(reader.bytes(16), cookieDigest(cookie, options.challenge))) {
    throw new BeamcadeError('bad_cookie', `${peer.name} has a different cookie.`)
  }
  const ack = Buffer.concat([Buffer.from('a'), cookieDigest(cookie, theirs)])
  return { state: { options, at: 'done' }, send: [ack], done: outcome(options, peer, replaces) }
}

// ---- the initiator's side

function receiveStatus(state: StateAt<'status'>, reader: Reader): HandshakeStep {
  expectTag(reader, 's', 'status')
  const { options, wanted } = state
  const text = reader.text(reader.remaining)
  switch (text) {
    case 'ok':
    case 'ok_simultaneous':
      return { state: { options, at: 'challenge', wanted }, send: [] }
    case 'alive':
      return { state: { options, at: 'alive_decision', wanted }, send: [], askAlive: true }
    case 'nok':
      throw new BeamcadeError('already_connecting', `${wanted} is dialling us at this moment; its attempt stands.`)
    case 'not_allowed':
      throw new BeamcadeError('not_allowed', `${wanted} refuses a connection from ${options.name}.`)
    default:
      throw text.startsWith('named:')
        ? bad(`${wanted} gives us a name of its choice, which we did not ask for.`)
        : bad(`${wanted} answered with the status ${shown(text)}.`)
  }
}

/** Goes on after `askAlive`. `dead`: we know of no living connection. */
export function decideAlive(state: HandshakeState, dead: boolean): HandshakeStep {
  if (state.at !== 'alive_decision') throw new TypeError(`No decision is awaited in the state ${state.at}.`)
  const { options, wanted } = state
  if (dead) return { state: { options, at: 'challenge', wanted }, send: [status('true')] }
  const error = new BeamcadeError('still_connected', `The connection to ${wanted} is alive on both sides.`)
  return failed(state, error, [status('false')])
}

function receiveChallenge(state: StateAt<'challenge'>, reader: Reader): HandshakeStep {
  const { options, wanted } = state
  expectTag(reader, 'N', 'challenge')
  const flags = reader.u64()
  const theirs = reader.u32()
  const creation = reader.u32()
  const peer = introduction(reader, flags, creation)
  if (peer.name !== wanted) {
    const sameAlive = peer.name.split('@')[0] === wanted.split('@')[0]
    throw new BeamcadeError('wrong_node', `${peer.name} answered where ${wanted} was dialled.`, {
      ...(sameAlive && { hint: `A node answers to its own name only: dial ${peer.name}.` }),
    })
  }
  const missing = missingFlags(peer.flags)
  if (missing.length > 0) throw lacking(peer.name, missing)
  if (options.cookie(wanted) === '') throw cookieless(wanted)
  // Whoever sends our own challenge back wants us to do the proof for him.
  if (theirs === options.challenge || options.isOutstanding?.(theirs) === true) {
    throw new BeamcadeError('reflected_challenge', `${wanted} sent a challenge that this node had given.`)
  }
  const reply = Buffer.alloc(21)
  reply.write('r', 'latin1')
  reply.writeUInt32BE(options.challenge, 1)
  reply.set(cookieDigest(options.cookie(wanted), theirs), 5)
  return { state: { options, at: 'ack', peer }, send: [reply] }
}

function receiveAck(state: StateAt<'ack'>, reader: Reader): HandshakeStep {
  expectTag(reader, 'a', 'challenge_ack')
  const { options, peer } = state
  if (!sameDigest(reader.bytes(16), cookieDigest(options.cookie(peer.name), options.challenge))) {
    throw new BeamcadeError('bad_cookie', `${peer.name} has a different cookie.`)
  }
  return { state: { options, at: 'done' }, send: [], done: outcome(options, peer, false) }
}

// ---- both sides

/** What it means that the stream ended in this state. */
export function endedEarly(state: HandshakeState): BeamcadeError {
  // A BEAM that finds the cookie wrong says nothing and closes.
  if (state.at === 'ack') {
    return new BeamcadeError(
      'bad_cookie',
      `${state.peer.name} closed instead of accepting our proof: the cookies differ.`,
    )
  }
  return new BeamcadeError(
    'connection_lost',
    `The connection ended in the handshake, while waiting for the ${state.at}.`,
  )
}

function introduction(reader: Reader, rawFlags: bigint, creation: number): Introduction {
  const name = parseNodeName(reader.text(reader.u16())).name
  const flags = expandFlags(rawFlags)
  return { name, creation, flags, hidden: (flags & FLAGS.PUBLISHED) === 0n }
}

function outcome(options: HandshakeOptions, peer: Introduction, replaces: boolean): Outcome {
  return { ...peer, negotiated: expandFlags(options.flags) & peer.flags, replaces }
}

function status(text: string): Uint8Array {
  return Buffer.from(`s${text}`, 'latin1')
}

function expectTag(reader: Reader, tag: string, name: string): void {
  const found = reader.u8()
  if (found !== tag.charCodeAt(0)) throw bad(`A ${name} ("${tag}") was expected, byte ${found} came.`)
}

function failed(state: HandshakeState, error: BeamcadeError, send: readonly Uint8Array[] = []): HandshakeStep {
  return { state: { options: state.options, at: 'failed' }, send, error }
}

function bad(text: string): BeamcadeError {
  return new BeamcadeError('bad_handshake', text)
}

function cookieless(name: string): BeamcadeError {
  return new BeamcadeError('bad_cookie', `This node has no cookie for ${name}.`, {
    hint: 'Give it one, or one for all others under the empty name.',
  })
}

function lacking(name: string, missing: readonly string[]): BeamcadeError {
  return new BeamcadeError(
    'missing_flags',
    `${name} lacks what every node must be able to do: ${missing.join(', ')}.`,
    {
      details: { missing },
    },
  )
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
