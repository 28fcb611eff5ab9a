/**
 * Which object stands where. Two layers: agents, and everything else. The grid has a rim of empty cells as wide as half an
 * observation window, and at least of one, so that nobody who looks around has to ask whether that leaves the map.
 */
import { Crowd } from './crowd.ts'
import { colStep, rowStep } from './orientation.ts'

export const AGENT_LAYER = 0
export const OBJECT_LAYER = 1
export type Layer = typeof AGENT_LAYER | typeof OBJECT_LAYER

/** What is exported is loaded each time. */
const AGENTS: number = AGENT_LAYER

/** No object. */
export const NOTHING = 0

export class Grid {
  readonly height: number
  readonly width: number
  /** Object ids, two layers a cell. */
  readonly cells: Int32Array
  /** Where agents stand. */
  readonly crowd: Crowd
  readonly #rim: number
  readonly #stride: number
  #objectMoved: ((row: number, col: number) => void) | undefined

  constructor(height: number, width: number, rim: number) {
    this.height = height
    this.width = width
    this.#rim = rim
    this.#stride = 2 * (width + 2 * rim)
    this.cells = new Int32Array(this.#stride * (height + 2 * rim))
    this.crowd = new Crowd(height, width, rim)
  }

  /** Where a cell's two layers begin in `cells`. */
  index(row: number, col: number): number {
    return (row + this.#rim) * this.#stride + 2 * (col + this.#rim)
  }

  /** What to add to an index to get to a cell that many rows and columns away. */
  offset(rows: number, cols: number): number {
    return rows * this.#stride + 2 * cols
  }

  inside(row: number, col: number): boolean {
    return row >= 0 && col >= 0 && row < this.height && col < this.width
  }

  /** Where the two layers begin of the cell one ahead of another, seen in a direction; see {@link Grid.nearest}. */
  ahead(row: number, col: number, orientation: number): number {
    return this.nearest(row + rowStep(orientation), col + colStep(orientation))
  }

  /** Where a cell's two layers begin in `cells`. What lies beyond the edge is taken for the edge. */
  nearest(row: number, col: number): number {
    return this.index(Math.max(0, Math.min(row, this.height - 1)), Math.max(0, Math.min(col, this.width - 1)))
  }

  /** The id of the object there, or {@link NOTHING}. */
  at(row: number, col: number, layer: Layer): number {
    return this.cells[this.index(row, col) + layer] ?? NOTHING
  }

  /** From now on says where something of the object layer comes or goes. */
  watch(objectMoved: (row: number, col: number) => void): void {
    this.#objectMoved = objectMoved
  }

  /** Takes an agent from one cell to another, which is free. */
  moveAgent(id: number, fromRow: number, fromCol: number, row: number, col: number): void {
    this.cells[this.index(fromRow, fromCol) + AGENTS] = 0
    this.cells[this.index(row, col) + AGENTS] = id
    this.crowd.set(fromRow, fromCol, false)
    this.crowd.set(row, col, true)
  }

  put(row: number, col: number, layer: Layer, id: number): void {
    this.cells[this.index(row, col) + layer] = id
    if (layer === AGENT_LAYER) this.crowd.set(row, col, id !== NOTHING)
    else this.#objectMoved?.(row, col)
  }
}
