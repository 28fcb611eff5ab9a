/** The board as lines of text, for people. */
import type { World } from './world/world.ts'

/** Agents by index; after these they begin again. */
const AGENTS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** One character a cell: `#` a wall, `+` one that can be swapped, `.` nothing, agents by their position in the map. */
export function render({ grid, agents, objects }: World): string[] {
  const board = Array.from({ length: grid.height }, () => new Array<string>(grid.width).fill('.'))
  const draw = (row: number, col: number, character: string): void => {
    const line = board[row]
    if (line !== undefined) line[col] = character
  }
  for (const object of objects) {
    if (object !== undefined)
      draw(object.row, object.col, 'swappable' in object.type && object.type.swappable ? '+' : '#')
  }
  for (const { index, row, col } of agents) draw(row, col, AGENTS[index % AGENTS.length] ?? '@')
  return board.map((line) => line.join(''))
}
