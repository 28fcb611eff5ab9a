/** The examples run, as they are. (`coin.js` and `dice.js` also in `package.test.ts`, where a user would have them.) */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { cleanEnv, startServer } from './support/cli.ts'
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

describeWithElixir('examples/dice.js', () => {
  test('gives what its first lines say, and its games are processes', async () => {
    const file = join(root, 'examples/dice.js')
    const server = await startServer({ name: 'godot@127.0.0.1', flags: ['--load', file] })
    const elixir = await startElixir({ epmdPort: server.epmdPort, cookie: server.cookie })
    const shown = [...readFileSync(file, 'utf8').matchAll(/^\/\/ {3}(.*?)(?: +#(=>)? *(.*))?$/gm)]
    expect(shown.length).toBe(4)
    let said = 0
    for (const [, line = '', arrow, answer] of shown) {
      const got = await elixir.eval(line)
      if (arrow === undefined) continue
      expect(got).toBe(answer)
      said += 1
    }
    expect(said).toBe(1)
    expect(await elixir.eval('GenServer.call(pid, :state)')).toMatch(/faces: \[2, 3, 1\], sum: 6, throws: 2/)
    const ends = await elixir.eval(`
      ref = Process.monitor(pid)
      {:ok, _} = GenServer.call(server, {:dice, :delete_game, ["d1"]})
      receive do {:DOWN, ^ref, _, _, why} -> why after 5_000 -> :alive end`)
    expect(ends).toBe(':normal')
    await server.stop()
  })
})
