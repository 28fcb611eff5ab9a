/** `beamcade ping`: is the node there, and is the cookie right. */
import { BeamcadeError } from '../errors.ts'
import { Atom, isAtom, tuple } from '../erlang/index.ts'
import { boolFlag, type Command } from './command.ts'
import { CLIENT_OPTIONS, withClient } from './client.ts'

export const ping: Command = {
  name: 'ping',
  usage: 'NODE',
  summary: 'asks a node whether it is there, as Node.ping does',
  arguments: [1, 1],
  options: CLIENT_OPTIONS,
  examples: [
    ['beamcade ping godot@127.0.0.1', 'prints pong, or says why not'],
    ['beamcade ping iex@127.0.0.1 --cookie secret --json', 'any node of the cluster; for programs'],
  ],
  exits: [0, 2, 4, 5, 7],
  async run(given, io) {
    const [target = ''] = given.positionals
    const ms = await withClient(given, io, target, async ({ node, timeoutMs }) => {
      const begun = performance.now()
      const request = tuple(new Atom('is_auth'), new Atom(node.name))
      const answer = await node.call({ name: 'net_kernel', node: target }, request, { timeoutMs, signal: io.signal })
      if (!isAtom(answer, 'yes')) throw new BeamcadeError('not_allowed', `${target} answered, but not with yes.`)
      return performance.now() - begun
    })
    const line = boolFlag(given, 'json')
      ? JSON.stringify({ node: target, answer: 'pong', ms })
      : `pong from ${target} in ${ms.toFixed(2)} ms`
    io.stdout.write(`${line}\n`)
    return 0
  },
}
