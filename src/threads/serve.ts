/** A thread that games live in, seen from inside: requests in, answers out. The games themselves live in a `LocalHome`. */
import type { MessagePort } from 'node:worker_threads'
import { type Engine, LocalHome, type LocalPlace, PlainReader, PlainWriter } from '../engine/index.ts'
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import { createEvents } from '../events.ts'
import { packError } from './errors.ts'
import { ANSWERS, type Greeting, REQUESTS, type RequestName, type ThreadSettings } from './protocol.ts'
import { SharedRoom } from './room.ts'

export interface ServeOptions {
  readonly port: MessagePort
  readonly engines: readonly Engine[]
  readonly settings: ThreadSettings
}

/** A game that lives here. */
interface Living {
  readonly id: string
  readonly place: LocalPlace
  /** A step of it threw: what was asked behind it is not done any more. */
  broken: boolean
}

/** Answers that gather while others are worked on leave when they are so many bytes, or so old in milliseconds. */
const FULL_BYTES = 65_536
const OLD_MS = 1

/** Milliseconds between two looks at the memory of buffers, and how much garbage the engine lets pile up before it collects. */
const LOOK_MS = 100
const GARBAGE_BYTES = 64 * 1024 * 1024

/** Nobody is worked for. */
export const NOBODY = -1

export function serveGames(options: ServeOptions): void {
  const { port, engines } = options
  const server = new GameThreadServer(options)
  port.on('message', (message: Uint8Array | null) => {
    if (message === null) port.close()
    else server.serve(message)
  })
  const greeting: Greeting = { engines: engines.map(({ name }) => name) }
  port.postMessage(greeting)
}

class GameThreadServer {
  readonly #port: MessagePort
  readonly #engines: ReadonlyMap<string, Engine>
  readonly #home: LocalHome
  readonly #working: Int32Array
  readonly #maxMemory: number
  readonly #games = new Map<number, Living>()
  readonly #out = new PlainWriter()
  /** Where the answer begins that is being written. */
  #begun = 0
  #looked = performance.now()

  constructor({ port, engines, settings }: ServeOptions) {
    this.#port = port
    this.#engines = new Map(engines.map((engine) => [engine.name, engine]))
    const { room, slot, maxRecordedBytes, maxMemory, working } = settings
    this.#maxMemory = maxMemory
    const events = createEvents()
    events.subscribe('game.recording_full', (payload) => {
      this.#tell('game.recording_full', payload)
    })
    this.#home = new LocalHome({ events, room: new SharedRoom(room, slot, maxRecordedBytes) })
    this.#working = new Int32Array(working)
  }

  /** Does all requests of a message, and sends the answers. */
  serve(message: Uint8Array): void {
    const reader = new PlainReader(Buffer.from(message.buffer, message.byteOffset, message.length))
    let sent = performance.now()
    while (!reader.done) {
      const name = REQUESTS[reader.byte()] as RequestName
      const number = reader.value() as number
      const args = reader.value() as readonly unknown[]
      this.#working[0] = number
      this.#answer(name, number, args)
      const now = performance.now()
      if (this.#out.length < FULL_BYTES && now - sent < OLD_MS) continue
      this.#send()
      sent = now
    }
    this.#working[0] = NOBODY
    this.#send()
    if (sent - this.#looked > LOOK_MS) this.#look(sent)
  }

  /** The limits of the engine are for objects; its buffers are counted here. */
  #look(now: number): void {
    this.#looked = now
    const max = this.#maxMemory
    if (process.memoryUsage().external <= max + GARBAGE_BYTES) return
    // Nobody catches this: it ends the thread.
    throw new RangeError(`its buffers took more than maxThreadMemory, which is ${max}`)
  }

  #answer(name: RequestName, number: number, args: readonly unknown[]): void {
    this.#begun = this.#out.length
    try {
      this.#do(name, number, args)
    } catch (error) {
      this.#out.truncate(this.#begun)
      const stepped = STEPS.has(name)
      // A step that was done and cannot be told is no refusal: the game is not as it was.
      const refused = isBeamcadeError(error) && !(stepped && error.code === 'not_sendable')
      if (!refused && stepped) this.#break(number)
      this.#error(refused ? ANSWERS.refused : ANSWERS.broken, error)
    }
  }

  #do(name: RequestName, number: number, args: readonly unknown[]): void {
    if (name === 'make') {
      this.#games.set(number, this.#make(args))
      this.#done(undefined)
      return
    }
    const game = this.#games.get(number)
    if (name === 'close') {
      this.#games.delete(number)
      game?.place.close()
      this.#done(undefined)
      return
    }
    if (game === undefined || game.broken) {
      throw new BeamcadeError('no_such_game', `The game ${JSON.stringify(game?.id ?? '')} broke before.`)
    }
    const { place } = game
    switch (name) {
      case 'step':
        this.#done(place.step(args[0]))
        return
      case 'advance':
        place.advance(args[0], this.#done)
        return
      case 'stepMany':
        this.#done(place.stepMany(args[0] as readonly unknown[], args[1]))
        return
      case 'look':
        place.look(this.#done)
        return
      case 'ask':
        this.#done(place.ask(args[0] as string, args[1] as readonly unknown[]))
        return
      case 'replay':
        place.replay(args[0] as readonly unknown[], args[1] as number)
        this.#done(undefined)
        return
      case 'trace':
        this.#done(place.trace())
    }
  }

  #make([name, id, record, kind, content]: readonly unknown[]): Living {
    const engine = this.#engines.get(name as string)
    if (engine === undefined) throw new BeamcadeError('no_such_engine', `The thread has no engine ${String(name)}.`)
    const beginning = kind === 'request' ? { request: content } : { state: content as Uint8Array }
    const plan = { engine, id: id as string, record: record as boolean, beginning }
    return { id: plan.id, place: this.#home.make(plan), broken: false }
  }

  readonly #done = (value: unknown): void => {
    this.#out.byte(ANSWERS.done)
    try {
      this.#out.value(value)
    } catch (error) {
      const { message } = error as Error
      throw new BeamcadeError('not_sendable', `What the game answered cannot leave its thread: ${message}`, {
        cause: error,
      })
    }
  }

  #break(number: number): void {
    const game = this.#games.get(number)
    if (game !== undefined) game.broken = true
  }

  #error(kind: number, error: unknown): void {
    const begun = this.#out.length
    this.#out.byte(kind)
    try {
      this.#out.value(packError(error))
    } catch {
      this.#out.truncate(begun)
      this.#out.byte(kind)
      this.#out.value(packError(error, true))
    }
  }

  #tell(name: string, payload: unknown): void {
    this.#out.byte(ANSWERS.event)
    this.#out.value([name, payload])
    // It stands before the answer, of which nothing is written while the game works.
    this.#begun = this.#out.length
  }

  #send(): void {
    if (this.#out.length === 0) return
    const bytes = this.#out.take()
    this.#port.postMessage(bytes, [bytes.buffer as ArrayBuffer])
  }
}

/** What they throw breaks the game. */
const STEPS: ReadonlySet<RequestName> = new Set(['step', 'advance', 'stepMany'])
