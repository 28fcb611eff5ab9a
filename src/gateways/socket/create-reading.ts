/** A request that makes a game, while it is read: its map some cells at a time, so that others are served in between. */
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { createCall, type Call } from './calls.ts'
import { splitCreate, type Range, type SplitRequest } from './create-request.ts'
import type { SocketLimits } from './limits.ts'
import { MapReader } from './map-reader.ts'

/** Cells of a map that are read in one go: about two milliseconds. */
const SLICE_CELLS = 20_000

export const UNREADABLE = 'failed to parse request'

/** What is said of a request that is too large. */
export const tooMany = {
  parts: (most: number) => `the request has more than maxSocketParts = ${most} cells, entries and elements`,
  entries: (most: number) => `the request has more than ${most} entries and elements besides the cells of its map`,
  unusual: (most: number) =>
    `the request is written in an unusual way; such a one may have ${most} entries and elements`,
}

export class CreateReading {
  /** All of the request. */
  readonly message: Uint8Array
  readonly #split: SplitRequest
  readonly #map: MapReader
  readonly #limits: Pick<SocketLimits, 'maxParts' | 'maxEntries'>

  private constructor(
    message: Uint8Array,
    split: SplitRequest,
    limits: Pick<SocketLimits, 'maxParts' | 'maxEntries' | 'maxCells'>,
  ) {
    this.message = message
    this.#split = split
    this.#limits = limits
    const { start, end } = split.map
    const { maxParts, maxEntries, maxCells } = limits
    this.#map = new MapReader(message, start, end, {
      maxParts: maxParts - split.parts,
      maxCells,
      maxListed: maxEntries,
    })
  }

  /**
   * Undefined: it is another request, or the generated code has to read it.
   * @param transient the bytes change before it is read to its end
   * @throws what the generated code throws where the bytes are no message
   */
  static begin(
    bytes: Uint8Array,
    { start, end }: Range,
    limits: Pick<SocketLimits, 'maxParts' | 'maxEntries' | 'maxCells'>,
    transient: boolean,
  ): CreateReading | undefined {
    // So few bytes are read in one go.
    const kept = transient && end - start > 2 * SLICE_CELLS
    const message = kept ? new Uint8Array(bytes.subarray(start, end)) : bytes.subarray(start, end)
    const split = splitCreate(message, { start: 0, end: message.length }, limits.maxEntries)
    return split === undefined ? undefined : new CreateReading(message, split, limits)
  }

  get requestId(): string {
    return this.#split.requestId
  }

  /** Reads a slice. @returns true when nothing is left to read @throws what the generated code throws */
  read(): boolean {
    return this.#tooManyParts || this.#map.read(SLICE_CELLS)
  }

  /** When all is read: the call, or the words for what is none. Undefined: the generated code has to read it. */
  get outcome(): Call | string | undefined {
    const { maxParts, maxEntries } = this.#limits
    if (this.#tooManyParts) return tooMany.entries(Math.min(maxEntries, maxParts))
    if (!this.#map.plain) return undefined
    if (this.#split.parts + this.#map.count > maxParts) return tooMany.parts(maxParts)
    return createCall(this.#split.game, () => this.#map.value())
  }

  get #tooManyParts(): boolean {
    return this.#split.parts > Math.min(this.#limits.maxEntries, this.#limits.maxParts)
  }
}

/** True if a request makes a game, however it is written. @throws RangeError where the bytes are no message */
export function makesGame(message: Uint8Array): boolean {
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === CREATE_GAME) return true
    reader.skip(wireType, field)
  }
  return false
}

/** The number of `MettaGridRequest.create_game`. */
const CREATE_GAME = 10
