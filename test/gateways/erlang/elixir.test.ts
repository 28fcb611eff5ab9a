/** The gateway as Elixir and Erlang programs see it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadConfig } from '../../../src/config.ts'
import { createServer, type Server } from '../../../src/server.ts'
import { describeWithElixir, freePort, startBeam, startElixir, uniqueName, type Beam } from '../../support/peers.ts'

const GAME = `
  config = %{num_agents: 1, max_steps: 100, obs_width: 3, obs_height: 3, num_observation_tokens: 20,
    actions: [%{name: "noop", type: :ACTION_NOOP, noop: %{}}, %{name: "move", type: "ACTION_MOVE", move: %{}}],
    objects: [%{name: "agent.agent", agent: %{type_name: "agent", stat_rewards: %{"action.move.success" => 1}}}]}
  create = fn id, options -> GenServer.call(server, {:mettagrid, :create_game, [id, config, ["@..."], 42, options]}) end`

describeWithElixir('the gateway', () => {
  let server: Server
  let elixir: Beam
  let erlang: Beam
  beforeAll(async () => {
    const epmdPort = await freePort()
    const flags = { name: uniqueName('gateway'), cookie: 'cookie', epmdPort }
    server = await createServer(loadConfig({ flags, env: {} }))
    ;[elixir, erlang] = await Promise.all([startElixir({ epmdPort }), startBeam({ epmdPort })])
    await elixir.eval(`server = {:godot_server, :"${server.node.name}"}\n${GAME}`)
  }, 60_000)
  afterAll(async () => {
    await Promise.all([elixir, erlang].map((beam) => beam.stop()))
    await server.stop()
  })

  test('each game is a process: called, monitored, stopped; its id is free afterwards', async () => {
    await elixir.eval(`{:ok, %{game_id: "g", pid: game}} = create.("g", %{})`)
    expect(await elixir.eval('node(game) == elem(server, 1)')).toBe('true')
    expect(
      await elixir.eval('{:ok, %{rewards: r, current_step: n}} = GenServer.call(game, {:step_game, [4]}); {r, n}'),
    ).toBe('{[1.0], 1}')
    expect(await elixir.eval('{:ok, state} = GenServer.call(game, {:get_state}); byte_size(state.observations)')).toBe(
      '60',
    )
    expect(
      await elixir.eval(
        'GenServer.call(server, {:games, :list, []}) == {:ok, [%{game_id: "g", engine: :mettagrid, pid: game}]}',
      ),
    ).toBe('true')
    await elixir.eval('ref = Process.monitor(game); :ok = GenServer.stop(game)')
    expect(await elixir.eval('receive do {:DOWN, ^ref, :process, ^game, why} -> why end')).toBe(':normal')
    expect(
      await elixir.eval('{:error, error} = GenServer.call(server, {:mettagrid, :get_state, ["g"]}); error.code'),
    ).toBe(':no_such_game')
  })

  test('a linked game tells its owner when it dies, and dies with it', async () => {
    await elixir.eval('Process.flag(:trap_exit, true); {:ok, %{pid: game}} = create.("linked", %{link: true})')
    await elixir.eval('Process.exit(game, :boom)')
    expect(await elixir.eval('receive do {:EXIT, ^game, why} -> why end')).toBe(':boom')
    const owner = `me = self()
      owner = spawn(fn -> {:ok, %{pid: game}} = create.("owned", link: true); send(me, game); receive do :end -> :ok end end)
      game = receive do game when is_pid(game) -> game end
      ref = Process.monitor(game)`
    await elixir.eval(`${owner}; Process.exit(owner, :kill)`)
    expect(await elixir.eval('receive do {:DOWN, ^ref, _, _, why} -> why end')).toBe(':killed')
    await elixir.eval(`${owner}; send(owner, :end)`)
    expect(await elixir.eval('receive do {:DOWN, ^ref, _, _, why} -> why end')).toBe(':normal')
  })

  test('a game can stand under a supervisor: killed, it is made anew', async () => {
    await elixir.eval(`
      me = self()
      start = fn ->
        {:ok, %{pid: pid}} = create.("supervised", link: true, if_exists: :take_over)
        send(me, {:started, pid})
        {:ok, pid}
      end
      defmodule Starter do
        def start_link(fun), do: fun.()
      end
      spec = %{id: :game, start: {Starter, :start_link, [start]}}
      {:ok, sup} = Supervisor.start_link([spec], strategy: :one_for_one)
      first = receive do {:started, pid} -> pid end
      Process.exit(first, :kill)`)
    // What the supervisor is asked comes behind the restart that it is in the middle of.
    expect(
      await elixir.eval(`
        second = receive do {:started, pid} -> pid end
        [{:game, child, _, _}] = Supervisor.which_children(sup)
        {child == second, second != first, GenServer.call(second, {:get_state}) |> elem(0)}`),
    ).toBe('{true, true, :ok}')
    await elixir.eval('Supervisor.stop(sup)')
    expect(await elixir.eval('GenServer.call(server, {:games, :list, []})')).toBe('{:ok, []}')
  })

  test('godot_server is supervised', async () => {
    await elixir.eval('ref = Process.monitor(server); :ok = GenServer.stop(server)')
    expect(await elixir.eval('receive do {:DOWN, ^ref, _, _, why} -> why end')).toBe(':normal')
    expect(await elixir.eval('GenServer.call(server, {:test, :ping, []})')).toBe(':pong')
    expect(await elixir.eval('is_map(:sys.get_state(server))')).toBe('true')
  })

  test('requests of one process keep their order while others are served', async () => {
    expect(
      await elixir.eval(`
        [slow, fast] = for r <- [{:test, :sleep, [1000]}, {:test, :ping, []}], do: :gen_server.send_request(server, r)
        other = Task.async(fn -> GenServer.call(server, {:test, :echo, [:meanwhile]}) end)
        first = Task.await(other)
        pending = :gen_server.wait_response(fast, 0)
        {first, pending, :gen_server.wait_response(slow, 5000), :gen_server.wait_response(fast, 5000)}`),
    ).toBe('{:meanwhile, :timeout, {:reply, :ok}, {:reply, :pong}}')
  })

  test('Erlang writes names and texts as strings, and bytes as small integers', async () => {
    const call = (request: string): Promise<string> =>
      erlang.eval(`gen_server:call({godot_server, '${server.node.name}'}, ${request})`)
    expect(await call(`{"erlang", "node", []}`)).toBe(`'${server.node.name}'`)
    expect(await call(`{test, echo, ["abc"]}`)).toBe('"abc"')
    const config = `#{num_agents => 1, obs_width => 3, obs_height => 3, num_observation_tokens => 20,
      actions => [#{name => "noop", type => 'ACTION_NOOP', noop => #{}}, #{name => <<"move">>, type => "ACTION_MOVE", move => #{}}],
      objects => [#{name => "agent.agent", agent => #{type_name => "agent"}}]}`
    await erlang.eval(`{ok, #{pid := Game}} = gen_server:call({godot_server, '${server.node.name}'},
      {mettagrid, create_game, ["from Erlang", ${config}, ["@.", ".."], 1]})`)
    // [4] travels as a string of one byte.
    expect(
      await erlang.eval(
        '{ok, #{current_step := N, action_success := S}} = gen_server:call(Game, {step_game, [4]}), {N, S}',
      ),
    ).toBe('{1,[true]}')
    expect(await erlang.eval('gen_server:stop(Game)')).toBe('ok')
  })
})
