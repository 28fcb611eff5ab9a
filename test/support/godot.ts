/** Real Godot engines for tests: 3.2 of Debian's `godot3-server`, 4 in the chroot that `install.mjs --chroots` made. */
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe } from '@jest/globals'
import type { Dialect } from '../../src/engines/godot/variant/index.ts'
import { PeerProcess, which } from './process.ts'

const chroot = join(process.env['BEAMCADE_PEERS'] ?? join(homedir(), '.cache', 'beamcade', 'peers'), 'forky')

/** An engine: how its program is called, and what it sees as its root folder. */
export interface Godot {
  readonly dialect: Dialect
  readonly root: string
  /** The program. */
  readonly command: string
  /** What comes before the arguments. */
  readonly args: readonly string[]
}

const ENGINES: readonly (Godot & { readonly here: boolean; readonly missing: string })[] = [
  {
    dialect: 3,
    root: '/',
    command: 'godot3-server',
    args: [],
    here: which('godot3-server') !== undefined,
    missing: 'godot3-server in PATH',
  },
  {
    dialect: 4,
    root: chroot,
    command: 'chroot',
    args: [chroot, 'godot', '--headless'],
    here: process.getuid?.() === 0 && existsSync(join(chroot, 'usr/bin/godot')),
    missing: 'root and `node test/peers/install.mjs --chroots`',
  },
]

/** `describe` for each engine; for one that is not here, a line that says so. */
export function describeWithGodot(name: string, body: (godot: Godot) => void): void {
  for (const { here, missing, ...godot } of ENGINES) {
    const title = `${name} (Godot ${godot.dialect})`
    if (here) {
      describe(title, () => {
        body(godot)
      })
    } else {
      process.stderr.write(`skipped: "${title}" needs ${missing}\n`)
      describe.skip(`${title} (skipped: needs ${missing})`, () => {
        body(godot)
      })
    }
  }
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/**
 * Runs a script that ends by itself (`quit()`), and answers the lines that it printed behind `> `.
 * @param files more files in the folder of the script, by their names
 * @param env variables; `FOLDER/` at the beginning of one stands for that folder
 */
export async function runScript(
  godot: Godot,
  script: string,
  { files = {}, env = {} }: { files?: Record<string, string>; env?: Record<string, string> },
): Promise<string[]> {
  const folder = mkdtempSync(join(godot.root, tmpdir(), 'beamcade-godot-'))
  folders.push(folder)
  const inside = join(tmpdir(), basename(folder))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  copyFileSync(script, join(folder, 'script.gd'))
  const variables = Object.entries(env).map(([name, value]) => [name, value.replace(/^FOLDER\//, `${inside}/`)])
  const child = new PeerProcess(godot.command, [...godot.args, '--path', inside, '-s', 'script.gd'], {
    env: { ...process.env, HOME: inside, ...(Object.fromEntries(variables) as Record<string, string>) },
  })
  const code = await child.exited
  const lines = child.output.split('\n').flatMap((line) => (line.startsWith('> ') ? [line.slice(2)] : []))
  if (code !== 0) throw new Error(`Godot ended with ${code}:\n${child.output}`)
  return lines
}
