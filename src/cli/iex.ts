/** How iex is started so that it can connect: the same kind of name, the same cookie, the same epmd. */
import type { Config } from '../config.ts'

/** The command line; the cookie itself is never in it, only where it came from. */
export function iexLine({ nameKind, epmdPort }: Pick<Config, 'nameKind' | 'epmdPort'>, cookieSource: string): string {
  const epmd = epmdPort === 4369 ? '' : `ERL_EPMD_PORT=${epmdPort} `
  const name = nameKind === 'long' ? '--name me@127.0.0.1' : '--sname me'
  return `${epmd}iex ${name}${cookieFlag(cookieSource)}`
}

/** A cookie from the file is found by iex itself. */
function cookieFlag(source: string): string {
  if (source.startsWith('--')) return ' --cookie COOKIE'
  return source.includes('cookie') ? '' : ` --cookie "$${source}"`
}

/** What to type in it first. */
export function iexLines(node: string): string[] {
  return [
    `iex> Node.connect(:"${node}")`,
    `iex> GenServer.call({:godot_server, :"${node}"}, {:erlang, :node, []})`,
    `:"${node}"`,
  ]
}
