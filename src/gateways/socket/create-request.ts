/**
 * A request that makes a game, with its map apart: a map has up to a million cells, for which the generated code would make
 * an object each.
 */
import { fromBinary } from '@bufbuild/protobuf'
import {
  CreateGameRequestSchema,
  MettaGridRequestSchema,
  type CreateGameRequest,
} from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'
import { countParts } from './parts.ts'

/** Tags of `MettaGridRequest.create_game` and `CreateGameRequest.map`. */
const CREATE = 0x52
const MAP = 0x1a
const REQUEST_ID = 0x0a
const BLOCK = 2

/** Where something lies: from `start` to before `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface SplitRequest {
  readonly requestId: string
  /** Without its map. */
  readonly game: CreateGameRequest
  /** Messages, entries and elements in it. */
  readonly parts: number
  /** The bytes of the map. */
  readonly map: Range
}

/**
 * Reads the request that lies in `bytes`. Undefined: it is another one, or not written as all implementations of Protobuf
 * write it: then the generated code has to look.
 * @param maxParts more are not read: `game` is then empty, and `parts` is larger
 * @throws what the generated code throws where the bytes are no message
 */
export function splitCreate(bytes: Uint8Array, { start, end }: Range, maxParts: number): SplitRequest | undefined {
  const whole = new Blocks(bytes, start, end)
  const id = whole.peek() === REQUEST_ID ? whole.next() : undefined
  const create = whole.peek() === CREATE ? whole.next() : undefined
  // What came twice would have to be merged.
  if (create === undefined || !whole.ok || whole.more) return undefined
  let map: (Range & { readonly tag: number }) | undefined
  const inner = new Blocks(bytes, create.start, create.end)
  while (inner.more && inner.ok) {
    if (inner.peek() !== MAP) inner.skip()
    else if (map !== undefined) return undefined
    else map = inner.next()
  }
  if (!inner.ok || map === undefined) return undefined
  const rest = Buffer.concat([bytes.subarray(create.start, map.tag), bytes.subarray(map.end, create.end)])
  const parts = countParts(CreateGameRequestSchema, rest, maxParts)
  const game = fromBinary(CreateGameRequestSchema, parts > maxParts ? rest.subarray(0, 0) : rest, QUIET)
  const outer = id === undefined ? rest.subarray(0, 0) : bytes.subarray(id.tag, id.end)
  return { requestId: fromBinary(MettaGridRequestSchema, outer, QUIET).requestId, game, parts, map }
}

const QUIET = { readUnknownFields: false }

/** The fields of a message whose tags are one byte; `ok` is false as soon as one is not plain. */
class Blocks {
  ok = true
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get more(): boolean {
    return this.#at < this.#end
  }

  peek(): number {
    return this.more ? (this.#bytes[this.#at] ?? 0) : -1
  }

  /** A field with a length: where its tag stands, and what is in it. */
  next(): Range & { readonly tag: number } {
    const tag = this.#at
    this.#at += 1
    const length = this.#varint()
    const start = this.#at
    this.#at += length
    if (this.#at > this.#end) this.ok = false
    return { tag, start, end: this.#at }
  }

  /** Goes past a field, whatever it is. */
  skip(): void {
    const kind = this.peek() & 7
    if (this.peek() > 127 || kind === 1 || kind > BLOCK) this.ok = false
    else if (kind === BLOCK) this.next()
    else {
      this.#at += 1
      this.#varint()
    }
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35 && this.#at < this.#end; shift += 7) {
      const byte = this.#bytes[this.#at] ?? 0
      this.#at += 1
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    this.ok = false
    return 0
  }
}
