import { describe, expect, test } from '@jest/globals'
import { ControlCodec } from '../../../src/erlang/dist/control.ts'
import { FLAGS, MONITORING, ourFlags } from '../../../src/erlang/dist/flags.ts'
import { OPERATIONS } from '../../../src/erlang/dist/operations.ts'
import type { Signal } from '../../../src/erlang/dist/signal.ts'
import { atom, Atom, ImproperList, Pid, Ref, type Term, Tuple, tuple } from '../../../src/erlang/etf/terms.ts'

const theirs = new Pid('peer@h', 10, 1, 5)
const ours = new Pid('ours@h', 20, 2, 6)
const leader = new Pid('third@h', 30, 3, 7)
const ref = new Ref('peer@h', 5, [1, 2, 3])
const none = atom('')
const token = tuple(1, 2, 3, theirs, 4)
const message: Term = tuple(atom('hello'), 1)
const reason = atom('normal')
const mfa = tuple(atom('m'), atom('f'), 2)
const big = (1n << 64n) - 1n

/** Operation → a control tuple, and the signal that it means. What follows the tuple is `message`, or the `reason`. */
const EXAMPLES: Record<number, [control: Term[], signal: Signal]> = {
  1: [[theirs, ours], { kind: 'link', from: theirs, to: ours }],
  2: [[none, ours], { kind: 'send', from: null, to: ours, message }],
  3: [[theirs, ours, reason], { kind: 'exit', from: theirs, to: ours, reason }],
  4: [[theirs, ours], { kind: 'unlink', id: null, from: theirs, to: ours }],
  6: [[theirs, none, atom('rex')], { kind: 'reg_send', from: theirs, name: 'rex', message }],
  7: [[leader, ours], { kind: 'group_leader', from: leader, to: ours }],
  8: [[theirs, ours, reason], { kind: 'exit2', from: theirs, to: ours, reason }],
  12: [[none, ours, token], { kind: 'send', from: null, to: ours, message, token }],
  13: [[theirs, ours, token, reason], { kind: 'exit', from: theirs, to: ours, reason, token }],
  16: [[theirs, none, atom('rex'), token], { kind: 'reg_send', from: theirs, name: 'rex', message, token }],
  18: [[theirs, ours, token, reason], { kind: 'exit2', from: theirs, to: ours, reason, token }],
  19: [[theirs, atom('net_kernel'), ref], { kind: 'monitor', from: theirs, target: 'net_kernel', ref }],
  20: [[theirs, ours, ref], { kind: 'demonitor', from: theirs, target: ours, ref }],
  21: [[atom('name'), ours, ref, reason], { kind: 'monitor_exit', from: 'name', to: ours, ref, reason }],
  22: [[theirs, ours], { kind: 'send', from: theirs, to: ours, message }],
  23: [[theirs, ours, token], { kind: 'send', from: theirs, to: ours, message, token }],
  24: [[theirs, ours], { kind: 'exit', from: theirs, to: ours, reason: message }],
  25: [[theirs, ours, token], { kind: 'exit', from: theirs, to: ours, reason: message, token }],
  26: [[theirs, ours], { kind: 'exit2', from: theirs, to: ours, reason: message }],
  27: [[theirs, ours, token], { kind: 'exit2', from: theirs, to: ours, reason: message, token }],
  28: [[theirs, ours, ref], { kind: 'monitor_exit', from: theirs, to: ours, ref, reason: message }],
  29: [[ref, theirs, leader, mfa, [atom('link')]], spawnRequest()],
  30: [[ref, theirs, leader, mfa, [atom('link')], token], { ...spawnRequest(), token }],
  31: [[ref, ours, 3, theirs], { kind: 'spawn_reply', ref, to: ours, flags: 3, result: theirs }],
  32: [
    [ref, ours, 0, atom('undef'), token],
    { kind: 'spawn_reply', ref, to: ours, flags: 0, result: new Atom('undef'), token },
  ],
  33: [[theirs, ref], { kind: 'alias_send', from: theirs, alias: ref, message }],
  34: [[theirs, ref, token], { kind: 'alias_send', from: theirs, alias: ref, message, token }],
  35: [[big, theirs, ours], { kind: 'unlink', id: big, from: theirs, to: ours }],
  36: [[1, theirs, ours], { kind: 'unlink_ack', id: 1, from: theirs, to: ours }],
}

function spawnRequest(): Signal & { kind: 'spawn_request' } {
  const options = [atom('link')]
  return {
    kind: 'spawn_request',
    ref,
    from: theirs,
    groupLeader: leader,
    module: 'm',
    function: 'f',
    arity: 2,
    options,
    args: message,
  }
}

const without = (flags: bigint): ControlCodec => new ControlCodec(ourFlags() & ~flags, 'peer@h')
const codec = without(0n)
/** A codec that picks the old forms. */
const old = without(FLAGS.SEND_SENDER | FLAGS.EXIT_PAYLOAD | FLAGS.UNLINK_ID)

function read(control: Term): Signal | undefined {
  const operation = codec.operation(control)
  return codec.read(operation, control as Tuple, operation.payload ? message : null)
}

describe('the table of operations', () => {
  test('has each operation of the specification once', () => {
    const ops = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 18, ...Array.from({ length: 18 }, (_, i) => 19 + i)]
    expect(OPERATIONS.map((one) => one.op)).toEqual(ops)
    expect(Object.keys(EXAMPLES).map(Number)).toEqual(ops.filter((op) => op !== 5))
  })

  test('a payload follows where the specification says', () => {
    const payload = OPERATIONS.filter((one) => one.payload).map((one) => one.op)
    expect(payload).toEqual([2, 6, 12, 16, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33, 34])
  })

  test.each(OPERATIONS.filter((one) => one.op !== 5))('$op $name: the tuple to the signal and back', (operation) => {
    const [fields, signal] = EXAMPLES[operation.op] ?? [[], undefined]
    expect(read(new Tuple([operation.op, ...fields]))).toEqual(signal)
    if (signal !== undefined) expect(operation.write(signal)).toEqual([operation.op, ...fields])
  })

  test('5 NODE_LINK means nothing', () => {
    expect(read(tuple(5))).toBeUndefined()
  })
})

describe('picks the operation', () => {
  /** The operation that a codec picks for an example. */
  const picked = (which: ControlCodec, op: number): Term | undefined => {
    const [, signal] = EXAMPLES[op] ?? []
    return signal === undefined ? undefined : which.write(signal)?.control.elements[0]
  }

  test.each([1, 6, 7, 16, 19, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36])('%i stays', (op) => {
    expect(picked(codec, op)).toBe(op)
  })

  test.each([
    [3, 24],
    [13, 25],
    [8, 26],
    [18, 27],
    [21, 28],
  ])('%i becomes %i where both can', (before, now) => {
    expect(picked(codec, before)).toBe(now)
    expect(picked(old, now)).toBe(before)
  })

  test('a message without sender keeps the old form', () => {
    expect(picked(codec, 2)).toBe(2)
    expect(picked(codec, 12)).toBe(12)
    expect(picked(old, 22)).toBe(2)
    expect(picked(old, 23)).toBe(12)
  })

  test('unlink needs an id, or a peer that knows none', () => {
    expect(picked(old, 35)).toBe(4)
    expect(() => picked(codec, 4)).toThrow(TypeError)
  })

  test('what the peer cannot take is not written', () => {
    expect(picked(without(MONITORING), 19)).toBeUndefined()
    expect(picked(without(FLAGS.DIST_MONITOR_NAME), 20)).toBeUndefined()
    expect(picked(without(FLAGS.ALIAS), 33)).toBeUndefined()
    expect(picked(without(FLAGS.SPAWN), 29)).toBeUndefined()
    expect(picked(old, 36)).toBeUndefined()
  })

  test('the payload stands outside of the tuple', () => {
    expect(codec.write({ kind: 'exit', from: theirs, to: ours, reason })).toEqual({
      control: tuple(24, theirs, ours),
      payload: reason,
    })
    expect(old.write({ kind: 'exit', from: theirs, to: ours, reason })).toEqual({
      control: tuple(3, theirs, ours, reason),
      payload: undefined,
    })
    expect(codec.write(spawnRequest())?.payload).toBe(message)
  })
})

describe('refuses', () => {
  test.each<[string, Term]>([
    ['what is no tuple', [1, 2]],
    ['an empty tuple', tuple()],
    ['a tuple without number', tuple(atom('x'))],
    ['an operation that is none', tuple(9, theirs, ours)],
    ['an operation that is none', tuple(99)],
    ['an operation that is none', tuple(-1)],
    ['an operation that is none', tuple(1.5)],
    ['a fragment of OTP 28', tuple(37, 0, theirs, ours)],
    ['too few elements', tuple(1, theirs)],
    ['too many elements', tuple(1, theirs, ours, ours)],
  ])('%s', (_, control) => {
    expect(() => read(control)).toThrow(expect.objectContaining({ code: 'bad_control' }))
  })

  test.each(OPERATIONS.filter((one) => one.op !== 5))('$op $name with a wrong type in each place', (operation) => {
    const [fields] = EXAMPLES[operation.op] ?? [[]]
    const anything = new Set<Term>([none, token, reason])
    fields.forEach((field, i) => {
      // Tokens and reasons are any term, so are the options of a spawn; nobody looks at where the cookie stood.
      if (anything.has(field) || Array.isArray(field)) return
      const wrong = fields.map((one, j) => (j === i ? new ImproperList([1], 2) : one))
      const attempt = (): unknown => read(new Tuple([operation.op, ...wrong]))
      expect(attempt).toThrow(expect.objectContaining({ code: 'bad_control' }))
      expect(attempt).toThrow(`Element ${i + 2} of the control message ${operation.op} (${operation.name}) is not`)
    })
  })

  test.each([0, -1, 1.5, 0n, 1n << 64n])('an unlink id of %s', (id) => {
    expect(() => read(tuple(35, id, theirs, ours))).toThrow('an id of 64 bits')
  })

  test.each([tuple(atom('m'), atom('f')), tuple(atom('m'), atom('f'), -1), tuple(atom('m'), 1, 1), atom('x')])(
    'a function that is none (%#)',
    (fun) => {
      expect(() => read(tuple(29, ref, theirs, leader, fun, []))).toThrow('{Module, Function, Arity}')
    },
  )

  test('who acts in the name of another node: links, monitors and exits; messages may come from anywhere', () => {
    const forged = [1, 3, 4, 8, 13, 18, 19, 20, 24, 25, 26, 27, 35, 36]
    for (const { op, name } of OPERATIONS) {
      const [fields] = EXAMPLES[op] ?? [[]]
      const control = new Tuple([op, ...fields.map((field) => (field === theirs ? leader : field))])
      if (forged.includes(op)) {
        expect(() => read(control)).toThrow(
          expect.objectContaining({ code: 'forged_sender', details: { operation: name, node: 'third@h' } }),
        )
      } else expect(() => read(control)).not.toThrow()
    }
  })
})
