/** `beamcade call`: one request to a server of a node, and its answer. */
import { BeamcadeError, messageOf } from '../errors.ts'
import { Atom, TermMap, Tuple, atom, inspectElixir, inspectErlang, isAtom, parse, type Term } from '../erlang/index.ts'
import { boolFlag, textFlag, type Command, type Given, type Io } from './command.ts'
import { CLIENT_OPTIONS, withClient } from './client.ts'
import type { ExitCode } from './exit.ts'
import { fromJson, toJson } from './json-terms.ts'

export const call: Command = {
  name: 'call',
  usage: 'NODE MODULE FUNCTION [ARGS]',
  summary: 'calls an operation of a node and prints the answer',
  doc: [
    'ARGS is a JSON array of arguments, or a JSON object of named ones. Strings are sent as binaries; an atom is',
    '{"$atom": "noop"}, a tuple {"$tuple": [1, 2]}, bytes {"$bytes": "base64"}, the float 1.0 {"$float": 1}. With --erlang',
    "ARGS is an Erlang term, and the answer is printed as one; else as Elixir's inspect prints it, or with --json as JSON.",
  ].join('\n'),
  arguments: [3, 4],
  options: {
    ...CLIENT_OPTIONS,
    erlang: { type: 'boolean', doc: 'ARGS is an Erlang term: [<<"g1">>, [0, 3]]' },
    server: { type: 'string', argument: 'NAME', doc: 'the registered name to call (default godot_server)' },
    rpc: { type: 'boolean', doc: 'by :erpc, which any Erlang node answers, not by GenServer.call' },
  },
  examples: [
    ['beamcade call godot@127.0.0.1 erlang node', ':"godot@127.0.0.1"'],
    [`beamcade call godot@127.0.0.1 mettagrid step_game '["g1", [0, 3]]'`, 'one step of a game'],
    [`beamcade call godot@127.0.0.1 mettagrid get_state '{"game_id": "g1"}' --json`, 'by name; for programs'],
    [`beamcade call godot@127.0.0.1 test echo '[{a, 1.0}]' --erlang`, '{a,1.0}'],
    [`beamcade call iex@127.0.0.1 Elixir.String upcase '["hello"]' --rpc`, 'a function of an Elixir node: "HELLO"'],
  ],
  exits: [0, 2, 4, 5, 6, 7],
  async run(given, io) {
    const [target = '', module = '', name = '', text = '[]'] = given.positionals
    const args = argumentsOf(text, boolFlag(given, 'erlang'))
    const reply = await withClient(given, io, target, async ({ node, timeoutMs }) => {
      const options = { timeoutMs, signal: io.signal }
      if (boolFlag(given, 'rpc')) return node.rpc(target, module, name, listOf(args), options)
      const request = new Tuple([atom(module), atom(name), args])
      return node.call({ name: textFlag(given, 'server') ?? 'godot_server', node: target }, request, options)
    })
    return print(reply, given, io)
  },
}

/** @throws BeamcadeError `bad_usage` */
function argumentsOf(text: string, erlang: boolean): Term {
  let args: Term
  try {
    args = erlang ? parse(text) : fromJson(JSON.parse(text))
  } catch (error) {
    const hint = erlang ? `An Erlang term: '[<<"g1">>, [0, 3]]'.` : `JSON: '["g1", [0, 3]]'; or --erlang.`
    throw new BeamcadeError('bad_usage', `ARGS cannot be read: ${messageOf(error)}`, { hint, cause: error })
  }
  if (Array.isArray(args) || args instanceof TermMap) return args
  throw new BeamcadeError(
    'bad_usage',
    `ARGS must be a list of arguments or a map of named ones, not ${inspectErlang(args)}.`,
  )
}

function listOf(args: Term): readonly Term[] {
  if (Array.isArray(args)) return args as readonly Term[]
  throw new BeamcadeError('bad_usage', 'With --rpc, ARGS must be a list.')
}

/** `{error, #{code, message, …}}` is an error of the program as well. */
function print(reply: Term, given: Given, io: Io): ExitCode {
  const error = errorOf(reply)
  const json = boolFlag(given, 'json')
  if (error === undefined) {
    const show = boolFlag(given, 'erlang') ? inspectErlang : (term: Term) => inspectElixir(term)
    io.stdout.write(`${json ? JSON.stringify(toJson(valueOf(reply))) : show(reply)}\n`)
    return 0
  }
  if (json) io.stdout.write(`${JSON.stringify({ event: 'failed', ...error })}\n`)
  io.stderr.write(`beamcade: ${String(error['message'])} [${String(error['code'])}]\n`)
  if (typeof error['hint'] === 'string') io.stderr.write(`  ${error['hint']}\n`)
  return 6
}

/** The value in `{ok, Value}`. */
function valueOf(reply: Term): Term {
  const [tag, value] = reply instanceof Tuple && reply.arity === 2 ? reply.elements : []
  return isAtom(tag, 'ok') && value !== undefined ? value : reply
}

function errorOf(reply: Term): Record<string, unknown> | undefined {
  const [tag, fields] = reply instanceof Tuple && reply.arity === 2 ? reply.elements : []
  if (!isAtom(tag, 'error')) return undefined
  const known = fields instanceof TermMap && fields.has(new Atom('message'))
  return known ? (toJson(fields) as Record<string, unknown>) : { code: 'error', message: inspectElixir(fields ?? null) }
}
