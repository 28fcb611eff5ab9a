/** README says nothing that does not run: its iex lines against a started node, its snippets against examples/. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startServer } from './support/cli.ts'
import { compileElixirClient, doctest } from './support/markdown.ts'
import { describeWithElixir } from './support/peers.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The fenced blocks of one language, without their fences. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text)
}

describe('README', () => {
  test('shows its examples as they are in examples/', () => {
    const shown = [...readme.matchAll(/^\[`(examples\/[^`]+)`\]\([^)]+\):\n\n```\w+\n([\s\S]*?)^```/gm)]
    expect(shown.map(([, file]) => file)).toEqual(['examples/genserver.ts', 'examples/coin.js'])
    for (const [, file = '', text] of shown) expect(text).toBe(readFileSync(join(root, file), 'utf8'))
  })

  test('links only to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target)
    const files = new Set(
      readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => !f.includes('node_modules')),
    )
    expect(links.filter((link) => !files.has(link.replace(/\/$/, '')))).toEqual([])
  })
})

describeWithElixir('README in iex', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beamcade-readme-'))
  beforeAll(compileElixirClient, 60_000)
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  test('prints what README says, line by line', async () => {
    const server = await startServer({ name: 'godot@127.0.0.1' })
    // Elixir's own doctest runs the lines: what README shows after `iex>` is compared with what the expression gives.
    const docs = blocks('elixir').filter((block) => block.includes('iex>'))
    expect(await doctest(docs.join('\n'), server, folder)).toMatch(/\d+ doctests?, 0 failures/)
    await server.stop()
  }, 60_000)
})
