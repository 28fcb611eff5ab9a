// The nodes that are compared: how each is built and started. One that cannot be, for want of its tools, is left out.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const JAR = '/usr/share/java/OtpErlang.jar'
const LOOPBACK = ['-kernel', 'inet_dist_use_interface', '{127,0,0,1}', '-start_epmd', 'false']

/** Every process that was started, and the signal that ends it when this process ends. */
const children = new Map()
process.on('exit', () => {
  for (const [child, signal] of children) child.kill(signal)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

function launch(command, args, { signal = 'SIGKILL', ...options }) {
  const child = spawn(command, args, options)
  children.set(child, signal)
  child.on('exit', () => children.delete(child))
  return child
}

function build(command, args) {
  const { error, status, stderr, stdout } = spawnSync(command, args, { cwd: here, encoding: 'utf8' })
  if (error?.code === 'ENOENT') throw new Error(`${command} is not installed`)
  if (status !== 0) throw new Error(`${command}: ${(stderr || stdout).trim().split('\n')[0]}`)
}

export async function freePort() {
  const server = net.createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What all targets share: the folder for what is compiled, the cookie, the environment with the port of epmd. */
export class Bench {
  constructor({ folder, cookie, epmdPort }) {
    this.folder = folder
    this.cookie = cookie
    this.epmdPort = epmdPort
    const port = String(epmdPort)
    this.env = { ...process.env, ERL_EPMD_PORT: port, ERL_EPMD_ADDRESS: '127.0.0.1', BENCH_COOKIE: cookie }
  }

  /** Starts an epmd for this run alone, and waits until it answers. */
  async epmd() {
    const args = ['-address', '127.0.0.1', '-port', String(this.epmdPort)]
    const child = launch('epmd', args, { env: this.env, stdio: 'ignore' })
    const failed = new Promise((_, reject) => {
      child.on('error', () => reject(new Error('epmd is not installed')))
      child.on('exit', (code) => reject(new Error(`epmd ended with ${code}`)))
    })
    const answers = () =>
      new Promise((resolve) => {
        const socket = net.connect(this.epmdPort, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
        socket.on('connect', () => socket.destroy())
      })
    const polled = (async () => {
      while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 20))
    })()
    await Promise.race([polled, failed])
    failed.catch(() => {})
  }

  /** Starts a program and waits for a line with READY. */
  start(command, args, env = {}, more = {}) {
    return new Promise((resolve, reject) => {
      const options = { env: { ...this.env, ...env }, cwd: this.folder, stdio: ['ignore', 'pipe', 'inherit'] }
      const child = launch(command, args, { ...options, ...more })
      let line = ''
      const timer = setTimeout(() => reject(new Error('not READY after 15 s')), 15_000)
      child.stdout.on('data', (chunk) => {
        line += chunk
        if (!line.includes('READY')) return
        clearTimeout(timer)
        resolve({ pid: child.pid, line })
      })
      child.on('error', (error) => {
        clearTimeout(timer)
        reject(error.code === 'ENOENT' ? new Error(`${command} is not installed`) : error)
      })
      child.on('exit', (code) => {
        clearTimeout(timer)
        reject(new Error(`ended with ${code}`))
      })
    })
  }

  /** Compiles the load generator. */
  buildLoad() {
    build('erlc', ['-o', this.folder, 'erl/load.erl'])
  }

  /** Runs the load generator to its end. */
  load(args) {
    const name = ['-noshell', '-noinput', '-hidden', '-name', 'load@127.0.0.1', '-setcookie', this.cookie, ...LOOPBACK]
    const all = [...name, '-pa', this.folder, '-run', 'load', 'main', ...args]
    const child = launch('erl', all, { env: this.env, stdio: ['ignore', 'inherit', 'inherit'] })
    return new Promise((resolve, reject) => {
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the load generator ended with ${code}`))))
    })
  }

  /** One of {@link targets} as an argument of the load generator. */
  async target(label) {
    return targets[label](this, label)
  }

  /** A program that the caller names: `label=NAME:NODE=command line`. */
  async spawned(text) {
    const [, label, name, node, command] = /^(.*?)=(.*?):(.*?)=(.*)$/s.exec(text) ?? []
    if (command === undefined) throw new Error(`--spawn ${text}: expected label=NAME:NODE=command line`)
    // SIGTERM and its own folder: it may want to write a profile.
    const more = { signal: 'SIGTERM', cwd: process.cwd() }
    const { pid } = await this.start('sh', ['-c', `exec ${command}`], { BENCH_NODE: node, BENCH_NAME: name }, more)
    return `${label}:dist:${name}:${node}:${pid}`
  }
}

const dist = (label, { pid }) => `${label}:dist:echo:${label}@127.0.0.1:${pid}`

async function cnode(bench, label, mode) {
  const program = path.join(bench.folder, 'cnode')
  if (!existsSync(program)) build('gcc', ['-O2', '-Wall', '-pthread', '-o', program, 'c/cnode.c', '-lei'])
  return dist(label, await bench.start(program, [label, '127.0.0.1', bench.cookie, 'echo', mode]))
}

async function beamcade(bench, label, args, env = {}) {
  const more = { BENCH_NODE: `${label}@127.0.0.1`, BENCH_NAME: 'echo', ...env }
  return dist(label, await bench.start(process.execPath, [path.join(here, 'echo-node.mjs'), ...args], more))
}

async function tcp(bench, label, mode) {
  const started = await bench.start(process.execPath, [path.join(here, 'tcp-echo.mjs'), '0', mode])
  return `${label}:tcp:127.0.0.1:${/READY (\d+)/.exec(started.line)[1]}:${started.pid}`
}

export const targets = {
  /** A gen_server in a BEAM. */
  async beam(bench, label) {
    build('erlc', ['-o', bench.folder, 'erl/echo_server.erl'])
    const name = ['-noshell', '-noinput', '-name', `${label}@127.0.0.1`, '-setcookie', bench.cookie, ...LOOPBACK]
    const run = ['-pa', bench.folder, '-eval', 'echo_server:start(), io:format("READY~n")']
    return dist(label, await bench.start('erl', [...name, ...run]))
  },
  /** libei; the request's bytes are copied into the reply. It does no monitors. */
  cnode: (bench, label) => cnode(bench, label, 'raw'),
  /** libei; every element is decoded and encoded. */
  cnode_tr: (bench, label) => cnode(bench, label, 'transcode'),
  /** JInterface. */
  async java(bench, label) {
    if (!existsSync(JAR)) throw new Error(`${JAR} is not installed`)
    build('javac', ['-cp', JAR, '-d', bench.folder, 'java/EchoNode.java'])
    const args = ['-cp', `${bench.folder}:${JAR}`, 'EchoNode', `${label}@127.0.0.1`, bench.cookie, 'echo']
    return dist(label, await bench.start('java', args))
  },
  /** Our node as it is. */
  beamcade: (bench, label) => beamcade(bench, label, []),
  /** Our node without announcing monitors, as a C node is: the caller then sends none. */
  beamcade_nomon: (bench, label) => beamcade(bench, label, ['--no-dist-monitor']),
  /** Our node with sockets accepted by `net`. */
  beamcade_net: (bench, label) => beamcade(bench, label, [], { BENCH_NATIVE: '0' }),
  /** Frames of four bytes length over TCP, no Erlang: the ceiling of one Node thread. */
  tcp_chunk: (bench, label) => tcp(bench, label, 'chunk'),
  tcp_batch: (bench, label) => tcp(bench, label, 'batch'),
  tcp_naive: (bench, label) => tcp(bench, label, 'naive'),
}
