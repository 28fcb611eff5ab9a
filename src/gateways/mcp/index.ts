/** The gateway for language models: operations as tools and boards as resources, over the Model Context Protocol. */
import type { Readable, Writable } from 'node:stream'
import type { McpServer } from '@modelcontextprotocol/server'
import { BOARD_TEMPLATE, Boards, boardUri, gameOf } from './boards.ts'
import type { Backend } from './backend.ts'
import type { Sdk } from './sdk.ts'
import { Tools } from './tools.ts'

export { type Backend, type Offer, routerBackend } from './backend.ts'
export { loadSdk, type Sdk, SDK_PACKAGE } from './sdk.ts'

export interface McpOptions {
  sdk: Sdk
  backend: Backend
  /** Offer operations that change something, too. */
  allowWrites: boolean
  version: string
  /** The client's end of the wire; nothing else may write to `output`. */
  input: Readable
  output: Writable
  signal: AbortSignal
  /** Hears of what is no request of the protocol, and of what cannot be sent. */
  onError: (error: Error) => void
}

/** Serves one client over streams, a JSON message a line, until it has gone or `signal` is aborted. */
export async function serveMcp(options: McpOptions): Promise<void> {
  const { sdk, backend, allowWrites, version, input, output, signal, onError } = options
  const boards = new Boards(backend)
  const tools = new Tools({ backend, boards, allowWrites })
  const transport = new sdk.StdioServerTransport(input, output)
  const handle = sdk.serveStdio(() => serverOf({ sdk, backend, boards, tools, allowWrites, version }), {
    transport,
    onerror: onError,
  })
  // Who talks to us has gone when either stream ends.
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      resolve()
    }
    input.once('end', end).once('close', end)
    output.once('close', end).once('error', end)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
  await gone
  await handle.close()
}

interface Parts extends Pick<McpOptions, 'sdk' | 'backend' | 'allowWrites' | 'version'> {
  boards: Boards
  tools: Tools
}

/** One connection's server. */
function serverOf({ sdk, backend, boards, tools, allowWrites, version }: Parts): McpServer {
  const listChanged = backend.onGames !== undefined
  const product = new sdk.McpServer(
    { name: 'beamcade', title: 'Beamcade', version },
    {
      capabilities: { tools: {}, resources: { listChanged } },
      instructions: instructions(allowWrites),
      debouncedNotificationMethods: ['notifications/resources/list_changed'],
    },
  )
  // The schemas are made already: the server below takes them as they are.
  const { server } = product
  server.setRequestHandler('tools/list', () => ({ tools: tools.list() }))
  server.setRequestHandler('tools/call', ({ params }) => {
    if (tools.has(params.name)) return tools.call(params.name, params.arguments ?? {})
    throw new sdk.ProtocolError(sdk.ProtocolErrorCode.InvalidParams, `There is no tool ${JSON.stringify(params.name)}.`)
  })
  server.setRequestHandler('resources/list', async () => {
    const games = await boards.games()
    const resources = games.map((id) => ({
      uri: boardUri(id),
      name: `board of ${id}`,
      description: `The board of the game ${id}, a line for each row.`,
      mimeType: 'text/plain',
    }))
    return { resources }
  })
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [
      {
        uriTemplate: BOARD_TEMPLATE,
        name: 'board',
        description: 'The board of a game, a line for each row.',
        mimeType: 'text/plain',
      },
    ],
  }))
  server.setRequestHandler('resources/read', async ({ params: { uri } }) => {
    const game = gameOf(uri)
    const board = game === undefined ? undefined : await boards.read(game)
    if (board === undefined) throw new sdk.ResourceNotFoundError(uri)
    return { contents: [{ uri, mimeType: 'text/plain', text: board }] }
  })
  const unsubscribe = backend.onGames?.(() => {
    // Before there is a client nobody has a list that could change.
    if (product.isConnected()) product.sendResourceListChanged()
  })
  server.onclose = () => unsubscribe?.()
  return product
}

function instructions(allowWrites: boolean): string {
  return [
    'Beamcade hosts games. Each tool is an operation, called MODULE-NAME; beamcade-describe lists them all.',
    'Bytes are base64. games-list says which games there are, games-info what is known of one: its agents, and the names of',
    `its actions by number, if it has such. The board of a game is the resource ${BOARD_TEMPLATE}. In MettaGrid`,
    'mettagrid-describe_observations says in words what each agent sees.',
    allowWrites
      ? 'What changes a game answers with its new board.'
      : 'Only what reads is offered: whoever started this server did not allow changes (--allow-writes).',
  ].join('\n')
}
