/**
 * An observation in words, for people and for language models: made of its tokens alone, so it says what the agent sees and
 * no more.
 */
import type { Rules } from '../rules.ts'
import { DIRECTION_NAMES } from '../world/orientation.ts'
import { FEATURE } from '../world/tokens.ts'
import type { Window } from '../world/window.ts'

/** What numbers in tokens mean in one game. */
export interface Vocabulary {
  /** By the byte that is shown. */
  readonly types: ReadonlyMap<number, string>
  readonly groups: ReadonlyMap<number, string>
  readonly resources: readonly string[]
  readonly actions: readonly string[]
}

export function vocabularyOf({ types, resources, flat }: Rules): Vocabulary {
  const all = [...types.values()]
  const agents = all.flatMap((type) => (type.kind === 'agent' ? [type] : []))
  return {
    types: new Map(all.map(({ typeId, typeName }) => [typeId & 0xff, typeName])),
    groups: new Map(agents.map(({ group, groupName }) => [group & 0xff, groupName])),
    resources,
    actions: flat.map(({ name }) => name),
  }
}

type Words = (value: number, vocabulary: Vocabulary) => string | undefined

/** Tokens about the game and the agent's own last step. */
const GLOBALS: Readonly<Record<number, Words>> = {
  [FEATURE.episodeCompletion]: (value) => `${Math.round((value / 255) * 100)}% of the episode are over`,
  [FEATURE.lastAction]: (value, { actions }) => `last action ${actions[value] ?? value}`,
  [FEATURE.lastActionArg]: (value) => `its argument ${value}`,
  // The low byte of hundredths, which may be negative.
  [FEATURE.lastReward]: (value) => `last reward ${((value << 24) >> 24) / 100}`,
  [FEATURE.visitationCounts]: (value) => (value === 0 ? undefined : `visits ${value}`),
}

/** Tokens about an object, after its type. */
const DETAILS: Readonly<Record<number, Words>> = {
  [FEATURE.group]: (value, { groups }) => `group ${groups.get(value) ?? value}`,
  [FEATURE.frozen]: (value) => (value === 0 ? undefined : 'frozen'),
  [FEATURE.orientation]: (value) => `facing ${DIRECTION_NAMES[value] ?? value}`,
  [FEATURE.converting]: (value) => (value === 0 ? undefined : 'busy'),
  [FEATURE.swappable]: () => 'can be swapped',
  [FEATURE.glyph]: (value) => `glyph ${value}`,
  [FEATURE.tag]: (value) => `tag ${value}`,
  [FEATURE.cooldownRemaining]: (value) => `cools down for ${value}`,
  [FEATURE.clipped]: () => 'clipped',
  [FEATURE.remainingUses]: (value) => `${value} uses left`,
}

/** By thirds of the features from the first resource on: what is held, what a recipe takes, what it gives. */
const ITEMS = ['has', 'takes', 'gives'] as const

function itemWords(feature: number, value: number, { resources }: Vocabulary): string {
  const item = feature - FEATURE.inventory
  const verb = ITEMS[Math.floor(item / resources.length)]
  const name = resources[item % resources.length]
  return verb === undefined || name === undefined ? `feature ${feature}: ${value}` : `${verb} ${name} ${value}`
}

/**
 * A line for the game, then one for each object that is seen, from near to far.
 * @param tokens three bytes a token, of one agent
 */
export function inWords(tokens: Uint8Array, window: Pick<Window, 'rows' | 'cols'>, vocabulary: Vocabulary): string[] {
  const globals: string[] = []
  const seen: { at: string; parts: string[] }[] = []
  let used = 0
  for (; used < tokens.length && tokens[used] !== 255; used += 3) {
    const [location = 0, feature = 0, value = 0] = tokens.subarray(used, used + 3)
    const global = GLOBALS[feature]
    if (global !== undefined) {
      globals.push(...present(global(value, vocabulary)))
    } else if (feature === FEATURE.typeId) {
      const at = placeWords((location >> 4) - window.rows, (location & 15) - window.cols)
      seen.push({ at, parts: [vocabulary.types.get(value) ?? `object of type ${value}`] })
    } else {
      const words = DETAILS[feature]
      const detail = words === undefined ? itemWords(feature, value, vocabulary) : words(value, vocabulary)
      seen.at(-1)?.parts.push(...present(detail))
    }
  }
  return [
    ...(globals.length === 0 ? [] : [globals.join(', ')]),
    ...seen.map(({ at, parts }) => `${at}: ${parts.join(', ')}`),
    ...(used === tokens.length ? ['all tokens are used: there may be more to see'] : []),
  ]
}

const present = (words: string | undefined): string[] => (words === undefined ? [] : [words])

/** `2 north, 1 east`. */
function placeWords(down: number, right: number): string {
  const steps = [
    ...(down === 0 ? [] : [`${Math.abs(down)} ${down < 0 ? 'north' : 'south'}`]),
    ...(right === 0 ? [] : [`${Math.abs(right)} ${right < 0 ? 'west' : 'east'}`]),
  ]
  return steps.length === 0 ? 'here' : steps.join(', ')
}
