/**
 * Pages whose lines are run: what they show is compared with what comes.
 *
 * In a `console` block a line that begins with `$ ` is a command and the lines below it are its output, if any are shown;
 * a line `…` stands for lines that are left out. In an `elixir` block `iex>` lines are run by Elixir's own doctest.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cleanEnv, type RunningServer } from './cli.ts'
import { PeerProcess } from './process.ts'

const root = join(import.meta.dirname, '../..')

export interface Block {
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = '', text = '']) => ({ language, text }))
}

export interface Line {
  readonly command: string
  /** What is shown of its output; undefined if nothing is. */
  readonly shown: string | undefined
}

/** The commands of a `console` block. */
export function commandsOf(text: string): Line[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n')
      return { command, shown: output.length === 0 ? undefined : output.join('\n') }
    })
}

/** The words of a command, with single quotes as in a shell. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** Output as it is shown, for `toMatch`. */
export function patternOf(shown: string): RegExp {
  const lines = shown.split('\n').map((line) => (line === '…' ? '[\\s\\S]*?' : `${escaped(line.trimEnd())} *`))
  return new RegExp(
    `^${lines.join('\\n')}$`
      .replaceAll('\\n[\\s\\S]*?\\n', '\\n(?:[\\s\\S]*?\\n)?')
      .replace('^[\\s\\S]*?\\n', '^(?:[\\s\\S]*?\\n)?'),
  )
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Compiles the Elixir client, which the `iex>` lines use. */
export async function compileElixirClient(): Promise<void> {
  const mix = new PeerProcess('mix', ['compile'], {
    cwd: join(root, 'elixir_client'),
    env: { ...process.env, MIX_ENV: 'test' },
  })
  if ((await mix.exited) !== 0) throw new Error(`the Elixir client does not compile:\n${mix.output}`)
}

/**
 * Runs `iex>` lines on a node that can reach `server`.
 * @param folder for what Elixir has to write, and where it runs
 * @returns what it printed, which ends in `N doctests, 0 failures` if all is well
 */
export async function doctest(docs: string, server: RunningServer, folder: string): Promise<string> {
  const script = join(folder, 'page.exs')
  writeFileSync(
    script,
    [
      'ExUnit.start(seed: 0)',
      'defmodule Page do',
      `  @moduledoc Base.decode64!("${Buffer.from(docs).toString('base64')}")`,
      'end',
      '|> then(fn {:module, module, binary, _} ->',
      `  File.write!(${JSON.stringify(join(folder, 'Elixir.Page.beam'))}, binary)`,
      `  Code.prepend_path(${JSON.stringify(folder)})`,
      '  module',
      'end)',
      'defmodule PageTest do',
      '  use ExUnit.Case',
      '  doctest Page',
      'end',
    ].join('\n'),
  )
  const erl = '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}'
  const client = join(root, 'elixir_client/_build/test/lib/beamcade/ebin')
  const args = ['--name', 'me@127.0.0.1', '--cookie', server.cookie, '--erl', erl, '-pa', client, script]
  const env = { ...cleanEnv(), ERL_EPMD_PORT: String(server.epmdPort) }
  const elixir = new PeerProcess('elixir', args, { cwd: folder, env })
  const code = await elixir.exited
  if (code !== 0) throw new Error(`elixir ended with ${code}:\n${elixir.output}`)
  return elixir.output
}
