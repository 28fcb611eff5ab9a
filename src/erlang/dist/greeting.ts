/** Runs a handshake over a wire: packets with two bytes of length, a deadline, a limit, and one word about the end. */
import { Splitter } from '../../bytes/splitter.ts'
import { BeamcadeError, isBeamcadeError, messageOf, systemCode } from '../../errors.ts'
import type { Events } from '../../events.ts'
import {
  decide,
  decideAlive,
  endedEarly,
  type HandshakeOptions,
  type HandshakeStep,
  type Outcome,
  startAcceptor,
  startInitiator,
  step,
} from './handshake.ts'
import type { Caller, Connection, Decision, HandshakeLimits, LocalNode, Peer, Wire } from './types.ts'

export const HANDSHAKE_LIMITS: HandshakeLimits = {
  handshakeMs: 7000,
  maxHandshakeBytes: 1024,
  maxPending: 128,
  maxConnections: 4096,
  readBufferBytes: 65_536,
}

/** Defaults, with what is set instead. */
export function withDefaults<T extends object>(defaults: T, given: Partial<T> = {}): T {
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...(Object.fromEntries(set) as Partial<T>) }
}

export interface GreetingOptions {
  readonly wire: Wire
  readonly local: LocalNode
  readonly events: Events
  readonly limits: HandshakeLimits
  /** Milliseconds that are left; less than `limits.handshakeMs` where dialling took a part of it. */
  readonly deadlineMs: number
  /** Whom we dialled; undefined if we were dialled. */
  readonly wanted?: string
  /** See `ListenOptions`. */
  decide(caller: Caller): Decision
  /** See `DialOptions.wanted`. */
  confirmDead(): boolean
  onConnection(connection: Connection): void
  /** The wire is closed. */
  onFailure(error: BeamcadeError): void
}

/** Starts the handshake. The function that is returned gives it up. */
export function greet(options: GreetingOptions): (reason: BeamcadeError) => void {
  const { wire, local, limits, events } = options
  const direction = options.wanted === undefined ? 'in' : 'out'
  const challenge = local.challenges.take()
  const ours: HandshakeOptions = {
    name: local.name,
    creation: local.creation(),
    flags: local.flags,
    cookie: (peer) => local.cookie(peer),
    challenge,
    isOutstanding: (theirs) => local.challenges.has(theirs),
  }
  const first = options.wanted === undefined ? startAcceptor(ours) : startInitiator(ours, options.wanted)
  let state = first.state
  let connected: { peer: Peer; replaces: boolean } | undefined
  let peerName = options.wanted
  let over = false
  const splitter = new Splitter(2, limits.maxHandshakeBytes, (bytes, start, end) => {
    apply(step(state, bytes.subarray(start, end)))
  })
  const timer = setTimeout(() => {
    const text = `The handshake was not done within ${limits.handshakeMs} ms; it waited for the ${state.at}.`
    fail(new BeamcadeError('handshake_timeout', text))
  }, options.deadlineMs)

  function apply(result: HandshakeStep): void {
    state = result.state
    peerName = result.refused ?? result.ask?.name ?? peerName
    send(result.send)
    if (result.ask !== undefined) {
      apply(decide(state, options.decide({ ...result.ask, address: wire.address })))
    } else if (result.askAlive === true) apply(decideAlive(state, options.confirmDead()))
    else if (result.error !== undefined) fail(result.error, result.send.length > 0)
    else if (result.done !== undefined) succeed(result.done)
  }

  function send(packets: readonly Uint8Array[]): void {
    if (packets.length === 0) return
    const framed = packets.flatMap((packet) => [Uint8Array.of(packet.length >>> 8, packet.length), packet])
    // Some hundred bytes on a socket that carried nothing else: what the system does not take at once, the stream keeps.
    wire.write([Buffer.concat(framed)])
  }

  function finish(): void {
    over = true
    splitter.stop()
    clearTimeout(timer)
    local.challenges.release(challenge)
  }

  function succeed(outcome: Outcome): void {
    finish()
    const { name, creation, negotiated: flags, hidden, replaces } = outcome
    const { address } = wire
    const peer: Peer = { name, creation, flags, hidden, address }
    connected = { peer, replaces }
    events.publish(direction === 'in' ? 'dist.accepted' : 'dist.connected', { peer: name, address, hidden })
  }

  /** @param farewell something was sent that the other end shall still read */
  function fail(error: BeamcadeError, farewell = false): void {
    if (over) return
    finish()
    if (farewell) wire.end()
    else wire.destroy()
    const who = peerName === undefined ? {} : { peer: peerName }
    if (error.code !== 'aborted') {
      events.publish('dist.refused', { address: wire.address, ...who, code: error.code, message: error.message })
    }
    options.onFailure(error)
  }

  wire.handlers = {
    onBytes(chunk, transient) {
      try {
        splitter.push(chunk, transient)
      } catch (error) {
        fail(asHandshakeError(error))
      }
      if (connected === undefined) return
      // Only now the splitter has seen the whole chunk, and the remainder is complete.
      wire.pause()
      wire.handlers = undefined
      const connection: Connection = { wire, ...connected, direction, leftover: splitter.remainder }
      try {
        options.onConnection(connection)
      } catch (error) {
        // Whoever was to own the connection does not: nobody else would ever close it.
        wire.destroy()
        const message = `The connection was not taken: ${messageOf(error)}`
        events.publish('dist.closed', { peer: connection.peer.name, address: wire.address, code: 'internal', message })
      }
    },
    onWritten: () => undefined,
    onEnd(error) {
      fail(error === undefined || state.at === 'ack' ? endedEarly(state) : lost(error))
    },
  }
  apply(first)
  return (reason) => {
    fail(reason)
  }
}

function asHandshakeError(error: unknown): BeamcadeError {
  if (isBeamcadeError(error)) return error
  return new BeamcadeError('internal', `The handshake failed: ${messageOf(error)}`, { cause: error })
}

/** The error of a stream that the system broke. */
export function lost(error: Error): BeamcadeError {
  const code = systemCode(error)
  return new BeamcadeError('connection_lost', `The connection broke: ${code ?? messageOf(error)}.`, {
    details: { system: code },
    cause: error,
  })
}
