/** A thread that games live in, seen from outside: requests of one turn leave together, answers come back in their order. */
import { Worker } from 'node:worker_threads'
import { PlainReader, PlainWriter } from '../engine/index.ts'
import { BeamcadeError, isBeamcadeError, messageOf, systemCode } from '../errors.ts'
import { unpackFault, unpackRefusal } from './errors.ts'
import { Fifo } from './fifo.ts'
import { ThreadPlace } from './place.ts'
import { ANSWERS, REQUEST_NUMBER, type Greeting, type RequestName, type ThreadSettings } from './protocol.ts'
import { NOBODY } from './serve.ts'

export interface ThreadOptions {
  /** The module that the thread runs. */
  readonly module: URL
  readonly settings: Omit<ThreadSettings, 'working'>
  /** Flags for Node; those of this process unless given. */
  readonly execArgv?: readonly string[] | undefined
  /** It ended, and nobody had asked it to. Called once, after its places were told. */
  readonly ended: (why: BeamcadeError, games: number) => void
  /** Something is told in there. */
  readonly told: (name: string, payload: unknown) => void
}

/** An answer that is owed. */
interface Owed {
  readonly done: (value: unknown) => void
  readonly refuse: (error: Error) => void
  /** The thread is gone. */
  readonly gone: (error: Error) => void
}

/** What a thread may take to end by itself, milliseconds. */
const END_MS = 250
/** From here on memory is handed over; below, a copy costs less. */
const HAND_OVER_BYTES = 4096
const MIB = 1024 * 1024

export class GameThread {
  /** The names of its engines, when it serves. Rejected with `bad_module` if it cannot, or `game_lost` if it ended before. */
  readonly ready: Promise<readonly string[]>
  readonly places = new Set<ThreadPlace>()
  readonly #options: ThreadOptions
  readonly #worker: Worker
  readonly #exited: Promise<void>
  readonly #working: Int32Array
  readonly #owed = new Fifo<Owed>()
  readonly #out = new PlainWriter()
  #greet: { resolve(engines: readonly string[]): void; reject(error: Error): void } | undefined
  /** What is written leaves at the end of this turn. */
  #leaving = false
  /** Why it does not serve any more. */
  #over: BeamcadeError | undefined
  /** What broke it. */
  #fault: unknown
  #next = 0
  /** Answers so far, and how many there were at the last watch. */
  #answered = 0
  #seen = 0
  /** What the process took when it was first seen with the request that it works on. */
  #base: number | undefined

  constructor(options: ThreadOptions) {
    this.#options = options
    const { module, settings, execArgv } = options
    const working = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
    this.#working = new Int32Array(working).fill(NOBODY)
    const workerData: ThreadSettings = { ...settings, working }
    this.#worker = new Worker(module, {
      workerData,
      name: `games ${settings.slot}`,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(1, Math.floor(settings.maxMemory / MIB)) },
      ...(execArgv !== undefined && { execArgv: [...execArgv] }),
    })
    this.ready = new Promise((resolve, reject) => {
      this.#greet = { resolve, reject }
    })
    this.ready.catch(() => undefined)
    this.#worker.on('message', (message: unknown) => {
      this.#hear(message)
    })
    this.#worker.on('error', (error) => {
      this.#fault = error
    })
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#exit(code)
        resolve()
      })
    })
  }

  /** A place for one more game. */
  place(id: string): ThreadPlace {
    const place = new ThreadPlace(this, this.#next, id)
    this.#next += 1
    this.places.add(place)
    return place
  }

  /** Closes a place. Resolves when what was asked of it is answered, also if the thread is gone. */
  release(place: ThreadPlace): Promise<void> {
    this.places.delete(place)
    if (this.#over !== undefined) return Promise.resolve()
    return new Promise((resolve, refuse) => {
      const done = (): void => {
        resolve()
      }
      this.#write(place.number, 'close', [])
      this.#owed.push({ done, refuse, gone: done })
    })
  }

  /**
   * @param read makes the answer of what came, at once
   * @throws BeamcadeError `not_sendable`, `game_lost`, `node_stopped`
   */
  request<T>(place: number, name: RequestName, args: readonly unknown[], read?: (value: unknown) => T): Promise<T> {
    if (this.#over !== undefined) throw this.#over
    this.#write(place, name, args)
    return new Promise<T>((resolve, refuse) => {
      const done =
        read === undefined
          ? (resolve as (value: unknown) => void)
          : (value: unknown): void => {
              resolve(read(value))
            }
      this.#owed.push({ done, refuse, gone: refuse })
    })
  }

  /**
   * To be called now and then. Limits of the engine are for objects: memory of buffers it does not see. So if the process
   * grows by more than the limit while one request is worked on, the thread ends.
   * @param memory what the process takes, in bytes
   */
  watch(memory: () => number): void {
    const busy = this.#owed.size > 0 && this.#answered === this.#seen && this.#over === undefined
    this.#seen = this.#answered
    if (!busy) {
      this.#base = undefined
      return
    }
    const now = memory()
    this.#base ??= now
    const { maxMemory } = this.#options.settings
    if (now - this.#base <= maxMemory) return
    this.#fault ??= new Error(`its buffers took more than maxThreadMemory, which is ${maxMemory}`)
    void this.#worker.terminate()
  }

  /** Ends it: what answers are owed are rejected with `node_stopped`. */
  async close(): Promise<void> {
    this.#end(new BeamcadeError('node_stopped', 'The server stops.'))
    this.#send()
    this.#worker.postMessage(null)
    const timer = setTimeout(() => void this.#worker.terminate(), END_MS)
    await this.#exited
    clearTimeout(timer)
  }

  #write(place: number, name: RequestName, args: readonly unknown[]): void {
    const out = this.#out
    const begun = out.length
    try {
      out.byte(REQUEST_NUMBER[name])
      out.value(place)
      out.value(args)
    } catch (error) {
      out.truncate(begun)
      throw isBeamcadeError(error) ? new BeamcadeError('not_sendable', error.message, { cause: error }) : error
    }
    if (this.#leaving) return
    this.#leaving = true
    setImmediate(() => {
      this.#send()
    })
  }

  #send(): void {
    this.#leaving = false
    if (this.#out.length === 0) return
    const bytes = this.#out.take()
    this.#worker.postMessage(bytes, bytes.length < HAND_OVER_BYTES ? [] : [bytes.buffer as ArrayBuffer])
  }

  #hear(message: unknown): void {
    if (!ArrayBuffer.isView(message)) {
      this.#greeted(message as Greeting)
      return
    }
    const reader = new PlainReader(Buffer.from(message.buffer, message.byteOffset, message.byteLength), 0, true)
    while (!reader.done) {
      const kind = reader.byte()
      const value = reader.value()
      if (kind === ANSWERS.event) {
        const [name, payload] = value as [string, unknown]
        this.#options.told(name, payload)
        continue
      }
      const owed = this.#owed.shift()
      this.#answered += 1
      if (kind === ANSWERS.done) this.#give(owed, value)
      else owed?.refuse(kind === ANSWERS.refused ? unpackRefusal(value) : unpackFault(value))
    }
  }

  #give(owed: Owed | undefined, value: unknown): void {
    try {
      owed?.done(value)
    } catch (error) {
      owed?.refuse(error as Error)
    }
  }

  #greeted(greeting: Greeting): void {
    if ('engines' in greeting) this.#greet?.resolve(greeting.engines)
    else {
      this.#fault = unpackRefusal(greeting.failed)
      this.#greet?.reject(this.#fault as Error)
    }
  }

  #exit(code: number): void {
    if (this.#over !== undefined) return
    const why = this.#why(code)
    const places = [...this.places]
    this.places.clear()
    this.#over = why
    for (const place of places) place.lose(why)
    this.#end(why)
    this.#options.ended(why, places.length)
  }

  /** From now on nothing can be asked, and nothing is answered. */
  #end(why: BeamcadeError): void {
    this.#over = why
    this.#greet?.reject(why)
    for (const owed of this.#owed.drain()) owed.gone(why)
  }

  #why(code: number): BeamcadeError {
    const busy = this.#working[0] ?? NOBODY
    const game = [...this.places].find(({ number }) => number === busy)?.id
    const during = game === undefined ? '' : ` while it worked for the game ${JSON.stringify(game)}`
    const sentence = `Its thread ended${during}: ${faultText(this.#fault, code, this.#options.settings.maxMemory)}.`
    return new BeamcadeError('game_lost', sentence, {
      details: { ...(game !== undefined && { game_id: game }) },
      ...(this.#fault !== undefined && { cause: this.#fault }),
    })
  }
}

function faultText(fault: unknown, code: number, maxMemory: number): string {
  if (systemCode(fault) === 'ERR_WORKER_OUT_OF_MEMORY')
    return `there was no more memory; maxThreadMemory is ${maxMemory}`
  return fault === undefined ? `its exit code was ${code}` : messageOf(fault).replace(/\.$/, '')
}
