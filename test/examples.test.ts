/** The examples run, as they are. (`coin.js` runs in `package.test.ts`, where a user would have it.) */
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { cleanEnv } from './support/cli.ts'
import { describeWithElixir, startElixir, startEpmd } from './support/peers.ts'
import { PeerProcess } from './support/process.ts'

const root = join(import.meta.dirname, '..')

describeWithElixir('examples/genserver.ts', () => {
  test('calls Elixir, and is called by it', async () => {
    const epmd = await startEpmd()
    const elixir = await startElixir({ epmdPort: epmd.port, cookie: 'secret', name: 'me@127.0.0.1' })
    await elixir.eval(`
      defmodule Greeter do
        use GenServer
        def init(_), do: {:ok, nil}
        def handle_call(who, _from, state), do: {:reply, "hello " <> who, state}
      end
      {:ok, _} = GenServer.start(Greeter, nil, name: :greeter)`)
    const loader = join(root, 'test/support/ts-loader.mjs')
    const args = ['--import', loader, join(root, 'examples/genserver.ts')]
    const env = cleanEnv({ ERL_EPMD_PORT: String(epmd.port) })
    const example = new PeerProcess(process.execPath, args, { cwd: root, env })
    await example.expectOutput(/the GenServer in Elixir says "hello TypeScript"/)
    const add = 'GenServer.call({:counter, :"ts@127.0.0.1"}, {:add, 5})'
    expect(await elixir.eval(`[${add}, ${add}]`)).toBe('[5, 10]')
    await example.stop()
  })
})
