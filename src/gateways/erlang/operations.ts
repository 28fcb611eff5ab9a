/** The operations that only make sense on Erlang's wire: what Erlang's own modules would answer, and a few for tests. */
import { defineOperation, integer, list, name, opaque, type Operation } from '../../engine/index.ts'

/** What the operations have to know about the node. */
export interface NodeFacts {
  readonly name: string
  nodes(): string[]
}

/** The longest pause that a timer of Node.js takes. */
const MAX_SLEEP_MS = 2 ** 31 - 1

/** `erlang:*` and `test:*`. They answer bare, as Erlang's functions do. */
export function erlangOperations(node: NodeFacts): Operation[] {
  const own = { params: [], reply: 'bare', wires: 'erlang' } as const
  return [
    defineOperation({
      ...own,
      module: 'erlang',
      name: 'node',
      doc: 'The name of this node.',
      output: name(),
      handler: () => node.name,
    }),
    defineOperation({
      ...own,
      module: 'erlang',
      name: 'nodes',
      doc: 'The nodes that this node is connected to.',
      output: list(name()),
      handler: () => node.nodes(),
    }),
    defineOperation({
      ...own,
      module: 'test',
      name: 'ping',
      doc: 'Answers pong.',
      output: name(['pong']),
      handler: () => 'pong' as const,
    }),
    defineOperation({
      ...own,
      module: 'test',
      name: 'echo',
      doc: 'Answers its argument, whatever term it is.',
      params: [{ name: 'term', doc: 'Any term.', schema: opaque() }],
      output: opaque(),
      handler: ({ term }) => term,
    }),
    defineOperation({
      ...own,
      module: 'test',
      name: 'sleep',
      doc: 'Answers ok after a pause. Other processes are served meanwhile.',
      params: [{ name: 'ms', doc: 'The pause, in milliseconds.', schema: integer({ min: 0, max: MAX_SLEEP_MS }) }],
      output: name(['ok']),
      // The timer does not keep the program alive: a server that stops does not wait for it.
      handler: ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, 'ok' as const).unref()),
    }),
  ]
}
