/** The calls that people make, from every Erlang release that is here: the installed one, and newer ones in chroots. */
import { expect, test } from '@jest/globals'
import { startServer } from '../support/cli.ts'
import { describeWithElixir, newerReleases, startElixir, type Release } from '../support/peers.ts'

const releases: readonly (Release | undefined)[] = [undefined, ...newerReleases()]

/** Elixir code, and what `inspect` must say of its value; NODE stands for our node. */
const CALLS: readonly (readonly [code: string, result: string])[] = [
  ['Node.connect(NODE)', 'true'],
  ['Node.ping(NODE)', ':pong'],
  ['NODE in Node.list(:hidden) and NODE not in Node.list()', 'true'],
  ['GenServer.call({:godot_server, NODE}, {:erlang, :node, []}) == NODE', 'true'],
  [
    'GenServer.call({:godot_server, NODE}, {:test, :echo, [{1, 1.0, "ż", [a: 1], %{1 => [1 | 2]}}]})',
    '{1, 1.0, "ż", [a: 1], %{1 => [1 | 2]}}',
  ],
  ['GenServer.cast({:godot_server, NODE}, {:test, :ping, []})', ':ok'],
  ['GenServer.multi_call([NODE], :godot_server, {:test, :ping, []}) == {[{NODE, :pong}], []}', 'true'],
  [
    'r = :gen_server.send_request({:godot_server, NODE}, {:test, :ping, []}); :gen_server.receive_response(r, 5000)',
    '{:reply, :pong}',
  ],
  [':rpc.call(NODE, :test, :ping, [])', ':pong'],
  [':rpc.block_call(NODE, :test, :ping, [])', ':pong'],
  [':rpc.multicall([NODE], :test, :ping, [])', '{[:pong], []}'],
  [':rpc.call(NODE, :os, :cmd, [[]])', '{:badrpc, {:EXIT, {:undef, [{:os, :cmd, [[]], []}]}}}'],
  [':rpc.cast(NODE, :test, :ping, [])', 'true'],
  [':erpc.call(NODE, :test, :ping, [])', ':pong'],
  [':erpc.multicall([NODE], :test, :ping, [])', '[ok: :pong]'],
  [':erpc.cast(NODE, :test, :ping, [])', ':ok'],
  ['r = Process.monitor({:nobody, NODE}); receive do {:DOWN, ^r, _, _, why} -> why end', ':noproc'],
  ['catch_exit = try do GenServer.call({:nobody, NODE}, :x) catch :exit, {why, _} -> why end', ':noproc'],
  [
    't = make_ref(); send({:godot_server, NODE}, {:"$gen_call", {self(), t}, {:test, :ping, []}}); receive do {^t, x} -> x end',
    ':pong',
  ],
  ['is_map(:sys.get_state({:godot_server, NODE}))', 'true'],
  ['{:links, l} = (p = :erlang.whereis(:net_kernel); Process.info(p, :links)); is_list(l)', 'true'],
  [
    'try do GenServer.call({:godot_server, NODE}, {:test, :sleep, [1500]}, 50) catch :exit, {why, _} -> why end',
    ':timeout',
  ],
  // Requests of one process are answered in order: the late reply has come by then, if it does.
  ['GenServer.call({:godot_server, NODE}, {:test, :ping, []}); Process.info(self(), :messages)', '{:messages, []}'],
]

describeWithElixir('releases of Erlang', () => {
  test.each(releases.map((release) => [release?.otp ?? 'installed', release] as const))(
    'OTP %s gets the answers it expects',
    async (_, release) => {
      const server = await startServer()
      const { epmdPort, cookie } = server
      const elixir = await startElixir({ epmdPort, cookie, ...(release !== undefined && { release }) })
      for (const [code, result] of CALLS) {
        expect([code, await elixir.eval(code.replaceAll('NODE', `:"${server.node}"`))]).toEqual([code, result])
      }
      await server.stop()
    },
    60_000,
  )
})
