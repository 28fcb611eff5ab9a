/** The name that was meant by one that does not exist. */

/**
 * The one of `names` that is nearest to `word`, if it is near enough to be a slip: a third of its letters may be wrong,
 * left out, too many or swapped with the next. Case, hyphens and underscores do not count.
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const from = plain(word)
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    const to = plain(name)
    const most = Math.max(1, Math.floor(to.length / 3))
    // Words far apart in length need no table, however long the word is.
    if (Math.abs(from.length - to.length) > most) continue
    const distance = edits(from, to)
    if (distance <= most && distance < (best?.distance ?? Infinity)) best = { name, distance }
  }
  return best?.name
}

const plain = (word: string): string => word.toLowerCase().replace(/[-_]/g, '')

/** Letters that are wrong, missing, too many, or swapped with their neighbour. */
function edits(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const next = [row]
    for (let column = 1; column <= to.length; column++) {
      const wrong = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      next[column] = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + wrong,
        swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    before = last
    last = next
  }
  return last[to.length] ?? 0
}
