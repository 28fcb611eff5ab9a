/** Pictures in lines of text: on a terminal each over the last one, as large as fits; elsewhere one below the other. */
import type { Picture } from '../engine/index.ts'
import type { Io } from './command.ts'

/** What a terminal has that does not say how large it is, or says 0. */
const ROWS = 24
const COLUMNS = 80

const UP = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A`)
const CLEAR_LINE = '\u001b[2K'
const CLEAR_BELOW = '\u001b[J'

export class Canvas {
  readonly #io: Io
  #height = 0

  constructor(io: Io) {
    this.#io = io
  }

  /** Draws lines where the last ones were. */
  draw(lines: readonly string[]): void {
    if (this.#io.stdout.isTTY !== true) {
      this.#io.stdout.write(`${lines.join('\n')}\n\n`)
      return
    }
    const shown = lines.map((line) => `${CLEAR_LINE}${line.slice(0, this.#columns)}\n`)
    this.#io.stdout.write(`${UP(this.#height)}${shown.join('')}${CLEAR_BELOW}`)
    this.#height = lines.length
  }

  /** Draws a picture with lines above and below it. A board that is too large is cut around its centre. */
  picture({ board, notes, centre }: Picture, above: readonly string[], below: readonly string[] = []): void {
    const room = this.#io.stdout.isTTY === true ? this.#rows - 1 - above.length - notes.length - below.length : Infinity
    const width = this.#io.stdout.isTTY === true ? this.#columns : Infinity
    const rows = cut(board, centre?.row ?? 0, Math.max(room, 3))
    this.draw([
      ...above,
      ...rows.map((row) => cut(row.split(''), centre?.col ?? 0, width).join('')),
      ...notes,
      ...below,
    ])
  }

  get #rows(): number {
    const { rows = 0 } = this.#io.stdout
    return rows > 0 ? rows : ROWS
  }

  get #columns(): number {
    const { columns = 0 } = this.#io.stdout
    return columns > 0 ? columns : COLUMNS
  }
}

/** As many of the items as there is room for, with `centre` as near to the middle as can be. */
function cut<T>(items: readonly T[], centre: number, room: number): readonly T[] {
  if (items.length <= room) return items
  const first = Math.min(Math.max(0, centre - Math.floor(room / 2)), items.length - room)
  return items.slice(first, first + room)
}
