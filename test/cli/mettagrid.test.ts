import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, describe, expect, test } from '@jest/globals'
import { runMain } from '../support/cli-io.ts'
import { onTerminal } from '../support/terminal.ts'

const examples = join(import.meta.dirname, '../../examples/mettagrid')
const CONFIG = join(examples, 'config.json')
const PYTHON = join(examples, 'python.json')
const MAP = join(examples, 'map.txt')
/** To the mine, to the altar, to the chest. */
const WAY = 'move_east,get_items,move_south,move_east,move_south,move_east'
const folder = mkdtempSync(join(tmpdir(), 'beamcade-play-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const play = (...args: string[]) => runMain(['mettagrid', 'play', ...args])
const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('beamcade mettagrid play, not on a terminal', () => {
  test('does a list of actions and shows each', async () => {
    const { code, stdout } = await play(CONFIG, MAP, '--actions', WAY)
    expect(code).toBe(0)
    const frames = stdout.trimEnd().split('\n\n')
    expect(frames[0]).toBe(
      [
        'step 0 of 100',
        ...['#########', '#.......#', '#.@.%.1.#', '#...&...#', '#...$...#', '#.......#', '#########'],
        'agent 0  row 2, column 2, facing north  reward 0, total 0',
      ].join('\n'),
    )
    expect(frames[6]).toContain('step 6 of 100  move_east: done\n')
    expect(frames.at(-1)).toBe('6 steps, reward 1.5')
  })

  test('tells programs', async () => {
    const { stdout } = await play(CONFIG, MAP, '--actions', `${WAY},-1`, '--json', '--agent', '0')
    const [game, first, ...rest] = events(stdout)
    expect(game).toMatchObject({ event: 'game', actions: expect.arrayContaining(['noop', 'get_items']) as unknown })
    expect(first).toMatchObject({ event: 'step', step: 1, action: 'move_east', success: true, row: 2, col: 3 })
    expect(rest.slice(-3)).toMatchObject([
      { step: 6, reward: 1, total: 1.5, holds: { ore: 1 } },
      { step: 7, action: 'invalid action -1', success: false, row: 4, col: 3 },
      { event: 'done', steps: 7, total: 1.5 },
    ])
  })

  test('both examples are the same game', async () => {
    const wire = await play(CONFIG, MAP, '--actions', WAY, '--json', '--others', 'random')
    const python = await play(PYTHON, '--actions', WAY, '--json', '--others', 'random')
    expect(wire.code).toBe(0)
    expect(python).toEqual(wire)
  })

  test('the others do anything, the same with the same seed', async () => {
    const run = async (...flags: string[]) =>
      (await play(CONFIG, MAP, '--actions', WAY, '--others', 'random', ...flags)).stdout
    const [one, same, other] = [await run('--seed', '7'), await run('--seed', '7'), await run('--seed', '8')]
    expect(one).toBe(same)
    expect(one).not.toBe(other)
  })

  test('reads actions as lines, by name or number, until the end or q', async () => {
    const stdin = new PassThrough()
    stdin.end('move_east\n\n9, 2\nq\nmove_west\n')
    const { stdout } = await runMain(['mettagrid', 'play', CONFIG, MAP, '--json'], { stdin })
    expect(events(stdout).map(({ action }) => action)).toEqual([
      undefined,
      'move_east',
      'get_items',
      'move_south',
      undefined,
    ])
  })

  test('writes a game that can be played again', async () => {
    const trace = join(folder, 'game.json')
    await play(CONFIG, MAP, '--actions', WAY, '--others', 'random', '--trace', trace)
    expect(JSON.parse(readFileSync(trace, 'utf8'))).toMatchObject({ format: 'mettagrid-trace/1', name: 'play' })
    expect(await runMain(['replay', trace, '--verify'])).toMatchObject({ code: 0, stdout: '6 steps verified\n' })
  })

  test('takes a map as JSON', async () => {
    const map = join(folder, 'map.json')
    writeFileSync(map, JSON.stringify({ rows: ['@x'], legend: { x: 'chest' } }))
    expect((await play(CONFIG, map, '--actions', 'noop')).stdout).toContain('\n@$\n')
  })
})

describe('what is wrong is said', () => {
  const empty = join(folder, 'empty.json')
  writeFileSync(empty, '{}')
  const text = join(folder, 'text.json')
  writeFileSync(text, '{')
  const moves = join(folder, 'moves.json')
  writeFileSync(
    moves,
    JSON.stringify({
      ...(JSON.parse(readFileSync(CONFIG, 'utf8')) as object),
      actions: [{ name: 'move', type: 'ACTION_MOVE' }],
    }),
  )
  test.each([
    [['mettagrid', 'run', CONFIG], 'There is no `beamcade mettagrid run`; there is play.'],
    [['mettagrid', 'play', CONFIG], 'There is no map: only a configuration of the Python project can bring one along.'],
    [['mettagrid', 'play', 'nowhere.json', MAP], 'nowhere.json cannot be read: '],
    [['mettagrid', 'play', text, MAP], 'is no JSON: '],
    [['mettagrid', 'play', empty, MAP], 'Observations buffer must be set'],
    [['mettagrid', 'play', CONFIG, CONFIG], 'map: unknown key "num_agents"'],
    [['mettagrid', 'play', CONFIG, MAP, '--agent', '2'], 'There is no agent 2: the map has agents 0 to 1.'],
    [['mettagrid', 'play', CONFIG, MAP, '--others', 'smart'], '--others takes noop or random, not "smart".'],
    [['mettagrid', 'play', CONFIG, MAP, '--seed=-1'], '--seed takes an integer from 0 to 4294967295'],
    [
      ['mettagrid', 'play', CONFIG, MAP, '--actions', 'jump'],
      'There is no action "jump"; there are 0 noop, 1 move_north',
    ],
    [['mettagrid', 'play', CONFIG, MAP, '--actions', 'noop', '--trace', folder], 'cannot be written: '],
    [['mettagrid', 'play', moves, MAP], 'This game has no action noop for the other agents: use --others random.'],
    [['mettagrid', 'play', CONFIG, MAP, '--max-cells', '10'], 'A map of 7 x 9 has 63 cells; maxCells is 10.'],
  ])('%j', async (args, sentence) => {
    const { code, stderr } = await runMain(args)
    expect(stderr).toContain(sentence)
    expect(code).toBe(2)
  })
})

describe('beamcade mettagrid play on a terminal', () => {
  test('moves with keys, and does any action by its name', async () => {
    const { code, frames, left, raw } = await onTerminal(
      ['mettagrid', 'play', CONFIG, MAP],
      [
        ['step 0 of 100', '\u001b[C'],
        ['move_east: done', 'g'],
        ['get_items: done', 's'],
        ['move_south: done', '\u001b[C'],
        ['step 4 of 100  move_east: done', '?'],
        ['get_items', ' '],
        ['? help', ':'],
        ['action: ', 'movx'],
        ['action: movx', '\u007fe_south\r'],
        ['step 5 of 100  move_south: done', ':'],
        ['action: ', 'jump\r'],
        ['There is no action "jump"', ':'],
        ['action: ', '\u001b'],
        ['? help', 'z'],
        ['z does nothing here', 'D'],
        ['rotate_east: done', '.'],
        ['step 7 of 100  noop: done', 'd'],
        ['step 8 of 100  move_east: done', 'q'],
      ],
    )
    expect({ code, left, raw }).toEqual({ code: 0, left: [], raw: [true, false] })
    expect(frames.at(-1)).toContain('reward 1, total 1.5')
  })

  test('says when the episode is over', async () => {
    const short = join(folder, 'short.json')
    writeFileSync(short, readFileSync(CONFIG, 'utf8').replace('"max_steps": 100', '"max_steps": 1'))
    const { frames, left } = await onTerminal(
      ['mettagrid', 'play', short, MAP],
      [
        ['step 0 of 1', ' '],
        ['The episode is over', ' '],
        ['step 2 of 1', '\u0004'],
      ],
    )
    expect(left).toEqual([])
    expect(frames[1]).toContain('terminated')
  })
})
