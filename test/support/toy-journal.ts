/** A journal in memory that writes when it is told to, for tests of what is around journals. */
import type { GameLog, Journal, Origin, StoredGame, Written } from '../../src/engine/index.ts'
import { BeamcadeError, isBeamcadeError } from '../../src/errors.ts'

export class ToyJournal implements Journal {
  /** Everything that it was told. */
  readonly log: string[] = []
  readonly #stored: StoredGame[] = []
  #waiting: { promise: Promise<void>; end(error?: Error): void } | undefined
  /** The next step wants a snapshot. */
  due = false
  /** The last one that came. */
  sealed: Uint8Array | undefined
  /** Nothing can be kept. */
  broken = false

  /** Everything that was told is written now, or lost. */
  write(error?: Error): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.end(error)
  }

  get pending(): Written {
    return this.#waiting?.promise
  }

  check(): void {
    if (this.broken) throw new BeamcadeError('journal_failed')
  }

  begin(id: string, engine: string, origin: Origin): GameLog {
    this.check()
    this.log.push(`begin ${id} ${engine} ${JSON.stringify(origin)}`)
    return this.#logOf(id)
  }

  /** Of a former life. */
  keep(id: string, engine: string, origin: Origin, inputs: readonly unknown[]): void {
    this.#stored.push({
      id,
      engine,
      read: () => Promise.resolve({ origin, inputs: each(inputs), log: this.#logOf(id) }),
      refuse: (error) => {
        this.log.push(`refused ${id} ${isBeamcadeError(error) ? error.code : String(error)}`)
        return Promise.resolve()
      },
    })
  }

  stored(only?: ReadonlySet<string>): ReturnType<Journal['stored']> {
    const found = this.#stored.filter(({ id }) => only?.has(id) ?? true)
    return Promise.resolve({ total: found.length, refused: 0, games: each(found) })
  }

  #logOf(id: string): GameLog {
    const tell = (line: string): Written => {
      this.log.push(line)
      if (this.#waiting !== undefined) return this.#waiting.promise
      const { promise, resolve, reject } = withResolvers()
      const end = (error?: Error): void => {
        if (error === undefined) resolve()
        else reject(error)
      }
      this.#waiting = { promise, end }
      return promise
    }
    const pending = (): Written => this.pending
    return {
      created: () => tell(`created ${id}`),
      read: (input) => {
        this.check()
        const text = JSON.stringify(input)
        this.log.push(`read ${text}`)
        return Buffer.from(text)
      },
      stepped: (input) => tell(`stepped ${id} ${Buffer.from(input).toString()}`),
      steppedMany: (inputs) => {
        for (const input of inputs) void tell(`stepped ${id} ${Buffer.from(input).toString()}`)
        return this.pending
      },
      wantsSnapshot: () => {
        const { due } = this
        this.due = false
        return due
      },
      snapshot: (sealed) => {
        this.sealed = sealed
        return tell(`snapshot ${id}`)
      },
      closed: () => tell(`closed ${id}`),
      left: () => void this.log.push(`left ${id}`),
      get pending() {
        return pending()
      },
    }
  }
}

async function* each<T>(items: readonly T[]): AsyncIterable<T> {
  for (const item of items) yield await Promise.resolve(item)
}

function withResolvers() {
  let resolve = (): void => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
