/**
 * The inner loops of observing. A token is stored as a word of four bytes, of which the fourth is the first of the next one.
 * Nothing is called in these loops, and constants are this file's own: what is imported is loaded each time.
 */

/** Bytes of a token. */
const TOKEN = 3

/** How many tokens so many bytes are. In whole numbers: a quotient as such would be a float, and all that is made of it. */
export function tokensIn(bytes: number): number {
  return (bytes / TOKEN) | 0
}

/**
 * Copies words `from`..`to` to byte `at`, each with a location added.
 * @returns the byte after them
 */
export function copyTokens(
  bytes: DataView,
  at: number,
  words: Int32Array,
  from: number,
  to: number,
  location: number,
): number {
  for (let i = from; i < to; i++) {
    bytes.setInt32(at, (words[i] ?? 0) | location, true)
    at += TOKEN
  }
  return at
}

/**
 * Copies words `from`..`to` of a list of sights to byte `at`, up to the first one that belongs to the cell of a rank or to one
 * behind it.
 * @returns this one, or `to`
 */
export function copyNearer(
  bytes: DataView,
  at: number,
  words: Int32Array,
  from: number,
  to: number,
  ranks: Uint8Array,
  rank: number,
): number {
  let next = from
  for (; next < to; next++) {
    const word = words[next] ?? 0
    if ((ranks[word & 0xff] ?? 0) >= rank) break
    bytes.setInt32(at, word, true)
    at += TOKEN
  }
  return next
}

/** The first of the words `from`..`to` of a list of sights that belongs to the cell of a rank or to one behind it; or `to`. */
export function firstFrom(rank: number, words: Int32Array, from: number, to: number, ranks: Uint8Array): number {
  let next = from
  while (next < to && (ranks[(words[next] ?? 0) & 0xff] ?? 0) < rank) next += 1
  return next
}

/** The first of the words `from`..`to` of a list of sights that is no token, but an object to be looked up; or `to`. */
export function firstObject(words: Int32Array, from: number, to: number): number {
  let next = from
  while (next < to && (words[next] ?? 0) < 0) next += 1
  return next
}

/** How many of the words `from`..`to` of a list of sights tell of the same object as the word before them. */
export function sameCell(words: Int32Array, from: number, to: number): number {
  const location = (words[from - 1] ?? 0) & 0xff
  let next = from
  while (next < to && ((words[next] ?? 0) & 0xff) === location) next += 1
  return next - from
}

/** Makes the tokens from byte `at` to byte `to` unused. */
export function clearTokens(bytes: DataView, at: number, to: number): void {
  for (; at < to; at += TOKEN) bytes.setInt32(at, -1, true)
}
