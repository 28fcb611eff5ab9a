/** The cells that an agent sees, in the order in which it sees them. */
import type { Grid } from './grid.ts'

export interface Window {
  /** How far it reaches beyond the agent. */
  readonly rows: number
  readonly cols: number
  /** How many cells there are. */
  readonly cells: number
  /** By cell: what to add to the index of the agent's own cell. */
  readonly offsets: Int32Array
  /** By cell: the location byte, row and column in the window, four bits each. */
  readonly locations: Int32Array
  /** By location byte: which cell it is, or {@link UNSEEN}. */
  readonly ranks: Uint8Array
  /** The location byte of the agent's own cell. */
  readonly centre: number
}

/** No cell of the window: there are 15 x 15 at most. */
export const UNSEEN = 255

/** How far a window reaches beyond the agent. */
export function reach(size: number): number {
  return size >> 1
}

/**
 * Cells by growing distance (rows plus columns), then by row, left before right. A window of even size sees as many cells
 * as it has room for, of the next larger one.
 */
export function windowOf(height: number, width: number, grid: Grid): Window {
  const rows = reach(height)
  const cols = reach(width)
  const cells: [row: number, col: number][] = []
  for (let distance = 0; distance <= rows + cols; distance++) {
    for (let row = -Math.min(distance, rows); row <= Math.min(distance, rows); row++) {
      const col = distance - Math.abs(row)
      if (col > cols) continue
      cells.push([row, -col])
      if (col > 0) cells.push([row, col])
    }
  }
  cells.length = Math.min(cells.length, height * width)
  const locations = Int32Array.from(cells, ([row, col]) => ((row + rows) << 4) | (col + cols))
  const ranks = new Uint8Array(256).fill(UNSEEN)
  for (const [rank, location] of locations.entries()) ranks[location] = rank
  return {
    rows,
    cols,
    cells: cells.length,
    offsets: Int32Array.from(cells, ([row, col]) => grid.offset(row, col)),
    locations,
    ranks,
    centre: (rows << 4) | cols,
  }
}
