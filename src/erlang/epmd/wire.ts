/**
 * The protocol of epmd, both sides, as bytes: no sockets here. A request has a length prefix of two bytes, a reply has
 * none. Source: Erlang/OTP, "Distribution Protocol", section "EPMD Protocol".
 *
 * Decoders take all bytes that have come so far, and answer the value with what follows it, or that more must come.
 */
import { BeamcadeError } from '../../errors.ts'

/** What a decoder answers. */
export type Decoded<T> =
  | { readonly status: 'value'; readonly value: T; readonly rest: Uint8Array }
  | { readonly status: 'more' }
  | { readonly status: 'error'; readonly error: BeamcadeError }

/** What a node says about itself. */
export interface NodeInfo {
  /** The part of the node's name before the `@`. */
  readonly name: string
  /** Where it listens for other nodes. */
  readonly port: number
  readonly hidden: boolean
  /** The highest and lowest version of the distribution protocol that it speaks: 6 since OTP 23, 5 before. */
  readonly highVersion: number
  readonly lowVersion: number
  readonly extra: Uint8Array
}

export type Request =
  | { readonly kind: 'alive'; readonly node: NodeInfo }
  | { readonly kind: 'port'; readonly name: string }
  | { readonly kind: 'names' }
  | { readonly kind: 'dump' }
  | { readonly kind: 'kill' }
  | { readonly kind: 'stop'; readonly name: string }

/** The answer to a registration. `wide` tells the form: a creation of 32 bits (since OTP 23) or of 16. */
export interface AliveReply {
  /** 0: registered. 1: refused, as a rule because the name is taken; `creation` is 99 then. */
  readonly result: number
  readonly creation: number
  readonly wide: boolean
}

/** One line of the answer to NAMES. */
export interface NameEntry {
  readonly name: string
  readonly port: number
}

export interface NamesReply {
  /** The port of the epmd that answers. */
  readonly epmdPort: number
  readonly nodes: readonly NameEntry[]
}

const ALIVE2_REQ = 120
const PORT_PLEASE2_REQ = 122
const NAMES_REQ = 110
const DUMP_REQ = 100
const KILL_REQ = 107
const STOP_REQ = 115
const ALIVE2_RESP = 121
const ALIVE2_X_RESP = 118
const PORT2_RESP = 119

const TYPE_VISIBLE = 77
const TYPE_HIDDEN = 72
const PROTOCOL_TCP_IPV4 = 0

/** Bytes of a name, and of extra data: 255 characters of four bytes, as in OTP's epmd. */
export const MAX_NAME_BYTES = 255 * 4
/** The longest request that anybody needs: ALIVE2 with a name and extra data of {@link MAX_NAME_BYTES} each. */
export const MAX_REQUEST_BYTES = 13 + 2 * MAX_NAME_BYTES

const MORE = { status: 'more' } as const

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function value<T>(of: T, bytes: Buffer, end: number): Decoded<T> {
  return { status: 'value', value: of, rest: bytes.subarray(end) }
}

/** The fields that ALIVE2_REQ and PORT2_RESP have in common. */
function encodeNode(node: NodeInfo): Buffer {
  const name = checkedName(node.name)
  if (node.extra.length > MAX_NAME_BYTES) {
    throw new BeamcadeError(
      'epmd_name_too_long',
      `Extra data has ${node.extra.length} bytes, allowed are ${MAX_NAME_BYTES}.`,
    )
  }
  const head = Buffer.alloc(8)
  head.writeUInt16BE(node.port, 0)
  head[2] = node.hidden ? TYPE_HIDDEN : TYPE_VISIBLE
  head[3] = PROTOCOL_TCP_IPV4
  head.writeUInt16BE(node.highVersion, 4)
  head.writeUInt16BE(node.lowVersion, 6)
  return Buffer.concat([head, u16(name.length), name, u16(node.extra.length), node.extra])
}

function checkedName(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8')
  if (bytes.length > MAX_NAME_BYTES) {
    throw new BeamcadeError('epmd_name_too_long', `A name of ${bytes.length} bytes; allowed are ${MAX_NAME_BYTES}.`)
  }
  if (bytes.length === 0 || bytes.includes(0)) {
    throw new BeamcadeError('bad_argument', 'The name of a node is not empty and has no zero byte in it.')
  }
  return bytes
}

/** Reads what {@link encodeNode} wrote, from `at`; the node and where it ends, or undefined if the bytes end before. */
function decodeNode(bytes: Buffer, at: number): { node: NodeInfo; end: number } | undefined {
  if (bytes.length < at + 10) return undefined
  const nameEnd = at + 10 + bytes.readUInt16BE(at + 8)
  if (bytes.length < nameEnd + 2) return undefined
  const end = nameEnd + 2 + bytes.readUInt16BE(nameEnd)
  if (bytes.length < end) return undefined
  const node = {
    name: bytes.toString('utf8', at + 10, nameEnd),
    port: bytes.readUInt16BE(at),
    hidden: bytes[at + 2] === TYPE_HIDDEN,
    highVersion: bytes.readUInt16BE(at + 4),
    lowVersion: bytes.readUInt16BE(at + 6),
    // A copy: the bytes given may be a buffer that is used again.
    extra: new Uint8Array(bytes.subarray(nameEnd + 2, end)),
  }
  return { node, end }
}

/** The bytes of a request, length prefix included. Throws `epmd_name_too_long`, and `bad_argument` for a name with a zero byte. */
export function encodeRequest(request: Request): Uint8Array {
  const body = encodeBody(request)
  return Buffer.concat([u16(body.length), body])
}

function encodeBody(request: Request): Buffer {
  switch (request.kind) {
    case 'alive':
      return Buffer.concat([Buffer.of(ALIVE2_REQ), encodeNode(request.node)])
    case 'port':
      return Buffer.concat([Buffer.of(PORT_PLEASE2_REQ), checkedName(request.name)])
    case 'stop':
      return Buffer.concat([Buffer.of(STOP_REQ), checkedName(request.name)])
    case 'names':
      return Buffer.of(NAMES_REQ)
    case 'dump':
      return Buffer.of(DUMP_REQ)
    case 'kill':
      return Buffer.of(KILL_REQ)
  }
}

/** Reads one request. Errors: `epmd_request_too_long` (from the length alone), `epmd_name_too_long`, `bad_epmd_request`. */
export function decodeRequest(
  bytes: Uint8Array,
  limits: { maxRequestBytes: number; maxNameBytes: number } = {
    maxRequestBytes: MAX_REQUEST_BYTES,
    maxNameBytes: MAX_NAME_BYTES,
  },
): Decoded<Request> {
  const all = buffer(bytes)
  if (all.length < 2) return MORE
  const length = all.readUInt16BE(0)
  if (length > limits.maxRequestBytes) {
    const message = `A request of ${length} bytes; maxRequestBytes is ${limits.maxRequestBytes}.`
    return { status: 'error', error: new BeamcadeError('epmd_request_too_long', message) }
  }
  if (all.length < 2 + length) return MORE
  const body = all.subarray(2, 2 + length)
  try {
    return value(decodeBody(body, limits.maxNameBytes), all, 2 + length)
  } catch (error) {
    if (error instanceof BeamcadeError) return { status: 'error', error }
    throw error
  }
}

function decodeBody(body: Buffer, maxNameBytes: number): Request {
  switch (body[0]) {
    case ALIVE2_REQ: {
      const found = decodeNode(body, 1)
      if (found?.end !== body.length) throw bad('ALIVE2_REQ whose lengths do not add up')
      checkLength(found.node.name, maxNameBytes)
      if (found.node.extra.length > maxNameBytes) throw tooLong('Extra data', found.node.extra.length, maxNameBytes)
      return { kind: 'alive', node: found.node }
    }
    case PORT_PLEASE2_REQ:
      return { kind: 'port', name: checkLength(body.toString('utf8', 1), maxNameBytes) }
    case STOP_REQ:
      return { kind: 'stop', name: checkLength(body.toString('utf8', 1), maxNameBytes) }
    case NAMES_REQ:
      return { kind: 'names' }
    case DUMP_REQ:
      return { kind: 'dump' }
    case KILL_REQ:
      return { kind: 'kill' }
    case undefined:
      throw bad('an empty request')
    default:
      throw bad(`a request with the unknown tag ${String(body[0])}`)
  }
}

function checkLength(name: string, maxNameBytes: number): string {
  const length = Buffer.byteLength(name)
  if (length > maxNameBytes) throw tooLong('A name', length, maxNameBytes)
  // A line break would let a name write lines of its own into the list of names.
  if (length === 0 || /[\0\n]/.test(name)) throw bad('a name that is empty, or has a zero byte or a line break in it')
  return name
}

function tooLong(what: string, length: number, limit: number): BeamcadeError {
  return new BeamcadeError('epmd_name_too_long', `${what} of ${length} bytes; maxNameBytes is ${limit}.`)
}

function bad(what: string): BeamcadeError {
  return new BeamcadeError('bad_epmd_request', `epmd got ${what}.`)
}

export function encodeAliveReply(reply: AliveReply): Uint8Array {
  const bytes = Buffer.alloc(reply.wide ? 6 : 4)
  bytes[0] = reply.wide ? ALIVE2_X_RESP : ALIVE2_RESP
  bytes[1] = reply.result
  if (reply.wide) bytes.writeUInt32BE(reply.creation, 2)
  else bytes.writeUInt16BE(reply.creation, 2)
  return bytes
}

/** Reads the answer to a registration, in either form. Error: `bad_epmd_reply`. */
export function decodeAliveReply(bytes: Uint8Array): Decoded<AliveReply> {
  const all = buffer(bytes)
  const tag = all[0]
  if (tag === undefined) return MORE
  const wide = tag === ALIVE2_X_RESP
  if (!wide && tag !== ALIVE2_RESP) return badReply(`tag ${tag} instead of 118 or 121 (ALIVE2)`)
  const end = wide ? 6 : 4
  if (all.length < end) return MORE
  const creation = wide ? all.readUInt32BE(2) : all.readUInt16BE(2)
  return value({ result: all.readUInt8(1), creation, wide }, all, end)
}

/** The answer to PORT_PLEASE2: the node, or undefined if there is none of that name. */
export function encodePortReply(node: NodeInfo | undefined): Uint8Array {
  if (node === undefined) return Buffer.of(PORT2_RESP, 1)
  return Buffer.concat([Buffer.of(PORT2_RESP, 0), encodeNode(node)])
}

/** Reads the answer to PORT_PLEASE2. Error: `bad_epmd_reply`. */
export function decodePortReply(bytes: Uint8Array): Decoded<NodeInfo | undefined> {
  const all = buffer(bytes)
  if (all[0] !== undefined && all[0] !== PORT2_RESP) return badReply(`tag ${all[0]} instead of 119 (PORT2)`)
  if (all.length < 2) return MORE
  if (all[1] !== 0) return value(undefined, all, 2)
  const found = decodeNode(all, 2)
  return found === undefined ? MORE : value(found.node, all, found.end)
}

export function encodeNamesReply(reply: NamesReply): Uint8Array {
  const lines = reply.nodes.map(({ name, port }) => `name ${name} at port ${port}\n`)
  return textReply(reply.epmdPort, lines.join(''))
}

/** The answer to NAMES and DUMP: the port of the epmd, then text until the connection ends. */
export function textReply(epmdPort: number, text: string): Uint8Array {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(epmdPort)
  return Buffer.concat([head, Buffer.from(text)])
}

/** Reads the answer to NAMES, which has no length: `ended` says that the connection has ended. Error: `bad_epmd_reply`. */
export function decodeNamesReply(bytes: Uint8Array, ended: boolean): Decoded<NamesReply> {
  if (!ended) return MORE
  const all = buffer(bytes)
  if (all.length < 4) return badReply(`${all.length} bytes instead of a port and names`)
  const nodes: NameEntry[] = []
  for (const line of all.toString('utf8', 4).split('\n')) {
    if (line === '') continue
    const match = /^name (.*) at port (\d{1,5})$/s.exec(line)
    if (match === null) return badReply(`the line ${JSON.stringify(line.slice(0, 80))} in the list of names`)
    nodes.push({ name: match[1] ?? '', port: Number(match[2]) })
  }
  return value({ epmdPort: all.readUInt32BE(0), nodes }, all, all.length)
}

function badReply<T>(what: string): Decoded<T> {
  return { status: 'error', error: new BeamcadeError('bad_epmd_reply', `epmd answered ${what}.`) }
}
