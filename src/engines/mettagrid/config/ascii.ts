/**
 * Maps drawn as text: one character a cell, all rows equally wide. `#` is a wall, `.` is empty, `@` an agent; a legend may
 * say what other characters are, and says nothing else about these three.
 */
import { refused } from './limits.ts'

/** What characters mean where the legend says nothing. */
const USUAL: Readonly<Record<string, string>> = {
  ' ': 'empty',
  p: 'agent.prey',
  P: 'agent.predator',
  _: 'altar',
  c: 'converter',
  C: 'chest',
  Z: 'assembler',
  1: 'agent.team_1',
  2: 'agent.team_2',
  3: 'agent.team_3',
  4: 'agent.team_4',
}

/** What `@` is called, in the order in which it is looked for. */
const AGENTS = ['agent.agent', 'agent', 'agent.default'] as const

const NAME = /^[A-Za-z0-9_.]+$/

/**
 * The names behind the characters.
 * @param objects the names of the configuration: `@` is the first of `agent.agent`, `agent` and `agent.default` among them
 * @throws BeamcadeError `bad_game`
 */
export function meanings(
  legend: Readonly<Record<string, string>>,
  objects: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const agent = AGENTS.find((name) => objects.has(name)) ?? 'agent.agent'
  const fixed = new Map<string, readonly [string, ...string[]]>([
    ['#', ['wall']],
    ['.', ['empty']],
    ['@', [agent, ...AGENTS]],
  ])
  for (const [character, name] of Object.entries(legend)) {
    if (Array.from(character).length !== 1) {
      throw refused(`The legend explains ${JSON.stringify(character)}, which is not one character.`)
    }
    if (!NAME.test(name)) {
      const allowed = 'a name is made of letters, digits, _ and .'
      throw refused(`The legend calls ${character} ${JSON.stringify(name)}; ${allowed}`)
    }
    if (fixed.get(character)?.includes(name) === false) {
      throw refused(`The legend gives ${character} another meaning: "${name}".`)
    }
  }
  const always = [...fixed].map(([character, [name]]) => [character, name] as const)
  return new Map([...Object.entries(USUAL), ...Object.entries(legend), ...always])
}

/** The rows of a text: its lines, without the end of the last one. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/**
 * Names, row by row.
 * @param width how many characters each row must have
 * @throws BeamcadeError `bad_game`, with row and column counted from 0
 */
export function namesOf(lines: readonly string[], width: number, names: ReadonlyMap<string, string>): string[] {
  return lines.flatMap((line, row) => {
    const characters = Array.from(line)
    if (characters.length !== width) {
      throw refused(`Row ${row} of the map has ${characters.length} characters, row 0 has ${width}.`)
    }
    return characters.map((character, col) => {
      const name = names.get(character)
      if (name !== undefined) return name
      throw refused(`Row ${row}, column ${col} of the map: ${JSON.stringify(character)} is not in the legend.`)
    })
  })
}
