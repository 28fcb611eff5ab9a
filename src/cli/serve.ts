/** Runs a server until it is told to stop: what the ways to start one share. */
import type { Config } from '../config.ts'
import { isBeamcadeError } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Io } from './command.ts'
import { describeError, type ExitCode } from './exit.ts'
import { pause } from './pause.ts'

/** Milliseconds between two attempts with --retry. */
const RETRY_MS = 1000
/** Within 2 s the program has ended, even if something does not let go. */
const STOP_MS = 1900

interface Running {
  stop(why: string): Promise<void>
}

export interface Serving<S extends Running> {
  readonly config: Pick<Config, 'retry' | 'stopWithStdin'>
  readonly events: Events
  readonly io: Io
  start(signal: AbortSignal): Promise<S>
}

/** @param ready called when it answers */
export async function serve<S extends Running>(serving: Serving<S>, ready: (server: S) => void): Promise<ExitCode> {
  const stopped = stopSignal(serving)
  const server = await started(serving, stopped.signal)
  if (server === undefined) return 0
  ready(server)
  if (!stopped.signal.aborted) {
    await new Promise((resolve) => {
      stopped.signal.addEventListener('abort', resolve, { once: true })
    })
  }
  return stop(server, stopped.why(), serving.io)
}

interface Stop {
  readonly signal: AbortSignal
  why(): string
}

/** Aborted by SIGINT and SIGTERM, and by the end of standard input if that is wanted. */
function stopSignal({ config, io }: Pick<Serving<Running>, 'config' | 'io'>): Stop {
  const stop = new AbortController()
  let why = 'a signal came'
  const onSignal = (): void => {
    stop.abort()
  }
  if (io.signal.aborted) onSignal()
  io.signal.addEventListener('abort', onSignal, { once: true })
  if (config.stopWithStdin) {
    const onEnd = (): void => {
      why = 'standard input ended'
      stop.abort()
    }
    io.stdin.once('end', onEnd).once('close', onEnd).once('error', onEnd).resume()
  }
  return { signal: stop.signal, why: () => why }
}

/** What may pass by itself: a port, a name or a folder that gets free, an epmd that is started. */
const PASSING = new Set(['port_taken', 'name_taken', 'epmd_unreachable', 'listen_failed', 'data_in_use'])

/** Undefined if it was told to stop before it had started. */
async function started<S extends Running>(serving: Serving<S>, signal: AbortSignal): Promise<S | undefined> {
  const { config, events } = serving
  for (;;) {
    try {
      return await serving.start(signal)
    } catch (error) {
      if (signal.aborted) return undefined
      if (!config.retry || !isBeamcadeError(error) || !PASSING.has(error.code)) throw error
      const { code, message } = describeError(error)
      events.publish('server.waiting', { code, message, delayMs: RETRY_MS })
      if (!(await pause(RETRY_MS, signal))) return undefined
    }
  }
}

async function stop(server: Running, why: string, io: Io): Promise<ExitCode> {
  const timer = new AbortController()
  const late = pause(STOP_MS, timer.signal)
  const inOrder = await Promise.race([server.stop(why).then(() => true), late.then(() => false)])
  timer.abort()
  if (!inOrder) io.stderr.write(`beamcade: stopping took more than ${STOP_MS} ms and was cut short\n`)
  return inOrder ? 0 : 1
}
