// A server in a process of its own, whose memory a test looks at from outside.
//   node --expose-gc --import ./ts-loader.mjs memory-child.mjs SETTINGS
// SETTINGS are flags of `beamcade start` as JSON. Prints one JSON object per line: {"event":"ready",…} first, then what
// happens on connections. A line on standard input collects garbage and is answered by {"event":"collected",…}.
import { createInterface } from 'node:readline'
import { loadConfig } from '../../src/config.ts'
import { createEvents } from '../../src/events.ts'
import { createServer } from '../../src/server.ts'

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`)
const events = createEvents()
for (const event of ['dist.accepted', 'dist.closed', 'dist.refused', 'dist.busy']) {
  events.subscribe(event, (payload) => say({ event, ...payload }))
}
const config = loadConfig({ flags: JSON.parse(process.argv[2]), env: {} })
const server = await createServer(config, { events })
say({ event: 'ready', node: server.node.name, port: server.node.port, config })

for await (const line of createInterface({ input: process.stdin })) {
  // A buffer is freed some time after the object that held it.
  for (let i = 0; i < 4; i += 1) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  say({ event: 'collected', line, ...process.memoryUsage() })
}
await server.stop()
