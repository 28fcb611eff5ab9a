/** Records games while they run, in memory, as far as there is room for all of them together. */
import { BeamcadeError } from '../errors.ts'
import type { TraceWriter } from './trace.ts'

/** The memory that all recorded games share, wherever they live. */
export interface Room {
  /** In bytes. */
  readonly max: number
  /** False if there is not so much room any more. */
  take(bytes: number): boolean
  give(bytes: number): void
}

/** Room for games that live beside each other. */
export class RecordingRoom implements Room {
  readonly max: number
  #used = 0

  /** @param max in bytes */
  constructor(max: number) {
    this.max = max
  }

  take(bytes: number): boolean {
    if (this.#used + bytes > this.max) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}

/** The recording of one game. */
export class Recorder {
  readonly #writer: TraceWriter
  readonly #room: Room
  readonly #onFull: (steps: number) => void
  #bytes: number
  #steps = 0
  #complete = true

  /**
   * @param onFull there is no room for more: the recording ends with that many steps, the game goes on
   * @throws BeamcadeError `recording_full` if there is none from the start
   */
  constructor(writer: TraceWriter, room: Room, onFull: (steps: number) => void) {
    if (!room.take(writer.bytes)) {
      const sentence = `There is no room for one more recorded game: maxRecordedBytes is ${room.max}.`
      throw new BeamcadeError('recording_full', sentence)
    }
    this.#bytes = writer.bytes
    this.#writer = writer
    this.#room = room
    this.#onFull = onFull
  }

  /** A step was done. @param output is asked for only if there is room */
  step(input: unknown, output: () => unknown): void {
    // A trace with a gap would be none: what was left out once ends it.
    if (!this.#complete) return
    const bytes = this.#writer.step(input, output())
    this.#steps += 1
    if (this.#room.take(bytes)) {
      this.#bytes += bytes
      return
    }
    this.#complete = false
    this.#onFull(this.#steps)
  }

  trace(): string {
    return this.#writer.text(this.#complete)
  }

  /** Nothing is kept of it any more. */
  close(): void {
    this.#room.give(this.#bytes)
    this.#bytes = 0
  }
}

/** What is said of a game that nobody recorded. */
export function notRecorded(id: string): BeamcadeError {
  return new BeamcadeError('not_recorded', `The game ${JSON.stringify(id)} is not recorded.`)
}
