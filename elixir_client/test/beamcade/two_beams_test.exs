defmodule Beamcade.TwoBeamsTest do
  use Beamcade.Case, async: true

  alias Beamcade.{Client, Distribution, Fixtures, Game, OsProcess, Peer, Step}

  # A second BEAM, on speaking terms with our node.
  setup %{node: node} do
    peer = Peer.start()
    # A name of the kind, long or short, that this BEAM has: they are to meet the same node.
    :ok = Peer.call(peer, Distribution, :ensure_started, [[name: Distribution.free_node_name("peer")]])
    true = Peer.call(peer, :erlang, :set_cookie, [node, :erlang.get_cookie(node)])
    %{peer: peer}
  end

  test "both call at the same time", %{peer: peer, node: node} do
    here = start_supervised!({Client, node: node})
    there = Peer.start_child(peer, {Client, node: node, name: :there})
    assert Client.await(here) == :ok
    assert Peer.call(peer, Client, :await, [there]) == :ok

    calls = for n <- 1..50, do: Task.async(fn -> Client.call(here, :test, :echo, [n]) end)
    for n <- 1..50, do: assert(Peer.call(peer, Client, :call, [:there, :test, :echo, [n]]) == {:ok, n})
    assert Task.await_many(calls) == for(n <- 1..50, do: {:ok, n})
  end

  test "a game is taken over from an owner in another BEAM, which learns of it", %{peer: peer, node: node} do
    options = Fixtures.game(node)
    there = Peer.start_child(peer, {Game, options})
    assert {:ok, %Step{current_step: 1}} = Peer.call(peer, Game, :step, [there, [4, 3]])
    {:ok, pid} = Peer.call(peer, Game, :remote_pid, [there])
    monitor = Process.monitor(pid)

    here = start_supervised!({Game, options})
    assert_receive {:DOWN, ^monitor, _, _, _}, 5_000
    assert {:ok, %Step{current_step: 0}} = Game.state(here)
    assert {:error, _} = Peer.call(peer, Game, :step, [there, [4, 3]])
    assert {:ok, %Step{current_step: 0}} = Game.state(here)
  end

  test "a game ends when the BEAM of its owner is killed", %{peer: peer, node: node} do
    there = Peer.start_child(peer, {Game, Fixtures.game(node)})
    {:ok, pid} = Peer.call(peer, Game, :remote_pid, [there])
    monitor = Process.monitor(pid)
    beam = Peer.call(peer, System, :pid, []) |> String.to_integer()
    Process.flag(:trap_exit, true)
    OsProcess.kill(beam)
    assert_receive {:DOWN, ^monitor, _, _, _}, 10_000
    assert Beamcade.call(:test, :ping, [], node: node) == {:ok, :pong}
  end

  test "a BEAM that is no node says so" do
    lone = Peer.start()
    assert {:error, %{code: :not_distributed, hint: hint}} = Peer.call(lone, Beamcade, :call, [:test, :ping])
    assert hint =~ "--name"
    start = fn module, options -> Peer.call(lone, GenServer, :start, [module, options]) end
    assert {:error, %{code: :not_distributed}} = start.(Client, {{:godot_server, :"a@127.0.0.1"}, 5, nil})
    assert {:error, %{code: :not_distributed}} = start.(Game.Owner, %{})
    assert {:error, %{code: :not_distributed}} = start.(Beamcade.Node, [])
  end
end
