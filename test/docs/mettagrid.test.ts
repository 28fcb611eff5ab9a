/** docs/mettagrid.md says nothing that does not run. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cleanEnv, startCli, startServer, type RunningServer } from '../support/cli.ts'
import { missingTools, python } from '../support/example-clients.ts'
import { blocksOf, commandsOf, compileElixirClient, doctest, patternOf, wordsOf } from '../support/markdown.ts'
import { describeWithElixir } from '../support/peers.ts'
import { PeerProcess } from '../support/process.ts'

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
    // Copies: the lines build things beside their sources.
    for (const one of ['examples', 'proto']) cpSync(join(root, one), join(folder, one), { recursive: true })
    await compileElixirClient()
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The ports of the page, which may be taken, and those that stand for them here. */
  const ports = new Map<string, number>()
  const portOf = (text: string) => String(ports.get(text) ?? text)

  /** A command of the page; the servers that some start stay until the end. */
  async function run(command: string, shown: string | undefined): Promise<void> {
    const [first, beamcade, ...args] = wordsOf(command)
    if (first !== 'npx') return runClient(command, shown)
    expect(beamcade).toBe('beamcade')
    if (args[0] === 'start') return start(args.slice(1))
    const child = startCli(args, { cwd: folder })
    await compare(child, command, shown)
  }

  async function start(args: string[]): Promise<void> {
    if (args[0] === '--socket-only') {
      const [, portFlag, port = '', ...flags] = args
      expect(portFlag).toBe('--port')
      const child = startCli(['start', '--socket-only', '--port', '0', '--json', ...flags])
      const [line] = await child.expectOutput(/^\{"event":"ready".*$/m)
      ports.set(port, (JSON.parse(line) as { ports: { socket: number } }).ports.socket)
      return
    }
    const [cookieFlag, cookie = '', socketFlag, address = ''] = args
    expect([cookieFlag, socketFlag]).toEqual(['--cookie', '--socket'])
    const [host, port = ''] = address.split(':')
    server = await startServer({ name: 'godot@127.0.0.1', cookie, flags: ['--socket', `${host}:0`] })
    ports.set(port, server.ports['socket'] ?? 0)
  }

  /** A line that makes or runs one of the clients of examples/socket. */
  async function runClient(command: string, shown: string | undefined): Promise<void> {
    if (missingTools().length > 0 && process.env['CI'] !== 'true') {
      process.stderr.write(`skipped: "${command}" needs ${missingTools().join(', ')}\n`)
      return
    }
    const [program = '', ...words] = wordsOf(command)
    const made = /^(?:protoc|make)$/.test(program)
    const args = words.map(portOf)
    const port = made || args.includes('--port') ? [] : ['--port', portOf('5858')]
    const path = program === 'python3' ? (python ?? program) : program
    const env = cleanEnv({ CXXFLAGS: '-O0', LC_ALL: 'C.UTF-8' })
    await compare(new PeerProcess(path, [...args, ...port], { cwd: folder, env }), command, shown)
  }

  async function compare(child: PeerProcess, command: string, shown: string | undefined): Promise<void> {
    child.endInput()
    const code = await child.exited
    expect({ command, code, output: child.output.trimEnd() }).toEqual({
      command,
      code: 0,
      output: shown === undefined ? expect.anything() : expect.stringMatching(patternOf(shown)),
    })
  }

  /** A program for Node: what it prints is what its lines of comments say. */
  async function runProgram(text: string): Promise<void> {
    const client = join(root, 'src/gateways/socket/client.ts')
    const file = join(folder, 'program.mjs')
    writeFileSync(file, text.replace("'beamcade/mettagrid'", JSON.stringify(client)).replace('5858', portOf('5858')))
    const args = ['--import', join(root, 'test/support/ts-loader.mjs'), file]
    const child = new PeerProcess(process.execPath, args, { cwd: folder, env: cleanEnv() })
    const code = await child.exited
    const said = [...text.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line)
    expect({ code, lines: child.output.trimEnd().split('\n') }).toEqual({ code: 0, lines: said })
  }

  const steps = blocksOf(page).filter(({ language }) => ['console', 'elixir', 'js'].includes(language))

  test('has lines to run', () => {
    expect(steps.length).toBeGreaterThan(8)
  })

  test.each(steps.map((block, i) => [`${i + 1}: ${block.language}`, block] as const))('%s', async (_, block) => {
    if (block.language === 'console') {
      for (const { command, shown } of commandsOf(block.text)) await run(command, shown)
      return
    }
    if (block.language === 'js') {
      await runProgram(block.text)
      return
    }
    if (server === undefined) throw new Error('the page has not started a server yet')
    expect(await doctest(block.text, server, folder)).toMatch(/\d+ doctests?, 0 failures/)
  })
})
