/** What each event says, in one sentence for people, and how important it is. A new event needs a row here. */
import { explainSystemError, messageOf } from '../errors.ts'
import type { EventMap, EventName } from '../events.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

interface Line<P> {
  /** All levels that `level` may answer. */
  levels: readonly Level[]
  level(payload: P): Level
  text(payload: P): string
}

function line<P>(level: Level, text: (payload: P) => string): Line<P> {
  return { levels: [level], level: () => level, text }
}

const because = (p: { code?: string; message?: string }): string =>
  p.message === undefined ? '' : `: ${explainSystemError(p.message)}${p.code === undefined ? '' : ` [${p.code}]`}`
const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`

/** A connection that ends for these reasons ends because somebody here wanted it. */
const ASKED_FOR: ReadonlySet<string> = new Set(['connection_closed', 'node_stopped'])

/** Why a game ended, for people. */
const ENDED: Readonly<Record<string, string>> = {
  deleted: 'it was deleted',
  taken_over: 'another took its place',
  crashed: 'it broke',
  lost: 'its thread ended',
  host: 'its process ended',
  shutdown: 'the server stops',
  unsaved: 'what it was told could not be kept',
}

/** Event → line. */
export const LINES: { readonly [N in EventName]: Line<EventMap[N]> } = {
  'events.subscriber_failed': line('error', (p) => `a listener of ${p.event} failed: ${String(p.error)}`),

  'epmd.registered': line('info', (p) => `registered as ${p.name} at epmd ${p.host}:${p.port}, creation ${p.creation}`),
  'epmd.lost': line('warn', (p) => `epmd ${p.host}:${p.port} is gone, and with it the name ${p.name}${because(p)}`),
  'epmd.retry': line(
    'warn',
    (p) => `attempt ${p.attempt} to register ${p.name} failed, next in ${p.delayMs} ms${because(p)}`,
  ),
  'epmd.listening': line('info', (p) => `own epmd listens on ${p.host}:${p.port}`),
  'epmd.name_added': line('debug', (p) => `own epmd: ${p.name} from ${p.address} is at port ${p.port}`),
  'epmd.name_removed': line('debug', (p) => `own epmd: ${p.name} is gone`),
  'epmd.refused': line('warn', (p) => `own epmd: ${p.address} refused${because(p)}`),
  'epmd.stopped': line('info', (p) => `own epmd on ${p.host}:${p.port} stopped`),

  'dist.listening': line('info', (p) => `listening on ${p.host}:${p.port} (${p.native ? 'native' : 'net'} accept)`),
  'dist.accept_failed': line('error', (p) => `accepting a connection failed, trying again${because(p)}`),
  'dist.accepted': line('info', (p) => `${p.peer} (${p.address}) accepted${p.hidden ? ', hidden' : ''}`),
  'dist.connected': line('info', (p) => `${p.peer} (${p.address}) connected${p.hidden ? ', hidden' : ''}`),
  'dist.refused': line(
    'warn',
    (p) => `${p.peer === undefined ? p.address : `${p.peer} (${p.address})`} refused${because(p)}`,
  ),
  'dist.closed': {
    levels: ['info', 'warn'],
    level: (p) => (p.code === undefined || ASKED_FOR.has(p.code) ? 'info' : 'warn'),
    text: (p) => `${p.peer} (${p.address}) closed${because(p)}`,
  },
  'dist.dropped': line('debug', (p) => `${p.kind} for ${p.peer} dropped${because(p)}`),
  'dist.busy': line(
    'debug',
    (p) => `${p.peer} ${p.busy ? 'reads slowly' : 'has caught up'}: ${p.queuedBytes} bytes wait`,
  ),

  'node.dropped': line('debug', (p) => `${p.kind} for ${p.peer} dropped [${p.code}]`),
  'node.output': line('info', (p) => `${p.peer} prints: ${p.text.trimEnd()}`),
  'process.failed': line('error', (p) => `process ${p.names[0] ?? p.pid} failed: ${p.message}`),
  'process.restarted': line('warn', (p) => `${p.name} ended and is back as ${p.pid}`),
  'rpc.undefined': line('debug', (p) => `${p.peer} asked for ${p.module}:${p.function}/${p.arity}, which is not there`),

  'game.created': line('info', (p) => `game ${p.game} of ${p.engine} created`),
  'game.closed': {
    levels: ['info', 'error'],
    level: (p) => (p.error === undefined ? 'info' : 'error'),
    text: (p) =>
      `game ${p.game} of ${p.engine} ended: ${ENDED[p.reason] ?? p.reason}${p.error === undefined ? '' : `: ${messageOf(p.error)}`}`,
  },
  'game.recording_full': line(
    'warn',
    (p) =>
      `the recording of game ${p.game} ends after ${p.steps} steps: recorded games take maxRecordedBytes (${p.maxBytes})`,
  ),
  'game.no_snapshot': line(
    'warn',
    (p) => `game ${p.game} of ${p.engine} gives no snapshot, so all its inputs stay kept: ${messageOf(p.error)}`,
  ),
  'operation.failed': line('error', (p) => `${p.operation} failed by a fault of its own: ${messageOf(p.error)}`),

  'thread.lost': line('error', (p) => `thread ${p.thread} ended, and with it ${p.games} games${because(p)}`),
  'thread.replaced': line('warn', (p) => `thread ${p.thread} is there again, after ${ms(p.ms)}`),

  'storage.restoring': line('info', (p) => `taking games back: ${p.games} of ${p.total}, ${p.steps} steps so far`),
  'storage.restored': line(
    'info',
    (p) =>
      `took ${p.games} games back with ${p.steps} steps in ${ms(p.ms)}${p.refused === 0 ? '' : `, refused ${p.refused}`}`,
  ),
  'storage.refused': line('error', (p) => `game ${p.game ?? '?'} cannot be taken back and ${p.bytes}${because(p)}`),
  'storage.failed': line('error', (p) => `nothing more can be kept, next attempt in ${p.delayMs} ms${because(p)}`),
  'storage.recovered': line('warn', (p) => `games can be kept again, after ${ms(p.ms)}`),

  'server.ready': line('debug', (p) => `ready: ${p.node ?? 'no node, the socket only'}`),
  'server.waiting': line('warn', (p) => `waiting, next attempt in ${p.delayMs} ms${because(p)}`),
  'server.stopping': line('info', (p) => `stopping: ${p.why}`),
  'server.stopped': line('info', (p) => `stopped in order after ${p.ms.toFixed(0)} ms`),

  'socket.listening': line(
    'info',
    (p) =>
      `MettaGrid's protocol on ${p.host}:${p.port}${p.token ? ', with a token' : ''} (${p.native ? 'native' : 'net'} accept)`,
  ),
  'socket.exposed': line('warn', (p) =>
    p.token
      ? `${p.host}:${p.port} can be reached from other machines: whoever knows the token can play, and nothing is encrypted`
      : `${p.host}:${p.port} can be reached from other machines, and nobody is asked for a token (--insecure)`,
  ),
  'socket.accept_failed': line('error', (p) => `accepting a client failed, trying again${because(p)}`),
  'socket.connected': line('debug', (p) => `client ${p.address} connected`),
  'socket.refused': line('warn', (p) => `client ${p.address} refused${because(p)}`),
  'socket.closed': {
    levels: ['debug', 'warn'],
    level: (p) => (p.code === undefined || p.code === 'connection_lost' ? 'debug' : 'warn'),
    text: (p) => `client ${p.address} closed${because(p)}`,
  },
  'socket.busy': line(
    'debug',
    (p) => `client ${p.address} ${p.busy ? 'reads slowly' : 'has caught up'}: ${p.queuedBytes} bytes wait`,
  ),

  'gateway.request': line(
    'debug',
    (p) =>
      `${p.form} ${p.operation} from ${p.peer}, ${ms(p.ms)}: ${p.code === undefined ? 'ok' : `failed${because(p)}`}`,
  ),
  'gateway.cast_failed': line(
    'warn',
    (p) =>
      `${p.form}${p.operation === undefined ? '' : ` ${p.operation}`} from ${p.peer} failed${because(p)}, ${p.count} so far`,
  ),
  'gateway.game_started': line('debug', (p) => `game ${p.game} runs as ${p.pid}`),
  'gateway.game_ended': line('debug', (p) => `game ${p.game} (${p.pid}) ended: ${p.reason}`),
}
