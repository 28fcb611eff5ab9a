/** Makes one record of the steps of a game that follow each other: LevelDB has less to write, and less to clear away. */
import { gameOf, INPUT_KEY_BYTES, isInputKey, stepOf } from './keys.ts'
import { CRC_BYTES, sealRecord } from './records.ts'

export interface Writes {
  readonly keys: readonly Buffer[]
  /** Undefined: the key is deleted. */
  readonly values: readonly (Buffer | undefined)[]
}

/** Steps of one game that follow each other. */
interface Run {
  /** Where its first record is in what goes out. */
  readonly at: number
  readonly values: Buffer[]
  last: number
}

/**
 * The same writes with fewer records. What is written of a game besides its steps ends a run: a snapshot makes the steps before
 * it void and not those behind it, so both must not lie in one record.
 */
export function joinInputs({ keys, values }: Writes): Writes {
  const outKeys: Buffer[] = []
  const outValues: (Buffer | undefined)[] = []
  const runs: Run[] = []
  const open = new Map<number | undefined, Run>()
  for (const [i, key] of keys.entries()) {
    const value = values[i]
    const game = gameOf(key)
    if (!isInputKey(key) || value === undefined) open.delete(game)
    else {
      const step = stepOf(key)
      const run = open.get(game)
      // A record that holds several steps is never followed by the step after its first.
      if (run?.last === step - 1) {
        run.values.push(value)
        run.last = step
        continue
      }
      const begun = { at: outKeys.length, values: [value], last: step }
      runs.push(begun)
      open.set(game, begun)
    }
    outKeys.push(key)
    outValues.push(value)
  }
  for (const { at, values } of runs) {
    if (values.length > 1) outValues[at] = joined(outKeys[at] as Buffer, values)
  }
  return { keys: outKeys, values: outValues }
}

function joined(key: Buffer, values: readonly Buffer[]): Buffer {
  const contents = values.map((value) => value.subarray(0, -CRC_BYTES))
  return sealRecord(Buffer.concat([key, ...contents, Buffer.alloc(CRC_BYTES)]), INPUT_KEY_BYTES).value
}
