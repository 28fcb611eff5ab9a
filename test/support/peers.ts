/**
 * Real peers for tests: epmd, `erl` and `elixir`, on the loopback interface, each with an epmd port of its own.
 *
 * ```ts
 * describeWithErl('a real BEAM', () => {
 *   test('answers', async () => {
 *     const epmd = await startEpmd()
 *     const beam = await startBeam({ epmdPort: epmd.port, cookie: 'c' })
 *     expect(await beam.eval('net_adm:ping(node()).')).toBe('pong')
 *   })
 * })
 * ```
 * Whatever is started ends with the test file, also after a failure; `stop()` or `await using` end it sooner.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import net from 'node:net'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe } from '@jest/globals'
import { PeerProcess, START_MS, which } from './process.ts'

export const erlPath = which('erl')
export const elixirPath = which('elixir')
export const epmdPath = which('epmd') ?? besideErl('epmd')
export const hasErl = erlPath !== undefined && epmdPath !== undefined
export const hasElixir = hasErl && elixirPath !== undefined

/** `erts-*\/bin` of the installation that `erl` belongs to. */
function besideErl(program: string): string | undefined {
  if (erlPath === undefined) return undefined
  const root = join(dirname(realpathSync(erlPath)), '..')
  for (const lib of [root, join(root, 'lib/erlang')]) {
    try {
      const erts = readdirSync(lib).find((name) => name.startsWith('erts-'))
      if (erts !== undefined) return realpathSync(join(lib, erts, 'bin', program))
    } catch {
      // Not this layout.
    }
  }
  return undefined
}

function describeIf(there: boolean, missing: string): (name: string, body: () => void) => void {
  return (name, body) => {
    if (there) describe(name, body)
    else {
      process.stderr.write(`skipped: "${name}" needs ${missing}\n`)
      describe.skip(`${name} (skipped: needs ${missing})`, body)
    }
  }
}

/** `describe`, or a line that says what is missing: apt has it as erlang-base. */
export const describeWithErl = describeIf(hasErl, 'erl and epmd in PATH')
/** `describe`, or a line that says what is missing: apt has it as elixir. */
export const describeWithElixir = describeIf(hasElixir, 'elixir, erl and epmd in PATH')

/** Below the ports that systems hand out by themselves, so that nobody is given one between our look and its use. */
const PORTS = { first: 10_000, count: 22_000 }
let nextPort = Math.floor(Math.random() * PORTS.count)

/** A port that is free; another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + (nextPort % PORTS.count)
    nextPort += 1
    if (await canListen(port)) return port
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true)
      }),
    )
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    const end = (yes: boolean) => () => {
      socket.destroy()
      resolve(yes)
    }
    socket.on('connect', end(true)).on('error', end(false))
  })
}

export interface Epmd {
  readonly port: number
  readonly process: PeerProcess
  stop(): Promise<void>
}

/** A real epmd in the foreground. `port`: that one, instead of a free one (for an epmd that comes back). */
export async function startEpmd(port?: number): Promise<Epmd> {
  if (epmdPath === undefined) throw new Error('no epmd')
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const chosen = port ?? (await freePort())
    const child = new PeerProcess(epmdPath, ['-address', '127.0.0.1', '-port', String(chosen)])
    // epmd says nothing when it is ready, so it has to be asked.
    for (let i = 0; i < 400 && !child.over; i += 1) {
      if (await answers(chosen)) return { port: chosen, process: child, stop: () => child.stop() }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await child.stop()
  }
  throw new Error('epmd does not start')
}

/** A newer Erlang/OTP with its Elixir, in a chroot that `install.mjs --chroots` made. */
export interface Release {
  readonly otp: string
  readonly root: string
}

const chroots = process.env['BEAMCADE_PEERS'] ?? join(homedir(), '.cache', 'beamcade', 'peers')
const NEWER = [
  { otp: '27', root: join(chroots, 'trixie') },
  { otp: '29', root: join(chroots, 'forky') },
]

/** The newer releases that are here; only root may enter them. For each that is not, a line says so. */
export function newerReleases(): readonly Release[] {
  return NEWER.filter(({ otp, root }) => {
    const here = process.getuid?.() === 0 && existsSync(join(root, 'usr/bin/erl'))
    if (!here) process.stderr.write(`skipped: OTP ${otp} needs root and \`node test/peers/install.mjs --chroots\`\n`)
    return here
  })
}

let counter = 0

/** A node name that no other test uses: `beam123_1@127.0.0.1`. */
export function uniqueName(alive = 'beam', host = '127.0.0.1'): string {
  counter += 1
  return `${alive}${process.pid}_${counter}@${host}`
}

export interface BeamOptions {
  /** Full name; a unique one unless given. */
  name?: string
  cookie?: string
  epmdPort: number
  hidden?: boolean
  /** More arguments for `erl`. */
  args?: readonly string[]
  /** Another release than the installed one: it runs in its chroot. */
  release?: Release
  env?: NodeJS.ProcessEnv
}

/** A BEAM that evaluates what it is sent. */
export class Beam {
  readonly name: string
  readonly process: PeerProcess
  #next = 0
  #read = 0
  readonly #answers = new Map<string, { ok: boolean; text: string }>()

  constructor(name: string, child: PeerProcess) {
    this.name = name
    this.process = child
  }

  /**
   * Evaluates in the shell process: one after the other, with bindings that stay. Returns the value as text: `~0tp` of
   * Erlang, `inspect` of Elixir. Rejects with what was raised.
   */
  eval(code: string, timeoutMs?: number): Promise<string> {
    return this.#ask('shell', code, timeoutMs)
  }

  /** Evaluates in a new process, at once, without bindings: for what blocks, or must not live long. */
  run(code: string, timeoutMs?: number): Promise<string> {
    return this.#ask('spawn', code, timeoutMs)
  }

  async #ask(where: 'shell' | 'spawn', code: string, timeoutMs?: number): Promise<string> {
    this.#next += 1
    const id = String(this.#next)
    this.process.write(`${where} ${id} ${Buffer.from(code).toString('base64')}\n`)
    const { ok, text } = await this.process.watch((output) => this.#answer(output, id), code, timeoutMs)
    if (!ok) throw new Error(`${code}\n${text}`)
    return text
  }

  /** Answers are lines `@@beam ID ok|error BASE64` among other output. */
  #answer(output: string, id: string): { ok: boolean; text: string } | undefined {
    for (;;) {
      const end = output.indexOf('\n', this.#read)
      if (end === -1) break
      const found = /@@beam (\d+) (ok|error) (\S*)/.exec(output.slice(this.#read, end))
      this.#read = end + 1
      const [, number = '', how, base64 = ''] = found ?? []
      if (found !== null) {
        this.#answers.set(number, { ok: how === 'ok', text: Buffer.from(base64, 'base64').toString() })
      }
    }
    return this.#answers.get(id)
  }

  stop(): Promise<void> {
    return this.process.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

// Reads requests from stdin and ends with it, so that no BEAM outlives its test. The shell is a process of its own:
// code that kills it (by a link, say) gets an error for an answer, and a new shell.
const ERLANG_EVALUATOR = String.raw`
Eval = fun(Src, B) ->
  {ok, Tokens, _} = erl_scan:string(Src), {ok, Exprs} = erl_parse:parse_exprs(Tokens),
  {value, V, B1} = erl_eval:exprs(Exprs, B), {V, B1} end,
Say = fun(Id, How, Text) ->
  io:put_chars(["@@beam ", Id, " ", How, " ", base64:encode(unicode:characters_to_binary(Text)), "\n"]) end,
One = fun(Id, Src, B) ->
  try Eval(Src, B) of {V, B1} -> Say(Id, "ok", io_lib:format("~0tp", [V])), B1
  catch C:R:S -> Say(Id, "error", io_lib:format("~0tp:~0tp~n~tp", [C, R, S])), B end end,
Shell = fun Shell(B) -> receive {'@@eval', From, Id, Src} -> B1 = One(Id, Src, B), From ! {done, Id}, Shell(B1) end end,
Start = fun() -> spawn_monitor(fun() -> Shell([]) end) end,
Reader = self(),
Read = fun Read() ->
  case io:get_line("") of
    L when is_list(L); is_binary(L) ->
      [Where, Id, B64] = string:lexemes(string:trim(L), " "),
      Bin = unicode:characters_to_list(base64:decode(unicode:characters_to_binary(B64))),
      Src = case lists:reverse(string:trim(Bin)) of [$. | _] -> Bin; _ -> Bin ++ "." end,
      Reader ! {list_to_atom(unicode:characters_to_list(Where)), Id, Src}, Read();
    _ -> halt(0)
  end end,
Loop = fun Loop({Pid, Mon} = Sh, Open) ->
  receive
    {shell, Id, Src} -> Pid ! {'@@eval', self(), Id, Src}, Loop(Sh, Open ++ [Id]);
    {spawn, Id, Src} ->
      spawn(fun() -> {_, M} = spawn_monitor(fun() -> One(Id, Src, []), exit('@@done') end),
        receive {'DOWN', M, _, _, '@@done'} -> ok;
          {'DOWN', M, _, _, Why} -> Say(Id, "error", io_lib:format("killed: ~0tp", [Why])) end end),
      Loop(Sh, Open);
    {done, Id} -> Loop(Sh, Open -- [Id]);
    {'DOWN', Mon, _, _, Why} ->
      [Say(Id, "error", io_lib:format("shell killed: ~0tp", [Why])) || Id <- Open], Loop(Start(), [])
  end end,
spawn(Read), io:put_chars("@@beam ready\n"), Loop(Start(), []).`

const LOOPBACK = ['-kernel', 'inet_dist_use_interface', '{127,0,0,1}', '-start_epmd', 'false']

/** Starts `erl`, distributed under `name`, and waits until it evaluates. */
export async function startBeam(options: BeamOptions): Promise<Beam> {
  if (erlPath === undefined) throw new Error('no erl')
  const name = options.name ?? uniqueName()
  // Not only Latin-1 letters count as text.
  const args = ['+pc', 'unicode', '-noshell', '-name', name, '-setcookie', options.cookie ?? 'cookie', ...LOOPBACK]
  if (options.hidden === true) args.push('-hidden')
  args.push(...(options.args ?? []), '-eval', ERLANG_EVALUATOR)
  return started(name, options.release === undefined ? erlPath : 'erl', args, options)
}

const ELIXIR_EVALUATOR = String.raw`
defmodule Evaluator do
  def one(id, source, bindings) do
    {value, bindings} = Code.eval_string(source, bindings)
    say(id, "ok", inspect(value, limit: :infinity, printable_limit: :infinity, width: :infinity))
    bindings
  catch
    kind, reason ->
      say(id, "error", Exception.format(kind, reason, __STACKTRACE__))
      bindings
  end

  def say(id, how, text), do: IO.puts("@@beam #{id} #{how} #{Base.encode64(text)}")

  def shell(bindings) do
    receive do
      {:"@@eval", from, id, source} ->
        bindings = one(id, source, bindings)
        send(from, {:done, id})
        shell(bindings)
    end
  end

  def start, do: spawn_monitor(fn -> shell([]) end)

  def read(to) do
    case IO.gets("") do
      line when is_binary(line) ->
        [where, id, code] = String.split(line)
        send(to, {String.to_atom(where), id, Base.decode64!(code)})
        read(to)
      _ -> System.halt(0)
    end
  end

  def loop({pid, monitor} = shell, open) do
    receive do
      {:shell, id, source} ->
        send(pid, {:"@@eval", self(), id, source})
        loop(shell, open ++ [id])
      {:spawn, id, source} ->
        spawn(fn ->
          {_, ref} = spawn_monitor(fn -> one(id, source, []); exit(:"@@done") end)
          receive do
            {:DOWN, ^ref, _, _, :"@@done"} -> :ok
            {:DOWN, ^ref, _, _, why} -> say(id, "error", "killed: #{inspect(why)}")
          end
        end)
        loop(shell, open)
      {:done, id} -> loop(shell, open -- [id])
      {:DOWN, ^monitor, _, _, why} ->
        for id <- open, do: say(id, "error", "shell killed: #{inspect(why)}")
        loop(start(), [])
    end
  end
end
me = self()
spawn(fn -> Evaluator.read(me) end)
IO.puts("@@beam ready")
Evaluator.loop(Evaluator.start(), [])`

/** Starts `elixir`, distributed under `name`, and waits until it evaluates. `args` go to `erl`. */
export async function startElixir(options: BeamOptions): Promise<Beam> {
  if (elixirPath === undefined) throw new Error('no elixir')
  const name = options.name ?? uniqueName('elixir')
  const erl = [...LOOPBACK, ...(options.hidden === true ? ['-hidden'] : []), ...(options.args ?? [])]
  const args = ['--name', name, '--cookie', options.cookie ?? 'cookie', '--erl', erl.join(' '), '-e', ELIXIR_EVALUATOR]
  return started(name, options.release === undefined ? elixirPath : 'elixir', args, options)
}

async function started(name: string, command: string, args: readonly string[], options: BeamOptions): Promise<Beam> {
  // A BEAM that dies must not leave a dump file in the tree; UTF-8 so that inspect prints letters.
  const env = {
    ...process.env,
    LC_ALL: 'C.UTF-8',
    ERL_CRASH_DUMP_BYTES: '0',
    ...options.env,
    ERL_EPMD_PORT: String(options.epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  }
  const { release } = options
  const child =
    release === undefined
      ? new PeerProcess(command, args, { env })
      : new PeerProcess('chroot', [release.root, command, ...args], { env })
  await child.expectOutput(/@@beam ready/, START_MS)
  return new Beam(name, child)
}
