/**
 * The `beamcade` command as a process of its own, run from the sources.
 *
 * ```ts
 * const server = await startServer({ flags: ['--epmd-port', String(port)] })
 * const { code, stdout } = await runCli(['ping', server.node, '--epmd-port', String(port), '--cookie', 'c'])
 * ```
 * Whatever is started ends with the test file.
 */
import { join } from 'node:path'
import { freePort, uniqueName } from './peers.ts'
import { PeerProcess, START_MS, type StartOptions } from './process.ts'

const root = join(import.meta.dirname, '../..')

/** Arguments for `node` that run the command. */
export const CLI = ['--import', join(root, 'test/support/ts-loader.mjs'), join(root, 'src/cli.ts')]

/** No setting of whoever runs the tests gets in. */
export function cleanEnv(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(BEAMCADE_(?!NATIVE$|PEERS$)|GODOT_CNODE_|ERL_|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$)/.test(name),
  )
  return { ...Object.fromEntries(kept), ...env }
}

export function startCli(args: readonly string[], options: StartOptions = {}): PeerProcess {
  return new PeerProcess(process.execPath, [...CLI, ...args], { ...options, env: cleanEnv(options.env) })
}

/** Runs the command to its end. `output` is what it wrote to stdout and stderr. */
export async function runCli(
  args: readonly string[],
  options: StartOptions = {},
): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const child = startCli(args, options)
  const code = await child.exited
  return { code, output: child.output }
}

export interface ServerOptions extends StartOptions {
  flags?: readonly string[]
  cookie?: string
  /** Port of epmd; a free one, and with it an own epmd, unless given. */
  epmdPort?: number
  name?: string
}

export interface RunningServer {
  readonly node: string
  readonly cookie: string
  readonly epmdPort: number
  readonly ports: Readonly<Record<string, number>>
  readonly process: PeerProcess
  stop(): Promise<void>
}

/** `beamcade start --json`, once it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { cookie = 'cookie', name = uniqueName('godot'), epmdPort = await freePort(), flags = [] } = options
  const args = ['start', name, cookie, '--epmd-port', String(epmdPort), '--json', ...flags]
  const child = startCli(args, options)
  const [line] = await child.expectOutput(/^\{"event":"ready".*$/m, START_MS)
  const ready = JSON.parse(line) as { node: string; ports: Record<string, number> }
  return { node: ready.node, cookie, epmdPort, ports: ready.ports, process: child, stop: () => child.stop() }
}
