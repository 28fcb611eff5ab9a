/** Compares a game, state by state, with its recording. The first difference is told so that one can see what it is. */
import { createHash, type Hash } from 'node:crypto'
import type { Comparison } from '../../../engine/index.ts'
import type { World } from '../world/world.ts'
import type { Document, State } from './document.ts'
import { bigEndian, finalOf, observationsOf, observationTexts, stateOf, type WholeState } from './words.ts'

/** What was recorded, and what is. */
type Check = (was: State, is: WholeState) => string | undefined

export function comparisonOf(document: Document, world: World): Comparison {
  const total = createHash('sha256')
  return {
    after(step) {
      const was = step === 0 ? document.initial : document.steps[step - 1]
      if (was === undefined) return 'it was not recorded'
      total.update(observationsOf(world)).update(bigEndian(world.rewards))
      const t = 't' in was ? was.t : 0
      if (world.step !== t) return different('the step', t, world.step)
      return first(CHECKS, was, { ...stateOf(world), obs: was.obs === undefined ? [] : observationTexts(world) })
    },
    end: () => compareEnd(document, world, total),
  }
}

/** From what explains most to what only says that something is different. */
const CHECKS: readonly Check[] = [
  ({ agents: was }, { agents: is }) => was && compareAgents(was, is),
  ({ obs: was }, { obs: is }) => was && each('agent', was, is, compareTokens),
  ({ rewards_hex: was }, { rewards_hex: is }) => each('agent', floats(was), floats(is), differentBy('the reward')),
  ...(['success', 'terminals', 'truncations'] as const).map(
    (flag): Check =>
      ({ [flag]: was }, { [flag]: is }) =>
        each('agent', was.split(''), is.split(''), differentBy(flag)),
  ),
  ({ obs_sha256: was }, { obs_sha256: is }) => differentBy('the hash of the observations')(was, is),
]

function first(checks: readonly Check[], was: State, is: WholeState): string | undefined {
  for (const check of checks) {
    const difference = check(was, is)
    if (difference !== undefined) return difference
  }
  return undefined
}

const AGENT_WORDS = {
  r: 'the row',
  c: 'the column',
  o: 'the orientation',
  g: 'the glyph',
  f: 'the number of frozen steps',
  inv: 'the inventory',
} as const satisfies Record<keyof WholeState['agents'][number], string>

function compareAgents(was: WholeState['agents'], is: WholeState['agents']): string | undefined {
  return each('agent', was, is, (one, other) => {
    const keys = Object.keys(AGENT_WORDS) as (keyof typeof AGENT_WORDS)[]
    const key = keys.find((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))
    return key && different(AGENT_WORDS[key], one[key], other[key])
  })
}

function compareTokens(was: string, is: string): string | undefined {
  const tokens = (text: string) => (text.match(/.{6}/g) ?? []).map(tokenText)
  return each('token', tokens(was), tokens(is), differentBy('it'))
}

/** `row 1, column 2, feature 3, value 4`. */
function tokenText(hex: string): string {
  const [location = 0, feature = 0, value = 0] = Buffer.from(hex, 'hex')
  return `(row ${location >> 4}, column ${location & 15}, feature ${feature}, value ${value})`
}

function compareEnd({ flat_actions, total_sha256, final }: Document, world: World, total: Hash): string | undefined {
  const flat = world.rules.flat.map(({ name, type, arg }) => [name, type, arg])
  const parts: [string, unknown, unknown][] = [
    ['the list of flat actions', flat_actions, flat],
    ['the hash of everything', total_sha256, total.digest('hex')],
  ]
  if (final !== undefined) {
    const is = finalOf(world)
    parts.push(
      ['the rewards of the episode', final.episode_rewards, is.episode_rewards],
      ...statParts('the stats of the game', final.game_stats, is.game_stats),
      ...final.agent_stats.flatMap((stats, i) => statParts(`the stats of agent ${i}`, stats, is.agent_stats[i] ?? {})),
      ['the number of objects', final.objects.length, is.objects.length],
      ...final.objects.map((object, i): [string, unknown, unknown] => [
        `object ${String(object['id'])}`,
        sorted(object),
        sorted(is.objects[i] ?? {}),
      ]),
    )
  }
  for (const [what, was, now] of parts) {
    const difference = JSON.stringify(was) === JSON.stringify(now) ? undefined : different(what, was, now)
    if (difference !== undefined) return difference
  }
  return undefined
}

/** One by one, so that a difference is one of a single stat. */
function statParts(what: string, was: Readonly<Record<string, number>>, is: Readonly<Record<string, number>>) {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()
  return names.map((name): [string, unknown, unknown] => [`${what}, ${name}`, was[name], is[name]])
}

function sorted(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The first of several things that differs, named by its position. */
function each<T>(
  what: string,
  was: readonly T[],
  is: readonly T[],
  compare: (was: T, is: T) => string | undefined,
): string | undefined {
  for (let i = 0; i < Math.min(was.length, is.length); i++) {
    const difference = compare(was[i] as T, is[i] as T)
    if (difference !== undefined) return `${what} ${i}: ${difference}`
  }
  return was.length === is.length ? undefined : different(`the number of ${what}s`, was.length, is.length)
}

const differentBy =
  (what: string) =>
  (was: unknown, is: unknown): string | undefined =>
    Object.is(was, is) ? undefined : different(what, was, is)

function different(what: string, was: unknown, is: unknown): string {
  const shown = (value: unknown) =>
    value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)
  return `${what} was ${shown(was)} and is ${shown(is)}`
}

/** Float32 as JSON numbers cannot hold them: also -0 and what is no number, told apart by their bits. */
function floats(hex: string): string[] {
  const view = Buffer.from(hex, 'hex')
  return Array.from({ length: view.length / 4 }, (_, i) => {
    const value = view.readFloatBE(4 * i)
    return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : `${value} (${hex.slice(8 * i, 8 * i + 8)})`
  })
}
