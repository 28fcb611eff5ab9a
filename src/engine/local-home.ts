/** Games beside who asks: every answer is at hand at once. */
import { BeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import type { AnyGame, ManySteps } from './engine.ts'
import type { Home, Place, Plan } from './home.ts'
import { Recorder, type Room } from './recorder.ts'
import { fromSnapshot } from './snapshot.ts'

export interface LocalHomeOptions {
  events: Events
  /** What the recordings of all games may take. */
  room: Room
}

export class LocalHome implements Home {
  readonly #events: Events
  readonly #room: Room

  constructor({ events, room }: LocalHomeOptions) {
    this.#events = events
    this.#room = room
  }

  make({ engine, id, beginning, record }: Plan): LocalPlace {
    if ('state' in beginning) return new LocalPlace(fromSnapshot(engine, beginning.state))
    const game = engine.create(beginning.request)
    if (!record) return new LocalPlace(game)
    try {
      const recorder = new Recorder(engine.trace.write(id, beginning.request, game), this.#room, (steps) => {
        const { max: maxBytes } = this.#room
        this.#events.publish('game.recording_full', { game: id, engine: engine.name, steps, maxBytes })
      })
      return new LocalPlace(game, recorder)
    } catch (error) {
      game.close()
      throw error
    }
  }

  close(): void {
    // Games hold nothing but memory.
  }
}

/** All of its answers are at hand. */
export class LocalPlace implements Place {
  onLost?: (error: Error) => void
  readonly #game: AnyGame
  readonly #recorder: Recorder | undefined
  /** The recorder has to be told: the game does not do it. */
  readonly #tell: Recorder | undefined

  /** @internal Made by `LocalHome.make`. */
  constructor(game: AnyGame, recorder?: Recorder) {
    this.#game = game
    this.#recorder = recorder
    this.#tell = game.watch === undefined ? recorder : undefined
    if (recorder === undefined) return
    game.watch?.((input) => {
      recorder.step(input, () => game.state())
    })
  }

  step(input: unknown): unknown {
    const output = this.#game.step(input as never)
    this.#tell?.step(input, () => output)
    return output
  }

  advance<T>(input: unknown, show: (view: unknown) => T): T {
    const game = this.#game
    if (game.advance === undefined) game.step(input as never)
    else game.advance(input as never)
    this.#tell?.step(input, () => game.state())
    return this.look(show)
  }

  stepMany(inputs: readonly unknown[], options: unknown): ManySteps {
    const game = this.#game
    if (game.stepMany === undefined) throw new TypeError('This game does one step at a time.')
    return game.stepMany(inputs as never, options as never)
  }

  look<T>(show: (view: unknown) => T): T {
    const game = this.#game
    return show(game.view === undefined ? game.state() : game.view())
  }

  ask(method: string, args: readonly unknown[]): unknown {
    const game = this.#game as unknown as Record<string, (...args: readonly unknown[]) => unknown>
    if (typeof game[method] !== 'function') throw new TypeError(`The game has no method ${method}.`)
    return game[method](...args)
  }

  replay(inputs: readonly unknown[], first: number): void {
    const game = this.#game
    for (const [i, input] of inputs.entries()) {
      try {
        if (game.advance === undefined) game.step(input as never)
        else game.advance(input as never)
      } catch (error) {
        const sentence = `It took its step ${first + i} once, and does not any more: ${messageOf(error)}`
        throw new BeamcadeError('not_replayable', sentence, { cause: error })
      }
    }
  }

  trace(): string | undefined {
    return this.#recorder?.trace()
  }

  settled(): void {
    // Whatever was asked was answered at once.
  }

  close(): void {
    this.#recorder?.close()
    this.#game.close()
  }
}
