/** `npm run fixtures:mettagrid`: what it prints, and how it ends. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { PeerProcess } from '../support/process.ts'

const root = join(import.meta.dirname, '../..')
const vectors = join(root, 'test/vectors/mettagrid')
const folder = mkdtempSync(join(tmpdir(), 'beamcade-fixtures-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function run(...args: string[]) {
  const script = new PeerProcess(process.execPath, [join(root, 'scripts/fixtures-mettagrid.mjs'), ...args])
  const code = await script.exited
  return { code, lines: script.output.trimEnd().split('\n') }
}

test('every recording that comes with the project is the same here, in every step', async () => {
  const { code, lines } = await run()
  const files = readdirSync(vectors).filter((file) => file.includes('.json'))
  expect(lines.slice(0, -1).map((line) => /^ok {6}(\S+): \d+ steps, bit for bit/.exec(line)?.[1])).toEqual(files)
  expect(lines.at(-1)).toMatch(new RegExp(`^${files.length} recordings the same in 1\\d{3} steps, 0 not$`))
  expect(code).toBe(0)
})

test('one that is not, and one that is none, are told, and counted', async () => {
  copyFileSync(join(vectors, '10b_swap_frozen_agent.json'), join(folder, 'a.json'))
  const text = readFileSync(join(vectors, '12_truncation.json'), 'utf8')
  writeFileSync(join(folder, 'b.json'), text.replace(/"success": ?"11"/, '"success":"01"'))
  writeFileSync(join(folder, 'c.json'), '[]')
  const { code, lines } = await run(folder)
  expect(lines[0]).toMatch(/^ok {6}a\.json: 11 steps, bit for bit/)
  expect(lines.slice(1)).toEqual([
    'FAILED  b.json: step 1: agent 0: success was 0 and is 1',
    'FAILED  c.json: This is no recorded game: it has no field "format".',
    '1 recordings the same in 11 steps, 2 not',
  ])
  expect(code).toBe(1)
})

test('no recording at all is a failure', async () => {
  expect(await run(join(root, 'src'))).toMatchObject({ code: 1 })
})
