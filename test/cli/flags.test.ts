/** Flags of `start` whose effect shows in a real Elixir. */
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { startServer } from '../support/cli.ts'
import { describeWithElixir, startElixir } from '../support/peers.ts'

const coin = join(import.meta.dirname, '../../examples/coin.js')
// The call behind the monitor is a round trip: a notice that was to come has come when it is answered.
const MONITOR = (node: string): string =>
  `r = Process.monitor({:nobody, :"${node}"}); :pong = GenServer.call({:godot_server, :"${node}"}, {:test, :ping, []})
   receive do {:DOWN, ^r, _, _, why} -> why after 0 -> :silent end`

describeWithElixir('beamcade start, seen from Elixir', () => {
  test('--load: an operation of the user is called like ours', async () => {
    const server = await startServer({ flags: ['--load', coin] })
    const elixir = await startElixir({ epmdPort: server.epmdPort, cookie: server.cookie })
    const to = `{:godot_server, :"${server.node}"}`
    expect(await elixir.eval(`GenServer.call(${to}, {:coin, :flip, [42]})`)).toBe('{:ok, :tails}')
    expect(await elixir.eval(`:erpc.call(:"${server.node}", :coin, :flip, [2])`)).toBe('{:ok, :heads}')
    await server.stop()
  })

  test('--no-dist-monitor: nobody is told of a name that is not there', async () => {
    for (const [flags, heard] of [
      [['--no-dist-monitor'], ':silent'],
      [[], ':noproc'],
    ] as const) {
      const server = await startServer({ flags })
      const elixir = await startElixir({ epmdPort: server.epmdPort, cookie: server.cookie })
      expect(await elixir.eval(MONITOR(server.node))).toBe(heard)
      await server.stop()
    }
  })
})
