/** README says nothing that does not run: its iex lines against a started node, its snippets against examples/. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startServer } from './support/cli.ts'
import { describeWithElixir } from './support/peers.ts'
import { PeerProcess } from './support/process.ts'

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
  beforeAll(async () => {
    const mix = new PeerProcess('mix', ['compile'], {
      cwd: join(root, 'elixir_client'),
      env: { ...process.env, MIX_ENV: 'test' },
    })
    expect(await mix.exited).toBe(0)
  }, 60_000)
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  test('prints what README says, line by line', async () => {
    const server = await startServer({ name: 'godot@127.0.0.1' })
    // Elixir's own doctest runs the lines: what README shows after `iex>` is compared with what the expression gives.
    const script = join(folder, 'readme.exs')
    const docs = blocks('elixir').filter((block) => block.includes('iex>'))
    writeFileSync(
      script,
      [
        'ExUnit.start(seed: 0)',
        'defmodule Readme do',
        `  @moduledoc Base.decode64!("${Buffer.from(docs.join('\n')).toString('base64')}")`,
        '  def path, do: __MODULE__',
        'end',
        '|> then(fn {:module, module, binary, _} ->',
        `  File.write!(${JSON.stringify(join(folder, 'Elixir.Readme.beam'))}, binary)`,
        `  Code.prepend_path(${JSON.stringify(folder)})`,
        '  module',
        'end)',
        'defmodule ReadmeTest do',
        '  use ExUnit.Case',
        '  doctest Readme',
        'end',
      ].join('\n'),
    )
    const erl = '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}'
    const client = join(root, 'elixir_client/_build/test/lib/beamcade/ebin')
    const args = ['--name', 'me@127.0.0.1', '--cookie', server.cookie, '--erl', erl, '-pa', client, script]
    const elixir = new PeerProcess('elixir', args, { env: { ...process.env, ERL_EPMD_PORT: String(server.epmdPort) } })
    const code = await elixir.exited
    expect(elixir.output).toMatch(/\d+ doctests?, 0 failures/)
    expect(code).toBe(0)
    await server.stop()
  }, 60_000)
})
