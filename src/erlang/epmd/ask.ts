/** One question to an epmd: connect, send a request, collect the answer however it is cut, within a time. */
import net from 'node:net'
import { BeamcadeError, messageOf, systemCode } from '../../errors.ts'
import { encodeRequest, type Decoded, type Request } from './wire.ts'

export const DEFAULT_EPMD_PORT = 4369

export interface AskOptions {
  /** Milliseconds for connecting and the whole answer; default 5000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Bytes of an answer, so that what listens there cannot fill our memory; default 1 MiB: about 30,000 names. */
  readonly maxReplyBytes?: number
}

export interface Question<T> extends AskOptions {
  readonly host: string
  readonly port: number
  readonly request: Request
  readonly decode: (bytes: Uint8Array, ended: boolean) => Decoded<T>
}

/**
 * Asks, and answers the decoded reply with the socket it came by, still open and without listeners but for one that
 * swallows errors. Errors: `epmd_unreachable`, `timeout`, `aborted`, `bad_epmd_reply`, `epmd_reply_too_long`; the
 * socket is destroyed then.
 */
export function ask<T>(question: Question<T>): Promise<{ value: T; socket: net.Socket }> {
  const { host, port, request, decode, signal, timeoutMs = 5000, maxReplyBytes = 1024 * 1024 } = question
  const where = `${host}:${port}`
  return new Promise((resolve, reject) => {
    const bytes = encodeRequest(request)
    if (signal?.aborted === true) {
      reject(new BeamcadeError('aborted', `Asking the epmd at ${where} was given up.`, { cause: signal.reason }))
      return
    }
    const socket = net.connect({ host, port, noDelay: true })
    let got: Uint8Array = new Uint8Array()
    const timer = setTimeout(() => {
      fail(new BeamcadeError('timeout', `The epmd at ${where} did not answer within ${timeoutMs} ms.`))
    }, timeoutMs)

    function finish(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.off('error', onError).off('data', onData).off('end', onEnd)
      // A socket without such a listener would throw its error at the whole process.
      socket.on('error', () => undefined)
    }
    function fail(error: BeamcadeError): void {
      finish()
      socket.destroy()
      reject(error)
    }
    function onAbort(): void {
      fail(new BeamcadeError('aborted', `Asking the epmd at ${where} was given up.`, { cause: signal?.reason }))
    }
    function step(ended: boolean): void {
      const decoded = decode(got, ended)
      if (decoded.status === 'value') {
        finish()
        resolve({ value: decoded.value, socket })
      } else if (decoded.status === 'error') {
        fail(decoded.error)
      } else if (ended) {
        const message = `The epmd at ${where} closed the connection after ${got.length} bytes, before its answer was whole.`
        fail(new BeamcadeError('bad_epmd_reply', message))
      }
    }

    function onError(error: Error): void {
      fail(unreachable(where, error))
    }
    function onData(chunk: Buffer): void {
      if (got.length + chunk.length > maxReplyBytes) {
        const message = `The epmd at ${where} answered more than maxReplyBytes (${maxReplyBytes}).`
        fail(new BeamcadeError('epmd_reply_too_long', message))
        return
      }
      got = Buffer.concat([got, chunk])
      step(false)
    }
    function onEnd(): void {
      step(true)
    }

    signal?.addEventListener('abort', onAbort, { once: true })
    socket.on('error', onError).on('data', onData).on('end', onEnd)
    socket.write(bytes)
  })
}

function unreachable(where: string, error: unknown): BeamcadeError {
  const code = systemCode(error)
  const message = `No epmd answers at ${where}: ${messageOf(error)}.`
  return new BeamcadeError('epmd_unreachable', message, { details: { ...(code && { system: code }) }, cause: error })
}
