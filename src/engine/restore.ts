/** Takes the games of a former life back from a journal: what each was made of, and every input since. */
import { BeamcadeError } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Beginning } from './home.ts'
import type { Journal, Origin, StoredGame } from './journal.ts'
import type { Registry } from './registry.ts'
import { openSnapshot } from './snapshot.ts'

export interface RestoreOptions {
  registry: Registry
  events: Events
  journal: Journal
  /** Only the games with these ids, while others live; all unless given. */
  only?: ReadonlySet<string> | undefined
  /** Ends it between two games. */
  signal?: AbortSignal | undefined
}

/** Milliseconds between two words about how far it is. */
const TELL_MS = 1000
/** Inputs that are handed over at once, to where the game lives. */
const REPLAYED_AT_ONCE = 256

/**
 * Resolves when all games are back that can be. A game that cannot is refused with an event, and harms no other. If games
 * are being taken back already, it waits for that first: no game shall come twice.
 * @throws BeamcadeError if the journal itself cannot be read
 */
export function restoreGames(options: RestoreOptions): Promise<void> {
  return options.registry.oneReturnAtATime(() => restoreStored(options))
}

async function restoreStored({ registry, events, journal, only, signal }: RestoreOptions): Promise<void> {
  const begun = performance.now()
  let told = begun
  const { total, refused, games } = await journal.stored(only)
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
  const { beginning, steps } = beginningOf(origin)
  const place = await registry.home.make({ engine, id, beginning, record: false })
  let replayed = 0
  try {
    for await (const part of parts(inputs, REPLAYED_AT_ONCE)) {
      await place.replay(part, steps + replayed + 1)
      replayed += part.length
    }
    registry.readmit({ id, engine, place, steps: steps + replayed, log })
  } catch (error) {
    await place.close()
    throw error
  }
  return replayed
}

function beginningOf(origin: Origin): { beginning: Beginning; steps: number } {
  if (!('snapshot' in origin)) return { beginning: { request: origin.request }, steps: 0 }
  const { steps, state } = openSnapshot(origin.snapshot)
  return { beginning: { state }, steps }
}

async function* parts<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let part: T[] = []
  for await (const item of items) {
    part.push(item)
    if (part.length < size) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}
