/** The threads that games live in. A new game goes where the fewest are; a thread that ends is replaced. */
import { type Engine, type Home, LocalHome, type Place, type Plan } from '../engine/index.ts'
import { BeamcadeError } from '../errors.ts'
import type { EventName, Events } from '../events.ts'
import type { ThreadSettings } from './protocol.ts'
import { SharedRoom, sharedRoom } from './room.ts'
import { GameThread, type ThreadOptions } from './thread.ts'

export interface ThreadHomeOptions
  extends
    Pick<ThreadOptions, 'module' | 'execArgv'>,
    Pick<ThreadSettings, 'load' | 'limits' | 'maxMemory' | 'maxRecordedBytes'> {
  /** How many threads, at least one. */
  readonly workers: number
  readonly events: Events
}

/** Milliseconds before a thread is replaced that ended before it served: the first time; then twice as long. */
const RETRY_MS = 500
const MAX_RETRY_MS = 30_000
/** Milliseconds between two looks at what a busy thread takes. */
const WATCH_MS = 100

export class ThreadHome implements Home {
  readonly #options: ThreadHomeOptions
  readonly #memory: SharedArrayBuffer
  /** For games whose engine no thread has: it was given as an object. */
  readonly #local: LocalHome
  /** By number; undefined while there is none. */
  readonly #threads: (GameThread | undefined)[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #watch: NodeJS.Timeout
  #engines: ReadonlySet<string> = new Set()
  #closed = false

  private constructor(options: ThreadHomeOptions) {
    this.#options = options
    const { workers, events, maxRecordedBytes } = options
    this.#memory = sharedRoom(workers + 1)
    this.#local = new LocalHome({ events, room: new SharedRoom(this.#memory, workers, maxRecordedBytes) })
    this.#watch = setInterval(() => {
      for (const thread of this.#threads) thread?.watch(() => process.memoryUsage.rss())
    }, WATCH_MS).unref()
  }

  /** Resolves when all threads serve. @throws BeamcadeError `bad_module`, `game_lost` if one cannot */
  static async start(options: ThreadHomeOptions): Promise<ThreadHome> {
    const home = new ThreadHome(options)
    try {
      const threads = Array.from({ length: options.workers }, (_, number) => home.#start(number, 0))
      const [engines = []] = await Promise.all(threads.map(({ ready }) => ready))
      home.#engines = new Set(engines)
      return home
    } catch (error) {
      await home.close()
      throw error
    }
  }

  /** How many games live in each thread. */
  get load(): number[] {
    return this.#threads.map((thread) => thread?.places.size ?? 0)
  }

  make(plan: Plan): Place | Promise<Place> {
    const { engine, id, beginning, record } = plan
    if (!this.#serves(engine)) return this.#local.make(plan)
    const thread = this.#threads.reduce(least, undefined)
    if (thread === undefined) {
      throw new BeamcadeError('game_lost', 'All threads that games live in ended; none could be started again so far.')
    }
    const place = thread.place(id)
    const [kind, content] = 'request' in beginning ? ['request', beginning.request] : ['state', beginning.state]
    try {
      const made = thread.request(place.number, 'make', [engine.name, id, record, kind, content])
      return made.then(
        () => place,
        (error: unknown) => {
          thread.places.delete(place)
          throw error
        },
      )
    } catch (error) {
      thread.places.delete(place)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#watch)
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all(this.#threads.flatMap((thread) => thread?.close() ?? []))
  }

  #serves({ name }: Engine): boolean {
    return this.#engines.has(name)
  }

  /** @param failures how often in a row this thread ended before it served */
  #start(number: number, failures: number): GameThread {
    const { module, load, limits, maxMemory, maxRecordedBytes, execArgv, events } = this.#options
    const begun = performance.now()
    let served = false
    const thread = new GameThread({
      module,
      execArgv,
      settings: { load, limits, maxMemory, room: this.#memory, maxRecordedBytes, slot: number },
      told: (name, payload) => {
        events.publish(name as EventName, payload as never)
      },
      ended: (why, games) => {
        this.#ended(number, why, games, served ? 0 : failures + 1)
      },
    })
    this.#threads[number] = thread
    const replaces = this.#engines.size > 0
    thread.ready.then(
      () => {
        served = true
        if (replaces) events.publish('thread.replaced', { thread: number, ms: performance.now() - begun })
      },
      () => undefined,
    )
    return thread
  }

  #ended(number: number, why: BeamcadeError, games: number, failures: number): void {
    this.#threads[number] = undefined
    new SharedRoom(this.#memory, number, this.#options.maxRecordedBytes).giveAll()
    const { code, message } = why
    this.#options.events.publish('thread.lost', { thread: number, games, code, message })
    if (this.#closed) return
    if (failures === 0) {
      this.#start(number, 0)
      return
    }
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        this.#start(number, failures)
      },
      Math.min(RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS),
    )
    this.#timers.add(timer)
  }
}

function least(best: GameThread | undefined, one: GameThread | undefined): GameThread | undefined {
  if (best === undefined || one === undefined) return best ?? one
  return one.places.size < best.places.size ? one : best
}
