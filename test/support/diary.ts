/**
 * A game that remembers whatever it is told, in a house with a journal on disk: for tests of what is kept.
 *
 * ```ts
 * const house = await openHouse(folder())
 * await house.registry.create(diary, 'a', { title: 'x' })
 * const after = await openHouse(house.crash())   // what a killed process would have left
 * ```
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { afterEach } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import { andThen, defineEngine, Registry, restoreGames, type Engine, type Game } from '../../src/engine/index.ts'
import { BeamcadeError } from '../../src/errors.ts'
import { GameStore, type GameStoreOptions } from '../../src/storage/index.ts'
import { recordEvents } from './events.ts'

export interface DiaryGame extends Game<unknown, readonly unknown[]> {
  readonly pages: unknown[]
  /** At most so many. */
  stepMany(inputs: readonly unknown[], most: number): { steps: number }
}

function diaryGame(pages: unknown[]): DiaryGame {
  return {
    pages,
    step(input) {
      if (input === 'refuse') throw new BeamcadeError('bad_argument', 'Not this.')
      if (input === 'break') throw new TypeError('the diary tore')
      pages.push(input)
      // It may do with its input what it likes.
      if (typeof input === 'object' && input !== null && 'mutable' in input) input.mutable = 'changed'
      return pages
    },
    stepMany(inputs, most) {
      const taken = inputs.slice(0, most)
      pages.push(...taken)
      return { steps: taken.length }
    },
    state: () => pages,
    snapshot: () => {
      if (pages[0] === 'no snapshots') throw new BeamcadeError('not_supported', 'This diary has none.')
      return serialize(pages)
    },
    info: () => ({ pages: pages.length }),
    close: () => undefined,
  }
}

export const diary: Engine<unknown, DiaryGame> = defineEngine({
  name: 'diary',
  doc: 'Remembers.',
  create: (title: unknown) => diaryGame([title]),
  restore: (snapshot) => diaryGame(deserialize(snapshot) as unknown[]),
})

const folders: string[] = []
const houses: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const house of houses.splice(0)) await house.close()
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

/** A folder of its own; it goes with the test. */
export function dataFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'beamcade-store-'))
  folders.push(made)
  return made
}

export type House = Awaited<ReturnType<typeof openHouse>>

/** A registry whose games are kept in `folder`, with those that are there. */
export async function openHouse(
  folder = dataFolder(),
  options: Partial<GameStoreOptions> = {},
  engines: readonly Engine[] = [diary],
) {
  const events = recordEvents()
  const store = await GameStore.open({ folder, events, ...options })
  const registry = new Registry({ events, journal: store, engines })
  const restore = () => restoreGames({ registry, events, journal: store })
  store.reopened = restore
  houses.push(store)
  await restore()
  return {
    events,
    store,
    registry,
    folder,
    /** The folder as a process that is killed now leaves it. */
    crash(): string {
      const left = dataFolder()
      cpSync(folder, left, { recursive: true })
      return left
    },
    pages: (id: string): unknown => andThen(registry.ask(diary, id, 'state'), (pages) => [...pages]),
  }
}

/** Works on the records of a folder that no house is open in. */
export async function withRecords<T>(
  folder: string,
  work: (database: ClassicLevel<Buffer, Buffer>) => Promise<T>,
): Promise<T> {
  const database = new ClassicLevel<Buffer, Buffer>(join(folder, 'store'), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  })
  await database.open()
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** All records of a folder: keys and values in hexadecimal. */
export function recordsIn(folder: string): Promise<[key: string, value: string][]> {
  return withRecords(folder, async (database) => {
    const all = await database.iterator().all()
    return all.map(([key, value]) => [key.toString('hex'), value.toString('hex')])
  })
}
