/** Numbers between Variants and values: integers of 64 bits, and floats that keep their type. */
import { BeamcadeError } from '../../../errors.ts'
import { Float, Name, type Value } from '../../../engine/index.ts'

const NOT_FINITE: Readonly<Record<string, number>> = { nan: NaN, infinity: Infinity, neg_infinity: -Infinity }

/** A float as a value: one with an integral value stays a float, and what Erlang's floats cannot be is a name. */
export function floatValue(number: number): Value {
  if (Number.isInteger(number)) return new Float(number)
  if (Number.isNaN(number)) return new Name('nan')
  if (number === Infinity) return new Name('infinity')
  if (number === -Infinity) return new Name('neg_infinity')
  return number
}

/** The float that a value means where a float is wanted, or undefined. Integers are taken. */
export function asFloat(value: Value | undefined): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Float) return value.value
  if (value instanceof Name) return NOT_FINITE[value.text]
  return undefined
}

/** An integer of 64 bits as a value: a number where that is exact. */
export function integerValue(integer: bigint): number | bigint {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer
}

/** The integer that a value is, or undefined. */
export function asInteger(value: Value | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  return undefined
}

/** @throws BeamcadeError `bad_argument` if the integer does not fit into so many bits, with a sign */
export function checkBits(integer: bigint, bits: 32 | 64): void {
  if (BigInt.asIntN(bits, integer) === integer) return
  throw new BeamcadeError('bad_argument', `${integer} does not fit into an integer of ${bits} bits.`)
}
