/**
 * A client of MettaGrid's own protocol, for any server that speaks it.
 *
 * ```ts
 * import { MettaGridClient } from 'beamcade/mettagrid'
 *
 * await using client = await MettaGridClient.connect({ port: 5858 })
 * await client.createGame('g1', { config, map, seed: 42 })
 * const step = await client.stepGame('g1', [0, 3])
 * ```
 */
import { create, fromJson, toBinary, type JsonValue, type MessageInitShape } from '@bufbuild/protobuf'
import { Splitter } from '../../bytes/splitter.ts'
import { BeamcadeError, isBeamcadeError, messageOf } from '../../errors.ts'
import {
  GameConfigSchema,
  MapDefinitionSchema,
  MettaGridRequestSchema,
} from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { Outbox } from '../../sockets/outbox.ts'
import { SocketWire } from '../../sockets/socket-wire.ts'
import type { Actions, ClientOptions, NewGame, RequestOptions, StepResult } from './client-types.ts'
import { Requests } from './requests.ts'
import { readResponse, type Response } from './response.ts'
import { writeStepRequest } from './step-codec.ts'

export { BeamcadeError, isBeamcadeError } from '../../errors.ts'
export type * from './client-types.ts'

type Payload = NonNullable<MessageInitShape<typeof MettaGridRequestSchema>['payload']>

const MIB = 1024 * 1024
const TIMEOUT_MS = 30_000
const READ_BUFFER_BYTES = 65_536
/** Bytes of one write. */
const WRITE_BYTES = MIB

export class MettaGridClient implements AsyncDisposable {
  readonly #wire: SocketWire
  readonly #splitter: Splitter
  readonly #outbox: Outbox
  readonly #timeoutMs: number
  readonly #requests: Requests
  #flushing = false
  #sent = 0
  #over: BeamcadeError | undefined
  #told: () => void = () => undefined
  /** Resolves when the connection is over: with the reason, unless it was closed by {@link close}. */
  readonly closed: Promise<BeamcadeError | undefined>

  private constructor(wire: SocketWire, { timeoutMs = TIMEOUT_MS, maxFrameBytes = 128 * MIB }: ClientOptions) {
    this.#wire = wire
    this.#timeoutMs = timeoutMs
    this.#requests = new Requests(({ id }) => new BeamcadeError('timeout', `No response to ${id} came in time.`))
    this.#outbox = new Outbox(wire, WRITE_BYTES, true)
    this.#splitter = new Splitter(4, maxFrameBytes, (bytes, start, end) => {
      this.#onFrame(bytes, start, end)
    })
    this.closed = new Promise((resolve) => {
      this.#told = () => {
        resolve(this.#over?.code === 'connection_closed' ? undefined : this.#over)
      }
    })
    wire.handlers = {
      onBytes: (chunk, transient) => {
        this.#guard(() => {
          this.#splitter.push(chunk, transient)
        })
      },
      room: () => this.#splitter.room(READ_BUFFER_BYTES),
      onFilled: (count) => {
        this.#guard(() => {
          this.#splitter.filled(count)
        })
      },
      onWritten: () => {
        this.#outbox.written()
      },
      onEnd: (error) => {
        const how = error === undefined ? 'The server closed it' : messageOf(error)
        this.#end(new BeamcadeError('connection_lost', `The connection to ${wire.address} is gone: ${how}.`))
      },
    }
    wire.resume()
  }

  /**
   * Connects, and shows the token if there is one.
   * @throws BeamcadeError `connect_failed`, `bad_token`, `timeout`, `aborted`
   */
  static async connect(options: ClientOptions = {}): Promise<MettaGridClient> {
    const { host = '127.0.0.1', port = 5858, token, timeoutMs = TIMEOUT_MS, signal } = options
    const limits = [
      ...(timeoutMs > 0 ? [AbortSignal.timeout(timeoutMs)] : []),
      ...(signal === undefined ? [] : [signal]),
    ]
    let wire: SocketWire
    try {
      wire = await SocketWire.dial(host, port, READ_BUFFER_BYTES, AbortSignal.any(limits))
    } catch (error) {
      if (signal?.aborted === true) throw aborted()
      const where = `${host}:${port}`
      if (limits[0]?.aborted === true)
        throw new BeamcadeError('timeout', `No connection to ${where} within ${timeoutMs} ms.`)
      const sentence = `Cannot connect to ${where}: ${messageOf(error)}.`
      throw new BeamcadeError('connect_failed', sentence, { cause: error, hint: 'Check that a server listens there.' })
    }
    const client = new MettaGridClient(wire, options)
    if (token !== undefined) await client.#authenticate(token, signal === undefined ? {} : { signal })
    return client
  }

  /**
   * Makes a game. Fields may have the names of the .proto file, or those of Protobuf's JSON.
   * @throws BeamcadeError `refused`, `bad_argument` (no such message), and what every request may end with: `timeout`,
   *   `aborted`, `connection_lost`, `connection_closed`
   */
  async createGame(gameId: string, { config, map, seed = 0 }: NewGame, options?: RequestOptions): Promise<void> {
    const value = {
      gameId,
      config: message(() => fromJson(GameConfigSchema, config as JsonValue)),
      map: message(() => fromJson(MapDefinitionSchema, map as JsonValue)),
      seed,
    }
    const response = await this.#ask({ case: 'createGame', value }, options)
    agreed(response)
  }

  /** One step. @throws BeamcadeError `refused`, and like {@link createGame} */
  async stepGame(gameId: string, actions: Actions, options?: RequestOptions): Promise<StepResult> {
    const id = this.#nextId()
    const flat = 'types' in actions ? NONE : actions
    const { types, args } = 'types' in actions ? actions : { types: NONE, args: NONE }
    this.#check(options)
    writeStepRequest(this.#outbox.writer, { requestId: id, gameId, flat, types, args })
    return stepOf(await this.#wait(id, options))
  }

  /** What the last step showed; before the first, what there is to see. @throws BeamcadeError like {@link stepGame} */
  async getState(gameId: string, options?: RequestOptions): Promise<StepResult> {
    return stepOf(await this.#ask({ case: 'getState', value: { gameId } }, options))
  }

  /** Ends a game. @throws BeamcadeError like {@link stepGame} */
  async deleteGame(gameId: string, options?: RequestOptions): Promise<void> {
    agreed(await this.#ask({ case: 'deleteGame', value: { gameId } }, options))
  }

  /** Requests that wait for their responses. */
  get pending(): number {
    return this.#requests.size
  }

  /** Closes the connection; what waits is given up (`connection_closed`). Games live on. */
  async close(): Promise<void> {
    this.#end(new BeamcadeError('connection_closed', 'This client was closed.'))
    await this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #authenticate(token: string, options: RequestOptions): Promise<void> {
    try {
      const response = await this.#ask({ case: 'authenticate', value: { token } }, options)
      if (response.kind === 'ack' && response.ok) return
      throw new BeamcadeError(
        'bad_token',
        `The server says: ${response.kind === 'step' ? 'a step' : response.message}.`,
      )
    } catch (error) {
      await this.close()
      throw error
    }
  }

  // ---- requests

  #nextId(): string {
    this.#sent += 1
    return `req_${this.#sent}`
  }

  /** @throws BeamcadeError if nothing can be asked any more */
  #check(options: RequestOptions = {}): void {
    if (this.#over !== undefined) throw this.#over
    if (options.signal?.aborted === true) throw aborted()
  }

  async #ask(payload: Payload, options?: RequestOptions): Promise<Response> {
    const requestId = this.#nextId()
    this.#check(options)
    const bytes = toBinary(MettaGridRequestSchema, create(MettaGridRequestSchema, { requestId, payload }))
    const { writer } = this.#outbox
    writer.u32(bytes.length)
    writer.part(bytes)
    return this.#wait(requestId, options)
  }

  /** The request is written; its response. */
  #wait(id: string, { timeoutMs = this.#timeoutMs, signal }: RequestOptions = {}): Promise<Response> {
    this.#outbox.wrote()
    this.#flushSoon()
    return new Promise((resolve, reject) => {
      const deadline = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity
      if (signal === undefined) {
        this.#requests.add({ id, deadline, answered: resolve, failed: reject })
        return
      }
      const give = (): void => {
        reject(aborted())
      }
      signal.addEventListener('abort', give, { once: true })
      const settled = <T>(how: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          signal.removeEventListener('abort', give)
          how(value)
        }
      }
      this.#requests.add({ id, deadline, answered: settled(resolve), failed: settled(reject) })
    })
  }

  /** All requests of callers that go on together leave in one write. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      if (this.#over === undefined) this.#outbox.flush()
    })
  }

  // ---- responses

  #onFrame(bytes: Uint8Array, start: number, end: number): void {
    const { requestId, response } = readResponse(bytes, start, end)
    const waiting = this.#requests.first()
    // What could not be read has no id in its response.
    if (waiting === undefined || (requestId !== waiting.id && requestId !== '')) {
      const sentence = `A response to ${JSON.stringify(requestId)} came, where ${waiting?.id ?? 'none'} was waited for.`
      throw new BeamcadeError('bad_response', sentence)
    }
    this.#requests.shift()
    waiting.answered(response)
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#end(isBeamcadeError(error) ? error : new BeamcadeError('internal', messageOf(error), { cause: error }))
    }
  }

  #end(reason: BeamcadeError): void {
    if (this.#over !== undefined) return
    this.#over = reason
    this.#splitter.stop()
    this.#wire.destroy()
    this.#requests.failAll(reason)
    this.#told()
  }
}

const NONE: readonly number[] = []

function stepOf(response: Response): StepResult {
  if (response.kind === 'step') return response.step
  throw refused(response)
}

function agreed(response: Response): void {
  if (response.kind !== 'ack' || !response.ok) throw refused(response)
}

function refused(response: Response): BeamcadeError {
  if (response.kind === 'error' || (response.kind === 'ack' && !response.ok)) {
    return new BeamcadeError('refused', response.message)
  }
  return new BeamcadeError('bad_response', 'The response is not one to this request.')
}

function aborted(): BeamcadeError {
  return new BeamcadeError('aborted', 'The request was given up by its signal.')
}

/** Reads JSON as a message. @throws BeamcadeError `bad_argument` */
function message<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new BeamcadeError('bad_argument', `${messageOf(error)}.`, { cause: error })
  }
}
