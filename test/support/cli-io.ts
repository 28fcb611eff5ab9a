/** The command inside this process, with streams that remember. */
import { PassThrough, Writable } from 'node:stream'
import type { Io } from '../../src/cli/command.ts'
import { main } from '../../src/cli/main.ts'
import { cleanEnv } from './cli.ts'

class Memory extends Writable {
  text = ''
  isTTY = false
  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** `beamcade …args`. */
export async function runMain(args: readonly string[], options: Partial<Io> & { tty?: boolean } = {}): Promise<Ran> {
  const { tty = false, ...rest } = options
  const stdout = new Memory()
  stdout.isTTY = tty
  const stderr = new Memory()
  const code = await main(args, {
    stdout,
    stderr,
    stdin: new PassThrough(),
    env: cleanEnv(),
    cwd: process.cwd(),
    signal: new AbortController().signal,
    ...rest,
  })
  return { code, stdout: stdout.text, stderr: stderr.text }
}
