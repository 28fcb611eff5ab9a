/** A terminal in memory: keys that are pressed when something is to be seen, and what was drawn. */
import { PassThrough, Writable } from 'node:stream'
import type { Io } from '../../src/cli/command.ts'
import { main } from '../../src/cli/main.ts'
import { cleanEnv } from './cli.ts'

/** What is waited for on the screen, and the keys that are pressed then. */
export type Script = readonly (readonly [seen: string | RegExp, keys: string])[]

class Screen extends Writable {
  readonly isTTY = true
  readonly columns: number
  readonly rows: number
  readonly #keys: PassThrough
  readonly #script: (readonly [seen: string | RegExp, keys: string])[]
  /** What came since the last key. */
  #fresh = ''
  /** Each write. */
  readonly frames: string[] = []

  constructor(keys: PassThrough, script: Script, columns: number, rows: number) {
    super()
    this.#keys = keys
    this.#script = [...script]
    this.columns = columns
    this.rows = rows
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    const frame = chunk.toString()
    this.frames.push(frame)
    this.#fresh += frame
    const [next] = this.#script
    if (
      next !== undefined &&
      (typeof next[0] === 'string' ? this.#fresh.includes(next[0]) : next[0].test(this.#fresh))
    ) {
      this.#script.shift()
      this.#fresh = ''
      this.#keys.write(next[1])
    }
    done()
  }

  get left(): Script {
    return this.#script
  }
}

export interface Session {
  code: number
  /** Each picture, without the codes that place it. */
  frames: string[]
  /** What was never seen. */
  left: Script
  /** Whether keys came one by one, and how it was at the end. */
  raw: boolean[]
}

/** `beamcade …args` on a terminal, with a script of keys. */
export async function onTerminal(
  args: readonly string[],
  script: Script,
  { columns = 100, rows = 40, ...io }: Partial<Io> & { columns?: number; rows?: number } = {},
): Promise<Session> {
  const keys = new PassThrough()
  const raw: boolean[] = []
  const stdin = Object.assign(keys, { isTTY: true, setRawMode: (on: boolean) => raw.push(on) })
  const stdout = new Screen(keys, script, columns, rows)
  const code = await main(args, {
    stdout,
    stderr: stdout,
    stdin,
    env: cleanEnv(),
    cwd: process.cwd(),
    signal: new AbortController().signal,
    ...io,
  })
  // eslint-disable-next-line no-control-regex -- the codes of a terminal begin with an escape
  const frames = stdout.frames.map((frame) => frame.replace(/\u001b\[\d*[A-Z]/g, ''))
  return { code, frames, left: stdout.left, raw }
}
