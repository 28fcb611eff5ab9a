/** `beamcade names`: the nodes that an epmd knows. */
import { loadConfig } from '../config.ts'
import { listNames } from '../erlang/index.ts'
import { boolFlag, textFlag, type Command } from './command.ts'
import { flagSettings, settingOptions } from './options.ts'

export const names: Command = {
  name: 'names',
  usage: '[HOST]',
  summary: 'lists the nodes that epmd knows',
  arguments: [0, 1],
  options: {
    ...settingOptions(['epmdPort']),
    config: { type: 'string', argument: 'FILE', doc: 'settings as JSON (else BEAMCADE_CONFIG)' },
    json: { type: 'boolean', doc: 'the list as JSON' },
  },
  examples: [
    ['beamcade names', 'those of this machine'],
    ['beamcade names 10.0.0.5 --epmd-port 4370 --json', 'those of another one; for programs'],
  ],
  exits: [0, 2, 3],
  async run(given, io) {
    const [host = '127.0.0.1'] = given.positionals
    // No cookie is needed to ask, so none is looked for.
    const flags = { ...flagSettings(given, ['epmdPort']), cookie: 'none', config: textFlag(given, 'config') }
    const { epmdPort } = loadConfig({ flags, env: io.env, cwd: io.cwd })
    const { nodes } = await listNames(host, epmdPort, { signal: io.signal })
    if (boolFlag(given, 'json')) io.stdout.write(`${JSON.stringify({ host, epmd: epmdPort, nodes })}\n`)
    else if (nodes.length === 0) io.stdout.write(`epmd on ${host}:${epmdPort} knows no node\n`)
    else for (const { name, port } of nodes) io.stdout.write(`${name} at port ${port}\n`)
    return 0
  },
}
