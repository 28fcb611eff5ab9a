/** Before a client may ask anything, where the server wants to see a token: the first frame, and the reply to it. */
import { Splitter } from '../../bytes/splitter.ts'
import { BeamcadeError, isBeamcadeError, messageOf, systemCode } from '../../errors.ts'
import type { Wire } from '../../sockets/wire.ts'
import type { SocketLimits } from './limits.ts'
import { errorPayload, reply, type Frame } from './reply.ts'
import type { Service } from './service.ts'
import type { Token } from './token.ts'

/** What a client that was admitted leaves for its connection: bytes behind its token, and the reply to it. */
export interface Greeting {
  readonly leftover: Uint8Array
  readonly frame: Frame
}

export interface GreetingOptions {
  readonly wire: Wire
  readonly token: Token
  readonly service: Service
  readonly limits: Pick<SocketLimits, 'maxGreetingBytes' | 'greetingMs'>
  /** The client knows the token: make a connection of the wire at once. */
  onAdmitted(greeting: Greeting): void
  /** The wire is closed. */
  onRefused(reason: BeamcadeError): void
}

/** Waits for the first frame. @returns what ends the waiting: by a reason, as if the client had gone */
export function greet(options: GreetingOptions): (reason: BeamcadeError) => void {
  const { wire, token, service, limits } = options
  let over = false
  let admitted: Frame | undefined

  function refuse(reason: BeamcadeError, frame?: Frame): void {
    if (over) return
    over = true
    clearTimeout(timer)
    if (frame === undefined) wire.destroy()
    else {
      wire.write([frame])
      wire.end(true)
    }
    options.onRefused(reason)
  }

  const splitter = new Splitter(4, limits.maxGreetingBytes, (bytes, start, end) => {
    // What comes behind it is for the connection.
    splitter.stop()
    const { frame, allowed } = service.authenticate(bytes, start, end, token)
    if (allowed) admitted = frame
    else refuse(new BeamcadeError('bad_token', 'The first frame did not show the token of this server.'), frame)
  })

  const timer = setTimeout(() => {
    const reason = new BeamcadeError('bad_token', `No token was shown within ${limits.greetingMs} ms.`)
    refuse(reason, reply('', errorPayload(reason.message)))
  }, limits.greetingMs)
  timer.unref()

  wire.handlers = {
    onBytes(chunk, transient) {
      try {
        splitter.push(chunk, transient)
      } catch (error) {
        const reason = isBeamcadeError(error) ? error : new BeamcadeError('internal', messageOf(error))
        refuse(reason, reply('', errorPayload(`${reason.message} Longer ones are taken when the token was shown.`)))
        return
      }
      if (admitted === undefined || over) return
      over = true
      clearTimeout(timer)
      wire.pause()
      options.onAdmitted({ leftover: splitter.remainder, frame: admitted })
    },
    onWritten: () => undefined,
    onEnd(error) {
      refuse(lostReason(error))
    },
  }
  wire.resume()
  return refuse
}

/** Why a client is gone, as far as the system says. */
export function lostReason(error: Error | undefined): BeamcadeError {
  if (error === undefined) return new BeamcadeError('connection_lost', 'The client closed before it showed a token.')
  const code = systemCode(error)
  const sentence = `The connection was lost${code === undefined ? `: ${messageOf(error)}` : ` (${code})`}.`
  return new BeamcadeError('connection_lost', sentence, { cause: error })
}
