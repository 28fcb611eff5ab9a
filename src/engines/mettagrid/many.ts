/** Many steps in one call: what each showed goes into arrays that are made once, and leaves as one answer. */
import { BeamcadeError } from '../../errors.ts'
import type { Limits } from './config/limits.ts'
import type { World } from './world/world.ts'

/** How much is answered. */
export interface ManyOptions {
  readonly observations: 'all' | 'last' | 'none'
  /** Rewards, flags and successes of all steps, or of the last one. */
  readonly results: 'all' | 'last'
  /** `packed`: rewards as float32, low byte first; flags as bytes of 0 and 1. */
  readonly format: 'lists' | 'packed'
  /** No step more once every agent's episode has ended. */
  readonly stop_at_end: boolean
}

/** By step and agent, or the same packed. */
type PerStep<T> = T[][] | Uint8Array

/** What several steps showed. With `results: 'last'` the lists have one entry. */
export interface ManyResult {
  /** How many steps were done: fewer than asked for if all episodes ended. */
  readonly steps: number
  readonly current_step: number
  /** [step][agent][token][3]. */
  readonly observations: Uint8Array
  readonly rewards: PerStep<number>
  /** By agent, of all steps that were done. */
  readonly total_rewards: number[]
  readonly terminals: PerStep<boolean>
  readonly truncations: PerStep<boolean>
  readonly action_success: PerStep<boolean>
}

/**
 * Does `count` steps.
 * @param advance does one; what it throws goes through
 * @throws BeamcadeError `too_many_steps`, `answer_too_large`, before the first step
 */
export function stepMany(
  world: World,
  count: number,
  advance: (position: number) => void,
  options: ManyOptions,
  limits: Limits,
): ManyResult {
  checkSize(world, count, options, limits)
  const { observations, results, format, stop_at_end: stopAtEnd } = options
  const agents = world.agents.length
  const sight = world.observations.length - 1
  const rows = results === 'all' ? count : Math.min(count, 1)
  const seen = new Uint8Array(observations === 'all' ? count * sight : 0)
  const rewards = new Float32Array(rows * agents)
  const terminals = new Uint8Array(rows * agents)
  const truncations = new Uint8Array(rows * agents)
  const success = new Uint8Array(rows * agents)
  const totals = new Float64Array(agents)

  let steps = 0
  while (steps < count && !(stopAtEnd && ended(world))) {
    advance(steps)
    if (observations === 'all') seen.set(world.observations.subarray(0, sight), steps * sight)
    const at = results === 'all' ? steps * agents : 0
    rewards.set(world.rewards, at)
    terminals.set(world.terminals, at)
    truncations.set(world.truncations, at)
    success.set(world.success, at)
    for (let i = 0; i < agents; i++) totals[i] = (totals[i] ?? 0) + (world.rewards[i] ?? 0)
    steps += 1
  }

  const taken = results === 'all' ? steps : Math.min(steps, 1)
  const flags = (from: Uint8Array) =>
    format === 'packed' ? from.subarray(0, taken * agents) : rowsOf(taken, agents, (i) => from[i] !== 0)
  return {
    steps,
    current_step: world.step,
    observations: observations === 'last' ? world.observations.slice(0, sight) : seen.subarray(0, steps * sight),
    rewards: format === 'packed' ? packed(rewards, taken * agents) : rowsOf(taken, agents, (i) => rewards[i] ?? 0),
    total_rewards: Array.from(totals),
    terminals: flags(terminals),
    truncations: flags(truncations),
    action_success: flags(success),
  }
}

function ended({ terminals, truncations }: World): boolean {
  for (let i = 0; i < terminals.length; i++) if (terminals[i] === 0 && truncations[i] === 0) return false
  return true
}

/** Bytes that an agent's results of one step take on the wire, about: a float and three atoms, or four bytes and three. */
const RESULT_BYTES = { lists: 30, packed: 7 }

function checkSize(world: World, count: number, { observations, results, format }: ManyOptions, limits: Limits): void {
  const { maxStepsPerCall, maxAnswerBytes } = limits
  if (count > maxStepsPerCall) {
    throw new BeamcadeError(
      'too_many_steps',
      `${count} steps in one call; maxStepsPerCall is ${maxStepsPerCall}. Nothing was stepped.`,
      { details: { limit: maxStepsPerCall } },
    )
  }
  const seen = observations === 'all' ? count : observations === 'last' ? 1 : 0
  const rows = results === 'all' ? count : Math.min(count, 1)
  const bytes = seen * world.observations.length + rows * world.agents.length * RESULT_BYTES[format]
  if (bytes <= maxAnswerBytes) return
  throw new BeamcadeError(
    'answer_too_large',
    `The answer would take ${bytes} bytes; maxAnswerBytes is ${maxAnswerBytes}. Nothing was stepped.`,
    {
      hint: 'Ask for fewer steps, or for observations: last or none; or raise the limit.',
      details: { limit: maxAnswerBytes, bytes },
    },
  )
}

function rowsOf<T>(rows: number, columns: number, at: (index: number) => T): T[][] {
  const all: T[][] = []
  for (let row = 0; row < rows; row++) {
    const one: T[] = []
    for (let i = row * columns; i < (row + 1) * columns; i++) one.push(at(i))
    all.push(one)
  }
  return all
}

function packed(from: Float32Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length * 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < length; i++) view.setFloat32(4 * i, from[i] ?? 0, true)
  return bytes
}
