// An Elixir node that calls ours (caller.exs).
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { movesOf, started } from './servers.mjs'

const SCRIPT = fileURLToPath(new URL('caller.exs', import.meta.url))
const ERL = '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}'

/**
 * Starts it.
 * @param games how many there are, with the ids "0", "1", …
 * @param config what they were made from
 * @param flags of its `erl`, besides the usual ones
 */
export async function startCaller({ epmdPort, cookie, games, config, flags = '' }) {
  const { agents, actions } = movesOf(config)
  const name = `caller${randomInt(1_000_000)}@127.0.0.1`
  const args = [
    '--name',
    name,
    '--cookie',
    cookie,
    '--erl',
    `${ERL} ${flags}`,
    SCRIPT,
    ...[games, agents, actions].map(String),
  ]
  const env = { ...process.env, ERL_EPMD_PORT: String(epmdPort) }
  const ready = (line) => (line === 'READY' ? line : undefined)
  const { child, lines, stop } = await started('elixir', args, ready, { env })

  let waiting
  lines.on('line', (line) => waiting?.resolve(line.split(' ').slice(1).map(Number)))
  child.on('exit', (code, signal) => waiting?.reject(new Error(`the caller ended with ${code ?? signal}`)))

  /**
   * @param loads `{ kind, node }`, see caller.exs
   * @returns what each did in a second: calls, or steps
   */
  function measure(loads, { callers = 1, slices, ms }) {
    const words = [callers, slices, ms, ...loads.map(({ kind, node }) => `${kind}:${node}`)]
    return new Promise((resolve, reject) => {
      waiting = { resolve, reject }
      child.stdin.write(`${words.join(' ')}\n`)
    })
  }
  return { measure, stop }
}
