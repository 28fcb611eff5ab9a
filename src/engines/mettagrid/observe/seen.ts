/** What the agents of a world see, in words. */
import { BeamcadeError } from '../../../errors.ts'
import type { World } from '../world/world.ts'
import { inWords, vocabularyOf } from './words.ts'

export interface Seen {
  agent: number
  sees: string[]
}

/**
 * What agents see, in words.
 * @param asked by position in the map; all unless given
 * @throws BeamcadeError `bad_argument` if there is no such agent, `answer_too_large`
 */
export function seenInWords(
  { rules, window, observations, agents }: World,
  asked: readonly number[] = agents.map(({ index }) => index),
): Seen[] {
  const { maxAnswerBytes: limit } = rules.limits
  const vocabulary = vocabularyOf(rules)
  const size = rules.config.num_observation_tokens * 3
  let bytes = 0
  return asked.map((agent) => {
    if (agent >= agents.length) {
      throw new BeamcadeError('bad_argument', `agents: there is no agent ${agent}; there are ${agents.length}.`)
    }
    const sees = inWords(observations.subarray(agent * size, (agent + 1) * size), window, vocabulary)
    bytes = sees.reduce((sum, line) => sum + 3 * line.length, bytes)
    if (bytes > limit) {
      throw new BeamcadeError('answer_too_large', `The words take more than ${limit} bytes (maxAnswerBytes).`, {
        hint: 'Ask for fewer agents at once, or raise the limit.',
        details: { limit },
      })
    }
    return { agent, sees }
  })
}
