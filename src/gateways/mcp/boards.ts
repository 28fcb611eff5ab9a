/** The boards of games as resources, `beamcade://games/ID/board`: whatever an engine's operation `render_game` answers. */
import { toJson, type Value } from '../../engine/index.ts'
import { isBeamcadeError } from '../../errors.ts'
import type { Backend, Offer } from './backend.ts'

const URI = /^beamcade:\/\/games\/([^/?#]*)\/board$/

export const BOARD_TEMPLATE = 'beamcade://games/{id}/board'

export function boardUri(game: string): string {
  return `beamcade://games/${encodeURIComponent(game)}/board`
}

/** The game whose board a URI means. */
export function gameOf(uri: string): string | undefined {
  const id = URI.exec(uri)?.[1]
  try {
    return id === undefined ? undefined : decodeURIComponent(id)
  } catch {
    return undefined
  }
}

export class Boards {
  readonly #backend: Backend
  readonly #list: Offer | undefined
  readonly #info: Offer | undefined

  constructor(backend: Backend) {
    this.#backend = backend
    this.#list = this.#offer('games', 'list')
    this.#info = this.#offer('games', 'info')
  }

  /** The ids of the games that have a board. */
  async games(): Promise<string[]> {
    if (this.#list === undefined) return []
    const games = toJson(await this.#backend.call(this.#list, new Map()), this.#list.output) as Game[]
    return games.filter(({ engine }) => this.#renderer(engine) !== undefined).map(({ game_id }) => game_id)
  }

  /** The board of a game; undefined if there is no such game, or it has none. @throws BeamcadeError */
  async read(game: string): Promise<string | undefined> {
    if (this.#info === undefined) return undefined
    const info = await orNone(this.#backend.call(this.#info, new Map([['game_id', game]])))
    if (info === undefined) return undefined
    const { engine } = toJson(info, this.#info.output) as Game
    return this.of(engine, game)
  }

  /** The same, where the engine is known. */
  async of(engine: string, game: string): Promise<string | undefined> {
    const offer = this.#renderer(engine)
    if (offer === undefined) return undefined
    const rows = await orNone(this.#backend.call(offer, new Map([['game_id', game]])))
    return rows === undefined ? undefined : (toJson(rows, offer.output) as string[]).join('\n')
  }

  #offer(module: string, name: string): Offer | undefined {
    return this.#backend.offers.find((offer) => offer.module === module && offer.name === name)
  }

  /** The modules of engines are called as they are. */
  #renderer(engine: string): Offer | undefined {
    const offer = this.#offer(engine, 'render_game')
    const { output, params, reads } = offer ?? {}
    const lines = output?.kind === 'list' && output.of.kind === 'string'
    return reads === true && lines && params?.[0]?.name === 'game_id' ? offer : undefined
  }
}

interface Game {
  game_id: string
  engine: string
}

async function orNone(answer: Value | Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isBeamcadeError(error) && error.code === 'no_such_game') return undefined
    throw error
  }
}
