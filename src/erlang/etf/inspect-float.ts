/** Floats as text: the fewest digits that give the same float again, laid out as Erlang and Elixir do. */

/** As Erlang's `~p`: decimal or with an exponent, whichever is shorter. */
export function erlangFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const sign = value < 0 ? '-' : ''
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e') as [string, string]
  const digits = mantissa.replace('.', '')
  return sign + layOut(digits, Number(exponent), Math.abs(value) < 2 ** 53)
}

function layOut(digits: string, exponent: number, exact: boolean): string {
  const length = digits.length
  const place = exponent + 1
  if (place === 0) return `0.${digits}`
  if (place > 0 && place < length) return `${digits.slice(0, place)}.${digits.slice(place)}`
  const scientific = `${digits.slice(0, 1)}.${length === 1 ? '0' : digits.slice(1)}e${exponent}`
  const cost = String(exponent).length + 1 + (length === 1 ? 2 : 1)
  if (place < 0) return 2 - place <= cost ? `0.${'0'.repeat(-place)}${digits}` : scientific
  return place - length + 2 <= cost && exact ? `${digits}${'0'.repeat(place - length)}.0` : scientific
}

/** As Elixir's `inspect/1`: like Erlang, but from 1 up to 10^16 always without exponent. */
export function elixirFloat(value: number): string {
  const size = Math.abs(value)
  if (size < 1 || size >= 1e16) return erlangFloat(value)
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}
