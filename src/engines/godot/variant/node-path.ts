/** Node paths: on the wire in parts, for people as text (`/root/Main/Player:position:x`). */

export interface NodePathParts {
  /** It begins with `/`. */
  readonly absolute: boolean
  /** Names of nodes. */
  readonly names: readonly string[]
  /** Names of properties, from the first colon on. */
  readonly subnames: readonly string[]
}

export function nodePathText({ absolute, names, subnames }: NodePathParts): string {
  return (absolute ? '/' : '') + [names.join('/'), ...subnames].join(':')
}

/** As the engines' own `NodePath(text)` does: empty names between slashes and colons are left out. */
export function nodePathParts(text: string): NodePathParts {
  const colon = text.indexOf(':')
  const path = colon < 0 ? text : text.slice(0, colon)
  const rest = colon < 0 ? '' : text.slice(colon + 1)
  const parts = (joined: string, by: string): string[] => joined.split(by).filter((name) => name !== '')
  return { absolute: path.startsWith('/'), names: parts(path, '/'), subnames: parts(rest, ':') }
}
