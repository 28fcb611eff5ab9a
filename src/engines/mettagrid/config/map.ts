/** The forms in which a map comes, made into one: rows of cell names. */
import type { z } from 'zod'
import { list, object, record, text, union } from '../../../engine/index.ts'
import { linesOf, meanings, namesOf } from './ascii.ts'
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
}).describe('MapDefinition of the wire format.')

const rows = list(text()).describe('One character a cell.')

const legend = record(text(), text()).default({})

const drawing = object({
  rows: list(text()),
  legend: legend.describe('Character to name of an object; `#`, `.` and `@` are fixed.'),
}).describe('The same, with meanings for more characters.')

/** The forms that games keep. */
export const mapSchema = union([rows, drawing, definition])

export type MapInput = z.output<typeof mapSchema>

/** `AsciiMapBuilder.Config` of the Python project, which has a text, a list of rows or a list of lists of characters. */
export const mapBuilderSchema = object({
  type: text().optional().describe('The class in Python; it must be the AsciiMapBuilder, if it is said.'),
  map_data: union([list(text()), list(list(text())), text()]),
  char_to_name_map: legend.describe('Its legend.'),
}).describe('AsciiMapBuilder.Config of the Python project.')

/** All forms in which a map may be given. */
export const mapInputSchema = union([
  rows,
  drawing,
  definition,
  text().describe('One character a cell, a line for each row.'),
  mapBuilderSchema,
])

/** The form that is kept, of any form that was given. @throws BeamcadeError `bad_game` */
export function toMap(input: z.output<typeof mapInputSchema>): MapInput {
  if (typeof input === 'string') return linesOf(input)
  return 'map_data' in input ? fromBuilder(input) : input
}

function fromBuilder({ type, map_data: data, char_to_name_map: legend }: z.output<typeof mapBuilderSchema>): MapInput {
  if (type !== undefined && !/\bAsciiMapBuilder(\.Config)?$/.test(type)) {
    throw refused(`A map of ${type} is made by Python; only that of the AsciiMapBuilder is here to be read.`)
  }
  if (typeof data === 'string') return { rows: linesOf(data), legend }
  return { rows: data.map((row, index) => (typeof row === 'string' ? row : joined(row, index))), legend }
}

function joined(cells: readonly string[], row: number): string {
  const strange = cells.findIndex((cell) => Array.from(cell).length !== 1)
  if (strange < 0) return cells.join('')
  throw refused(`Row ${row}, column ${strange} of the map: ${JSON.stringify(cells[strange])} is not one character.`)
}

/** A map of names: row by row; the empty name where nothing is. */
export interface GameMap {
  readonly height: number
  readonly width: number
  readonly names: readonly string[]
}

const EMPTY_NAMES = new Set(['', 'empty', '.', ' '])

/**
 * @param objects the names of the configuration
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
  const names = namesOf(lines, width, meanings(legend, objects)).map((name) => (EMPTY_NAMES.has(name) ? '' : name))
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
