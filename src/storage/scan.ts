/** What lies in the database when it is opened: the games of former lives, and what is left of games that are gone. */
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import { openSnapshot, type Origin } from '../engine/index.ts'
import type { Database } from './group-writer.ts'
import { asideKey, gameKey, gameOf, inputKey, MAX_NUMBER, stepOf, type GameKind } from './keys.ts'
import { readBase, readHead, readInputs, type GameHead, type Record } from './records.ts'

/** A game by its head. `error`: what is wrong with it. */
export interface Found {
  readonly game: number
  readonly head: GameHead | undefined
  readonly error?: BeamcadeError
}

/** All heads, oldest first. */
export async function findGames(database: Database): Promise<Found[]> {
  const found: Found[] = []
  for await (const [key, value] of database.iterator(kindRange('g'))) {
    const game = gameOf(key)
    if (game !== undefined) found.push(foundAt(game, key, value))
  }
  return found
}

/** The head of one game; undefined if it is not there. */
export async function findGame(database: Database, game: number): Promise<Found | undefined> {
  const key = gameKey('g', game)
  const value = await database.get(key)
  return value === undefined ? undefined : foundAt(game, key, value)
}

function foundAt(game: number, key: Buffer, value: Buffer): Found {
  try {
    return { game, head: readHead(key, value) }
  } catch (error) {
    if (!isBeamcadeError(error)) throw error
    return { game, head: undefined, error }
  }
}

/** The highest number that any record has: of games that are there, that are gone, or that were set aside. */
export async function lastGame(database: Database): Promise<number> {
  const last = await Promise.all(
    ['g', 'b', 'i', 'q'].map((kind) =>
      database.keys({ ...kindRange(kind as GameKind), reverse: true, limit: 1 }).all(),
    ),
  )
  return Math.max(-1, ...last.flat().map((key) => gameOf(key) ?? -1))
}

/** Drops what is left of games that are gone: they ended, and the program did before it had cleared up. */
export async function dropRemains(database: Database, games: readonly number[]): Promise<void> {
  const gaps: [from: number, to: number][] = []
  let next = 0
  for (const game of [...games, MAX_NUMBER]) {
    if (game > next) gaps.push([next, game])
    next = game + 1
  }
  for (const [from, to] of gaps) {
    await database.clear({ gte: gameKey('b', from), lt: gameKey('b', to) })
    await database.clear({ gte: inputKey(from, 0), lt: inputKey(to, 0) })
  }
}

/** What a game begins with, and the steps that are in it. @throws BeamcadeError `bad_record`, `bad_snapshot` */
export async function baseOf(database: Database, game: number): Promise<{ origin: Origin; steps: number }> {
  const key = gameKey('b', game)
  const value = await database.get(key)
  if (value === undefined) throw new BeamcadeError('bad_record', 'What it was made from is not there.')
  const origin = readBase(key, value)
  return { origin, steps: 'snapshot' in origin ? openSnapshot(origin.snapshot).steps : 0 }
}

/** The inputs from a step on. @throws BeamcadeError `bad_record` if one is damaged or missing */
export async function* inputsFrom(database: Database, game: number, from: number): AsyncIterable<unknown> {
  let step = from
  for await (const [key, value] of database.iterator({ gte: inputKey(game, from), lt: inputKey(game + 1, 0) })) {
    if (stepOf(key) !== step) {
      throw new BeamcadeError('bad_record', `The input of step ${step + 1} is not there, but later ones are.`)
    }
    for (const input of readInputs(key, value)) {
      yield input
      step += 1
    }
  }
}

/** All records of a game as they are, each with the key under which it is kept when the game is set aside. */
export async function* recordsOf(database: Database, game: number): AsyncIterable<{ from: Buffer; aside: Record }> {
  const ranges = [
    { gte: gameKey('g', game), lt: gameKey('g', game + 1) },
    { gte: gameKey('b', game), lt: gameKey('b', game + 1) },
    { gte: inputKey(game, 0), lt: inputKey(game + 1, 0) },
  ]
  for (const range of ranges) {
    for await (const [key, value] of database.iterator(range)) {
      yield { from: key, aside: { key: asideKey(game, key), value } }
    }
  }
}

function kindRange(kind: GameKind | 'i'): { gte: Buffer; lt: Buffer } {
  const first = Buffer.from(kind)
  return { gte: first, lt: Buffer.from([(first[0] ?? 0) + 1]) }
}
