/**
 * A server node with the gateway to Erlang, and a node that asks it: both in this process, over a real connection.
 *
 * ```ts
 * const { ask } = await startGateway()
 * expect(await ask(request('erlang', 'node'))).toEqual(atom('server@…'))
 * ```
 */
import {
  CORE_OPERATIONS,
  OperationTable,
  Registry,
  Router,
  type Engine,
  type Operation,
} from '../../src/engine/index.ts'
import { mettagridEngine, mettagridOperations } from '../../src/engines/mettagrid/index.ts'
import { ErlangGateway, type ErlangGatewayOptions } from '../../src/gateways/erlang/index.ts'
import { TermMap, type Tuple, atom, inspectElixir, tuple, type ErlangNode, type NodeOptions, type Term } from '../../src/erlang/index.ts' // prettier-ignore
import { Directory } from './erlang-nodes.ts'
import { recordEvents } from './events.ts'

export async function startGateway(
  options: Partial<ErlangGatewayOptions> = {},
  more: readonly (Operation | Engine)[] = [],
  ofNode: Partial<NodeOptions> = {},
) {
  const events = recordEvents()
  const registry = new Registry({ events })
  const mettagrid = mettagridEngine()
  const added = more.filter((part): part is Operation => part.kind === 'operation')
  const operations = new OperationTable([...CORE_OPERATIONS, ...mettagridOperations(mettagrid), ...added])
  const router = new Router({ operations, registry, events, checkOutput: true })
  const gateway = new ErlangGateway({ router, events, ...options })
  const directory = new Directory()
  const node = await directory.start({ functions: gateway.functions, events, ...ofNode })
  gateway.start(node)
  const client = await directory.start()
  const server = { name: 'godot_server', node: node.name }
  const ask = (what: Term, timeoutMs = 5000): Promise<Term> => client.call(server, what, { timeoutMs })
  return { events, registry, router, gateway, node, client, server, ask, directory }
}

/** `{Module, Function, Args}` */
export function request(module: string, name: string, args: Term = []): Term {
  return tuple(atom(module), atom(name), args)
}

/** `{error, Map}` → its fields as Elixir prints them. */
export function errorOf(reply: Term): Record<string, string> {
  const text = inspectElixir(reply)
  if (!text.startsWith('{:error, %{')) throw new Error(`no error: ${text}`)
  const map = (reply as Tuple).elements[1] as TermMap
  return Object.fromEntries([...map].map(([key, value]) => [inspectElixir(key), inspectElixir(value)]))
}

/** The value in `{ok, Value}`. */
export function okOf(reply: Term): Term {
  const text = inspectElixir(reply)
  if (!text.startsWith('{:ok, ')) throw new Error(`not ok: ${text}`)
  return (reply as Tuple).elements[1] as Term
}

export function fieldOf(map: Term, name: string): Term {
  return (map as TermMap).get(atom(name)) ?? null
}

/** Arguments of create_game for a small board. */
export function smallGame(id: string, options?: Term): Term[] {
  const named = (fields: Record<string, Term>): TermMap =>
    new TermMap(Object.entries(fields).flatMap(([key, value]) => [atom(key), value]))
  const config = named({
    num_agents: 1,
    max_steps: 10,
    obs_width: 3,
    obs_height: 3,
    num_observation_tokens: 20,
    actions: [
      named({ name: 'noop', type: atom('ACTION_NOOP'), noop: named({}) }),
      named({ name: 'move', type: atom('ACTION_MOVE'), move: named({}) }),
    ],
    objects: [
      named({
        name: 'agent.agent',
        agent: named({ type_name: 'agent', stat_rewards: new TermMap(['action.move.success', 1]) }),
      }),
    ],
  })
  const args: Term[] = [id, config, ['@.'], 42]
  return options === undefined ? args : [...args, options]
}

/** The processes of the server's node that are registered under a name, or undefined. */
export function processOf(node: ErlangNode, name: string) {
  return node.whereis(name)
}
