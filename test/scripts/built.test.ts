/** npm's `prepare`: a clone after `npm install` has its dist/, and so has the package that npm makes of a git address. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { PeerProcess } from '../support/process.ts'

const root = join(import.meta.dirname, '../..')
const clone = mkdtempSync(join(tmpdir(), 'beamcade-clone-'))
const built = join(clone, 'dist/cli.js')

beforeAll(() => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { prepare: string } }
  const build = `node -e "fs.mkdirSync('dist'); fs.writeFileSync('dist/cli.js', '')"`
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ scripts: { prepare: scripts.prepare, build } }))
  for (const folder of ['src', 'scripts', 'node_modules']) mkdirSync(join(clone, folder))
  for (const name of ['built.mjs', 'prepare.mjs'])
    copyFileSync(join(root, 'scripts', name), join(clone, 'scripts', name))
})
afterAll(() => {
  rmSync(clone, { recursive: true })
})

async function prepare(): Promise<string> {
  const npm = new PeerProcess('npm', ['run', '--silent', 'prepare'], { cwd: clone })
  expect(await npm.exited).toBe(0)
  return npm.output
}

test('it builds where the compiler is, and else says why it does not', async () => {
  expect(await prepare()).toContain('dist/ is not built')
  expect(existsSync(built)).toBe(false)
  mkdirSync(join(clone, 'node_modules/typescript'))
  await prepare()
  expect(existsSync(built)).toBe(true)
})
