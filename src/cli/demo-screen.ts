/** What `beamcade demo` shows: a text with a board, or JSON lines. */
import type { Server } from '../server.ts'
import { Canvas } from './canvas.ts'
import type { Io } from './command.ts'

export interface Frame {
  readonly step: number
  readonly actions: readonly number[]
  /** By agent, of all steps so far. */
  readonly rewards: readonly number[]
  readonly rows: readonly string[]
}

export interface Screen {
  node(server: Server): void
  player(name: string): void
  game(pid: string): void
  frame(frame: Frame): void
  done(): void
}

/** A `frame` line of the player, without its first word. */
export function frameOf([step, actions, rewards, board]: readonly [string, string, string, string]): Frame {
  const numbers = (list: string): number[] => list.split(',').map(Number)
  return { step: Number(step), actions: numbers(actions), rewards: numbers(rewards), rows: board.split('/') }
}

export class JsonScreen implements Screen {
  readonly #io: Io
  constructor(io: Io) {
    this.#io = io
  }
  node({ node, epmd, ports }: Server): void {
    this.#write({ event: 'node', node: node.name, epmd: epmd.address, ports })
  }
  player(name: string): void {
    this.#write({ event: 'player', name })
  }
  game(pid: string): void {
    this.#write({ event: 'game', pid })
  }
  frame(frame: Frame): void {
    this.#write({ event: 'frame', ...frame })
  }
  done(): void {
    this.#write({ event: 'done' })
  }
  #write(event: object): void {
    this.#io.stdout.write(`${JSON.stringify(event)}\n`)
  }
}

/** A text, with the frames of the game in it. */
export class TextScreen implements Screen {
  readonly #io: Io
  readonly #canvas: Canvas

  constructor(io: Io) {
    this.#io = io
    this.#canvas = new Canvas(io)
  }

  node({ node, epmd }: Server): void {
    const whose = epmd.embedded ? 'its own' : 'the running one'
    this.#io.stdout.write(`A node is up: ${node.name}, epmd ${epmd.address} (${whose}).\n`)
  }

  player(name: string): void {
    this.#io.stdout.write(`A second process plays: ${name}.\n`)
  }

  game(pid: string): void {
    this.#io.stdout.write(`Its game is a process there: ${pid}, linked to the player.\n\n`)
  }

  frame({ step, actions, rewards, rows }: Frame): void {
    const scores = rewards.map((total, agent) => `agent ${agent}: ${total.toFixed(1)}`)
    const request = `GenServer.call(game, {:step_game, [${actions.join(', ')}]})`
    const lines = [...rows, `step ${String(step).padStart(2)}  ${request}`, `rewards  ${scores.join('   ')}`]
    this.#canvas.draw(lines)
  }

  done(): void {
    this.#io.stdout.write(
      [
        '',
        'Now you. Start a node that stays:',
        '  npx beamcade start --cookie secret',
        'and connect from iex, in another terminal:',
        '  iex --name me@127.0.0.1 --cookie secret',
        '  iex> Node.connect(:"godot@127.0.0.1")',
        '  iex> GenServer.call({:godot_server, :"godot@127.0.0.1"}, {:erlang, :node, []})',
        '',
      ].join('\n'),
    )
  }
}
