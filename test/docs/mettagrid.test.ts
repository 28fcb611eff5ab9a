/** docs/mettagrid.md says nothing that does not run. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startCli, startServer, type RunningServer } from '../support/cli.ts'
import { blocksOf, commandsOf, compileElixirClient, doctest, patternOf, wordsOf } from '../support/markdown.ts'
import { describeWithElixir } from '../support/peers.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/mettagrid.md'), 'utf8')

describe('docs/mettagrid.md', () => {
  test('shows its examples as they are', () => {
    const shown = [...page.matchAll(/^\[`(examples\/[^`]+)`\]\([^)]+\):\n\n```\w+\n([\s\S]*?)^```/gm)]
    expect(shown.map(([, file]) => file)).toContain('examples/mettagrid/map.txt')
    for (const [, file = '', text] of shown) expect(text).toBe(readFileSync(join(root, file), 'utf8'))
  })

  test('links only to files that are there', () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target)
    expect(links.length).toBeGreaterThan(2)
    expect(links.filter((link) => !existsSync(join(root, 'docs', link)))).toEqual([])
  })
})

describeWithElixir('docs/mettagrid.md, line by line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beamcade-page-'))
  let server: RunningServer | undefined

  beforeAll(async () => {
    symlinkSync(join(root, 'examples'), join(folder, 'examples'))
    await compileElixirClient()
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A command of the page; the server that one starts stays until the end. */
  async function run(command: string, shown: string | undefined): Promise<void> {
    const [npx, beamcade, ...args] = wordsOf(command)
    expect([npx, beamcade]).toEqual(['npx', 'beamcade'])
    if (args[0] === 'start') {
      const [, cookieFlag, cookie = '', ...flags] = args
      expect(cookieFlag).toBe('--cookie')
      server = await startServer({ name: 'godot@127.0.0.1', cookie, flags })
      return
    }
    const child = startCli(args, { cwd: folder })
    child.endInput()
    const code = await child.exited
    expect({ command, code, output: child.output.trimEnd() }).toEqual({
      command,
      code: 0,
      output: shown === undefined ? expect.anything() : expect.stringMatching(patternOf(shown)),
    })
  }

  const steps = blocksOf(page).filter(({ language }) => ['console', 'elixir'].includes(language))

  test('has lines to run', () => {
    expect(steps.length).toBeGreaterThan(8)
  })

  test.each(steps.map((block, i) => [`${i + 1}: ${block.language}`, block] as const))('%s', async (_, block) => {
    if (block.language === 'console') {
      for (const { command, shown } of commandsOf(block.text)) await run(command, shown)
      return
    }
    if (server === undefined) throw new Error('the page has not started a server yet')
    expect(await doctest(block.text, server, folder)).toMatch(/\d+ doctests?, 0 failures/)
  })
})
