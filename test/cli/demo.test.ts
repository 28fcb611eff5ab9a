import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { STEPS } from '../../src/cli/demo-game.ts'
import { runCli } from '../support/cli.ts'
import { describeWithElixir, freePort } from '../support/peers.ts'

const folder = mkdtempSync(join(tmpdir(), 'beamcade-demo-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function demo(flags: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, output } = await runCli(['demo', '--epmd-port', String(await freePort()), ...flags], { env })
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output.match(/^step /gm)).toHaveLength(STEPS)
  expect(output).toMatch(/^#+\n#.*\d.*#\n/m)
  expect(output).toContain('iex --name me@127.0.0.1 --cookie')
  // Somebody got somewhere.
  expect(output).toMatch(new RegExp(`step ${STEPS} .*\\nrewards .*agent 0: [1-9]`))
  return output
}

describe('beamcade demo', () => {
  test('is played by a second Node.js process where nothing else is in PATH', async () => {
    symlinkSync(process.execPath, join(folder, 'node'))
    expect(await demo([], { PATH: folder })).toContain('Node.js')
  })
})

test('beamcade demo --json prints nothing but JSON lines', async () => {
  const flags = ['--no-elixir', '--json', '--epmd-port', String(await freePort())]
  const { code, output } = await runCli(['demo', ...flags])
  expect(code).toBe(0)
  const events = output
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event)
  expect(events).toEqual(['node', 'player', 'game', ...Array.from({ length: STEPS }, () => 'frame'), 'done'])
})

describeWithElixir('beamcade demo with Elixir', () => {
  test('is played by it', async () => {
    expect(await demo([])).toMatch(/A second process plays: Elixir 1\./)
  }, 60_000)
})
