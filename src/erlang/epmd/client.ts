/** Questions to an epmd: where a node listens, and which nodes there are. */
import { ask, type AskOptions } from './ask.ts'
import { decodeNamesReply, decodePortReply, type NamesReply, type NodeInfo } from './wire.ts'

/**
 * Asks where the node with the name `alive` (the part before the `@`) listens; undefined if no such node is registered.
 * Errors: `epmd_unreachable`, `timeout`, `aborted`, `bad_epmd_reply`, `epmd_name_too_long`.
 */
export async function lookupNode(
  host: string,
  port: number,
  alive: string,
  options: AskOptions = {},
): Promise<NodeInfo | undefined> {
  const { value, socket } = await ask({
    ...options,
    host,
    port,
    request: { kind: 'port', name: alive },
    decode: decodePortReply,
  })
  socket.destroy()
  return value
}

/** Asks for the names of all nodes, and their ports. Errors as of {@link lookupNode}, and `epmd_reply_too_long`. */
export async function listNames(host: string, port: number, options: AskOptions = {}): Promise<NamesReply> {
  const { value, socket } = await ask({ ...options, host, port, request: { kind: 'names' }, decode: decodeNamesReply })
  socket.destroy()
  return value
}
