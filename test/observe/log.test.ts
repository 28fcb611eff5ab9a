import { describe, expect, test } from '@jest/globals'
import { createEvents } from '../../src/events.ts'
import { attachLog } from '../../src/observe/log.ts'

const now = (): Date => new Date('2026-01-02T03:04:05.678Z')

function logged(options: { json: boolean; debug?: boolean; colour?: boolean }) {
  const events = createEvents()
  const lines: string[] = []
  const end = attachLog(events, { debug: false, now, write: (line) => lines.push(line), ...options })
  return { events, lines, end }
}

describe('log', () => {
  test('one readable line for a connection: peer, address, accepted or refused, why', () => {
    const { events, lines } = logged({ json: false })
    events.publish('dist.accepted', { peer: 'a@127.0.0.1', address: '127.0.0.1:5', hidden: false })
    events.publish('dist.refused', { address: '10.0.0.9:7', code: 'bad_cookie', message: 'The cookie is another one.' })
    expect(lines.map((line) => line.slice(9))).toEqual([
      'info  a@127.0.0.1 (127.0.0.1:5) accepted\n',
      'warn  10.0.0.9:7 refused: The cookie is another one. [bad_cookie]\n',
    ])
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d /)
  })

  test('JSON lines carry the event, its facts and the sentence', () => {
    const { events, lines } = logged({ json: true })
    events.publish('dist.refused', { address: '10.0.0.9:7', code: 'bad_cookie', message: 'no' })
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: '2026-01-02T03:04:05.678Z',
      address: '10.0.0.9:7',
      code: 'bad_cookie',
      message: 'no',
      event: 'dist.refused',
      msg: '10.0.0.9:7 refused: no [bad_cookie]',
    })
  })

  test('a line for every message only with debug, and without it nobody asks for the event', () => {
    const request = { form: 'call', operation: 'erlang:node/0', peer: 'a@h', ms: 0.1234 } as const
    const quiet = logged({ json: false })
    expect(quiet.events.wants('gateway.request')).toBe(false)
    quiet.events.publish('gateway.request', request)
    expect(quiet.lines).toEqual([])

    const loud = logged({ json: false, debug: true })
    loud.events.publish('gateway.request', request)
    loud.events.publish('gateway.request', { ...request, ms: 12.3, code: 'bad_argument', message: 'Wrong.' })
    expect(loud.lines.map((line) => line.slice(9))).toEqual([
      'debug call erlang:node/0 from a@h, 0.12 ms: ok\n',
      'debug call erlang:node/0 from a@h, 12 ms: failed: Wrong. [bad_argument]\n',
    ])
  })

  test('ends, and paints only where asked', () => {
    const { events, lines, end } = logged({ json: false, colour: true })
    events.publish('epmd.lost', { name: 'a', host: 'h', port: 1, code: 'epmd_unreachable', message: 'gone' })
    expect(lines[0]).toContain('\u001b[33m')
    end()
    events.publish('epmd.listening', { host: 'h', port: 1 })
    expect(lines).toHaveLength(1)
  })

  test('system errors come with errno and meaning', () => {
    const { events, lines } = logged({ json: true })
    const error = Object.assign(new Error('listen'), { code: 'EADDRINUSE', errno: -98 })
    events.publish('events.subscriber_failed', { event: 'dist.closed', error })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: 'EADDRINUSE (98): address already in use' })
    const lost = { peer: 'a@h', address: 'h:1', code: 'connection_lost', message: 'read ECONNRESET after 3 frames.' }
    events.publish('dist.closed', lost)
    expect(lines[1]).toContain('read ECONNRESET (104: connection reset by peer) after 3 frames.')
  })
})
