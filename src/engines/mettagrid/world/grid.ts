/**
 * Which object stands where. Two layers: agents, and everything else. The grid has a rim of empty cells as wide as half an
 * observation window, and at least of one, so that nobody who looks around has to ask whether that leaves the map.
 */
import { Crowd } from './crowd.ts'
import { clockwise, colStep, rowStep } from './orientation.ts'

export const AGENT_LAYER = 0
export const OBJECT_LAYER = 1
export type Layer = typeof AGENT_LAYER | typeof OBJECT_LAYER

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

  /**
   * Where the cell's two layers begin that lies ahead of another one, seen in a direction, and to the right (to the left,
   * if negative). What lies beyond the edge is taken for the edge.
   */
  ahead(row: number, col: number, orientation: number, ahead: number, right = 0): number {
    const side = clockwise(orientation)
    return this.index(
      clamp(row + ahead * rowStep(orientation) + right * rowStep(side), this.height),
      clamp(col + ahead * colStep(orientation) + right * colStep(side), this.width),
    )
  }

  /** The id of the object there, or {@link NOTHING}. */
  at(row: number, col: number, layer: Layer): number {
    return this.cells[this.index(row, col) + layer] ?? NOTHING
  }

  /** From now on says where something of the object layer comes or goes. */
  watch(objectMoved: (row: number, col: number) => void): void {
    this.#objectMoved = objectMoved
  }

  put(row: number, col: number, layer: Layer, id: number): void {
    this.cells[this.index(row, col) + layer] = id
    if (layer === AGENT_LAYER) this.crowd.set(row, col, id !== NOTHING)
    else this.#objectMoved?.(row, col)
  }
}

function clamp(position: number, size: number): number {
  return Math.max(0, Math.min(position, size - 1))
}
