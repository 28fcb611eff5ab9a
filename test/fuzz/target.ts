/** A server to be attacked, in a process of its own, and who looks after its games over Erlang's wire. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openSnapshot } from '../../src/engine/index.ts'
import { atom, ErlangNode, isAtom, TermMap, Tuple, tuple, type Term } from '../../src/erlang/index.ts'
import { engine } from './boards.ts'

const root = join(import.meta.dirname, '../..')
const COOKIE = 'fuzz'

/** What the server says when something is wrong with it, not with who asked. */
const FAULTS = new Set([
  'operation.failed',
  'process.failed',
  'events.subscriber_failed',
  'socket.accept_failed',
  'game.no_snapshot',
])

interface Line {
  readonly event: string
  readonly code?: string
  readonly reason?: string
  readonly ports?: Readonly<Record<string, number>>
}

export class Target {
  readonly port: number
  /** Lines that say that something broke. */
  readonly faults: string[] = []
  readonly #child: ChildProcess
  readonly #client: ErlangNode
  readonly #node: string
  /** Resolves when the process is over: with its exit code or the signal. */
  readonly #exited: Promise<number | string>
  #exit: number | string | undefined

  private constructor(child: ChildProcess, node: string, client: ErlangNode, port: number) {
    this.#child = child
    this.#node = node
    this.#client = client
    this.port = port
    this.#exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#exit = signal ?? code ?? 0
        resolve(this.#exit)
      })
    })
  }

  /** Starts it. @param flags of `beamcade start`, besides those that say where it listens */
  static async start(flags: readonly string[] = []): Promise<Target> {
    const node = `fuzz${process.pid}@127.0.0.1`
    const where = ['--epmd-port', String(await freePort()), '--socket', '127.0.0.1:0', '--json', '--stop-with-stdin']
    const loader = join(root, 'test/support/ts-loader.mjs')
    const args = ['--import', loader, join(root, 'src/cli.ts'), 'start', node, COOKIE, ...where, ...flags]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env: cleanEnv() })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)))
    const lines = createInterface({ input: child.stdout })
    const ports = await new Promise<Readonly<Record<string, number>>>((resolve, reject) => {
      lines.on('line', (text) => {
        const line = JSON.parse(text) as Line
        if (line.event === 'ready') resolve(line.ports ?? {})
      })
      child.once('close', () => {
        reject(new Error(`the server did not start:\n${errors}`))
      })
    })
    const client = await ErlangNode.start({
      name: `fuzzer${process.pid}@127.0.0.1`,
      cookie: COOKIE,
      epmd: false,
      resolve: () => ({ host: '127.0.0.1', port: ports['dist'] ?? 0 }),
    })
    const target = new Target(child, node, client, ports['socket'] ?? 0)
    lines.on('line', (text) => {
      if (isFault(JSON.parse(text) as Line)) target.faults.push(text.slice(0, 2000))
    })
    return target
  }

  /** @throws if the process is over, or said that something broke */
  demandHealth(): void {
    if (this.#exit !== undefined) throw new Error(`the server ended with ${this.#exit}`)
    if (this.faults.length > 0) throw new Error(`the server says:\n${this.faults.join('\n')}`)
  }

  /** Bytes that the process holds, and the most that it ever held; 0 where there is no /proc. */
  memory(): { readonly now: number; readonly peak: number } {
    const read = (field: string, text: string): number =>
      1024 * Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
    try {
      const text = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
      return { now: read('VmRSS', text), peak: read('VmHWM', text) }
    } catch {
      return { now: 0, peak: 0 }
    }
  }

  /**
   * Looks at every game but those of `spared`: it has a state, a snapshot that makes the same game here, and the next step
   * of both is the same; then ends it. @returns how many it were @throws what was wrong with one
   */
  async checkGames(spared: ReadonlySet<string>): Promise<number> {
    const games = (await this.#call('games', 'list')) as TermMap[]
    let count = 0
    for (const game of games) {
      const id = Buffer.from(game.get(atom('game_id')) as Uint8Array)
      if (spared.has(id.toString())) continue
      count += 1
      await this.#checkGame(id)
      await this.#call('mettagrid', 'delete_game', id)
    }
    return count
  }

  async #checkGame(id: Uint8Array): Promise<void> {
    const name = JSON.stringify(Buffer.from(id).toString())
    const sealed = (await this.#call('games', 'snapshot', id)) as Uint8Array
    const twin = engine.restore(openSnapshot(sealed).state)
    const agents = twin.world.agents.length
    const differs = (answer: Term, when: string): void => {
      const { observations, current_step } = twin.state()
      const shown = answer as TermMap
      const same = Buffer.compare(shown.get(atom('observations')) as Uint8Array, observations) === 0
      if (!same || shown.get(atom('current_step')) !== current_step) {
        throw new Error(`game ${name} is broken: ${when} it shows something else than its snapshot does`)
      }
    }
    differs(await this.#call('mettagrid', 'get_state', id), 'as it was left')
    const flat = Array.from({ length: agents }, (_, i) => i % 7)
    twin.advance({ flat })
    differs(await this.#call('mettagrid', 'step_game', id, flat), 'a step later')
  }

  /** The value of an operation. @throws what it has against the call */
  async #call(module: string, name: string, ...args: Term[]): Promise<Term> {
    const request = tuple(atom(module), atom(name), args)
    const reply = await this.#client.call({ name: 'godot_server', node: this.#node }, request, { timeoutMs: 60_000 })
    if (!(reply instanceof Tuple)) throw new Error(`${module}:${name} answered no tuple`)
    const [tag, value] = reply.elements
    if (tag !== undefined && isAtom(tag, 'ok') && value !== undefined) return value
    const message = (value as TermMap).get(atom('message')) as Uint8Array
    throw new Error(`${module}:${name} was refused: ${Buffer.from(message).toString()}`)
  }

  /** Stops it in order. @returns its exit code */
  async stop(): Promise<number | string> {
    await this.#client.stop()
    this.#child.stdin?.end()
    return this.#exited
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    await this.#client.stop()
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

function isFault({ event, reason, code }: Line): boolean {
  return FAULTS.has(event) || (event === 'game.closed' && reason === 'crashed') || code === 'internal'
}

/** No setting of whoever runs this gets in. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(BEAMCADE_(?!NATIVE$)|ERL_)/.test(name)))
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
