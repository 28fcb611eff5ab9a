/** Gives each game its process, and ends the one with the other. */
import type { Adoption, CloseReason, GameHandle, GameHost, Opaque, Registry, Router } from '../../engine/index.ts'
import { BeamcadeError, messageOf } from '../../errors.ts'
import type { Events } from '../../events.ts'
import { Atom, Pid, inspectErlang, tuple, type ErlangNode, type Term } from '../../erlang/index.ts'
import type { Dispatcher } from './dispatcher.ts'
import { GameServer } from './game-server.ts'
import { contentOf, opaque } from './to-value.ts'

export interface GameProcessesOptions {
  node: ErlangNode
  router: Router
  events: Events
  dispatcher: Dispatcher
  maxWaiting: number
}

export class GameProcesses implements GameHost {
  readonly #options: GameProcessesOptions
  readonly #registry: Registry
  readonly #servers = new Map<GameHandle, GameServer>()
  /** The newest of each id: for a moment there are two, when one is taken over. */
  readonly #byId = new Map<string, GameServer>()

  constructor(options: GameProcessesOptions) {
    this.#options = options
    this.#registry = options.router.registry
  }

  adopt(game: GameHandle, { caller, link }: Adoption): Opaque {
    const { node, router, events } = this.#options
    const owner = link ? contentOf(caller) : undefined
    if (link && !(owner instanceof Pid)) {
      throw new BeamcadeError('bad_argument', 'link: the caller is no process that a game could be linked to.')
    }
    const server = new GameServer({
      ...this.#options,
      game,
      operations: router.operations,
      owner: owner instanceof Pid ? owner : undefined,
      ended: (reason) => {
        this.#ended(game, server, reason)
      },
    })
    // Who takes over a game of its own must not be hit by the end of the old one.
    this.#byId.get(game.id)?.unlinkFrom(contentOf(caller))
    node.startServer(server)
    this.#servers.set(game, server)
    this.#byId.set(game.id, server)
    events.publish('gateway.game_started', { game: game.id, pid: inspectErlang(server.pid) })
    return opaque(server.pid)
  }

  release(game: GameHandle, reason: CloseReason, error?: unknown): void {
    this.#servers.get(game)?.finish(exitReason(reason, error))
  }

  #ended(game: GameHandle, server: GameServer, reason: Term): void {
    this.#servers.delete(game)
    if (this.#byId.get(game.id) === server) this.#byId.delete(game.id)
    this.#registry.close(game, 'host')
    this.#options.events.publish('gateway.game_ended', {
      game: game.id,
      pid: inspectErlang(server.pid),
      reason: inspectErlang(reason),
    })
  }
}

/** Who is linked to a game that was deleted lives on; in the other cases it is told to end, as OTP's reasons say it. */
function exitReason(reason: CloseReason, error: unknown): Term {
  switch (reason) {
    case 'deleted':
    case 'host':
      return new Atom('normal')
    case 'shutdown':
      return new Atom('shutdown')
    case 'taken_over':
      return tuple(new Atom('shutdown'), new Atom('taken_over'))
    case 'crashed':
      return tuple(new Atom('game_crashed'), messageOf(error))
    case 'lost':
      return tuple(new Atom('game_lost'), messageOf(error))
    case 'unsaved':
      return tuple(new Atom('game_unsaved'), messageOf(error))
  }
}
