/** Other programs of this machine: where they are, and what they answer. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Io } from './command.ts'

/** The path of a program, or undefined if PATH has none. */
export function which(program: string, env: Io['env']): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.bat', '.cmd'] : ['']
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    for (const ending of endings) {
      const file = join(folder, program + ending)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {
        // Not here.
      }
    }
  }
  return undefined
}

/** What a program writes to standard output, or undefined if it fails or takes more than `timeoutMs`. */
export function outputOf(
  file: string,
  args: readonly string[],
  env: Io['env'],
  timeoutMs = 10_000,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, [...args], { env: { ...env }, timeout: timeoutMs }, (error, stdout) => {
      resolve(error === null ? stdout.trim() : undefined)
    })
  })
}

/** How to get a package, in the words of this machine's package manager. */
export function howToGet(packages: { apt: string; brew: string; page: string }, env: Io['env']): string {
  if (which('apt-get', env) !== undefined) return `sudo apt-get install ${packages.apt}`
  if (which('brew', env) !== undefined) return `brew install ${packages.brew}`
  return `see ${packages.page}`
}
