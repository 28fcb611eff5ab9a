/** The generated code: what is committed is what proto/ makes, and a difference is found. */
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { which } from './support/process.ts'

const root = join(import.meta.dirname, '..')
const { drift } = (await import(join(root, 'scripts/gen.mjs'))) as {
  drift: (kept?: string) => string[] | undefined
}
const here = which('protoc') !== undefined
if (!here)
  process.stderr.write('skipped: the test of generated code needs protoc in PATH (Debian: protobuf-compiler)\n')
const testWithProtoc = here ? test : test.skip

testWithProtoc('src/gen is what proto/ makes; a changed and a stray file are named', () => {
  expect(drift()).toEqual([])
  const copy = mkdtempSync(join(tmpdir(), 'beamcade-gen-test-'))
  try {
    cpSync(join(root, 'src/gen'), copy, { recursive: true })
    appendFileSync(join(copy, 'mettagrid/rpc/v1/mettagrid_pb.ts'), '\n')
    writeFileSync(join(copy, 'stray.ts'), '')
    expect(drift(copy)).toEqual(['mettagrid/rpc/v1/mettagrid_pb.ts', 'stray.ts'])
  } finally {
    rmSync(copy, { recursive: true })
  }
})
