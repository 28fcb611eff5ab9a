/** Flags that are numbers. */
import { BeamcadeError } from '../errors.ts'
import { textFlag, type Given } from './command.ts'

export interface Range {
  readonly min: number
  readonly max: number
  /** Fractions are allowed. */
  readonly fractions?: boolean
}

/** The number of a flag, if it was given. @throws BeamcadeError `bad_usage` */
export function numberFlag(given: Given, name: string, { min, max, fractions = false }: Range): number | undefined {
  const text = textFlag(given, name)
  if (text === undefined) return undefined
  const value = text.trim() === '' ? NaN : Number(text)
  if (value >= min && value <= max && (fractions || Number.isInteger(value))) return value
  const kind = fractions ? 'a number' : 'an integer'
  throw new BeamcadeError('bad_usage', `--${name} takes ${kind} from ${min} to ${max}, not ${JSON.stringify(text)}.`)
}
