#!/usr/bin/env node
/** The `beamcade` command. */
import { main } from './cli/main.ts'

const stop = new AbortController()
// A second signal ends the program at once, should stopping in order hang.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stop.abort()
  })

// Who reads may go (`beamcade start | head`): what is written then is lost, and the program goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const code = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
})
// What was written to a pipe leaves before the process does.
process.exitCode = code
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
