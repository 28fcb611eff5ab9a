/** The player of `beamcade demo` where there is no Elixir: a second Node.js process, over the same protocol. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BeamcadeError, isBeamcadeError } from '../errors.ts'
import {
  Atom,
  ErlangNode,
  Float,
  Pid,
  TermMap,
  Tuple,
  inspectElixir,
  lookupNode,
  tuple,
  type Term,
} from '../erlang/index.ts'
import type { Command } from './command.ts'
import { AGENTS, CLOCKWISE, CONFIG, MAP, SEED, STEPS, STEP_MS } from './demo-game.ts'
import { fromJson } from './json-terms.ts'

export const demoPlayer: Command = {
  name: 'demo-player',
  usage: '',
  summary: 'plays the game of `beamcade demo`',
  arguments: [0, 0],
  options: {},
  examples: [],
  exits: [0, 1],
  hidden: true,
  async run(_given, io) {
    const server = io.env['BEAMCADE_DEMO_NODE'] ?? ''
    const epmdPort = Number(io.env['ERL_EPMD_PORT'])
    const say = (line: string): void => void io.stdout.write(`${line}\n`)
    await using node = await ErlangNode.start({
      name: `player_${process.pid}@127.0.0.1`,
      cookie: io.env['BEAMCADE_DEMO_COOKIE'] ?? '',
      epmd: false,
      resolve: async (name) => {
        const found = await lookupNode('127.0.0.1', epmdPort, name.split('@')[0] ?? '')
        return found === undefined ? undefined : { host: '127.0.0.1', port: found.port }
      },
      signal: io.signal,
    })
    say(`player Node.js ${process.versions.node} with beamcade/erlang`)
    const call = async (to: Parameters<ErlangNode['call']>[0], request: Term): Promise<TermMap | readonly Term[]> =>
      okOf(await node.call(to, request))

    const options = new TermMap([new Atom('link'), true])
    const args = ['demo', fromJson(CONFIG), MAP, SEED, options]
    const made = await call(
      { name: 'godot_server', node: server },
      tuple(new Atom('mettagrid'), new Atom('create_game'), args),
    )
    const game = field(made, 'pid')
    if (!(game instanceof Pid)) throw new BeamcadeError('internal', 'The game has no pid.')
    say(`game ${inspectElixir(game)}`)

    let headings = Array.from({ length: AGENTS }, () => 1)
    let totals = Array.from({ length: AGENTS }, () => 0)
    for (let step = 1; step <= STEPS; step += 1) {
      const actions = headings.map((heading) => CLOCKWISE[heading] ?? 0)
      const result = await call(game, tuple(new Atom('step_game'), actions))
      const rows = (await call(game, tuple(new Atom('render_game')))) as readonly Uint8Array[]
      const rewards = field(result, 'rewards') as readonly (number | Float)[]
      const moved = field(result, 'action_success') as readonly boolean[]
      totals = totals.map((total, i) => total + valueOf(rewards[i]))
      say(
        `frame ${step} ${actions.join(',')} ${totals.join(',')} ${rows.map((row) => Buffer.from(row).toString()).join('/')}`,
      )
      headings = headings.map((heading, i) => (moved[i] === true ? heading : (heading + 1) % CLOCKWISE.length))
      await sleep(STEP_MS)
    }
    await node.call(game, new Tuple([new Atom('delete_game')])).catch((error: unknown) => {
      // The game may end before its answer is here: that is what was asked for.
      if (!isBeamcadeError(error) || error.code !== 'exited') throw error
    })
    return 0
  },
}

/** The value in `{ok, Value}`. */
function okOf(reply: Term): TermMap | readonly Term[] {
  const value = reply instanceof Tuple ? reply.elements[1] : undefined
  if (value instanceof TermMap && value.has(new Atom('message'))) {
    throw new BeamcadeError('remote_error', inspectElixir(value.get(new Atom('message')) ?? null))
  }
  if (value instanceof TermMap || Array.isArray(value)) return value as TermMap | readonly Term[]
  throw new BeamcadeError('internal', `An answer has no known form: ${inspectElixir(reply)}`)
}

function field(map: TermMap | readonly Term[], name: string): Term | undefined {
  return map instanceof TermMap ? map.get(new Atom(name)) : undefined
}

const valueOf = (reward: number | Float | undefined): number => (reward instanceof Float ? reward.value : (reward ?? 0))
