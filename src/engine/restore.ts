/** Takes the games of a former life back from a journal: what each was made of, and every input since. */
import { BeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import type { AnyGame, Engine } from './engine.ts'
import type { Journal, Origin, StoredGame } from './journal.ts'
import type { Registry } from './registry.ts'
import { fromSnapshot, openSnapshot } from './snapshot.ts'

export interface RestoreOptions {
  registry: Registry
  events: Events
  journal: Journal
  /** Ends it between two games. */
  signal?: AbortSignal | undefined
}

/** Milliseconds between two words about how far it is. */
const TELL_MS = 1000

/**
 * Resolves when all games are back that can be. A game that cannot is refused with an event, and harms no other.
 * @throws BeamcadeError if the journal itself cannot be read
 */
export async function restoreGames({ registry, events, journal, signal }: RestoreOptions): Promise<void> {
  const begun = performance.now()
  let told = begun
  const { total, refused, games } = await journal.stored()
  const count = { games: 0, refused, steps: 0 }
  for await (const stored of games) {
    signal?.throwIfAborted()
    try {
      count.steps += await restoreGame(registry, stored)
      count.games += 1
    } catch (error) {
      count.refused += 1
      await stored.refuse(error)
    }
    if (performance.now() - told < TELL_MS) continue
    told = performance.now()
    events.publish('storage.restoring', { games: count.games, total, steps: count.steps })
  }
  if (count.games + count.refused === 0) return
  events.publish('storage.restored', { ...count, ms: performance.now() - begun })
}

/** @returns how many steps were replayed */
async function restoreGame(registry: Registry, stored: StoredGame): Promise<number> {
  const { id } = stored
  const engine = registry.engines.get(stored.engine)
  if (engine === undefined) throw new BeamcadeError('no_such_engine', `There is no engine ${stored.engine} here.`)
  const { origin, inputs, log } = await stored.read()
  const { game, steps } = begin(engine, origin)
  let replayed = 0
  try {
    for await (const input of inputs) {
      advance(game, input, steps + replayed + 1)
      replayed += 1
    }
    registry.readmit({ id, engine, game, steps: steps + replayed, log })
  } catch (error) {
    game.close()
    throw error
  }
  return replayed
}

function advance(game: AnyGame, input: unknown, step: number): void {
  try {
    if (game.advance === undefined) game.step(input as never)
    else game.advance(input as never)
  } catch (error) {
    const sentence = `It took its step ${step} once, and does not any more: ${messageOf(error)}`
    throw new BeamcadeError('not_replayable', sentence, { cause: error })
  }
}

function begin(engine: Engine, origin: Origin): { game: AnyGame; steps: number } {
  if (!('snapshot' in origin)) return { game: engine.create(origin.request), steps: 0 }
  const { steps, state } = openSnapshot(origin.snapshot)
  return { game: fromSnapshot(engine, state), steps }
}
