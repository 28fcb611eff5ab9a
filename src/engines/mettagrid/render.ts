/** The board as lines of text, for people. */
import { Assembler, NOT_CLIPPED } from './objects/assembler.ts'
import type { AnyType } from './objects/index.ts'
import type { GridObject } from './objects/object.ts'
import type { World } from './world/world.ts'

/** Agents by index; after these they begin again. */
const AGENTS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * One character a cell: `#` a wall, `+` one that can be swapped, `%` a converter, `&` an assembler, `!` one that is clipped,
 * `$` a chest, `.` nothing; agents by their position in the map.
 */
export function render({ grid, agents, objects }: World): string[] {
  const board = Array.from({ length: grid.height }, () => new Array<string>(grid.width).fill('.'))
  const draw = (row: number, col: number, character: string): void => {
    const line = board[row]
    if (line !== undefined) line[col] = character
  }
  for (const object of objects) if (object !== undefined) draw(object.row, object.col, characterOf(object))
  for (const { index, row, col } of agents) draw(row, col, AGENTS[index % AGENTS.length] ?? '@')
  return board.map((line) => line.join(''))
}

const CHARACTERS: Readonly<Record<Exclude<AnyType['kind'], 'agent'>, string>> = {
  wall: '#',
  converter: '%',
  assembler: '&',
  chest: '$',
}

function characterOf(object: GridObject): string {
  const { type } = object
  if (type.kind === 'agent') return '@'
  if (type.kind === 'wall' && type.swappable) return '+'
  return object instanceof Assembler && object.clipped !== NOT_CLIPPED ? '!' : CHARACTERS[type.kind]
}
