import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { runMain } from '../support/cli-io.ts'
import { counter, counterHouse } from '../support/counter-game.ts'
import { onTerminal } from '../support/terminal.ts'

const root = join(import.meta.dirname, '../..')
const vectors = join(root, 'test/vectors/mettagrid')
const truncation = join(vectors, '12_truncation.json')
const folder = mkdtempSync(join(tmpdir(), 'beamcade-replay-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A recording with something changed. */
function changed(name: string, change: (text: string) => string): string {
  const path = join(folder, name)
  writeFileSync(path, change(readFileSync(truncation, 'utf8')))
  return path
}

describe('beamcade replay --verify', () => {
  test.each([
    ['08_assembler_glyphs.json', 200],
    ['17_kitchen_sink_64x64_24.json.gz', 300],
  ])('%s is the same here', async (file, steps) => {
    expect(await runMain(['replay', join(vectors, file), '--verify'])).toEqual({
      code: 0,
      stdout: `${steps} steps verified\n`,
      stderr: '',
    })
  })

  test('tells the first difference, and ends with 8', async () => {
    const path = changed('success.json', (text) =>
      text.replace('"success": "11"', '"success": "01"').replace('"success":"11"', '"success":"01"'),
    )
    const { code, stdout } = await runMain(['replay', path, '--verify'])
    expect(stdout).toBe('0 of 10 steps verified, then it differs\nstep 1: agent 0: success was 0 and is 1\n')
    expect(code).toBe(8)
  })

  test('tells programs', async () => {
    const path = changed('hash.json', (text) => text.replace(/("total_sha256": ?)"[0-9a-f]+"/, `$1"${'0'.repeat(64)}"`))
    const verdicts = [
      await runMain(['replay', truncation, '--verify', '--json']),
      await runMain(['replay', path, '--verify', '--json']),
    ]
    expect(verdicts.map(({ code }) => code)).toEqual([0, 8])
    const [same, other] = verdicts.map(({ stdout }) => JSON.parse(stdout) as object)
    expect(same).toEqual({ event: 'verdict', name: '12_truncation', steps: 10, same: true })
    expect(other).toMatchObject({
      steps: 10,
      same: false,
      difference: expect.stringContaining('at the end: the hash of everything was 000') as unknown,
    })
  })

  test('says if the recording ends before the game did', async () => {
    const path = changed('part.json', (text) => text.replace('{', '{"complete":false,'))
    const { stdout } = await runMain(['replay', path, '--verify'])
    expect(stdout).toBe('10 steps verified; the game went on, its recording did not\n')
  })
})

describe('what is no recording', () => {
  test.each([
    ['nowhere.json', 'cannot be read: '],
    [join(root, 'README.md'), 'This is no recorded game, which is JSON'],
    [join(root, 'package.json'), 'it has no field "format"'],
    [
      changed('other.json', (text) => text.replace('mettagrid-trace/1', 'chess-trace/1')),
      'Nothing here can play a chess-trace/1.',
    ],
    [
      changed('steps.json', (text) => text.replace(/"typed"|"flat"/, '"acted"')),
      'step 1 has not one of flat and typed',
    ],
    [
      changed('wide.json', (text) => text.replace(/"obs_width": ?\d+/, '"obs_width":200')),
      'exceeds maximum packable size',
    ],
  ])('%s', async (path, sentence) => {
    const { code, stderr } = await runMain(['replay', path, '--verify'])
    expect(stderr).toContain(sentence)
    expect(code).toBe(2)
  })

  test('flags out of range', async () => {
    for (const [flags, sentence] of [
      [['--step', '11'], '--step takes an integer from 0 to 10, not "11".'],
      [['--speed', 'fast'], '--speed takes a number from 0.1 to 1000, not "fast".'],
      [['--max-agents', '1'], 'There are 2 agents on the map; maxAgents is 1.'],
    ] as const) {
      const { code, stderr } = await runMain(['replay', truncation, ...flags])
      expect(stderr).toContain(sentence)
      expect(code).toBe(2)
    }
  })
})

describe('beamcade replay, not on a terminal', () => {
  test('prints every step', async () => {
    const { code, stdout } = await runMain(['replay', truncation])
    expect(code).toBe(0)
    const frames = stdout.trimEnd().split('\n\n')
    expect(frames).toHaveLength(11)
    expect(frames[0]?.split('\n').slice(0, 4)).toEqual(['12_truncation  step 0 of 10', '######', '#0..1#', '######'])
    expect(frames[1]).toContain('step 1 of 10  move_east, move_west\n######\n#.01.#')
    expect(frames[10]).toMatch(/agent 0 .*reward 0, total 0.75 {2}truncated/)
  })

  test('prints one step, and what differs from the recording', async () => {
    const path = changed('reward.json', (text) =>
      text.replace(/"rewards_hex": ?"3e8000003e800000"/, '"rewards_hex":"3e8000003f000000"'),
    )
    const { stdout } = await runMain(['replay', path, '--step', '1', '--agent', '1'])
    expect(stdout.split('\n')[4]).toMatch(/^agent 1 /)
    expect(stdout).toContain('\ndiffers from the recording: agent 1: the reward was 0.5 and is 0.25\n')
    expect(stdout).not.toContain('step 2')
  })

  test('tells programs', async () => {
    const { stdout } = await runMain(['replay', truncation, '--json', '--speed', '1000'])
    const frames = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; rows: string[]; input?: string })
    expect(frames.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(frames[1]).toMatchObject({
      event: 'frame',
      input: 'move_east, move_west',
      rows: ['######', '#.01.#', '######'],
    })
  })

  test('plays games of any engine, which is loaded', async () => {
    const house = counterHouse()
    void house.registry.create(counter, 'c', 5, { record: true })
    void house.registry.step(counter, 'c', 3)
    const path = join(folder, 'counter.json')
    writeFileSync(path, house.registry.trace('c') as string)
    const engine = `export default { kind: 'engine', name: 'counter', doc: 'x', trace: { name: 'beamcade-trace/1', read() { throw new Error('loaded') } } }`
    copyFileSync(path, join(folder, 'copy.json'))
    writeFileSync(join(folder, 'counter.mjs'), engine)
    expect((await runMain(['replay', path])).stderr).toContain(
      'Nothing here can play a beamcade-trace/1 of the engine counter.',
    )
    expect((await runMain(['replay', path, '--load', join(folder, 'counter.mjs')])).stderr).toContain('loaded')
  })
})

describe('beamcade replay on a terminal', () => {
  const long = join(vectors, '08_assembler_glyphs.json')

  test('goes forward and back with keys', async () => {
    const { code, frames, left, raw } = await onTerminal(
      ['replay', long],
      [
        ['step 0 of 200', ' '],
        ['step 1 of 200', '\u001b[C'],
        ['step 2 of 200', '\u001b[A'],
        ['step 12 of 200', '\u001b[D'],
        ['step 11 of 200', '\u001b[B'],
        ['step 1 of 200', '\u001b[F'],
        ['step 200 of 200', '\u001b[5~'],
        ['step 190 of 200', '\u001b[H'],
        ['step 0 of 200', '120'],
        ['go to step 120', '\u007f'],
        ['go to step 12', '\r'],
        ['step 12 of 200', '?'],
        ['Home, End', 'z'],
        ['? help', 'q'],
      ],
    )
    expect({ code, left, raw }).toEqual({ code: 0, left: [], raw: [true, false] })
    const twelve = frames
      .filter((frame) => frame.includes('step 12 of 200'))
      .map((frame) => frame.split('\n').slice(0, 12))
    expect(twelve.length).toBeGreaterThan(2)
    // However it was reached, the step looks the same.
    expect(new Set(twelve.map((frame) => frame.join('\n'))).size).toBe(1)
    expect(frames.join('')).not.toContain('differs')
  })

  test('plays by itself, and stops', async () => {
    const { left } = await onTerminal(
      ['replay', long, '--speed', '1000', '--step', '190'],
      [
        ['step 200 of 200', '\u001b[D'],
        ['step 199 of 200', 'p'],
        ['step 200 of 200', '\u0003'],
      ],
    )
    expect(left).toEqual([])
  })

  test('cuts a board that is too large around the agent', async () => {
    const { frames } = await onTerminal(
      ['replay', join(vectors, '17_kitchen_sink_64x64_24.json.gz'), '--agent', '5'],
      [['step 0 of 300', 'q']],
      { rows: 20, columns: 50 },
    )
    const lines = (frames[0] ?? '').trimEnd().split('\n')
    expect(lines.length).toBeLessThan(20)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50)
    expect(lines.slice(1, 9).join('')).toContain('5')
  })

  test('takes a usual size for a terminal that does not know its own', async () => {
    const { frames } = await onTerminal(['replay', long], [['step 0 of 200', 'q']], { rows: 0, columns: 0 })
    expect(frames[0]).toContain('#######\n')
  })

  test('ends when it is told to stop', async () => {
    const stop = new AbortController()
    const session = onTerminal(['replay', long], [], { signal: stop.signal })
    stop.abort()
    expect((await session).code).toBe(0)
  })
})
