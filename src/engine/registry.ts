/**
 * All games by id, and the only way to one. A failed call leaves every game as it was; a game that breaks is closed alone.
 * Answers are at hand at once, or promised where a journal has to write first.
 */
import { BeamcadeError, isBeamcadeError, messageOf } from '../errors.ts'
import type { Events } from '../events.ts'
import type { AdvancingGame, AnyGame, Engine, ManyStepsGame } from './engine.ts'
import type { CloseReason, GameHandle, GameHost } from './host.ts'
import type { GameLog, Journal, Origin, Written } from './journal.ts'
import { notRecorded, Recorder, RecordingRoom } from './recorder.ts'
import { fromSnapshot, openSnapshot, sealSnapshot } from './snapshot.ts'
import type { TraceWriter } from './trace.ts'
import type { Opaque } from './value.ts'

export type Answer<T> = T | Promise<T>

export interface RegistryOptions {
  events: Events
  /** Games at one time (default 10,000): a caller in a loop must not fill the memory. */
  maxGames?: number
  journal?: Journal | undefined
  /** What the recordings of all games may take in memory, in bytes (default 64 MiB): each step adds a few hundred. */
  maxRecordedBytes?: number
  /** The engines whose games can be made from snapshots, and taken back from a journal. */
  engines?: Iterable<Engine>
}

export interface CreateOptions {
  /** What to do if the id is taken: refuse (default), or end that game and put this one in its place. */
  ifExists?: 'error' | 'take_over'
  /** Link the game to the caller. */
  link?: boolean
  /** Keep a trace of it, see {@link Registry.trace}. */
  record?: boolean
  caller?: Opaque | undefined
}

interface Entry extends GameHandle {
  process: Opaque | undefined
  closed: boolean
  /** Steps since it began, also those of former lives. */
  steps: number
  readonly maker: object
  readonly game: AnyGame
  readonly log: GameLog | undefined
  recorder: Recorder | undefined
}

/** A game that was made already, in a former life or elsewhere: see {@link Registry.readmit}. */
export interface Returning {
  readonly id: string
  readonly engine: Engine
  readonly game: AnyGame
  readonly steps: number
  readonly log: GameLog
}

/** What the games of an engine take. */
export type InputOf<G> = G extends { step(input: infer I): unknown } ? I : never
/** What they answer. */
export type OutputOf<G> = G extends { step(input: never): infer O } ? O : never

/** How its answer to several steps can be asked for, and that answer. */
export type ManyOptionsOf<G> = G extends { stepMany(inputs: never, options: infer O): unknown } ? O : never
export type ManyOutputOf<G> = G extends { stepMany(inputs: never, options: never): infer O } ? O : never

export class Registry {
  readonly #games = new Map<string, Entry>()
  readonly #events: Events
  readonly #maxGames: number
  readonly #journal: Journal | undefined
  /** By name: the engines that are known before their first game. */
  readonly engines: ReadonlyMap<string, Engine>
  readonly #room: RecordingRoom
  #host: GameHost | undefined

  constructor({ events, maxGames = 10_000, journal, engines = [], maxRecordedBytes = MAX_RECORDED }: RegistryOptions) {
    this.#room = new RecordingRoom(maxRecordedBytes)
    this.#events = events
    this.#maxGames = maxGames
    this.#journal = journal
    this.engines = new Map([...engines].map((engine) => [engine.name, engine]))
  }

  /** From now on games get their processes from `host`, those that are there already at once. @returns what detaches it */
  attachHost(host: GameHost): () => void {
    if (this.#host !== undefined) throw new BeamcadeError('internal', 'The registry has a host already.')
    this.#host = host
    for (const entry of this.#games.values()) {
      entry.process ??= host.adopt(entry, { caller: undefined, link: false })
    }
    return () => {
      this.#host = undefined
    }
  }

  /**
   * Makes a game.
   * @param id any text, also the empty one
   * @param request what the engine's `create` takes
   * @throws BeamcadeError `game_exists`, `too_many_games`, `journal_failed`, or what the engine has against the request
   */
  create<R, G extends AnyGame>(
    engine: Engine<R, G>,
    id: string,
    request: R,
    options: CreateOptions = {},
  ): Answer<GameHandle> {
    const record = (game: G): Recorder => this.#record(engine.trace.write(id, request, game), id, engine.name, game)
    return this.#begin(engine, id, { request }, 0, () => engine.create(request), options, record)
  }

  /**
   * Makes a game from what {@link Registry.snapshot} gave, here or on another node.
   * @param sealed may come from anywhere
   * @throws BeamcadeError like {@link Registry.create}, and `bad_snapshot`, `no_such_engine`
   */
  restore(id: string, sealed: Uint8Array, options: CreateOptions = {}): Answer<GameHandle> {
    const { engine: name, steps, state } = openSnapshot(sealed)
    const engine = this.engines.get(name)
    if (engine === undefined) {
      const known = [...this.engines.keys()].join(', ')
      throw new BeamcadeError('no_such_engine', `The snapshot is of a game of ${name}; the engines here are ${known}.`)
    }
    return this.#begin(
      engine,
      id,
      { snapshot: sealed },
      steps,
      () => fromSnapshot(engine, state),
      options,
      unrecordable,
    )
  }

  #begin<G extends AnyGame>(
    engine: Pick<Engine, 'name'>,
    id: string,
    origin: Origin,
    steps: number,
    make: () => G,
    { ifExists = 'error', link = false, record = false, caller }: CreateOptions,
    recorderOf: (game: G) => Recorder,
  ): Answer<GameHandle> {
    if (link && caller === undefined) {
      throw new BeamcadeError('bad_argument', 'link: there is nobody to link to, for this caller is no process.')
    }
    const old = this.#games.get(id)
    if (old !== undefined && ifExists === 'error') {
      throw new BeamcadeError('game_exists', `game_id already exists: ${JSON.stringify(id)}.`, {
        details: { game_id: id, reference: 'game_id already exists' },
      })
    }
    if (old === undefined && this.#games.size >= this.#maxGames) {
      throw new BeamcadeError('too_many_games', `There are ${this.#games.size} games; maxGames is ${this.#maxGames}.`)
    }
    const log = this.#journal?.begin(id, engine.name, origin)
    const game = make()
    const entry: Entry = {
      id,
      engine: engine.name,
      process: undefined,
      closed: false,
      steps,
      maker: engine,
      game,
      log,
      recorder: undefined,
    }
    try {
      if (record) entry.recorder = recorderOf(game)
      entry.process = this.#host?.adopt(entry, { caller, link })
    } catch (error) {
      entry.closed = true
      entry.recorder?.close()
      entry.game.close()
      throw error
    }
    // The old game lives until nothing can go wrong with the new one any more.
    if (old !== undefined) this.close(old, 'taken_over')
    this.#games.set(id, entry)
    this.#events.publish('game.created', { game: id, engine: engine.name })
    return this.#kept(entry, log?.created(), () => entry)
  }

  /** Puts a game back that a journal kept: it is journaled already, and no limit keeps it out. */
  readmit({ id, engine, game, steps, log }: Returning): void {
    if (this.#games.has(id)) throw new BeamcadeError('game_exists', `game_id already exists: ${JSON.stringify(id)}.`)
    const entry: Entry = {
      id,
      engine: engine.name,
      process: undefined,
      closed: false,
      steps,
      maker: engine,
      game,
      log,
      recorder: undefined,
    }
    entry.process = this.#host?.adopt(entry, { caller: undefined, link: false })
    this.#games.set(id, entry)
  }

  /**
   * One step of a game.
   * @throws BeamcadeError `no_such_game`, `not_storable`, `journal_failed`, what the game has against the input, `internal`
   *   if it broke
   */
  step<R, G extends AnyGame>(engine: Engine<R, G>, id: string, input: InputOf<G>): Answer<OutputOf<G>> {
    return this.#step(this.#of(engine, id), input, (game) => game.step(input as never) as OutputOf<G>)
  }

  /**
   * One step, of which only that is answered which `show` makes of the game right after it. It must not throw, nor change the
   * game, nor keep what the next step changes.
   * @throws like {@link Registry.step}
   */
  advance<R, G extends AdvancingGame, T>(
    engine: Engine<R, G>,
    id: string,
    input: InputOf<G>,
    show: (game: G) => T,
  ): Answer<T> {
    return this.#step(this.#of(engine, id), input, (game) => {
      const advancing = game as unknown as G
      advancing.advance(input as never)
      return show(advancing)
    })
  }

  #step<T>(entry: Entry, input: unknown, run: (game: AnyGame) => T): Answer<T> {
    const { log } = entry
    const read = log?.read(input)
    const output = this.#guard(entry, () => run(entry.game))
    entry.steps += 1
    if (entry.game.watch === undefined) entry.recorder?.step(input, () => output)
    if (log === undefined || read === undefined) return output
    const written = log.stepped(read)
    if (log.wantsSnapshot()) this.#shorten(entry, log)
    return this.#kept(entry, written, () => output)
  }

  /** Several steps of a game, each journaled as one. Nothing is stepped if an input is refused. @throws like {@link Registry.step} */
  stepMany<R, G extends ManyStepsGame>(
    engine: Engine<R, G>,
    id: string,
    inputs: readonly InputOf<G>[],
    options: ManyOptionsOf<G>,
  ): Answer<ManyOutputOf<G>> {
    const entry = this.#of(engine, id)
    const { log } = entry
    const read = log === undefined ? [] : inputs.map((input) => log.read(input))
    const many = entry.game as unknown as G
    const output = this.#guard(entry, () => many.stepMany(inputs as never, options as never))
    entry.steps += output.steps
    if (log === undefined) return output as ManyOutputOf<G>
    const written: Written[] = []
    let due = false
    for (const input of read.slice(0, output.steps)) {
      written.push(log.stepped(input))
      due = log.wantsSnapshot() || due
    }
    if (due) this.#shorten(entry, log)
    return this.#kept(entry, allWritten(written), () => output as ManyOutputOf<G>)
  }

  /** Looks at a game; `look` must not change it. @throws like {@link Registry.step} */
  use<R, G extends AnyGame, T>(engine: Engine<R, G>, id: string, look: (game: G) => T): Answer<T> {
    const entry = this.#of(engine, id)
    return this.#seen(
      entry,
      this.#guard(entry, () => look(entry.game as unknown as G)),
    )
  }

  /** A game as bytes, for {@link Registry.restore}. @throws BeamcadeError `no_such_game`, what the engine has against it */
  snapshot(id: string): Answer<Uint8Array> {
    const entry = this.#find(id)
    return this.#seen(
      entry,
      this.#guard(entry, () => sealed(entry)),
    )
  }

  /** What was recorded of a game so far: a trace, as JSON. @throws BeamcadeError `no_such_game`, `not_recorded` */
  trace(id: string): Answer<string> {
    const entry = this.#find(id)
    const { recorder } = entry
    if (recorder === undefined) throw notRecorded(id)
    return this.#seen(
      entry,
      this.#guard(entry, () => recorder.trace()),
    )
  }

  /** The game with this id. @throws BeamcadeError `no_such_game` */
  get(id: string): GameHandle {
    return this.#find(id)
  }

  /** The facts that a game tells about itself. @throws BeamcadeError `no_such_game` */
  info(id: string): Answer<ReturnType<AnyGame['info']>> {
    const entry = this.#find(id)
    return this.#seen(
      entry,
      this.#guard(entry, () => entry.game.info()),
    )
  }

  /** All games, oldest first. */
  list(): GameHandle[] {
    return [...this.#games.values()]
  }

  /** Answers `value`, which shows some games, when all that they were told is written. */
  settled<T>(value: T): Answer<T> {
    return andThen(this.#journal?.pending, () => value)
  }

  /**
   * Ends a game because somebody asked for it.
   * @param engine refuse it if the game is of another one
   * @throws BeamcadeError `no_such_game`, `journal_failed`
   */
  delete(id: string, engine?: Pick<Engine, 'name'>): Answer<void> {
    const entry = engine === undefined ? this.#find(id) : this.#of(engine, id)
    this.#journal?.check()
    return this.#end(entry, 'deleted')
  }

  /** Ends a game; does nothing if it has ended. */
  close(handle: GameHandle, reason: CloseReason, error?: unknown): void {
    const entry = this.#games.get(handle.id)
    if (entry === undefined || entry !== handle) return
    const journaled = this.#end(entry, reason, error)
    if (!isPromise(journaled)) return
    // Nobody waits for it who could be told.
    journaled.catch((failure: unknown) => {
      this.#events.publish('operation.failed', { operation: 'games:close', error: failure })
    })
  }

  /** Ends all games, the youngest first. */
  closeAll(reason: CloseReason): void {
    for (const handle of this.list().reverse()) this.close(handle, reason)
  }

  #end(entry: Entry, reason: CloseReason, error?: unknown): Answer<void> {
    this.#games.delete(entry.id)
    entry.closed = true
    try {
      entry.recorder?.close()
      entry.game.close()
    } finally {
      if (reason !== 'host') this.#host?.release(entry, reason, error)
      this.#events.publish('game.closed', {
        game: entry.id,
        engine: entry.engine,
        reason,
        ...(error !== undefined && { error }),
      })
    }
    return STAYS_KEPT.has(reason) ? undefined : entry.log?.closed()
  }

  /** Answers when it is written. What was not written did not happen: the game goes, until it is taken back from the journal. */
  #kept<T>(entry: Entry, written: Written, answer: () => T): Answer<T> {
    return written === undefined ? answer() : written.then(answer, (error: unknown) => this.#unsaved(entry, error))
  }

  #unsaved(entry: Entry, error: unknown): never {
    this.close(entry, 'unsaved', error)
    const sentence = `It is not known whether this was kept, so the game ${JSON.stringify(entry.id)} was closed: ${messageOf(error)}`
    throw new BeamcadeError('journal_failed', sentence, { details: { game_id: entry.id }, cause: error })
  }

  /** An answer that shows the game, when what it shows is written. */
  #seen<T>(entry: Entry, value: T): Answer<T> {
    return this.#kept(entry, entry.log?.pending, () => value)
  }

  /** Gives the journal a snapshot. A game that has none lives on, with all its inputs kept. */
  #shorten(entry: Entry, log: GameLog): void {
    try {
      // Whoever waits for the step hears of a failed write: both are one write.
      log.snapshot(sealed(entry), entry.steps)?.catch(() => undefined)
    } catch (error) {
      this.#events.publish('game.no_snapshot', { game: entry.id, engine: entry.engine, error })
    }
  }

  /** @throws BeamcadeError `recording_full` */
  #record(writer: TraceWriter, id: string, engine: string, game: AnyGame): Recorder {
    const recorder = new Recorder(writer, this.#room, (steps) => {
      this.#events.publish('game.recording_full', { game: id, engine, steps, maxBytes: this.#room.max })
    })
    game.watch?.((input) => {
      recorder.step(input, () => game.state())
    })
    return recorder
  }

  /** The game with this id, if it is one of this engine. */
  #of(engine: Pick<Engine, 'name'>, id: string): Entry {
    const entry = this.#find(id)
    if (entry.maker === engine) return entry
    const sentence = `The game ${JSON.stringify(id)} is one of ${entry.engine}, not of ${engine.name}.`
    throw new BeamcadeError('no_such_game', sentence)
  }

  #find(id: string): Entry {
    const entry = this.#games.get(id)
    if (entry === undefined) {
      throw new BeamcadeError('no_such_game', `game_id not found: ${JSON.stringify(id)}.`, {
        details: { game_id: id, reference: 'game_id not found' },
      })
    }
    return entry
  }

  /** Runs code of a game: what it refuses goes to the caller, what breaks it ends it. */
  #guard<T>(entry: Entry, run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (isBeamcadeError(error)) throw error
      this.close(entry, 'crashed', error)
      throw new BeamcadeError(
        'internal',
        `The game ${JSON.stringify(entry.id)} broke and was closed: ${messageOf(error)}`,
        {
          cause: error,
        },
      )
    }
  }
}

/** What ends with the server begins again with it; what was taken over went with the first word of its successor. */
const STAYS_KEPT: ReadonlySet<CloseReason> = new Set(['shutdown', 'taken_over', 'unsaved'])

const MAX_RECORDED = 64 * 1024 * 1024

function unrecordable(): never {
  throw new BeamcadeError(
    'bad_argument',
    'record: what a game did before its snapshot is not known, so it has no trace.',
  )
}

function sealed({ engine, steps, game }: Entry): Uint8Array {
  return sealSnapshot({ engine, steps, state: game.snapshot() })
}

function allWritten(written: readonly Written[]): Written {
  const waiting = written.filter((one) => one !== undefined)
  return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
}

/** Goes on with an answer when it is there: at once if it is at hand. */
export function andThen<T, U>(answer: Answer<T>, next: (value: T) => U): Answer<U> {
  return isPromise<T>(answer) ? answer.then(next) : next(answer)
}

/** All answers, when the last of them is there: at once if they are at hand. */
export function allOf<T>(answers: readonly Answer<T>[]): Answer<T[]> {
  return answers.some(isPromise) ? Promise.all(answers.map((answer) => Promise.resolve(answer))) : (answers as T[])
}

/** True for anything that can be waited for. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
