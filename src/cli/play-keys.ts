/** Which key does what in a game of MettaGrid. */

/** Keys and the actions they mean: the first of the names that the game has. */
const KEYS: readonly (readonly [keys: readonly string[], actions: readonly string[]])[] = [
  [['w', 'up'], ['move_north']],
  [['s', 'down'], ['move_south']],
  [['a', 'left'], ['move_west']],
  [['d', 'right'], ['move_east']],
  [['y'], ['move_northwest']],
  [['u'], ['move_northeast']],
  [['b'], ['move_southwest']],
  [['n'], ['move_southeast']],
  [['W'], ['rotate_north']],
  [['S'], ['rotate_south']],
  [['A'], ['rotate_west']],
  [['D'], ['rotate_east']],
  [['space', '.'], ['noop']],
  [['p'], ['put_items']],
  [['g'], ['get_items']],
  [['f'], ['attack_0', 'attack']],
  [['x'], ['swap']],
  [['m'], ['resource_mod']],
  [['0'], ['change_glyph_0', 'change_glyph']],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((glyph) => [[String(glyph)], [`change_glyph_${glyph}`]] as const),
] // prettier-ignore

/** How keys are shown. */
const SIGNS: Readonly<Record<string, string>> = { up: '↑', down: '↓', left: '←', right: '→' }

/** The keys of a game: position in the list of flat actions, by key. */
export function actionKeys(actions: readonly string[]): ReadonlyMap<string, number> {
  const keys = new Map<string, number>()
  for (const [pressed, names] of KEYS) {
    const index = actions.findIndex((name) => names.includes(name))
    if (index >= 0) for (const key of pressed) keys.set(key === 'space' ? ' ' : key, index)
  }
  return keys
}

/** What `?` shows. */
export function keyHelp(actions: readonly string[], columns = 0): string[] {
  const known = actionKeys(actions)
  const rows = KEYS.flatMap(([[key = '', ...more]]) => {
    const index = known.get(key === 'space' ? ' ' : key)
    if (index === undefined) return []
    const keys = [key, ...more].map((one) => SIGNS[one] ?? one).join(' ')
    return [`${keys.padEnd(8)} ${actions[index] ?? ''}`]
  })
  const width = Math.max(...rows.map((row) => row.length), 0) + 3
  const across = Math.max(1, Math.floor((columns > 0 ? columns : 80) / width))
  const lines = Array.from({ length: Math.ceil(rows.length / across) }, (_, line) =>
    rows
      .slice(line * across, (line + 1) * across)
      .map((row) => row.padEnd(width))
      .join('')
      .trimEnd(),
  )
  return [...lines, ':        any action, by its name or number and Enter', 'q        quits']
}
