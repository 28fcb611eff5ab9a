/**
 * Processes whose accepting fails as they are told, by a library that is preloaded into them (`accept-errors.c`).
 *
 * ```ts
 * const shim = await buildShim()
 * const env = shim.env('EINTR*3,EPROTO')
 * ```
 * What it needs is Linux and a C compiler; where one is missing, {@link shimLacks} says so.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { PeerProcess, which } from './process.ts'

const compiler = which('cc') ?? which('gcc') ?? which('clang')

/** Why no shim can be built here; undefined if one can. */
export const shimLacks =
  process.platform !== 'linux' ? 'Linux' : compiler === undefined ? 'a C compiler: cc, gcc or clang in PATH' : undefined

export interface Shim {
  /** Variables for a process whose first calls of accept answer these errors: `EINTR*3,EPROTO`. */
  env(errors: string): NodeJS.ProcessEnv
  /** One word for each call of the process that was started last: an error's name, `accepted` or `passed`. */
  calls(): string[]
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Compiles the shim. It goes when the test file ends. */
export async function buildShim(): Promise<Shim> {
  const folder = mkdtempSync(join(tmpdir(), 'beamcade-accept-'))
  folders.push(folder)
  const library = join(folder, 'accept-errors.so')
  const source = join(import.meta.dirname, 'accept-errors.c')
  const args = ['-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', '-o', library, source, '-ldl']
  const built = new PeerProcess(compiler ?? 'cc', args)
  if ((await built.exited) !== 0) throw new Error(`${source} does not compile:\n${built.output}`)
  let runs = 0
  const log = (): string => join(folder, `calls${runs}`)
  return {
    env(errors) {
      runs += 1
      return { ...process.env, LD_PRELOAD: library, ACCEPT_ERRORS: errors, ACCEPT_LOG: log() }
    },
    calls: () => readFileSync(log(), 'utf8').trim().split('\n'),
  }
}
