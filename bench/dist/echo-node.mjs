// Our node as a target of the benchmark: a server that answers each call with the request, made of the built library.
//   ERL_EPMD_PORT=N BENCH_COOKIE=C BENCH_NODE=a@127.0.0.1 BENCH_NAME=echo node echo-node.mjs [--no-dist-monitor]
// BENCH_DIST is the folder of another build than dist/, to compare two; BENCH_NATIVE=0 accepts by `net`.
import { pathToFileURL } from 'node:url'

const { ERL_EPMD_PORT, BENCH_COOKIE, BENCH_NODE, BENCH_NAME, BENCH_NATIVE, BENCH_DIST } = process.env
const folder = BENCH_DIST === undefined ? new URL('../../dist/', import.meta.url) : pathToFileURL(`${BENCH_DIST}/`)
const { ErlangNode, GenServer } = await import(new URL('erlang/index.js', folder))

class Echo extends GenServer {
  handleCall(request) {
    return request
  }
  handleCast() {}
}

const node = await ErlangNode.start({
  name: BENCH_NODE,
  cookie: BENCH_COOKIE,
  epmd: { port: Number(ERL_EPMD_PORT), embed: 'never' },
  distMonitor: !process.argv.includes('--no-dist-monitor'),
  native: BENCH_NATIVE !== '0',
})
node.startServer(new Echo(), { name: BENCH_NAME })
console.log('READY')
process.on('SIGTERM', () => process.exit(0))
