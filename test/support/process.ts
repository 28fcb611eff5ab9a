/** Processes that tests start: their output is kept, and each one is ended by its id when the test file ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, jest } from '@jest/globals'

/** The path of a program, or undefined if PATH has none. */
export function which(program: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, program)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** How long a program may take until it runs, milliseconds: only one that never does shall fail a test. */
export const START_MS = 60_000

// Who waits for processes waits with limits of his own, which say what did not come; a test as a whole has more time.
jest.setTimeout(2 * START_MS)

const running = new Set<PeerProcess>()

// Each test file has its own copy of this module, so this ends what that file started, also after a failure.
afterAll(async () => {
  await Promise.all([...running].map((one) => one.stop()))
})

export interface StartOptions {
  env?: NodeJS.ProcessEnv
  cwd?: string
}

export class PeerProcess {
  readonly pid: number
  /** Everything that it wrote to stdout and stderr. */
  output = ''
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  #over = false

  constructor(command: string, args: readonly string[], options: StartOptions = {}) {
    const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    this.pid = child.pid ?? 0
    running.add(this)
    this.exited = new Promise((resolve) => {
      const over = (how: number | NodeJS.Signals): void => {
        this.#over = true
        running.delete(this)
        resolve(how)
        for (const watcher of [...this.#watchers]) watcher()
      }
      child.on('error', (error) => {
        this.output += `${error.message}\n`
        over(127)
      })
      // Not 'exit': what it wrote last is still on its way then.
      child.on('close', (code, signal) => {
        over(code ?? signal ?? 0)
      })
    })
    // It may end while we write.
    child.stdin.on('error', () => undefined)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => {
        this.output += text
        for (const watcher of [...this.#watchers]) watcher()
      })
    }
  }

  /** True once it has ended. */
  get over(): boolean {
    return this.#over
  }

  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  endInput(): void {
    this.#child.stdin?.end()
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#over) this.#child.kill(signal)
  }

  /** Waits until `look` finds something in the output (it is called with what came since `from`). */
  watch<T>(look: (output: string) => T | undefined, what: string, timeoutMs = 20_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (end: () => void): void => {
        clearTimeout(timer)
        this.#watchers.delete(watcher)
        end()
      }
      const fail = (why: string): void => {
        finish(() => {
          reject(new Error(`${why} while waiting for ${what}; output:\n${this.output.slice(-4000)}`))
        })
      }
      const watcher = (): void => {
        const found = look(this.output)
        if (found !== undefined) {
          finish(() => {
            resolve(found)
          })
        } else if (this.#over) fail('The process ended')
      }
      const timer = setTimeout(() => {
        fail('Time is up')
      }, timeoutMs)
      this.#watchers.add(watcher)
      watcher()
    })
  }

  /** Waits until the output holds a match, also one that is there already. */
  expectOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray> {
    return this.watch((output) => pattern.exec(output) ?? undefined, String(pattern), timeoutMs)
  }

  /** Ends the process (SIGKILL) and waits until it is gone. */
  async stop(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
