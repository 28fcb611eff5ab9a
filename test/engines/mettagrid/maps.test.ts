/** Maps as text: characters, legends, and where something is wrong. */
import { describe, expect, test } from '@jest/globals'
import { isBeamcadeError } from '../../../src/errors.ts'
import { readerOf } from '../../../src/engine/index.ts'
import {
  mapOrNullSchema,
  MettagridGame,
  render,
  toRequest,
  type GivenGame,
} from '../../../src/engines/mettagrid/index.ts'
import { sketch } from '../../support/mettagrid-game.ts'
import { valueOf } from '../../support/mettagrid-trace.ts'

const { config } = sketch({ rows: ['@'], agents: { 'agent.agent': {}, 'agent.blue': { group_id: 1 } } })

function board(map: unknown): string[] {
  const given = readerOf(mapOrNullSchema)(valueOf(map), ['map']) as GivenGame['map']
  return render(new MettagridGame(toRequest({ config, map: given, seed: 1 })).world)
}

function refusal(map: unknown): string {
  try {
    board(map)
  } catch (error) {
    if (isBeamcadeError(error)) return error.message
    throw error
  }
  throw new Error('it was not refused')
}

describe('a map as one text', () => {
  test('has a line for each row, whatever ends a line', () => {
    expect(board('###\n#@.')).toEqual(['###', '#0.'])
    expect(board('###\r\n#@.\r\n')).toEqual(['###', '#0.'])
    expect(board('###\n#@.\n')).toEqual(['###', '#0.'])
  })

  test('keeps an empty line where it is none at the end', () => {
    expect(refusal('@\n\n@')).toBe('Row 1 of the map has 0 characters, row 0 has 1.')
    expect(refusal('')).toContain('Map definition must include positive width and height')
  })
})

describe('a legend', () => {
  test('names objects with letters, digits, _ and .', () => {
    expect(board({ rows: ['@b'], legend: { b: 'agent.blue' } })).toEqual(['01'])
    expect(refusal({ rows: ['@b'], legend: { b: 'blue agent' } })).toBe(
      'The legend calls b "blue agent"; a name is made of letters, digits, _ and .',
    )
  })

  test('may say of the fixed characters what they are anyway', () => {
    expect(board({ rows: ['#@.'], legend: { '#': 'wall', '@': 'agent.agent', '.': 'empty' } })).toEqual(['#0.'])
    expect(refusal({ rows: ['@'], legend: { '.': 'wall' } })).toBe('The legend gives . another meaning: "wall".')
  })

  test.each([
    ['p', 'agent.prey'],
    ['P', 'agent.predator'],
    ['_', 'altar'],
    ['c', 'converter'],
    ['C', 'chest'],
    ['Z', 'assembler'],
    ['1', 'agent.team_1'],
    ['2', 'agent.team_2'],
    ['3', 'agent.team_3'],
    ['4', 'agent.team_4'],
  ])('usually calls %s %s', (character, name) => {
    // The configuration here has none of these, and so each is named.
    expect(refusal([`@${character}`])).toBe(`Unknown object type: ${name}: row 0, column 1.`)
  })

  test('may give the usual characters another meaning', () => {
    expect(board({ rows: ['@1'], legend: { 1: 'wall' } })).toEqual(['0#'])
  })
})

describe('what stands where nothing can stand is named with row and column', () => {
  test.each<[unknown, string]>([
    [['@.', '.Z'], 'Unknown object type: assembler: row 1, column 1.'],
    [{ rows: ['@', 'x'], legend: { x: 'lamp' } }, 'Unknown object type: lamp: row 1, column 0.'],
    [
      { height: 1, width: 3, cells: [{ row: 0, col: 2, object_type: 'lamp' }] },
      'Unknown object type: lamp: row 0, column 2.',
    ],
    [['@', '?'], 'Row 1, column 0 of the map: "?" is not in the legend.'],
    [['@.', '@..'], 'Row 1 of the map has 3 characters, row 0 has 2.'],
    [
      { map_data: ['@'], type: 'mettagrid.map_builder.maze.MazePrimMapBuilder' },
      'A map of mettagrid.map_builder.maze.MazePrimMapBuilder is made by Python; only that of the AsciiMapBuilder is here to be read.',
    ],
  ])('%j', (map, message) => {
    expect(refusal(map)).toBe(message)
  })
})

describe('a MapDefinition', () => {
  const cells = (...named: [row: number, col: number, object_type: string][]) => ({
    height: 2,
    width: 3,
    cells: named.map(([row, col, object_type]) => ({ row, col, object_type })),
  })
  const made = (map: object) => new MettagridGame({ config, map: map as never, seed: 1 })

  test('may name empty cells, in three ways; of two names for one cell the later holds', () => {
    const map = cells(
      ...(
        [
          [0, 0, 'wall'],
          [0, 1, 'wall'],
          [0, 2, 'agent.agent'],
          [1, 0, 'empty'],
          [1, 1, '.'],
          [1, 2, ' '],
        ] as const
      ).map((cell) => [...cell] as [number, number, string]),
      [0, 0, 'empty'],
      [1, 2, 'wall'],
      [1, 2, 'agent.blue'],
    )
    expect(board(map)).toEqual(['.#0', '..1'])
  })

  test('is read row by row, whatever order its cells come in: that is the order of objects and agents', () => {
    const { objects, agents, stats } = made(
      cells([1, 2, 'agent.agent'], [1, 0, 'wall'], [0, 2, 'wall'], [0, 1, 'agent.blue'], [0, 0, 'agent.agent']),
    ).world
    const listed = objects.map((object) => object && [object.id, object.type.name, object.row, object.col])
    expect(listed).toEqual([
      undefined,
      [1, 'agent.agent', 0, 0],
      [2, 'agent.blue', 0, 1],
      [3, 'wall', 0, 2],
      [4, 'wall', 1, 0],
      [5, 'agent.agent', 1, 2],
    ])
    expect(agents.map(({ index, id }) => [index, id])).toEqual([[0, 1], [1, 2], [2, 5]]) // prettier-ignore
    expect(Object.fromEntries(stats.entries())).toMatchObject({
      'objects.agent.agent': 2,
      'objects.agent.blue': 1,
      'objects.wall': 2,
    })
  })
})
