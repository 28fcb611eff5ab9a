/** Where to listen, as text: `HOST:PORT`, or one of the two. */

export interface Address {
  readonly host: string
  readonly port: number
}

/** MettaGrid's own. */
export const SOCKET_ADDRESS: Address = { host: '127.0.0.1', port: 5858 }

/** `127.0.0.1:5858`, `[::1]:5858`, `example.org`, `5858`; what is missing is {@link SOCKET_ADDRESS}. Undefined: it is none. */
export function parseAddress(text: string): Address | undefined {
  const found = /^(?:(\[[\da-f:.]+\]|[a-z\d][\w.-]*))?(?::(\d{1,5}))?$/i.exec(/^\d+$/.test(text) ? `:${text}` : text)
  const [, host = SOCKET_ADDRESS.host, port = SOCKET_ADDRESS.port] = found ?? []
  if (found === null || text === '' || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
