defmodule Beamcade.ClientTest do
  use Beamcade.Case, async: true

  alias Beamcade.{Client, Error, OsProcess}

  setup %{node: node} do
    %{client: start_supervised!({Client, node: node, backoff_min: 5, backoff_max: 50})}
  end

  test "calls, casts and tells its state", %{client: client, node: node} do
    assert Client.await(client) == :ok
    assert Client.status(client) == {:ok, :up}
    assert Client.call(client, :erlang, :node) == {:ok, node}
    assert Client.call!(client, :test, :echo, [1.0]) === 1.0
    assert {:error, %Error{code: :unknown_operation}} = Client.call(client, :games, :lost)
    assert_raise Error, fn -> Client.call!(client, :games, :lost) end
    assert Client.cast(client, :test, :ping) == :ok
    assert {:error, %Error{code: :timeout}} = Client.call(client, :test, :sleep, [1_000], timeout: 5)
  end

  test "its timeout is the default of its calls", %{node: node} do
    client = start_supervised!({Client, name: :hasty, node: node, timeout: 5})
    assert :ok = Client.await(:hasty)
    assert {:error, %Error{code: :timeout}} = Client.call(client, :test, :sleep, [1_000])
    assert {:ok, :ok} = Client.call(client, :test, :sleep, [20], timeout: 5_000)
  end

  test "wrong options of a call are refused", %{client: client} do
    assert_raise ArgumentError, fn -> Client.call(client, :test, :ping, [], node: :a@b) end
    assert_raise ArgumentError, fn -> Client.call(client, :test, :ping, [], timeout: :soon) end
  end

  test "two clients of one node, and many callers of each", %{client: client, node: node} do
    other = start_supervised!({Client, name: :other_client, node: node})
    :ok = Client.await(client)
    :ok = Client.await(other)

    1..200
    |> Task.async_stream(fn n -> Client.call!(Enum.at([client, other], rem(n, 2)), :test, :echo, [n]) end,
      max_concurrency: 50
    )
    |> Enum.with_index(1)
    |> Enum.each(fn {answer, n} -> assert answer == {:ok, n} end)
  end

  test "a client that has ended is an error", %{node: node} do
    {:ok, client} = Client.start_link(node: node)
    GenServer.stop(client)
    assert {:error, %Error{code: :noproc}} = Client.call(client, :test, :ping)
    assert {:error, %Error{code: :noproc}} = Client.await(client)
  end

  describe "a lost node" do
    setup do
      :telemetry.listen()
      context = Beamcade.Case.start_node()

      {:ok,
       Map.put(
         context,
         :client,
         start_supervised!({Client, name: :survivor, node: context.node, backoff_min: 5, backoff_max: 50})
       )}
    end

    test "fails the calls under way and the next ones at once, and is found again", %{client: client} = context do
      %{node: node, beamcade: beamcade} = context
      :ok = Client.await(client)
      assert_receive {:telemetry, [:beamcade, :client, :up], %{count: 1}, %{node: ^node, client: ^client}}, 5_000

      calls = for _ <- 1..20, do: Task.async(fn -> Client.call(client, :test, :sleep, [60_000], timeout: :infinity) end)

      # Answered after the sleepers were taken up, as all go over one connection.
      for _ <- calls,
          do: assert_receive({:telemetry, [:beamcade, :call, :start], _, %{function: :sleep, node: ^node}}, 5_000)

      assert Client.call(client, :test, :ping) == {:ok, :pong}

      %{os_pid: os_pid} = Beamcade.Node.info(beamcade)
      OsProcess.kill(os_pid)

      for result <- Task.await_many(calls, 10_000) do
        assert {:error, %Error{code: :nodedown}} = result
      end

      assert_receive {:telemetry, [:beamcade, :client, :down], _, %{client: ^client}}, 5_000

      # The supervisor starts the node anew, and the client finds it.
      assert_receive {:telemetry, [:beamcade, :client, :up], _, %{client: ^client}}, 30_000
      assert Client.call(client, :test, :ping) == {:ok, :pong}
      refute OsProcess.alive?(os_pid)
    end

    test "is not found again after it was stopped, and calls fail fast all the while", %{client: client, node: node} do
      :ok = Client.await(client)
      :ok = stop_supervised({Beamcade.Node, node})
      assert_receive {:telemetry, [:beamcade, :client, :down], _, %{client: ^client}}, 5_000
      assert Client.status(client) == {:ok, :down}

      for attempt <- 1..4 do
        assert_receive {:telemetry, [:beamcade, :client, :retry], %{delay: delay, attempt: ^attempt},
                        %{client: ^client}},
                       10_000

        assert delay <= 50
        assert {:error, %Error{code: :nodedown}} = Client.call(client, :test, :ping)
        assert {:error, %Error{code: :nodedown}} = Client.cast(client, :test, :ping)
      end

      assert {:error, %Error{code: :timeout}} = Client.await(client, 1)
    end
  end

  test "starts before its node does", %{node: _} do
    :telemetry.listen()
    node = Beamcade.Distribution.free_node_name()
    client = start_supervised!({Client, name: :early, node: node, backoff_min: 5, backoff_max: 50})
    assert_receive {:telemetry, [:beamcade, :client, :retry], _, %{client: ^client}}, 5_000
    assert {:error, %Error{code: :nodedown}} = Client.call(client, :test, :ping)
    Beamcade.Case.start_node(node: node)
    assert Client.await(client) == :ok
    assert Client.call(client, :erlang, :node) == {:ok, node}
  end
end
