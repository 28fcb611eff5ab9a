/** What waits takes memory, and not without bound. */
import { describe, expect, test } from '@jest/globals'
import { ExitMail } from '../../../src/erlang/node/mailbox.ts'
import { atom, type Term } from '../../../src/erlang/etf/terms.ts'
import type { NodeCore } from '../../../src/erlang/node/core.ts'
import type { Process } from '../../../src/erlang/node/process.ts'
import { MemoryNetwork, settled } from '../../support/memory-nodes.ts'

const KB = 1000
const full = expect.objectContaining({
  code: 'mailbox_full',
  message: expect.stringContaining('maxWaitingBytes is 10000') as unknown,
}) as unknown

function core(): NodeCore {
  return new MemoryNetwork().core('a@x', { limits: { maxWaitingBytes: 10 * KB } })
}

/** A process that handles a message when it is told to. */
function slow(node: NodeCore, options = {}): { process: Process; seen: unknown[]; next: () => Promise<void> } {
  const open: (() => void)[] = []
  const seen: unknown[] = []
  const handle = (what: unknown): Promise<void> => {
    seen.push(what)
    return new Promise((resolve) => open.push(resolve))
  }
  const process = node.spawn(() => ({ message: handle, exit: handle }), options)
  const next = (): Promise<void> => {
    open.shift()?.()
    return settled()
  }
  return { process, seen, next }
}

describe('messages of other nodes that wait', () => {
  test('are taken until there is no room, and leave it when they are handled', async () => {
    const node = core()
    const { process, next, seen } = slow(node)
    process.deliver('handled at once', 'b@x')
    expect(node.room.used).toBe(0)
    process.deliver(Buffer.alloc(6 * KB), 'b@x')
    // One that is too much by itself is the last one.
    process.deliver(Buffer.alloc(20 * KB), 'b@x')
    expect(node.room.used).toBeGreaterThan(26 * KB)
    const other = slow(node).process
    other.deliver('also at once', 'b@x')
    for (const one of [process, other]) {
      expect(() => {
        one.deliver('one more', 'b@x')
      }).toThrow(full)
    }
    await next()
    await next()
    expect(node.room.used).toBe(0)
    process.deliver('again', 'b@x')
    await next()
    expect(seen).toHaveLength(4)
  })

  test('leave the room with their process', () => {
    const node = core()
    const { process } = slow(node)
    for (const size of [1, 2, 3]) process.deliver(Buffer.alloc(size * KB), 'b@x')
    expect(node.room.used).toBeGreaterThan(5 * KB)
    process.exit(atom('normal'))
    expect(node.room.used).toBe(0)
  })

  test('count with what they are views of', () => {
    const node = core()
    const { process } = slow(node)
    for (let i = 0; i < 2; i += 1) process.deliver(Buffer.alloc(20 * KB).subarray(0, 1), 'b@x')
    expect(node.room.full).toBe(true)
  })

  test('are refused while parked ones fill the room; those of this program are not', async () => {
    const node = core()
    let parking = true
    const seen: Term[] = []
    const process = node.spawn(() => ({
      message(message, self, origin) {
        if (parking) self.park(message, origin)
        else seen.push(message)
      },
    }))
    process.deliver(1, 'b@x')
    process.deliver(Buffer.alloc(20 * KB), 'b@x')
    expect(() => {
      process.deliver(3, 'b@x')
    }).toThrow(full)
    process.postMessage(4)
    await settled()
    parking = false
    process.unpark()
    await settled()
    expect(seen).toEqual([1, Buffer.alloc(20 * KB), 4])
    expect(node.room.used).toBe(0)
  })

  test('as exits that are trapped count as well', async () => {
    const network = new MemoryNetwork()
    const node = network.core('a@x', { limits: { maxWaitingBytes: 10 * KB } })
    const peer = network.core('b@x')
    const { process, seen, next } = slow(node, { trapExit: true })
    process.deliver('busy from now on', 'b@x')
    const lost = new Promise((resolve) =>
      node.onNode((event, _, reason) => {
        if (event === 'down') resolve(reason)
      }),
    )
    const killer = peer.spawn(() => ({ message: () => undefined }))
    killer.send({ name: 'nobody', node: 'a@x' }, 1)
    for (let i = 0; i < 4; i += 1) killer.exitSignal(process.pid, Buffer.alloc(9 * KB))
    expect(await lost).toEqual(full)
    expect(node.room.used).toBeGreaterThan(10 * KB)
    for (let i = 0; i < 3; i += 1) await next()
    const exit = expect.any(ExitMail) as unknown
    expect(seen).toEqual(['busy from now on', exit, exit])
    expect(node.room.used).toBe(0)
  })
})

test('what is held for a promise counts until it is settled, either way', async () => {
  const node = core()
  const { process } = slow(node)
  const settle: (() => void)[] = []
  const works = [
    new Promise<void>((resolve) => settle.push(resolve)),
    new Promise<void>((_, reject) => settle.push(reject)),
  ]
  for (const work of works) process.hold(work, Buffer.alloc(6 * KB), 'tag')
  expect(process.overfull).toBe(true)
  settle[0]?.()
  await settled()
  expect(process.overfull).toBe(false)
  settle[1]?.()
  await settled()
  expect(node.room.used).toBe(0)
})

test('messages for a node that is being dialled count, and are dropped when there is no room', async () => {
  const network = new MemoryNetwork()
  const node = network.core('a@x', { limits: { maxWaitingBytes: 10 * KB } })
  const dropped: string[] = []
  node.events.subscribe('node.dropped', ({ code }) => dropped.push(code))
  network.unreachable.add('b@x')
  const { process } = slow(node)
  for (let i = 0; i < 3; i += 1) process.send({ name: 'box', node: 'b@x' }, Buffer.alloc(9 * KB))
  expect(dropped).toEqual(['queue_full'])
  expect(node.room.full).toBe(true)
  await settled()
  expect(dropped).toHaveLength(3)
  expect(node.room.used).toBe(0)
})
