/** The clients of `examples/socket`, made in a folder of the test's own, and what they need. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from '@jest/globals'
import { cleanEnv } from './cli.ts'
import { PeerProcess, which } from './process.ts'

const root = join(import.meta.dirname, '../..')
const examples = join(root, 'examples/socket')

/** The first Python in PATH that has Debian's package: others may stand before it. */
function pythonWithProtobuf(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin']
  const imports = (python: string): boolean =>
    spawnSync(python, ['-c', 'import google.protobuf'], { stdio: 'ignore' }).status === 0
  return folders.map((folder) => join(folder, 'python3')).find((python) => existsSync(python) && imports(python))
}

export const python = pythonWithProtobuf()

/** What is not here of what the clients need, as Debian calls it. */
export function missingTools(): string[] {
  const needs: [there: boolean, debian: string][] = [
    [which('protoc') !== undefined, 'protobuf-compiler'],
    [which('make') !== undefined, 'make'],
    [which('g++') !== undefined, 'g++'],
    [existsSync('/usr/include/google/protobuf/message.h'), 'libprotobuf-dev'],
    [python !== undefined, 'python3-protobuf'],
    [which('elixir') !== undefined, 'elixir'],
  ]
  return needs.filter(([there]) => !there).map(([, debian]) => debian)
}

/** `describe`, if what the clients need is here; else a line that says what is not, and in CI a failure. */
export function describeWithClients(name: string, body: () => void): void {
  const missing = missingTools()
  if (missing.length === 0) {
    describe(name, body)
    return
  }
  const sentence = `"${name}" needs ${missing.join(', ')}: run \`node test/peers/install.mjs\``
  if (process.env['CI'] === 'true') {
    test(name, () => {
      throw new Error(sentence)
    })
    return
  }
  process.stderr.write(`skipped: ${sentence}\n`)
  describe.skip(`${name} (skipped: needs ${missing.join(', ')})`, body)
}

async function must(command: string, ...args: string[]): Promise<void> {
  // Speed is not what is asked of them here.
  const child = new PeerProcess(command, args, { cwd: root, env: cleanEnv({ CXXFLAGS: '-O0 -Wall -Wextra -Werror' }) })
  const code = await child.exited
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${child.output}`)
}

export type Language = 'python' | 'cpp' | 'elixir'

/** Generates and compiles what has to be, in `folder`. @returns what runs a client */
export async function makeClients(
  folder: string,
): Promise<(language: Language, args: readonly string[]) => PeerProcess> {
  const generated = join(folder, 'python')
  mkdirSync(generated, { recursive: true })
  const file = 'proto/mettagrid/rpc/v1/mettagrid.proto'
  await Promise.all([
    must('protoc', '-I', 'proto', `--python_out=${generated}`, file),
    must('make', '-C', join(examples, 'cpp'), `BUILD=${join(folder, 'cpp')}`),
  ])
  const commands: Record<Language, [command: string, ...args: string[]]> = {
    python: [python ?? 'python3', '-B', join(examples, 'python/play.py')],
    cpp: [join(folder, 'cpp/play')],
    elixir: ['elixir', join(examples, 'elixir/play.exs')],
  }
  return (language, args) => {
    const [command, ...first] = commands[language]
    const env = cleanEnv({ PYTHONPATH: generated })
    return new PeerProcess(command, [...first, ...args], { cwd: root, env })
  }
}
