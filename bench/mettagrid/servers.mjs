// The server as users start it, in a process of its own, with the games that are measured.
import net from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { requestOf } from './games.mjs'
import { launch } from './processes.mjs'

const COOKIE = 'bench'

/** Starts a program and waits for a line of its output of which `read` makes something. */
export function started(command, args, read, options = {}) {
  return new Promise((resolve, reject) => {
    const child = launch(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options })
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      const found = read(line)
      if (found !== undefined) resolve({ child, lines, found, stop: () => child.kill('SIGKILL') })
    })
    child.on('error', (error) => {
      reject(error.code === 'ENOENT' ? new Error(`${command} is not installed`) : error)
    })
    child.on('exit', (code, signal) => reject(new Error(`${path.basename(command)} ended with ${code ?? signal}`)))
  })
}

/**
 * Starts `beamcade start` with a socket.
 * @param name the node's, before the @; undefined: it is none
 * @returns `port` of the socket, a `client` of it, and `create(id, config)`, which makes a game
 */
export async function startServer(dist, name, flags = []) {
  const node = `${name}@127.0.0.1`
  const where = name === undefined ? ['--socket-only', '--port', '0'] : [node, COOKIE, '--socket', '127.0.0.1:0']
  const ready = (line) => {
    const event = JSON.parse(line)
    return event.event === 'ready' ? event.ports : undefined
  }
  const args = [path.join(dist, 'cli.js'), 'start', ...where, '--json', '--stop-with-stdin', ...flags]
  const { child, found: ports, stop } = await started(process.execPath, args, ready)
  const { MettaGridClient } = await import(pathToFileURL(path.join(dist, 'gateways/socket/client.js')).href)
  const client = await MettaGridClient.connect({ port: ports.socket })
  const create = (id, config) => client.createGame(id, requestOf(config))
  return { node, cookie: COOKIE, pid: child.pid, port: ports.socket, client, create, stop }
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** How many agents a game has, and how many flat actions, if they are noop and the four moves. */
export function movesOf(config) {
  const { config: rules } = requestOf(config)
  const names = rules.actions.map(({ name }) => name)
  if (names.join() !== 'noop,move') throw new Error(`${config} has other actions than noop and move`)
  return { agents: rules.num_agents, actions: 5 }
}
