/** The two forms in which a map comes, made into one: rows of cell names. */
import type { z } from 'zod'
import { list, object, record, text, union } from '../../../engine/index.ts'
import { badGame, type Limits, refused } from './limits.ts'
import { uint32 } from './types.ts'

const cell = object({
  row: uint32(),
  col: uint32(),
  object_type: text().default('').describe('Name of an object of the configuration, or `empty`, `.` or a space.'),
})

const definition = object({
  height: uint32(),
  width: uint32(),
  cells: list(cell).default([]).describe('What is not named is empty; of two for one place the later holds.'),
})

const rows = list(text())

const drawing = object({
  rows,
  legend: record(text(), text()).default({}).describe('Character to name of an object; `#`, `.` and `@` are fixed.'),
})

export const mapSchema = union([
  rows.describe('One character a cell.'),
  drawing.describe('The same, with meanings for more characters.'),
  definition.describe('MapDefinition of the wire format.'),
])

export type MapInput = z.output<typeof mapSchema>

/** A map of names: row by row; the empty name where nothing is. */
export interface GameMap {
  readonly height: number
  readonly width: number
  readonly names: readonly string[]
}

const EMPTY_NAMES = new Set(['', 'empty', '.', ' '])

/** What characters mean besides `#`, `.` and `@`, unless a legend says otherwise. */
const LEGEND: Readonly<Record<string, string>> = {
  ' ': 'empty',
  p: 'agent.prey',
  P: 'agent.predator',
  _: 'altar',
  c: 'converter',
  C: 'chest',
  Z: 'assembler',
  1: 'agent.team_1',
  2: 'agent.team_2',
  3: 'agent.team_3',
  4: 'agent.team_4',
}

/**
 * @param objects the names of the configuration: `@` is the first of `agent.agent`, `agent` and `agent.default` among them
 * @throws BeamcadeError `bad_game`
 */
export function readMap(input: MapInput, objects: ReadonlySet<string>, limits: Limits): GameMap {
  if ('cells' in input) return fromCells(input, limits)
  return 'rows' in input ? fromRows(input.rows, input.legend, objects, limits) : fromRows(input, {}, objects, limits)
}

function fromCells({ height, width, cells }: z.output<typeof definition>, limits: Limits): GameMap {
  checkSize(height, width, limits)
  const names = new Array<string>(height * width).fill('')
  for (const { row, col, object_type } of cells) {
    if (row >= height || col >= width) {
      throw badGame('Map cell coordinates out of bounds', `row ${row}, column ${col} on a map of ${height} x ${width}`)
    }
    if (object_type === '') throw badGame('Unknown object type: ', `row ${row}, column ${col} names none`)
    names[row * width + col] = EMPTY_NAMES.has(object_type) ? '' : object_type
  }
  return { height, width, names }
}

function fromRows(
  lines: readonly string[],
  legend: Readonly<Record<string, string>>,
  objects: ReadonlySet<string>,
  limits: Limits,
): GameMap {
  const height = lines.length
  const width = Array.from(lines[0] ?? '').length
  checkSize(height, width, limits)
  const agent = ['agent.agent', 'agent', 'agent.default'].find((name) => objects.has(name)) ?? 'agent.agent'
  const fixed: Readonly<Record<string, string>> = { '#': 'wall', '.': 'empty', '@': agent }
  for (const [character, name] of Object.entries(legend)) {
    if (Array.from(character).length !== 1)
      throw refused(`The legend explains "${character}", which is not one character.`)
    if (Object.hasOwn(fixed, character)) throw refused(`The legend gives ${character} another meaning: "${name}".`)
  }
  const meanings = new Map(Object.entries({ ...LEGEND, ...legend, ...fixed }))
  const names = lines.flatMap((line, row) => {
    const characters = Array.from(line)
    if (characters.length !== width) {
      throw refused(`Row ${row} of the map has ${characters.length} characters, row 0 has ${width}.`)
    }
    return characters.map((character, col) => {
      const name = meanings.get(character)
      if (name === undefined)
        throw refused(`Row ${row}, column ${col} of the map: "${character}" is not in the legend.`)
      return EMPTY_NAMES.has(name) ? '' : name
    })
  })
  return { height, width, names }
}

/** The reference keeps rows and columns in 16 bits. */
const MAX_SIDE = 65_535

function checkSize(height: number, width: number, { maxCells }: Limits): void {
  if (height <= 0 || width <= 0) throw badGame('Map definition must include positive width and height')
  if (height > MAX_SIDE || width > MAX_SIDE) throw refused(`A map has at most ${MAX_SIDE} rows and columns.`)
  if (height * width > maxCells) {
    throw refused(`A map of ${height} x ${width} has ${height * width} cells; maxCells is ${maxCells}.`)
  }
}
