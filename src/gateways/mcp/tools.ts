/** Every operation as a tool: its name, its schemas, and what a call of it answers, for programs and for language models. */
import type { CallToolResult, Tool } from '@modelcontextprotocol/server'
import {
  failureOf,
  fromJson,
  jsonSchemaOf,
  objectSchemaOf,
  toJson,
  withDefs,
  type Shape,
  type Value,
} from '../../engine/index.ts'
import { BeamcadeError } from '../../errors.ts'
import type { Backend, Offer } from './backend.ts'
import { type Boards, boardUri } from './boards.ts'

/** Larger boards are not put into the answer of a step: they are resources. */
const MAX_BOARD_TEXT = 10_000

export interface ToolsOptions {
  backend: Backend
  boards: Boards
  /** Operations that change something may be called. */
  allowWrites: boolean
}

export class Tools {
  readonly #offers: ReadonlyMap<string, Offer>
  readonly #options: ToolsOptions

  constructor(options: ToolsOptions) {
    this.#options = options
    this.#offers = named(options.backend.offers)
  }

  list(): Tool[] {
    const allowed = [...this.#offers].filter(([, { reads }]) => reads || this.#options.allowWrites)
    return allowed.map(([name, offer]) => toolOf(name, offer))
  }

  has(name: string): boolean {
    return this.#offers.has(name)
  }

  /** What goes wrong is in the answer. */
  async call(name: string, given: Readonly<Record<string, unknown>>): Promise<CallToolResult> {
    try {
      return await this.#call(name, given)
    } catch (error) {
      return failed(error)
    }
  }

  async #call(name: string, given: Readonly<Record<string, unknown>>): Promise<CallToolResult> {
    const offer = this.#offers.get(name)
    if (offer === undefined) throw new BeamcadeError('unknown_operation', `There is no tool ${JSON.stringify(name)}.`)
    const { backend, allowWrites } = this.#options
    if (!offer.reads && !allowWrites) {
      throw new BeamcadeError('writes_not_allowed', `${offer.module}:${offer.name} changes something.`)
    }
    const args = argumentsOf(offer, given)
    const value = await backend.call(offer, args)
    const answer = toJson(value, offer.output)
    const content = [text(readable(value, offer.output))]
    const board = offer.reads ? undefined : await this.#boardAfter(offer, args)
    if (board !== undefined) content.push(text(board))
    return {
      content,
      structuredContent: isObject(offer.output) ? answer : { result: answer },
    }
  }

  /** What the game that was changed looks like now. */
  async #boardAfter({ module }: Offer, args: ReadonlyMap<Value, Value>): Promise<string | undefined> {
    const game = args.get('game_id')
    if (typeof game !== 'string') return undefined
    const board = await this.#options.boards.of(module, game)
    if (board === undefined || board.length <= MAX_BOARD_TEXT) return board
    return `The board is large: read ${boardUri(game)}.`
  }
}

/** Tools by name: `module-name`, and where several operations share it, those after the first with their arity. */
function named(offers: readonly Offer[]): Map<string, Offer> {
  const tools = new Map<string, Offer>()
  for (const offer of offers) {
    // A hyphen is in no name of an operation, and language models may call tools by letters, digits, _ and - only.
    const plain = `${offer.module}-${offer.name}`
    tools.set(tools.has(plain) ? `${plain}-${offer.params.length}` : plain, offer)
  }
  return tools
}

function toolOf(name: string, offer: Offer): Tool {
  const { module, reads, doc, output } = offer
  const fields = offer.params.map(
    (param) => [param.name, { ...param, shape: documented(param.shape, param.doc) }] as const,
  )
  const answer = jsonSchemaOf(output, 'output')
  return {
    name,
    title: `${module}:${offer.name}`,
    description: doc,
    inputSchema: withDefs(objectSchemaOf(fields, 'input')),
    outputSchema: withDefs(
      isObject(output)
        ? answer
        : { type: 'object', properties: { result: answer }, required: ['result'], additionalProperties: false },
    ),
    annotations: { readOnlyHint: reads, openWorldHint: false },
  } as Tool
}

function documented(shape: Shape, doc: string): Shape {
  return { ...shape, doc: shape.doc === undefined ? doc : `${doc} ${shape.doc}` }
}

/** What is answered is an object as it is; everything else goes into one, as `result`. */
const isObject = ({ kind }: Shape): boolean => kind === 'object' || kind === 'record'

function argumentsOf({ params, maxDepth }: Offer, given: Readonly<Record<string, unknown>>): Map<Value, Value> {
  const shapes = new Map(params.map(({ name, shape }) => [name, shape]))
  return new Map(Object.entries(given).map(([name, item]) => [name, fromJson(item, shapes.get(name), maxDepth)]))
}

/** The answer for whoever reads it: lines of text as they are, all else as JSON in which bytes are counted only. */
function readable(value: Value, output: Shape): string {
  const answer = toJson(value, output, { bytes: ({ length }) => `(${length} bytes)` })
  if (typeof answer === 'string') return answer
  const lines = Array.isArray(answer) && output.kind === 'list' && output.of.kind === 'string'
  return lines ? answer.join('\n') : JSON.stringify(answer)
}

function failed(error: unknown): CallToolResult {
  const { code, message, hint, details } = failureOf(error)
  const facts = Object.fromEntries(Object.entries(details).map(([key, fact]) => [key, toJson(fact)]))
  return {
    isError: true,
    content: [text(`${message} [${code}]\n${hint}`)],
    structuredContent: { error: { code, message, hint, details: facts } },
  }
}

const text = (words: string) => ({ type: 'text' as const, text: words })
