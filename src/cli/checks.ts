/** What `beamcade doctor` looks at: one function a finding. */
import { lookup } from 'node:dns/promises'
import net from 'node:net'
import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import { listNames } from '../erlang/index.ts'
import { loadSdk, SDK_PACKAGE } from '../gateways/mcp/index.ts'
import { loadNative } from '../native.ts'
import type { Io } from './command.ts'
import { howToGet, outputOf, which } from './programs.ts'

/** `missing`: start does not work without it; `optional`: only something else does not. */
export interface Finding {
  readonly name: string
  readonly state: 'ok' | 'optional' | 'missing'
  readonly found: string
  /** What to do. */
  readonly fix?: string
}

const ok = (name: string, found: string): Finding => ({ name, state: 'ok', found })
const optional = (name: string, found: string, fix: string): Finding => ({ name, state: 'optional', found, fix })
const missing = (name: string, found: string, fix: string): Finding => ({ name, state: 'missing', found, fix })

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return ok('Node.js', version)
  return missing('Node.js', `${version} is too old`, 'install 20.19 or newer: https://nodejs.org')
}

export function checkNative(env: Io['env']): Finding {
  const { file, why } = loadNative({ ...env })
  if (file !== undefined) return ok('native addon', file)
  return optional('native addon', `not there (${why}); net is used instead`, 'with a compiler: npm rebuild beamcade')
}

export function checkCompiler(env: Io['env']): Finding {
  const tools = { compiler: ['c++', 'g++', 'clang++'], make: ['make', 'gmake'], python: ['python3', 'python'] }
  const lacking = Object.entries(tools).filter(([, names]) => !names.some((one) => which(one, env) !== undefined))
  if (lacking.length === 0 || process.platform === 'win32') return ok('compiler', 'the native addon can be built')
  const get = howToGet(
    { apt: 'g++ make python3', brew: 'gcc make python', page: 'https://github.com/nodejs/node-gyp' },
    env,
  )
  return optional('compiler', `no ${lacking.map(([name]) => name).join(', no ')}: only to build the native addon`, get)
}

/** The package that `beamcade mcp` needs. */
export async function checkMcp(load: () => Promise<unknown> = loadSdk): Promise<Finding> {
  try {
    await load()
    return ok('MCP package', `${SDK_PACKAGE}: beamcade mcp can run`)
  } catch (error) {
    return optional('MCP package', `${messageOf(error)} Only beamcade mcp needs it`, `npm install ${SDK_PACKAGE}`)
  }
}

export async function checkErlang(env: Io['env']): Promise<Finding> {
  const erl = which('erl', env)
  const get = howToGet({ apt: 'erlang-base', brew: 'erlang', page: 'https://www.erlang.org/downloads' }, env)
  if (erl === undefined) return optional('erl', 'not in PATH: only to connect from Erlang', get)
  const code = 'io:put_chars(erlang:system_info(otp_release)), halt().'
  const release = await outputOf(erl, ['-noshell', '-eval', code], env)
  if (release === undefined) return optional('erl', `${erl} does not run`, get)
  if (Number(release) < 25) return optional('erl', `OTP ${release} in ${erl} is too old`, `OTP 25 or newer: ${get}`)
  return ok('erl', `OTP ${release}, ${erl}`)
}

export async function checkElixir(env: Io['env']): Promise<Finding> {
  const elixir = which('elixir', env)
  const get = howToGet({ apt: 'elixir', brew: 'elixir', page: 'https://elixir-lang.org/install.html' }, env)
  if (elixir === undefined) return optional('elixir', 'not in PATH: only to connect from Elixir', get)
  const version = await outputOf(elixir, ['-e', 'IO.write(System.version())'], env)
  if (version === undefined) return optional('elixir', `${elixir} does not run`, get)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major === 1 && minor < 14) return optional('elixir', `${version} is too old`, `1.14 or newer: ${get}`)
  return ok('elixir', `${version}, ${elixir}`)
}

/** epmd, and whether our name is free in it. */
export async function checkEpmd({ node, epmdPort, epmd }: Config, env: Io['env']): Promise<Finding[]> {
  const alive = node.slice(0, node.indexOf('@'))
  try {
    const { nodes } = await listNames('127.0.0.1', epmdPort, { timeoutMs: 2000 })
    const list = nodes.length === 0 ? 'it knows no node' : `it knows ${nodes.map(({ name }) => name).join(', ')}`
    const found = ok('epmd', `runs on port ${epmdPort}; ${list}`)
    const taken = nodes.find(({ name }) => name === alive)
    if (taken === undefined) return [found, ok('node name', `${node} is free`)]
    const fix = 'if it is yours, all is well; for one more, choose another --name'
    return [found, optional('node name', `${node} runs already, at port ${taken.port}`, fix)]
  } catch (error) {
    const problem = await portProblem('127.0.0.1', epmdPort)
    if (problem !== undefined)
      return [missing('epmd', `${messageOf(error)} But ${problem}`, 'choose another with --epmd-port')]
    const own = `none runs on port ${epmdPort}; start brings its own`
    if (epmd !== 'never') return [ok('epmd', own)]
    const start =
      which('epmd', env) === undefined ? 'leave out --epmd never' : 'run `epmd -daemon`, or leave out --epmd never'
    return [missing('epmd', `none runs on port ${epmdPort}`, start)]
  }
}

/** Where start would listen: on the address of its name's host, unless --host says another. */
export async function checkPort({ node, distPort, host }: Config): Promise<Finding> {
  const name = node.slice(node.indexOf('@') + 1)
  const found = (): Promise<string | undefined> =>
    lookup(name, { family: 4 }).then(
      (one) => one.address,
      () => undefined,
    )
  const address = host ?? (await found())
  if (address === undefined) {
    const fix = 'name the node by a host that others can find'
    return optional('port', `the host ${name} has no address; start listens on 127.0.0.1`, fix)
  }
  const problem = await portProblem(address, distPort)
  if (problem === undefined) return ok('port', distPort === 0 ? 'start takes a free one' : `${distPort} is free`)
  const fix =
    distPort === 0
      ? 'choose an address of this machine, by --host or in the name'
      : 'choose another with --dist-port, or wait for it with --retry'
  return missing('port', problem, fix)
}

function portProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (error) => {
      resolve(`${port === 0 ? '' : `port ${port} of `}${host} cannot be used: ${messageOf(error)}.`)
    })
    server.listen({ host, port }, () => {
      server.close(() => {
        resolve(undefined)
      })
    })
  })
}

/** Where start would get its cookie from: a variable, or the path of a file. Nothing is read or made. */
export function cookieSource(env: Io['env']): string {
  const variable = ['BEAMCADE_COOKIE', 'GODOT_CNODE_COOKIE'].find((name) => (env[name] ?? '') !== '')
  return variable ?? join(homedir(), '.erlang.cookie')
}

export function checkCookie(env: Io['env']): Finding {
  const source = cookieSource(env)
  if (!source.endsWith('.erlang.cookie')) return ok('cookie', `from ${source}`)
  const mode = modeOf(source)
  if (mode === undefined) return ok('cookie', `${source} is not there; start makes it`)
  const octal = mode.toString(8)
  if (process.platform === 'win32' || (mode & 0o077) === 0) return ok('cookie', `${source}, mode ${octal}`)
  const found = `${source} can be read by others (mode ${octal}): OTP and start refuse it`
  return missing('cookie', found, `chmod 400 ${source}`)
}

function modeOf(file: string): number | undefined {
  try {
    return statSync(file).mode & 0o777
  } catch {
    return undefined
  }
}
