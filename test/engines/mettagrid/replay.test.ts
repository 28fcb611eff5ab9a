import { readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readTrace, replay } from '../../support/mettagrid-trace.ts'

const folder = new URL('../../vectors/mettagrid/', import.meta.url)
const traces = readdirSync(folder).filter((file) => /\.json(\.gz)?$/.test(file))

describe('what the reference engine did, this engine does, bit for bit', () => {
  test('there are recordings', () => {
    expect(traces.length).toBe(14)
  })

  test.each(traces)('%s', (file) => {
    replay(readTrace(new URL(file, folder)))
  })
})
