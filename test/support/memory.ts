/**
 * A server in a process of its own, and how much memory it takes at most while something happens to it: from `/proc`, so
 * that nothing is missed between two looks. The garbage of the engine counts as well, so its young generation is small.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '@jest/globals'
import { createChallenges, dial, ourFlags, type LocalNode, type Wire } from '../../src/erlang/dist/index.ts'
import { Atom, ErlangNode, tuple, type Term } from '../../src/erlang/index.ts'
import { createEvents } from '../../src/events.ts'
import { cleanEnv } from './cli.ts'
import { freePort, uniqueName } from './peers.ts'
import { PeerProcess, START_MS } from './process.ts'

export const MIB = 1024 * 1024
const COOKIE = 'cookie'

/** Bytes from a line of `/proc/PID/status`. */
function statusOf(pid: number | 'self', field: 'VmHWM' | 'VmRSS'): number {
  const [, kib] = new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no ${field}`)
  return Number(kib) * 1024
}

/** From now on the peak counts anew: `proc(5)`, clear_refs. */
function forgetPeak(pid: number | 'self'): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function whyNot(): string | undefined {
  try {
    forgetPeak('self')
    statusOf('self', 'VmHWM')
    return undefined
  } catch (error) {
    return `the peak of a process's memory from /proc (${String(error)})`
  }
}

/** `describe`, or a line that says why not. */
export function describeWithPeaks(name: string, body: () => void): void {
  const why = whyNot()
  if (why === undefined) {
    describe(name, body)
    return
  }
  process.stderr.write(`skipped: "${name}" needs ${why}\n`)
  describe.skip(`${name} (skipped: needs ${why})`, body)
}

/** What the child says of its connections: an event and its payload. */
export interface Said {
  readonly event: string
  readonly peer?: string
  readonly code?: string
  readonly message?: string
  readonly queuedBytes?: number
}

export class MemoryNode {
  readonly name: string
  readonly port: number
  readonly #child: PeerProcess
  #client: ErlangNode | undefined
  #collections = 0

  private constructor(child: PeerProcess, name: string, port: number) {
    this.#child = child
    this.name = name
    this.port = port
  }

  /**
   * @param settings flags of `beamcade start` by their names
   * @param heapMiB all that the engine may take for objects: it ends the process that needs more
   */
  static async start(settings: object = {}, heapMiB = 192): Promise<MemoryNode> {
    const name = uniqueName('memory')
    const flags = { name, cookie: COOKIE, epmd: 'always', epmdPort: await freePort(), ...settings }
    const engine = ['--expose-gc', `--max-old-space-size=${heapMiB}`, '--max-semi-space-size=1']
    const program = ['ts-loader.mjs', 'memory-child.mjs'].map((file) => join(import.meta.dirname, file))
    const args = [...engine, '--import', ...program, JSON.stringify(flags)]
    // So that glibc gives back what is freed: memory that it kept from an earlier attack would hide that of the next.
    const env = cleanEnv({ MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '65536' })
    const child = new PeerProcess(process.execPath, args, { env })
    const [line] = await child.expectOutput(/^\{"event":"ready".*\}$/m, START_MS)
    const node = new MemoryNode(child, name, (JSON.parse(line) as { port: number }).port)
    const where = { host: '127.0.0.1', port: node.port }
    node.#client = await ErlangNode.start({
      name: uniqueName('honest'),
      cookie: COOKIE,
      epmd: false,
      resolve: () => where,
    })
    // What it does for the first time takes memory that is not given back: code, tables, buffers.
    for (let i = 0; i < 20; i += 1) await node.ask('test', 'echo', [Buffer.alloc(65_536), [['deep']], i])
    return node
  }

  /** An honest call. */
  ask(module: string, name: string, args: readonly Term[] = []): Promise<Term> {
    const client = this.#client
    if (client === undefined) throw new Error('no client')
    const to = { name: 'godot_server', node: this.name }
    return client.call(to, tuple(new Atom(module), new Atom(name), [...args]), { timeoutMs: START_MS })
  }

  /** How many bytes of memory the process took at its peak during `attack`, over what it had before. */
  async growth(attack: () => Promise<unknown>): Promise<number> {
    await this.collect()
    forgetPeak(this.#child.pid)
    const before = statusOf(this.#child.pid, 'VmRSS')
    await attack()
    return statusOf(this.#child.pid, 'VmHWM') - before
  }

  /** Throws garbage away. What is left, as `process.memoryUsage()` counts it. */
  async collect(): Promise<NodeJS.MemoryUsage> {
    const line = String((this.#collections += 1))
    this.#child.write(`${line}\n`)
    const [found] = await this.#child.expectOutput(new RegExp(`^\\{"event":"collected","line":"${line}".*\\}$`, 'm'))
    return JSON.parse(found) as NodeJS.MemoryUsage
  }

  /** Waits until the child has said so many things that match; answers all of them so far. */
  said(match: (said: Said) => boolean, count = 1): Promise<Said[]> {
    const all: Said[] = []
    let read = 0
    return this.#child.watch((output) => {
      for (let end = output.indexOf('\n', read); end >= 0; end = output.indexOf('\n', read)) {
        const line = output.slice(read, end)
        read = end + 1
        if (!line.startsWith('{')) continue
        const said = JSON.parse(line) as Said
        if (match(said)) all.push(said)
      }
      return all.length >= count ? all : undefined
    }, `${count} lines`)
  }

  /** A connection of another node, after the handshake: bytes are written as they are, and nothing is read. */
  async attacker(name = uniqueName('attacker')): Promise<Wire & { readonly name: string }> {
    const local: LocalNode = {
      name,
      flags: ourFlags(),
      creation: () => 5,
      cookie: () => COOKIE,
      challenges: createChallenges(),
    }
    const { wire } = await dial({ local, events: createEvents(), peer: this.name, host: '127.0.0.1', port: this.port })
    return Object.assign(wire, { name })
  }

  async stop(): Promise<void> {
    await this.#client?.stop()
    await this.#child.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
