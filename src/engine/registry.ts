/**
 * All games by id, and the only way to one. A failed call leaves every game as it was; a game that breaks is closed alone.
 * Answers are at hand at once, or promised: where a journal has to write first, or the game lives in another thread.
 */
import { BeamcadeError } from '../errors.ts'
import { andThen, type Answer } from './answer.ts'
import { Arrivals } from './arrivals.ts'
import { Comebacks } from './comebacks.ts'
import type { AnyGame, Engine, ManySteps, ManyStepsGame, ViewedGame } from './engine.ts'
import { Games } from './games.ts'
import type { Home, Place } from './home.ts'
import type { CloseReason, GameHandle, GameHost } from './host.ts'
import type { Journal } from './journal.ts'
import { Keeping } from './keeping.ts'
import { LocalHome } from './local-home.ts'
import { notRecorded, RecordingRoom } from './recorder.ts'
import type {
  CreateOptions,
  InputOf,
  ManyOptionsOf,
  ManyOutputOf,
  OutputOf,
  ParamsOf,
  QuestionOf,
  RegistryOptions,
  Returning,
  ReturnOf,
  ViewOf,
} from './registry-types.ts'
import { restoreGames } from './restore.ts'
import { openSnapshot, sealSnapshot } from './snapshot.ts'

const MAX_RECORDED = 64 * 1024 * 1024

export class Registry {
  /** By name: the engines that are known before their first game. */
  readonly engines: ReadonlyMap<string, Engine>
  /** Where games live. */
  readonly home: Home
  readonly #journal: Journal | undefined
  readonly #games: Games
  readonly #keeping: Keeping
  readonly #arrivals: Arrivals
  readonly #comebacks: Comebacks | undefined
  #returns: Promise<unknown> = Promise.resolve()

  constructor(options: RegistryOptions) {
    const { events, maxGames = 10_000, journal, engines = [], maxRecordedBytes = MAX_RECORDED } = options
    this.#journal = journal
    this.#games = new Games(events)
    this.#keeping = new Keeping(events, this.#games)
    this.engines = new Map([...engines].map((engine) => [engine.name, engine]))
    const { home = new LocalHome({ events, room: new RecordingRoom(maxRecordedBytes) }) } = options
    this.home = home
    const games = this.#games
    if (journal !== undefined) {
      const bring = (only: ReadonlySet<string>) => restoreGames({ registry: this, events, journal, only })
      const comebacks = new Comebacks({ games, events, journal, bring })
      games.onLost = (entry) => {
        comebacks.add(entry)
      }
      this.#comebacks = comebacks
    }
    this.#arrivals = new Arrivals({ games, keeping: this.#keeping, home, events, journal, maxGames })
  }

  /** From now on games get their processes from `host`, those that are there already at once. @returns what detaches it */
  attachHost(host: GameHost): () => void {
    if (this.#games.host !== undefined) throw new BeamcadeError('internal', 'The registry has a host already.')
    this.#games.host = host
    for (const entry of this.#games.list()) {
      entry.process ??= host.adopt(entry, { caller: undefined, link: false })
    }
    return () => {
      this.#games.host = undefined
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
    // The engine is given nothing but what is its own.
    const maker = engine as unknown as Engine
    return this.#arrivals.begin({
      ...options,
      engine: maker,
      id,
      origin: { request },
      beginning: { request },
      steps: 0,
    })
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
    if (options.record === true) {
      const sentence = 'record: what a game did before its snapshot is not known, so it has no trace.'
      throw new BeamcadeError('bad_argument', sentence)
    }
    return this.#arrivals.begin({ ...options, engine, id, origin: { snapshot: sealed }, beginning: { state }, steps })
  }

  /** Puts a game back that a journal kept: it is journaled already, and no limit keeps it out. @throws BeamcadeError `game_exists` */
  readmit(returning: Returning): void {
    this.#arrivals.readmit(returning, this.#comebacks?.awaits(returning.id) === true)
  }

  /** Runs `work`, which takes games back, when no other such work runs. */
  oneReturnAtATime<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#returns.then(work)
    this.#returns = done.catch(() => undefined)
    return done
  }

  /**
   * One step of a game.
   * @throws BeamcadeError `no_such_game`, `not_storable`, `journal_failed`, what the game has against the input, `internal`
   *   if it broke
   */
  step<R, G extends AnyGame>(engine: Engine<R, G>, id: string, input: InputOf<G>): Answer<OutputOf<G>> {
    return this.#games.with(engine, id, (entry) => {
      const read = entry.log?.read(input)
      return this.#games.ask(
        entry,
        (place) => place.step(input) as Answer<OutputOf<G>>,
        (output) => this.#keeping.stepped(entry, read, output),
      )
    })
  }

  /**
   * One step, of which only that is answered which `show` makes of the game's view right after it. `show` must not throw, nor
   * keep what the next step changes.
   * @throws like {@link Registry.step}
   */
  advance<R, G extends ViewedGame, T>(
    engine: Engine<R, G>,
    id: string,
    input: InputOf<G>,
    show: (view: ViewOf<G>) => T,
  ): Answer<T> {
    return this.#games.with(engine, id, (entry) => {
      const read = entry.log?.read(input)
      return this.#games.ask(
        entry,
        (place) => place.advance(input, (view) => show(view as ViewOf<G>)),
        (shown) => this.#keeping.stepped(entry, read, shown),
      )
    })
  }

  /** Several steps of a game, each journaled as one. Nothing is stepped if an input is refused. @throws like {@link Registry.step} */
  stepMany<R, G extends ManyStepsGame>(
    engine: Engine<R, G>,
    id: string,
    inputs: readonly InputOf<G>[],
    options: ManyOptionsOf<G>,
  ): Answer<ManyOutputOf<G>> {
    return this.#games.with(engine, id, (entry) => {
      const { log } = entry
      const read = log === undefined ? [] : inputs.map((input) => log.read(input))
      return this.#games.ask(
        entry,
        (place) => place.stepMany(inputs, options) as Answer<ManyOutputOf<G> & ManySteps>,
        (output) => this.#keeping.steppedMany<ManyOutputOf<G>>(entry, output.steps, read, output),
      )
    })
  }

  /** Calls a method of a game that changes nothing. @throws like {@link Registry.step} */
  ask<R, G extends AnyGame, Q extends QuestionOf<G>>(
    engine: Engine<R, G>,
    id: string,
    question: Q,
    ...args: ParamsOf<G[Q]>
  ): Answer<ReturnOf<G[Q]>> {
    return this.#look(engine, id, (place) => place.ask(question, args) as Answer<ReturnOf<G[Q]>>)
  }

  /** What `show` makes of a game's view; it must not throw. @throws like {@link Registry.step} */
  look<R, G extends ViewedGame, T>(engine: Engine<R, G>, id: string, show: (view: ViewOf<G>) => T): Answer<T> {
    return this.#look(engine, id, (place) => place.look((view) => show(view as ViewOf<G>)))
  }

  /** The facts that a game tells about itself. @throws BeamcadeError `no_such_game` */
  info(id: string): Answer<ReturnType<AnyGame['info']>> {
    return this.#look(undefined, id, (place) => place.ask('info', []) as Answer<ReturnType<AnyGame['info']>>)
  }

  /** What was recorded of a game so far: a trace, as JSON. @throws BeamcadeError `no_such_game`, `not_recorded` */
  trace(id: string): Answer<string> {
    const trace = this.#look(undefined, id, (place) => place.trace())
    return andThen(trace, (text) => {
      if (text === undefined) throw notRecorded(id)
      return text
    })
  }

  #look<T>(engine: object | undefined, id: string, ask: (place: Place) => Answer<T>): Answer<T> {
    return this.#games.with(engine, id, (entry) =>
      this.#games.ask(entry, ask, (answer) => this.#keeping.seen(entry, answer)),
    )
  }

  /** A game as bytes, for {@link Registry.restore}. @throws BeamcadeError `no_such_game`, what the engine has against it */
  snapshot(id: string): Answer<Uint8Array> {
    return this.#games.with(undefined, id, (entry) =>
      this.#games.ask(
        entry,
        (place) => place.ask('snapshot', []) as Answer<Uint8Array>,
        (state) => {
          const { engine, steps } = entry
          return this.#keeping.seen(entry, sealSnapshot({ engine, steps, state }))
        },
      ),
    )
  }

  /** The game with this id, when it is settled that there is one. @throws BeamcadeError `no_such_game` */
  find(id: string): Answer<GameHandle> {
    return this.#games.with(undefined, id, (entry) => entry)
  }

  /** The game with this id at this moment. @throws BeamcadeError `no_such_game` */
  get(id: string): GameHandle {
    return this.#games.find(id)
  }

  /** All games at this moment, oldest first. */
  list(): GameHandle[] {
    return this.#games.list()
  }

  /** Answers what `look` says of some games, when all that they were told is settled and written. */
  settled<T>(look: () => T): Answer<T> {
    const settling = this.#games.settling.all()
    const written = (value: T): Answer<T> => andThen(this.#journal?.pending, () => value)
    return settling === undefined ? written(look()) : settling.then(() => written(look()))
  }

  /**
   * Ends a game because somebody asked for it.
   * @param engine refuse it if the game is of another one
   * @throws BeamcadeError `no_such_game`, `journal_failed`
   */
  delete(id: string, engine?: object): Answer<void> {
    return this.#games.with(engine, id, (entry) => {
      this.#journal?.check()
      return this.#games.delete(entry)
    })
  }

  /** Ends a game; does nothing if it has ended. Who waits for an answer of it hears that it is gone. */
  close(handle: GameHandle, reason: CloseReason, error?: unknown): void {
    this.#games.close(handle, reason, error)
  }

  /** Ends all games, the youngest first. */
  closeAll(reason: CloseReason): void {
    for (const handle of this.list().reverse()) this.close(handle, reason)
  }
}
