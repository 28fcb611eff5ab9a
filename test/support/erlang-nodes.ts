/**
 * Real nodes in this process that find each other without epmd.
 *
 * ```ts
 * const [a, b] = await startNodes(2)
 * ```
 * They stop with the test file.
 */
import './terms.ts'
import { afterAll } from '@jest/globals'
import { atom, ErlangNode, type NodeOptions, type Process, type Term, Tuple, tuple } from '../../src/erlang/index.ts'

const started = new Set<ErlangNode>()
let counter = 0

afterAll(async () => {
  await Promise.all([...started].map((node) => node.stop()))
})

/** Names and ports of nodes that shall find each other. */
export class Directory {
  readonly #ports = new Map<string, number>()

  async start(options: Partial<NodeOptions> = {}): Promise<ErlangNode> {
    counter += 1
    const node = await ErlangNode.start({
      name: `node${counter}@127.0.0.1`,
      cookie: 'cookie',
      epmd: false,
      resolve: (name) => {
        const port = this.#ports.get(name)
        return port === undefined ? undefined : { host: '127.0.0.1', port }
      },
      ...options,
    })
    started.add(node)
    this.#ports.set(node.name, node.port)
    return node
  }
}

/** Two nodes, not connected yet. */
export async function startPair(
  first: Partial<NodeOptions> = {},
  second: Partial<NodeOptions> = {},
): Promise<{ a: ErlangNode; b: ErlangNode }> {
  const directory = new Directory()
  return { a: await directory.start(first), b: await directory.start(second) }
}

/** A process whose messages are awaited one by one. */
export class Inbox {
  readonly process: Process
  readonly #messages: Term[] = []
  readonly #waiting: ((message: Term) => void)[] = []

  constructor(node: ErlangNode, options: { trapExit?: boolean; name?: string } = {}) {
    this.process = node.spawn(
      () => ({
        message: (message) => {
          const next = this.#waiting.shift()
          if (next === undefined) this.#messages.push(message)
          else next(message)
        },
      }),
      options,
    )
  }

  /** The next message; the test's own timeout ends the wait. */
  next(): Promise<Term> {
    const message = this.#messages.shift()
    if (message !== undefined) return Promise.resolve(message)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** What came and was not taken. */
  get rest(): readonly Term[] {
    return this.#messages
  }
}

/** Calls by hand, with a tag of one's own, and gives what comes back. */
export async function rawCall(
  inbox: Inbox,
  to: { name: string; node: string },
  tag: Term,
  request: Term,
): Promise<Term> {
  inbox.process.send(to, tuple(atom('$gen_call'), tuple(inbox.process.pid, tag), request))
  return inbox.next()
}

/** The elements of what should be a tuple. */
export function elementsOf(term: Term): readonly Term[] {
  if (!(term instanceof Tuple)) throw new TypeError('no tuple')
  return term.elements
}
