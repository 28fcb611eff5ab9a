/** A connection to a server of the socket protocol that sends any bytes, and counts what comes back. */
import net from 'node:net'
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { Splitter } from '../../src/bytes/splitter.ts'
import {
  MettaGridRequestSchema,
  MettaGridResponseSchema,
  type MettaGridResponse,
} from '../../src/gen/mettagrid/rpc/v1/mettagrid_pb.ts'

export type Payload = NonNullable<MessageInitShape<typeof MettaGridRequestSchema>['payload']>

/** What is longer than any answer may take, milliseconds: then one is missing. */
export const PATIENCE_MS = 60_000
const LONGEST_ANSWER = 128 * 1024 * 1024

export function framed(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(4 + body.length)
  frame.writeUInt32BE(body.length)
  frame.set(body, 4)
  return frame
}

/** A request without its length. */
export function requestBytes(payload: Payload, requestId = ''): Uint8Array {
  return toBinary(MettaGridRequestSchema, create(MettaGridRequestSchema, { requestId, payload }))
}

/** The words of an answer, with its form before them. */
export function wordsOf({ payload }: MettaGridResponse): string {
  const { case: form, value } = payload
  return value !== undefined && 'message' in value ? `${form}: ${value.message}` : String(form)
}

export class Peer {
  readonly socket: net.Socket
  /** Answers that nobody has taken yet. */
  readonly #answers: MettaGridResponse[] = []
  /** Answers that came. */
  received = 0
  #over = false
  #look: () => void = () => undefined

  private constructor(socket: net.Socket, onAnswer: (answer: MettaGridResponse) => void) {
    this.socket = socket
    const splitter = new Splitter(4, LONGEST_ANSWER, (bytes, start, end) => {
      // Bytes may be those of a buffer that is used again.
      const answer = fromBinary(MettaGridResponseSchema, new Uint8Array(bytes.subarray(start, end)))
      onAnswer(answer)
      this.received += 1
      this.#answers.push(answer)
      this.#look()
    })
    const over = (): void => {
      this.#over = true
      this.#look()
    }
    socket.on('data', (chunk) => {
      splitter.push(chunk)
    })
    // Whoever is rude is cut off: that is no error here.
    socket.on('error', over).on('end', over).on('close', over)
  }

  /** @param onAnswer sees each answer first; what it throws ends the process */
  static connect(port: number, onAnswer: (answer: MettaGridResponse) => void = () => undefined): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.removeListener('error', reject)
        resolve(new Peer(socket, onAnswer))
      })
    })
  }

  /** True when nothing more comes. */
  get over(): boolean {
    return this.#over
  }

  send(payload: Payload, requestId?: string): void {
    this.socket.write(framed(requestBytes(payload, requestId)))
  }

  /** The next answer; undefined: the server ended the connection instead. @throws if nothing comes for too long */
  async answer(): Promise<MettaGridResponse | undefined> {
    await this.#until(() => this.#answers.length > 0)
    return this.#answers.shift()
  }

  async ask(payload: Payload, requestId?: string): Promise<MettaGridResponse> {
    this.send(payload, requestId)
    const answer = await this.answer()
    if (answer === undefined) throw new Error('the server ended a connection that did nothing wrong')
    return answer
  }

  /** Sends no more; answers how many answers came in all when the server has ended its side, too. */
  async end(): Promise<number> {
    this.socket.end()
    await this.#until(() => this.#over)
    this.socket.destroy()
    return this.received
  }

  destroy(): void {
    this.socket.destroy()
  }

  #until(there: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`nothing came for ${PATIENCE_MS} ms`))
      }, PATIENCE_MS)
      this.#look = () => {
        if (!there() && !this.#over) return
        clearTimeout(timer)
        this.#look = () => undefined
        resolve()
      }
      this.#look()
    })
  }
}
