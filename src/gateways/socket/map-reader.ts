/**
 * A `MapDefinition` by hand, some cells at a time: a million of them, each an object with a text, would take two seconds in
 * which nobody else is served. What comes out is the map drawn, a character a cell, which operations take as well.
 */
import { fromBinary } from '@bufbuild/protobuf'
import type { Value } from '../../engine/index.ts'
import { BeamcadeError } from '../../errors.ts'
import { MapCellSchema } from '../../gen/mettagrid/rpc/v1/mettagrid_pb.ts'

/** Tags of `MapDefinition`: height, width, a cell. */
const HEIGHT = 0x08
const WIDTH = 0x10
const CELL = 0x1a
/** Tag of `MapCell.object_type`. */
const OBJECT = 0x1a

/** What stands for nothing in a drawing, and the names that mean it. */
const EMPTY = '.'.charCodeAt(0)
const EMPTY_NAMES: ReadonlySet<string> = new Set(['empty', '.', ' '])
/** The first of the characters that stand for names, and how many there are up to those that are no character alone. */
const FIRST = 0x100
const MAX_NAMES = 0xd800 - FIRST
/** Rows and columns of any map. */
const MAX_SIDE = 65_535
/** Names as a legend may have them. */
const PLAIN = /^[A-Za-z0-9_.]+$/

export interface MapLimits {
  /** Cells that may be named. */
  readonly maxParts: number
  /** Cells of a map. */
  readonly maxCells: number
  /** Cells that may be named if there are names that a legend cannot have. */
  readonly maxListed: number
}

export class MapReader {
  /** Cells that were read. */
  count = 0
  /** False: the map is not written as all implementations of Protobuf write it, and the generated code has to look. */
  plain = true
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #limits: MapLimits
  #at: number
  #height = 0
  #width = 0
  /** Row, column and name of each cell. */
  readonly #cells: Uint32Array
  readonly #names: string[] = []
  /** Position in `#names`, by the text. */
  readonly #known = new Map<string, number>()
  /** The bytes of the name before, and its position: cells of one kind often lie side by side. */
  #last = { start: 0, length: -1, index: -1 }

  /** @param bytes stay as they are until all is read */
  constructor(bytes: Uint8Array, start: number, end: number, limits: MapLimits) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#limits = limits
    // A cell takes two bytes at least.
    this.#cells = new Uint32Array(3 * Math.min(limits.maxParts, (end - start) >>> 1))
  }

  /**
   * Reads up to so many cells more. @returns true when all is read, or there are more than `maxParts`, or it is not plain
   * @throws what the generated code throws where a cell is none
   */
  read(cells: number): boolean {
    const { maxParts } = this.#limits
    const stop = Math.min(this.count + cells, maxParts + 1)
    while (this.plain && this.#at < this.#end && this.count < stop) this.#field()
    return !this.plain || this.#at >= this.#end || this.count > maxParts
  }

  /** The map as operations take it, when all is read. @throws BeamcadeError `bad_game` */
  value(): Value {
    const height = this.#height
    const width = this.#width
    const { maxCells, maxListed } = this.#limits
    // The engine has the words for sizes and cells that cannot be.
    if (height === 0 || width === 0 || Math.max(height, width) > MAX_SIDE) return this.#listed(0, 0)
    if (height * width > maxCells) {
      throw refused(`A map of ${height} x ${width} has ${height * width} cells; maxCells is ${maxCells}.`)
    }
    const wrong = this.#firstWrong()
    if (wrong >= 0) return this.#listed(wrong, wrong + 1)
    const odd = this.#names.find((name) => !PLAIN.test(name) && !EMPTY_NAMES.has(name))
    if (odd === undefined && this.#names.length <= MAX_NAMES) return this.#drawn()
    if (this.count <= maxListed) return this.#listed(0, this.count)
    const why = odd === undefined ? `more than ${MAX_NAMES} names` : `names such as ${JSON.stringify(odd)}`
    throw refused(`The map names ${this.count} cells; with ${why} it may name ${maxListed}.`)
  }

  // ---- reading

  #field(): void {
    const tag = this.#bytes[this.#at]
    this.#at += 1
    const number = this.#varint()
    if (number < 0) this.plain = false
    else if (tag === CELL) this.#cell(number)
    else if (tag === HEIGHT) this.#height = number
    else if (tag === WIDTH) this.#width = number
    else this.plain = false
  }

  #cell(length: number): void {
    const start = this.#at
    const end = start + length
    this.count += 1
    if (end > this.#end) this.plain = false
    if (!this.plain || this.count > this.#limits.maxParts) return
    const cells = this.#cells
    const at = 3 * (this.count - 1)
    const name = this.#plainCell(at, end)
    if (name >= 0) cells[at + 2] = name
    else {
      const { row, col, objectType } = fromBinary(MapCellSchema, this.#bytes.subarray(start, end))
      cells[at] = row
      cells[at + 1] = col
      cells[at + 2] = this.#indexOf(objectType)
    }
    this.#at = end
  }

  /** A cell as every implementation writes it: its row and column go to `at`. @returns its name; -1: it is not plain */
  #plainCell(at: number, end: number): number {
    const bytes = this.#bytes
    for (const [offset, tag] of PLACE) {
      let value = 0
      if (this.#at < end && bytes[this.#at] === tag) {
        this.#at += 1
        value = this.#varint()
      }
      if (value < 0) return -1
      this.#cells[at + offset] = value
    }
    if (this.#at === end) return this.#indexOf('')
    const length = bytes[this.#at + 1] ?? 255
    const start = this.#at + 2
    return bytes[this.#at] === OBJECT && length < 128 && start + length === end ? this.#nameAt(start, length) : -1
  }

  /** A number of 32 bits at most, in as few bytes as it takes; -1: it is none. */
  #varint(): number {
    const bytes = this.#bytes
    let value = 0
    for (let shift = 0; shift < 28 && this.#at < this.#end; shift += 7) {
      const byte = bytes[this.#at] ?? 0
      this.#at += 1
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
    // What is left of 32 bits.
    const last = bytes[this.#at] ?? 255
    if (last > 15 || this.#at >= this.#end) return -1
    this.#at += 1
    return value + last * 2 ** 28
  }

  /** The position of a text of so many bytes, all of them ASCII; -1: they are not. */
  #nameAt(start: number, length: number): number {
    const bytes = this.#bytes
    const last = this.#last
    if (length === last.length) {
      let i = 0
      while (i < length && bytes[start + i] === bytes[last.start + i]) i += 1
      if (i === length) return last.index
    }
    let text = ''
    for (let i = start; i < start + length; i++) {
      const byte = bytes[i] ?? 0
      if (byte > 127) return -1
      text += String.fromCharCode(byte)
    }
    const index = this.#indexOf(text)
    this.#last = { start, length, index }
    return index
  }

  #indexOf(name: string): number {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    this.#known.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  // ---- what comes out

  /** The first cell that lies outside, or has no name; -1: there is none. */
  #firstWrong(): number {
    const cells = this.#cells
    const nameless = this.#known.get('') ?? -1
    for (let i = 0; i < this.count; i++) {
      const at = 3 * i
      const inside = (cells[at] ?? 0) < this.#height && (cells[at + 1] ?? 0) < this.#width
      if (!inside || cells[at + 2] === nameless) return i
    }
    return -1
  }

  /** Some of the cells, one by one. */
  #listed(from: number, to: number): Value {
    const cells: Value[] = []
    for (let i = from; i < to; i++) {
      const [row = 0, col = 0, name = 0] = this.#cells.subarray(3 * i, 3 * i + 3)
      cells.push(
        new Map<Value, Value>([
          ['row', row],
          ['col', col],
          ['object_type', this.#names[name] ?? ''],
        ]),
      )
    }
    const size = [['height', this.#height], ['width', this.#width]] as const // prettier-ignore
    return new Map<Value, Value>([...size, ['cells', cells]])
  }

  /** A text for each row, and what its characters mean. */
  #drawn(): Value {
    const width = this.#width
    const codes = this.#names.map((name, i) => (EMPTY_NAMES.has(name) ? EMPTY : FIRST + i))
    const drawing = Buffer.alloc(2 * this.#height * width, '.', 'utf16le')
    const cells = this.#cells
    for (let at = 0; at < 3 * this.count; at += 3) {
      const code = codes[cells[at + 2] ?? 0] ?? EMPTY
      const place = 2 * ((cells[at] ?? 0) * width + (cells[at + 1] ?? 0))
      drawing[place] = code
      drawing[place + 1] = code >> 8
    }
    const rows = Array.from({ length: this.#height }, (_, row) => {
      return drawing.toString('utf16le', 2 * row * width, 2 * (row + 1) * width)
    })
    const meanings = this.#names.map((name, i) => [String.fromCharCode(FIRST + i), name] as const)
    return new Map<Value, Value>([
      ['rows', rows],
      ['legend', new Map<Value, Value>(meanings.filter(([, name]) => !EMPTY_NAMES.has(name)))],
    ])
  }
}

/** Where row and column of a cell go, and their tags. */
const PLACE = [
  [0, 0x08],
  [1, 0x10],
] as const

function refused(sentence: string): BeamcadeError {
  return new BeamcadeError('bad_game', sentence)
}
