defmodule Beamcade.CallsTest do
  use Beamcade.Case, async: true

  alias Beamcade.{Error, Fixtures}

  defp mailbox, do: Process.info(self(), :messages)

  describe "what OTP brings" do
    test "connects and pings; the node is a hidden one", %{node: node} do
      assert Node.connect(node)
      assert Node.ping(node) == :pong
      assert node in Node.list(:hidden)
    end

    test "a plain message is taken as a cast, and the node lives", %{node: node} do
      :erlang.send({:godot_server, node}, {:erlang, :node, []})
      send({:godot_server, node}, :nonsense)
      assert GenServer.call({:godot_server, node}, {:erlang, :node, []}) == node
      assert mailbox() == {:messages, []}
    end

    test "GenServer calls in every form of request", %{node: node} do
      server = {:godot_server, node}
      assert GenServer.call(server, {:erlang, :node, []}) == node
      assert GenServer.call(server, {:erlang, :node}) == node
      assert GenServer.call(server, {:call, :erlang, :node, []}) == node
      assert GenServer.call(server, {"erlang", ~c"node", []}) == node
      assert {:ok, _} = GenServer.call(server, {:games, :list, []})

      assert {:error, %{code: code, message: message, hint: _, details: %{}}} =
               GenServer.call(server, {:no, :such, [1]})

      assert is_atom(code) and is_binary(message)
    end

    test "send_request, multi_call and a message made by hand", %{node: node} do
      server = {:godot_server, node}
      request = :gen_server.send_request(server, {:erlang, :node, []})
      assert :gen_server.receive_response(request, 5_000) == {:reply, node}
      assert GenServer.multi_call([node], :godot_server, {:erlang, :node, []}) == {[{node, node}], []}

      tag = make_ref()
      send(server, {:"$gen_call", {self(), tag}, {:test, :echo, [{1, 1.0, "one"}]}})
      assert_receive {^tag, {1, 1.0, "one"}}, 5_000
    end

    test "rpc and erpc", %{node: node} do
      assert :rpc.call(node, :erlang, :node, []) == node
      assert :erpc.call(node, :erlang, :node, []) == node
      assert :erpc.multicall([node, node], :test, :echo, [~c"abc"]) == [{:ok, ~c"abc"}, {:ok, ~c"abc"}]
      assert :rpc.cast(node, :test, :echo, [1]) == true
      assert :erpc.cast(node, :test, :echo, [1]) == :ok
      assert {:badrpc, {:EXIT, {:undef, [{:os, :cmd, [~c"id"], _} | _]}}} = :rpc.call(node, :os, :cmd, [~c"id"])
      assert_raise ErlangError, ~r/undef/, fn -> :erpc.call(node, :os, :cmd, [~c"id"]) end
      assert mailbox() == {:messages, []}
    end

    test "sys messages", %{node: node} do
      assert _state = :sys.get_state({:godot_server, node})
    end

    test "terms come back as they went", %{node: node} do
      for term <- [
            1,
            1.0,
            -0.0,
            2 ** 200,
            "é",
            <<1::3>>,
            :é,
            [1 | 2],
            %{1 => :a, 1.0 => :b, %{} => []},
            {self(), make_ref()},
            [nil, true],
            String.duplicate("x", 300_000)
          ] do
        assert GenServer.call({:godot_server, node}, {:test, :echo, [term]}) === term
      end
    end
  end

  describe "Beamcade" do
    test "call answers values and errors", %{node: node} do
      assert Beamcade.call(:erlang, :node, [], node: node) == {:ok, node}
      assert Beamcade.call("test", "echo", [[1, 2]], node: node) == {:ok, [1, 2]}
      assert Beamcade.call(:test, :ping, [], node: node) == {:ok, :pong}
      assert {:ok, games} = Beamcade.call(:games, :list, [], node: node)
      assert is_list(games)
      assert {:error, %Error{code: :unknown_operation} = error} = Beamcade.call(:games, :lost, [], node: node)
      assert Exception.message(error) =~ "lost"
      assert error.details == %{module: "games", name: "lost"}
      assert {:error, %Error{code: :wrong_arity} = error} = Beamcade.call(:games, :info, [], node: node)
      assert error.message == "games:info takes 1 argument (game_id), got 0."
      assert error.details == %{module: "games", name: "info", arities: [1], got: 0}
      assert Beamcade.call!(:test, :echo, [1], node: node) == 1
      assert_raise Error, fn -> Beamcade.call!(:games, :lost, [], node: node) end
    end

    test "arguments go by name as well", %{node: node} do
      id = Fixtures.unique_id()

      assert {:ok, %{game_id: ^id, pid: pid}} =
               Beamcade.call(
                 :mettagrid,
                 :create_game,
                 %{game_id: id, config: Fixtures.config(), map: Fixtures.map(), seed: 1},
                 node: node
               )

      assert node(pid) == node
      assert {:ok, %{current_step: 0}} = Beamcade.call(:mettagrid, :get_state, %{"game_id" => id}, node: node)
    end

    test "a wrong type is an error that says what was expected", %{node: node} do
      for args <- [["g", %{}, [], "seed"], [1.5, %{}, [], 0], ["g", :config, [], 0]] do
        assert {:error, %Error{message: message}} = Beamcade.call(:mettagrid, :create_game, args, node: node)
        assert message =~ ~r/expected/i
      end
    end

    test "cast does its work and answers nobody", %{node: node} do
      id = Fixtures.unique_id()
      args = [id, Fixtures.config(), Fixtures.map(), 1]
      assert {:ok, %{pid: pid}} = Beamcade.call(:mettagrid, :create_game, args, node: node)
      monitor = Process.monitor(pid)
      assert Beamcade.cast(:mettagrid, :delete_game, [id], node: node) == :ok
      assert_receive {:DOWN, ^monitor, :process, ^pid, _}, 5_000
      assert Beamcade.cast(:no, :such, [], node: node) == :ok
      assert mailbox() == {:messages, []}
    end

    test "describe gives the table, or one module's part of it", %{node: node} do
      assert {:ok, all} = Beamcade.describe(node: node)
      assert {:ok, some} = Beamcade.describe(node: node, module: :mettagrid)
      assert inspect(all, limit: :infinity) =~ "create_game"
      assert inspect(all, limit: :infinity) =~ "describe"
      assert inspect(some, limit: :infinity) =~ "step_game"
      refute inspect(some, limit: :infinity) =~ "delete_session"
    end

    test "a node that is not there is an error at once" do
      assert {:error, %Error{code: :nodedown, hint: hint}} =
               Beamcade.call(:test, :ping, [], node: Beamcade.Distribution.free_node_name())

      assert hint =~ "cookie"
    end

    test "a server that is not there is another one", %{node: node} do
      assert {:error, %Error{code: :noproc}} = Beamcade.call(:test, :ping, [], node: node, server: :nobody)
    end

    test "a late reply never comes", %{node: node} do
      assert {:error, %Error{code: :timeout}} = Beamcade.call(:test, :sleep, [200], node: node, timeout: 10)
      # Requests of one process are answered in order: when this one is, the other one has been.
      assert {:ok, :pong} = Beamcade.call(:test, :ping, [], node: node)
      assert mailbox() == {:messages, []}
    end

    test "hundreds of callers at once each get their own answer", %{node: node} do
      1..400
      |> Task.async_stream(&Beamcade.call!(:test, :echo, [&1], node: node), max_concurrency: 100, timeout: 30_000)
      |> Enum.with_index(1)
      |> Enum.each(fn {answer, index} -> assert answer == {:ok, index} end)
    end

    test "one that sleeps keeps nobody waiting", %{node: node} do
      sleeper = Task.async(fn -> Beamcade.call(:test, :sleep, [60_000], node: node, timeout: :infinity) end)
      assert {:ok, :pong} = Beamcade.call(:test, :ping, [], node: node)
      assert Task.shutdown(sleeper, :brutal_kill) == nil
    end
  end

  describe "monitors and links" do
    test "a monitor of a name that nobody has comes back at once", %{node: node} do
      monitor = Process.monitor({:nobody, node})
      assert_receive {:DOWN, ^monitor, :process, {:nobody, ^node}, :noproc}, 5_000
    end

    test "the server is monitored by name; terminated, it is back under its name", %{node: node} do
      {:ok, before} = Beamcade.call(:test, :ping, [], node: node)
      assert before == :pong
      monitor = Process.monitor({:godot_server, node})
      :ok = :sys.terminate({:godot_server, node}, :enough)
      assert_receive {:DOWN, ^monitor, :process, {:godot_server, ^node}, :enough}, 5_000
      assert {:ok, :pong} = Beamcade.call(:test, :ping, [], node: node)
    end

    test "a game is monitored and linked by its pid, and dies alone", %{node: node} do
      [first, second] =
        for _ <- 1..2 do
          args = [Fixtures.unique_id(), Fixtures.config(), Fixtures.map(), 1]
          Beamcade.call!(:mettagrid, :create_game, args, node: node).pid
        end

      monitor = Process.monitor(first)
      Process.flag(:trap_exit, true)
      Process.link(first)
      Process.exit(first, :kill)
      assert_receive {:DOWN, ^monitor, :process, ^first, :killed}, 5_000
      assert_receive {:EXIT, ^first, :killed}, 5_000
      other = Process.monitor(second)
      assert {:ok, :pong} = Beamcade.call(:test, :ping, [], node: node)
      refute_received {:DOWN, ^other, _, _, _}
    end
  end
end
