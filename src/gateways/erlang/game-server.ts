/**
 * A hosted game as a process: it can be linked, monitored, called and stopped. The operations of its engine that take a
 * `game_id` first can be called without it: `{step_game, Actions}`, `{get_state}`, `get_state`; `{step, Actions}` for short.
 */
import type { GameHandle, OperationTable } from '../../engine/index.ts'
import { BeamcadeError } from '../../errors.ts'
import { Atom, TermMap, Tuple, isAtom, Pid, type ExitNotice, type Term } from '../../erlang/index.ts'
import { nameOf, notUnderstood, type Request } from './request.ts'
import { RequestServer, type RequestServerOptions } from './request-server.ts'

export interface GameServerOptions extends RequestServerOptions {
  game: GameHandle
  operations: OperationTable
  /** The process that the game was linked to when it was made: the game ends with it. */
  owner: Pid | undefined
  /** The process ended. */
  ended(reason: Term): void
}

const FORMS = 'A game takes {step_game, Actions}, {get_state} and other operations of its engine, without the game id.'

export class GameServer extends RequestServer {
  readonly #options: GameServerOptions

  constructor(options: GameServerOptions) {
    super(options)
    this.#options = options
  }

  override init(): void {
    // So that the end of the owner is seen whatever its reason: a link alone survives a normal end.
    this.process.trapExit = true
    const { owner } = this.#options
    if (owner !== undefined) this.process.link(owner)
  }

  protected override parse(request: Term): Request {
    const [first, ...rest] = request instanceof Tuple ? request.elements : [request]
    const called = nameOf(first)
    if (called === undefined || !(first instanceof Atom || request instanceof Tuple))
      throw notUnderstood(request, FORMS)
    const { game, operations } = this.#options
    const module = game.engine
    const fits = (name: string): boolean =>
      operations.named(module, name).some((one) => one.params[0]?.name === 'game_id')
    const name = [called, `${called}_game`, `get_${called}`].find(fits)
    if (name === undefined) {
      throw new BeamcadeError('unknown_operation', `A game of ${module} cannot be asked for ${called}.`, {
        hint: FORMS,
      })
    }
    return { form: 'call', module, name, args: [game.id, ...rest] }
  }

  override handleExit({ from, reason }: ExitNotice): void {
    const own = this.#options.owner?.equals(from) === true
    // The normal end of some other linked process is no reason to end.
    if (own || !isAtom(reason, 'normal')) this.stop(reason)
  }

  /** Breaks the link to `caller`, if there is one. */
  unlinkFrom(caller: Term | undefined): void {
    if (caller instanceof Pid) this.process.unlink(caller)
  }

  /** The game has ended: its process follows when what it serves is answered. */
  finish(reason: Term): void {
    this.stopWhenIdle(reason)
  }

  override terminate(reason: Term): void {
    this.#options.ended(reason)
  }

  override getState(): Term {
    const { id, engine } = this.#options.game
    return new TermMap([new Atom('game_id'), id, new Atom('engine'), new Atom(engine)])
  }
}
