/** The eight directions, by the numbers that actions and observations use. */

/** Short names, as stats use them. */
export const ORIENTATION_NAMES = ['N', 'S', 'W', 'E', 'NW', 'NE', 'SW', 'SE'] as const
/** Long names, as the names of flat actions use them. */
export const DIRECTION_NAMES = [
  'north',
  'south',
  'west',
  'east',
  'northwest',
  'northeast',
  'southwest',
  'southeast',
] as const

const ROWS = [-1, 1, 0, 0, -1, -1, 1, 1]
const COLS = [0, 0, -1, 1, -1, 1, -1, 1]
/** A quarter turn to the right: N > E > S > W > N, NE > SE > SW > NW > NE. */
const CLOCKWISE = [3, 2, 0, 1, 5, 7, 4, 6]

/** How many directions there are: those that a game without diagonals knows come first. */
export function directions(diagonals: boolean): number {
  return diagonals ? 8 : 4
}

/** Rows to go for one step. */
export function rowStep(orientation: number): number {
  return ROWS[orientation] ?? 0
}

/** Columns to go for one step. */
export function colStep(orientation: number): number {
  return COLS[orientation] ?? 0
}

/** The direction to the right of one. */
export function clockwise(orientation: number): number {
  return CLOCKWISE[orientation] ?? 0
}
