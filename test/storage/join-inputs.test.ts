/** Steps of a game that follow each other become one record, and nothing else changes. */
import { expect, test } from '@jest/globals'
import { PlainWriter } from '../../src/engine/index.ts'
import { joinInputs } from '../../src/storage/join-inputs.ts'
import { gameKey, gameOf, INPUT_KEY_BYTES, inputKey, isInputKey, stepOf } from '../../src/storage/keys.ts'
import { CRC_BYTES, readInputs, sealRecord } from '../../src/storage/records.ts'

type Write = readonly [key: Buffer, value: Buffer | undefined]

/** The inputs from `step` on, in one record: each is told by its game and step. */
function inputs(game: number, step: number, count = 1): Write {
  const writer = new PlainWriter()
  writer.begin()
  writer.bytes(inputKey(game, step))
  for (let i = 0; i < count; i++) writer.value(`${game}:${step + i}`)
  const { key, value } = sealRecord(writer.end(CRC_BYTES), INPUT_KEY_BYTES)
  return [key, value]
}

const snapshot = (game: number): Write => [gameKey('b', game), Buffer.from('snapshot')]

function join(...writes: readonly Write[]): string[] {
  const { keys, values } = joinInputs({ keys: writes.map(([key]) => key), values: writes.map(([, value]) => value) })
  return keys.map((key, i) => {
    const value = values[i]
    if (!isInputKey(key)) return `${key.toString('latin1', 0, 1)}${gameOf(key) ?? ''} ${value?.toString() ?? 'gone'}`
    return `${gameOf(key) ?? ''}:${stepOf(key)} ${[...readInputs(key, value as Buffer)].join()}`
  })
}

test('the steps of each game, wherever they stand', () => {
  expect(join(inputs(1, 7), inputs(2, 0), inputs(1, 8), inputs(2, 1), inputs(1, 9))).toEqual([
    '1:7 1:7,1:8,1:9',
    '2:0 2:0,2:1',
  ])
})

test('not over a snapshot, nor over the end of a game', () => {
  const gone: Write = [gameKey('g', 2), undefined]
  expect(
    join(inputs(1, 1), inputs(2, 1), inputs(1, 2), snapshot(1), inputs(1, 3), inputs(2, 2), gone, inputs(1, 4)),
  ).toEqual(['1:1 1:1,1:2', '2:1 2:1,2:2', 'b1 snapshot', '1:3 1:3,1:4', 'g2 gone'])
})

test('not where a step is missing: that is damage, and must be seen', () => {
  expect(join(inputs(1, 1), inputs(1, 3), inputs(1, 2))).toEqual(['1:1 1:1', '1:3 1:3', '1:2 1:2'])
})

test('records of several steps begin anew', () => {
  expect(join(inputs(1, 0), inputs(1, 1, 3), inputs(1, 4), inputs(1, 5))).toEqual([
    '1:0 1:0,1:1,1:2,1:3',
    '1:4 1:4,1:5',
  ])
})

test('one is left as it is, and so is nothing', () => {
  const [key, value] = inputs(3, 4)
  expect(joinInputs({ keys: [key], values: [value] }).values[0]).toBe(value)
  expect(join()).toEqual([])
})
