/**
 * A client of `beamcade mcp`, by the SDK: the command runs in a process of its own, or in this one, where it starts at once.
 *
 * ```ts
 * const { call } = await connectMcp(['--allow-writes'])
 * await call('games-list')
 * ```
 * What is not closed before ends with the test.
 */
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { afterEach } from '@jest/globals'
import {
  type CallToolResult,
  Client,
  type JSONRPCMessage,
  ReadBuffer,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
// Here already: Jest stumbles when the command imports both at one time.
import '@modelcontextprotocol/server'
import '@modelcontextprotocol/server/stdio'
import { main } from '../../src/cli/main.ts'
import { CLI, cleanEnv } from './cli.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

export interface McpClient {
  readonly client: Client
  /** Resolves when `text` was written to standard error: its pipe may be behind that of the answers. */
  readonly logs: (text: string) => Promise<void>
  readonly call: (name: string, args?: Record<string, unknown>) => Promise<CallToolResult>
}

export interface McpChoice {
  /** Run the command as a process. */
  readonly process?: boolean
  /** Negotiate the version of the protocol. */
  readonly mode?: 'auto' | undefined
}

/** A client of `beamcade mcp …flags`. */
export async function connectMcp(flags: readonly string[], choice: McpChoice = {}): Promise<McpClient> {
  const transport = choice.process === true ? processOf(flags) : new Here(flags)
  let log = ''
  const stderr = transport.stderr as Readable
  stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const { mode } = choice
  const client = new Client(
    { name: 'player', version: '1' },
    mode === undefined ? {} : { versionNegotiation: { mode } },
  )
  stops.push(() => client.close())
  await client.connect(transport, { timeout: 60_000 })
  return {
    client,
    async logs(text) {
      while (!log.includes(text)) await once(stderr, 'data')
    },
    call: (name, args = {}) => client.callTool({ name, arguments: args }),
  }
}

function processOf(flags: readonly string[]): StdioClientTransport {
  const env = Object.fromEntries(Object.entries(cleanEnv()).filter(([, value]) => value !== undefined))
  return new StdioClientTransport({
    command: process.execPath,
    args: [...CLI, 'mcp', ...flags],
    env: env as Record<string, string>,
    stderr: 'pipe',
  })
}

/** The command in this process: its end is waited for by `close()`. */
class Here implements Transport {
  readonly stderr = new PassThrough()
  onclose?: () => void
  onmessage?: (message: JSONRPCMessage) => void
  readonly #flags: readonly string[]
  readonly #stdin = new PassThrough()
  #ended: Promise<number> | undefined

  constructor(flags: readonly string[]) {
    this.#flags = flags
  }

  start(): Promise<void> {
    const stdout = new PassThrough()
    const lines = new ReadBuffer()
    stdout.on('data', (chunk: Buffer) => {
      lines.append(chunk)
      for (let message = lines.readMessage(); message !== null; message = lines.readMessage()) this.onmessage?.(message)
    })
    this.#ended = main(['mcp', ...this.#flags], {
      stdin: this.#stdin,
      stdout,
      stderr: this.stderr,
      env: cleanEnv(),
      cwd: process.cwd(),
      signal: new AbortController().signal,
    })
    // A command that fails at once is the end of the connection.
    void this.#ended.then(() => this.onclose?.())
    return Promise.resolve()
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#stdin.write(serializeMessage(message))
    return Promise.resolve()
  }

  async close(): Promise<void> {
    this.#stdin.end()
    const code = await this.#ended
    if (code !== 0) throw new Error(`beamcade mcp ended with ${code}.`)
  }
}
