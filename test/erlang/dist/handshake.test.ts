import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Splitter } from '../../../src/bytes/splitter.ts'
import { cookieDigest } from '../../../src/erlang/dist/cookie.ts'
import { FLAGS, MANDATORY_25, ourFlags } from '../../../src/erlang/dist/flags.ts'
import {
  decide,
  decideAlive,
  endedEarly,
  type HandshakeOptions,
  type HandshakeState,
  type HandshakeStep,
  type Outcome,
  startAcceptor,
  startInitiator,
  step,
} from '../../../src/erlang/dist/handshake.ts'
import type { Decision } from '../../../src/erlang/dist/types.ts'
import type { BeamcadeError } from '../../../src/errors.ts'

function options(name: string, more: Partial<HandshakeOptions> = {}): HandshakeOptions {
  return { name, creation: 7, flags: ourFlags(), cookie: () => 'same', challenge: name === 'a@h' ? 111 : 222, ...more }
}

interface Ended {
  done?: Outcome
  error?: BeamcadeError
}

interface Talk {
  a?: Partial<HandshakeOptions>
  b?: Partial<HandshakeOptions>
  decision?: Decision
  dead?: boolean
  wanted?: string
}

/** One side with its questions answered: packets in, packets out. */
class Side {
  readonly ended: Ended = {}
  readonly out: Uint8Array[] = []
  state: HandshakeState
  readonly #talk: Talk

  constructor(first: HandshakeStep, talk: Talk) {
    this.#talk = talk
    this.state = first.state
    this.apply(first)
  }

  apply(result: HandshakeStep): void {
    this.state = result.state
    this.out.push(...result.send)
    if (result.done !== undefined) this.ended.done = result.done
    if (result.error !== undefined) this.ended.error = result.error
    if (result.ask !== undefined) this.apply(decide(this.state, this.#talk.decision ?? 'ok'))
    if (result.askAlive === true) this.apply(decideAlive(this.state, this.#talk.dead ?? true))
  }
}

/** Lets `a@h` dial `b@h`. `carry` brings packets to the other side. */
function talk(
  how: Talk,
  carry: (packets: Uint8Array[], to: Side) => void,
): { a: Ended; b: Ended; packets: Uint8Array[] } {
  const a = new Side(startInitiator(options('a@h', how.a), how.wanted ?? 'b@h'), how)
  const b = new Side(startAcceptor(options('b@h', how.b)), how)
  const packets: Uint8Array[] = []
  for (let i = 0; i < 10; i += 1) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const sent = from.out.splice(0)
      packets.push(...sent)
      if (to.ended.error === undefined) carry(sent, to)
    }
  }
  return { a: a.ended, b: b.ended, packets }
}

const directly = (packets: Uint8Array[], to: Side): void => {
  for (const packet of packets) to.apply(step(to.state, packet))
}

/** With lengths in front, each byte a chunk of its own. */
const byteByByte = (): ((packets: Uint8Array[], to: Side) => void) => {
  const splitters = new Map<Side, Splitter>()
  return (packets, to) => {
    const splitter =
      splitters.get(to) ??
      new Splitter(2, 1024, (bytes, start, end) => {
        to.apply(step(to.state, bytes.subarray(start, end)))
      })
    splitters.set(to, splitter)
    for (const packet of packets) {
      for (const byte of [packet.length >> 8, packet.length & 255, ...packet]) splitter.push(Uint8Array.of(byte))
    }
  }
}

describe('both ends against each other', () => {
  test.each([
    ['packet by packet', () => directly],
    ['byte by byte', byteByByte],
  ])('%s', (_, carry) => {
    const { a, b, packets } = talk({ b: { creation: 9, flags: ourFlags({ hidden: false }) } }, carry())
    expect(a.error).toBeUndefined()
    expect(a.done).toMatchObject({ name: 'b@h', creation: 9, hidden: false, negotiated: ourFlags(), replaces: false })
    expect(b.done).toMatchObject({ name: 'a@h', creation: 7, hidden: true, negotiated: ourFlags(), replaces: false })
    expect(packets.map((packet) => String.fromCharCode(packet[0] ?? 0)).join('')).toBe('NsNra')
  })

  test('status ok_simultaneous goes on', () => {
    const { a, b } = talk({ decision: 'ok_simultaneous' }, directly)
    expect(a.done?.name).toBe('b@h')
    expect(b.done?.name).toBe('a@h')
  })

  test('status nok: the other attempt stands', () => {
    const { a, b } = talk({ decision: 'nok' }, directly)
    expect(a.error?.code).toBe('already_connecting')
    expect(b.error?.code).toBe('already_connecting')
  })

  test('status not_allowed', () => {
    const { a, b } = talk({ decision: 'not_allowed' }, directly)
    expect(a.error).toMatchObject({ code: 'not_allowed', message: 'b@h refuses a connection from a@h.' })
    expect(b.error?.code).toBe('not_allowed')
  })

  test('status alive, and the old connection is dead: it is replaced', () => {
    const { a, b, packets } = talk({ decision: 'alive', dead: true }, directly)
    expect(Buffer.from(packets[2] ?? []).toString()).toBe('strue')
    expect(a.done?.name).toBe('b@h')
    expect(b.done).toMatchObject({ name: 'a@h', replaces: true })
  })

  test('status alive, and it is: both keep it', () => {
    const { a, b, packets } = talk({ decision: 'alive', dead: false }, directly)
    expect(Buffer.from(packets[2] ?? []).toString()).toBe('sfalse')
    expect(a.error?.code).toBe('still_connected')
    expect(b.error?.code).toBe('still_connected')
  })

  test('different cookies: the acceptor finds out, before it proves anything', () => {
    const { a, b, packets } = talk({ a: { cookie: () => 'other' } }, directly)
    expect(b.error).toMatchObject({ code: 'bad_cookie', message: 'a@h has a different cookie.' })
    expect(a.done).toBeUndefined()
    expect(packets.some((packet) => packet[0] === 0x61)).toBe(false)
  })

  test('a cookie for each peer', () => {
    const cookie = (peer: string): string => (peer === 'b@h' || peer === 'a@h' ? 'ours' : 'else')
    expect(talk({ a: { cookie }, b: { cookie } }, directly).a.done?.name).toBe('b@h')
  })

  test('no cookie for a peer, on either side or both: nobody proves anything', () => {
    const none = { cookie: (): string => '' }
    expect(talk({ a: none, b: none }, directly).b.error?.message).toBe('This node has no cookie for a@h.')
    const { a, packets } = talk({ a: none }, directly)
    expect(a.error).toMatchObject({ code: 'bad_cookie', message: 'This node has no cookie for b@h.' })
    expect(packets.some((packet) => packet[0] === 0x72)).toBe(false)
  })

  test('another node than the dialled one', () => {
    const { a } = talk({ wanted: 'c@h' }, directly)
    expect(a.error).toMatchObject({ code: 'wrong_node', message: 'b@h answered where c@h was dialled.' })
    // The same node under another name of its host.
    const { a: near } = talk({ wanted: 'b@localhost' }, directly)
    expect(near.error).toMatchObject({ hint: 'A node answers to its own name only: dial b@h.' })
  })

  test('flags that are missing are named, on either side', () => {
    const flags = ourFlags() & ~FLAGS.MANDATORY_25_DIGEST & ~FLAGS.UTF8_ATOMS & ~FLAGS.NEW_FLOATS
    const one = talk({ a: { flags } }, directly)
    expect(one.b.error).toMatchObject({ code: 'missing_flags', details: { missing: ['NEW_FLOATS', 'UTF8_ATOMS'] } })
    expect(one.b.error?.message).toContain('NEW_FLOATS, UTF8_ATOMS')
    expect(one.a.error?.code).toBe('not_allowed')
    expect(talk({ b: { flags } }, directly).a.error?.code).toBe('missing_flags')
  })

  test('the digest of the mandatory flags is as good as the flags', () => {
    const { a, b } = talk({ a: { flags: FLAGS.MANDATORY_25_DIGEST } }, directly)
    expect(a.done?.negotiated).toBe(FLAGS.MANDATORY_25_DIGEST | MANDATORY_25)
    expect(b.done?.negotiated).toBe(FLAGS.MANDATORY_25_DIGEST | MANDATORY_25)
  })

  test('a node of our own name is not let in', () => {
    const { a, b } = talk({ a: { name: 'b@h' } }, directly)
    expect(b.error?.message).toBe('b@h is the name of this node.')
    expect(a.error?.code).toBe('not_allowed')
  })

  test('our own challenge is not answered: not the one of this handshake, nor of another', () => {
    expect(talk({ a: { challenge: 5 }, b: { challenge: 5 } }, directly).a.error?.code).toBe('reflected_challenge')
    const isOutstanding = (challenge: number): boolean => challenge === 6
    const { a, packets } = talk({ a: { isOutstanding }, b: { challenge: 6 } }, directly)
    expect(a.error?.code).toBe('reflected_challenge')
    expect(packets.some((packet) => packet[0] === 0x72)).toBe(false)
  })
})

describe('with what OTP 25.2.3 sent', () => {
  // Recorded from a BEAM that dialled a listener with these options.
  const ours = {
    name: 'ours@127.0.0.1',
    creation: 0x11223344,
    flags: 0xd075f5fbcn,
    cookie: () => 'vector',
    challenge: 0xfedcba98,
  }
  const hex = (text: string): Buffer => Buffer.from(text, 'hex')
  const sendName = '4e0000000d07df7fbd6b017a8d000e6265616d403132372e302e302e31'
  const challenge = '4e0000000d075f5fbcfedcba9811223344000e6f757273403132372e302e302e31'
  const reply = '72d7ae60cb1fcea49f6961f8acf2e88353996ec745'
  const ack = '619d0ed5434223c4deb1006196d4b21231'

  test('the acceptor answers byte for byte', () => {
    const asked = step(startAcceptor(ours).state, hex(sendName))
    expect(asked.ask).toMatchObject({ name: 'beam@127.0.0.1', creation: 0x6b017a8d, hidden: false })
    const decided = decide(asked.state, 'ok')
    expect(decided.send.map((packet) => Buffer.from(packet).toString('hex'))).toEqual(['736f6b', challenge])
    const acked = step(decided.state, hex(reply))
    expect(acked.send.map((packet) => Buffer.from(packet).toString('hex'))).toEqual([ack])
    expect(acked.done?.negotiated).toBe(0xd075f5fbcn)
  })

  test('the initiator says the same as the BEAM did', () => {
    const beam = {
      name: 'beam@127.0.0.1',
      creation: 0x6b017a8d,
      flags: 0xd07df7fbdn,
      cookie: () => 'vector',
      challenge: 0xd7ae60cb,
    }
    const first = startInitiator(beam, 'ours@127.0.0.1')
    expect(Buffer.from(first.send[0] ?? []).toString('hex')).toBe(sendName)
    const replied = step(step(first.state, Buffer.from('sok')).state, hex(challenge))
    expect(Buffer.from(replied.send[0] ?? []).toString('hex')).toBe(reply)
    expect(step(replied.state, hex(ack)).done?.name).toBe('ours@127.0.0.1')
  })

  test('bytes behind the name are ignored, as the specification says', () => {
    expect(step(startAcceptor(ours).state, hex(`${sendName}ffff`)).ask?.name).toBe('beam@127.0.0.1')
  })
})

/** The acceptor and the initiator in each state in which a packet is awaited. */
function waiting(): Record<string, HandshakeState> {
  const a = options('a@h')
  const b = options('b@h')
  const name = startAcceptor(b)
  const hello = startInitiator(a, 'b@h')
  const asked = step(name.state, hello.send[0] ?? new Uint8Array())
  const decided = decide(asked.state, 'ok')
  const alive = decide(asked.state, 'alive')
  const status = step(hello.state, decided.send[0] ?? new Uint8Array())
  const replied = step(status.state, decided.send[1] ?? new Uint8Array())
  const states = [name, alive, decided, hello, status, replied].map((one) => one.state)
  return Object.fromEntries(states.map((state) => [state.at, state]))
}

describe('what is wrong', () => {
  test('all states in which a packet is awaited are looked at', () => {
    expect(Object.keys(waiting())).toEqual(['name', 'alive_answer', 'reply', 'status', 'challenge', 'ack'])
  })

  test.each(Object.entries(waiting()))(
    'a short or foreign packet in the state %s is refused with a sentence',
    (_, state) => {
      for (const packet of [[], [0], [0x4e], [0x72, 1], [0x61], [0x73]]) {
        const { error } = step(state, Uint8Array.from(packet))
        expect(error?.code).toBe('bad_handshake')
        expect(error?.message).toMatch(/\.$/)
      }
    },
  )

  test('random packets never throw and never let anyone in', () => {
    const states = Object.values(waiting())
    const tags = fc.constantFrom(0x4e, 0x6e, 0x72, 0x61, 0x73, 0)
    fc.assert(
      fc.property(fc.constantFrom(...states), tags, fc.uint8Array({ maxLength: 60 }), (state, tag, rest) => {
        const result = step(state, Uint8Array.of(tag, ...rest))
        expect(result.done).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  test('version 5 is refused by name', () => {
    const { error } = step(startAcceptor(options('b@h')).state, Buffer.from('n\x00\x05xxxxa@h'))
    expect(error?.message).toContain('version 5')
  })

  test('a name that is none', () => {
    const hello = startInitiator(options('no name'), 'b@h').send[0] ?? new Uint8Array()
    expect(step(startAcceptor(options('b@h')).state, hello).error?.code).toBe('bad_node_name')
  })

  test('named: and unknown statuses', () => {
    const { state } = startInitiator(options('a@h'), 'b@h')
    expect(step(state, Buffer.from('snamed:\x00\x03x@h\x00\x00\x00\x01')).error?.message).toContain('did not ask')
    expect(step(state, Buffer.from('smaybe')).error?.message).toContain('"maybe"')
    expect(step(waiting()['alive_answer'] as HandshakeState, Buffer.from('smaybe')).error?.message).toContain('"maybe"')
  })

  test('a wrong proof of the acceptor', () => {
    const wrong = Buffer.concat([Buffer.from('a'), cookieDigest('other', 111)])
    expect(step(waiting()['ack'] as HandshakeState, wrong).error?.code).toBe('bad_cookie')
  })

  test('a packet after the end, or out of turn', () => {
    const finished: HandshakeState = { options: options('a@h'), at: 'done' }
    expect(step(finished, Buffer.from('sok')).error?.code).toBe('bad_handshake')
    const asked = step(
      startAcceptor(options('b@h')).state,
      startInitiator(options('a@h'), 'b@h').send[0] ?? new Uint8Array(),
    )
    expect(step(asked.state, Buffer.from('sok')).error?.message).toContain('out of turn')
    expect(() => decide(finished, 'ok')).toThrow(TypeError)
    expect(() => decideAlive(finished, true)).toThrow(TypeError)
  })

  test('a stream that ends early: a BEAM that dislikes the cookie says nothing', () => {
    const ends = Object.entries(waiting()).map(([at, state]) => [at, endedEarly(state).code])
    expect(Object.fromEntries(ends)).toEqual({
      name: 'connection_lost',
      alive_answer: 'connection_lost',
      reply: 'connection_lost',
      status: 'connection_lost',
      challenge: 'connection_lost',
      ack: 'bad_cookie',
    })
  })
})
