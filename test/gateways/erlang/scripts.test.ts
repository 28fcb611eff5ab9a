/** The scripts that run against any node, run against ours. */
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { startServer } from '../../support/cli.ts'
import { describeWithElixir, elixirPath } from '../../support/peers.ts'
import { PeerProcess } from '../../support/process.ts'

describeWithElixir('plain scripts in Elixir', () => {
  test.each(['plain_messages', 'gen_server_calls', 'casts'])(
    '%s.exs',
    async (name) => {
      const server = await startServer()
      const run = async (cookie: string): Promise<{ code: unknown; output: string }> => {
        const script = join(import.meta.dirname, '../../scripts', `${name}.exs`)
        const env = { ...process.env, ERL_EPMD_PORT: String(server.epmdPort), LC_ALL: 'C.UTF-8' }
        const child = new PeerProcess(elixirPath ?? 'elixir', [script, server.node, cookie], { env })
        return { code: await child.exited, output: child.output }
      }
      const good = await run(server.cookie)
      expect(good.output).toContain('all well')
      expect(good.code).toBe(0)
      expect((await run('another')).code).toBe(1)
      await server.stop()
    },
    90_000,
  )
})
