/** A recorded game that can be wound to any step, forwards and back. */
import { BeamcadeError } from '../errors.ts'
import type { AnyGame, Comparison, Picture, Recording } from '../engine/index.ts'

/** Steps between two snapshots, so that the way back is never longer. */
const SNAPSHOT_EVERY = 50

export class Tape {
  readonly recording: Recording
  readonly #snapshots = new Map<number, Uint8Array>()
  #game: AnyGame
  #comparison: Comparison
  #step = 0

  /** @throws BeamcadeError what the engine has against the recorded game */
  constructor(recording: Recording) {
    this.recording = recording
    this.#game = recording.begin()
    this.#comparison = recording.comparison(this.#game)
    this.#keep()
  }

  /** How many steps were done to get here. */
  get step(): number {
    return this.#step
  }

  /** Goes to a step, or as near to it as there is one. @throws BeamcadeError `bad_trace` if a step cannot be done again */
  goTo(step: number): void {
    const target = Math.min(Math.max(0, step), this.recording.steps)
    if (target < this.#step) this.#back(target)
    while (this.#step < target) this.#forward()
  }

  picture(focus: number): Picture {
    return this.recording.draw(this.#game, focus)
  }

  /** What was done to get here. */
  get input(): string | undefined {
    return this.#step === 0 ? undefined : this.recording.inputText(this.#step)
  }

  /** What is not as it was recorded. */
  get difference(): string | undefined {
    return this.#comparison.after(this.#step)
  }

  close(): void {
    this.#game.close()
  }

  #forward(): void {
    const step = this.#step + 1
    try {
      const input = this.recording.input(step) as never
      if (this.#game.advance === undefined) this.#game.step(input)
      else this.#game.advance(input)
    } catch (error) {
      throw new BeamcadeError('bad_trace', `Step ${step} was done once, and cannot be done any more.`, { cause: error })
    }
    this.#step = step
    if (step % SNAPSHOT_EVERY === 0) this.#keep()
  }

  #back(target: number): void {
    const from = [...this.#snapshots.keys()].filter((step) => step <= target).sort((a, b) => b - a)[0] ?? 0
    const game = this.recording.resume(this.#snapshots.get(from) ?? new Uint8Array())
    this.#game.close()
    this.#game = game
    this.#comparison = this.recording.comparison(game)
    this.#step = from
  }

  #keep(): void {
    if (!this.#snapshots.has(this.#step)) this.#snapshots.set(this.#step, this.#game.snapshot())
  }
}

/** What stands above the board. */
export function titleOf({ recording: { name, steps }, step, input }: Tape): string[] {
  return [`${name}  step ${step} of ${steps}${input === undefined ? '' : `  ${input}`}`]
}

/** What stands below it. */
export function differenceLines({ difference }: Tape): string[] {
  return difference === undefined ? [] : [`differs from the recording: ${difference}`]
}
