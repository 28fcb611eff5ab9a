/** What a game shows, in the words of a trace. */
import { createHash } from 'node:crypto'
import type { StepInput } from '../game.ts'
import type { World } from '../world/world.ts'
import type { State, Step } from './document.ts'
import { heldIn, nineDigits, objectsOf } from './objects.ts'

/** Everything that a state can say. */
export type WholeState = { [K in keyof State]-?: NonNullable<State[K]> }

/** What a world shows now, but for `obs`, which its hash repeats. */
export function stateOf(world: World): Omit<WholeState, 'obs'> {
  return {
    obs_sha256: sha256(observationsOf(world)),
    rewards_hex: Buffer.from(bigEndian(world.rewards)).toString('hex'),
    terminals: world.terminals.join(''),
    truncations: world.truncations.join(''),
    success: world.success.join(''),
    agents: world.agents.map((agent) => ({
      r: agent.row,
      c: agent.col,
      o: agent.orientation,
      g: agent.glyph,
      f: agent.frozen,
      inv: heldIn(agent.inventory),
    })),
  }
}

/** By agent: its tokens in hexadecimal, without the unused ones at the end. */
export function observationTexts(world: World): string[] {
  const size = world.rules.config.num_observation_tokens * 3
  return world.agents.map(({ index }) => {
    const used = 3 * (world.written[index] ?? 0)
    return Buffer.from(world.observations.subarray(index * size, index * size + used)).toString('hex')
  })
}

/** All observations: agent, token, three bytes. */
export function observationsOf({ observations }: World): Uint8Array {
  // The last byte belongs to nobody.
  return observations.subarray(0, -1)
}

/** Float32 as four bytes each, the high one first. */
export function bigEndian(rewards: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * rewards.length))
  for (const [i, reward] of rewards.entries()) view.setFloat32(4 * i, reward)
  return new Uint8Array(view.buffer)
}

export function inputOf({ flat, typed = [] }: Step): StepInput {
  if (flat !== undefined) return { flat }
  return { types: typed.filter((_, i) => i % 2 === 0), args: typed.filter((_, i) => i % 2 === 1) }
}

export function inputWords(input: StepInput): Pick<Step, 'flat' | 'typed'> {
  if ('flat' in input) return { flat: [...input.flat] }
  return { typed: input.types.flatMap((type, i) => [type, input.args[i] ?? 0]) }
}

/** `final`: what there is to say of a game as a whole. */
export function finalOf(world: World) {
  const printed = (entries: Iterable<readonly [string, number]>) =>
    Object.fromEntries([...entries].map(([name, value]) => [name, nineDigits(value)] as const))
  return {
    episode_rewards: [...world.episodeRewards].map(nineDigits),
    game_stats: printed(world.stats.entries()),
    agent_stats: world.agents.map((agent) => printed(agent.stats.entries())),
    objects: objectsOf(world),
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
