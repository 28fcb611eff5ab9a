/** Variants beside real engines: what we write, they read and write again with the same bytes. */
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Tagged, type Value } from '../../../src/engine/index.ts'
import { readVariant, writeVariant } from '../../../src/engines/godot/variant/index.ts'
import { describeWithGodot, runScript } from '../../support/godot.ts'
import { fuzzSeed } from '../../support/fuzz.ts'
import { variants } from './random-values.ts'
import { VECTORS } from './vectors.ts'

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describeWithGodot('a real engine', (godot) => {
  const { dialect } = godot
  // Godot 3 fills the names of a node path up with bytes that it did not clear: what it means is compared.
  const normal = (hex: string): string =>
    dialect === 4 ? hex : toHex(writeVariant(readVariant(Buffer.from(hex, 'hex'), { dialect }), { dialect }))
  // Of an object only the id is there: what the engine makes of it is a stand-in, with an id of its own.
  const isObject = (value: Value): boolean => value instanceof Tagged && value.tag === 'object'

  test('writes again what it reads, byte for byte', async () => {
    const seed = fuzzSeed('variants for a real engine')
    const values = [
      ...VECTORS[dialect].map(([, value]) => value).filter((value) => !isObject(value)),
      ...fc.sample(variants(dialect), { seed, numRuns: 500 }),
    ]
    const ours = values.map((value) => toHex(writeVariant(value, { dialect })))
    const script = fileURLToPath(new URL(`../../peers/godot/variants${dialect}.gd`, import.meta.url))
    const theirs = await runScript(godot, script, {
      files: { variants: ours.join('\n') },
      env: { VARIANTS: 'FOLDER/variants' },
    })
    expect(theirs.map((hex) => hex.length)).toEqual(ours.map((hex) => hex.length))
    expect(theirs.map(normal)).toEqual(ours)
  })
})
