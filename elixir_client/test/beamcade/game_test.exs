defmodule Beamcade.GameTest do
  use Beamcade.Case, async: true

  alias Beamcade.{Error, Fixtures, Game, Observation, OsProcess, Step}

  defp start(node, more \\ []), do: start_supervised!({Game, Fixtures.game(node, more)})

  # Games that end with their reason must not be started again by the supervisor of the test.
  defp start_once(node, more \\ []) do
    start_supervised!(Supervisor.child_spec({Game, Fixtures.game(node, more)}, restart: :temporary))
  end

  describe "playing" do
    test "a recorded game gives what was recorded", %{node: node} do
      game = start(node)

      assert {:ok, %Step{current_step: 0, action_success: [false, false]} = step} = Game.state(game)
      assert step.rewards === [0.0, 0.0]
      assert step.observations == Fixtures.initial()

      steps = for actions <- Fixtures.actions(), do: Game.step!(game, actions)
      assert hd(steps).observations == Fixtures.first()
      assert List.last(steps).observations == Fixtures.last()

      assert Enum.map(steps, & &1.rewards) === List.duplicate([0.25, 0.25], 3) ++ List.duplicate([0.0, 0.0], 7)
      assert Enum.map(steps, & &1.current_step) == Enum.to_list(1..10)
      assert Enum.map(steps, &Step.done?/1) == List.duplicate(false, 6) ++ List.duplicate(true, 4)
      assert List.last(steps).truncations == [true, true]
      assert List.last(steps).terminals == [false, false]
      assert Game.state(game) == {:ok, List.last(steps)}

      assert [[_ | _], [_ | _]] = Observation.decode(hd(steps))
    end

    test "actions by type and argument, a map of rows, names with atoms or strings", %{node: node} do
      config = Fixtures.config() |> Map.new(fn {key, value} -> {Atom.to_string(key), value} end)
      game = start(node, config: config, map: ["######", "#@..@#", "######"])
      assert {:ok, %Step{action_success: [true, true]}} = Game.step(game, %{action_types: [1, 1], action_args: [3, 2]})
    end

    test "the node tells about it", %{node: node} do
      game = start(node, id: "told")
      assert {:ok, info} = Game.info(game)
      assert inspect(info) =~ "told"
      assert {:ok, pid} = Game.remote_pid(game)
      assert node(pid) == node
      assert {:ok, games} = Beamcade.call(:games, :list, [], node: node)
      assert inspect(games) =~ "told"
    end

    test "a wrong step is an error, and the game unharmed", %{node: node} do
      game = start(node)
      {:ok, before} = Game.state(game)

      for actions <- [[0], [0, 0, 0], [], %{action_types: [0]}, [:up, :down], "north"] do
        assert {:error, %Error{message: "" <> _}} = Game.step(game, actions)
      end

      assert_raise Error, fn -> Game.step!(game, [0]) end
      assert Game.state(game) == {:ok, before}
    end

    test "a name serves as well as a pid", %{node: node} do
      start(node, name: :named_game)
      assert %Step{current_step: 1} = Game.step!(:named_game, [0, 0])
    end

    test "many callers share one game", %{node: node} do
      game = start(node)
      tasks = for _ <- 1..50, do: Task.async(fn -> Game.step!(game, [0, 0]).current_step end)
      assert tasks |> Task.await_many() |> Enum.sort() == Enum.to_list(1..50)
    end
  end

  describe "what cannot be made" do
    @describetag :capture_log

    test "is an error of start_link", %{node: node} do
      Process.flag(:trap_exit, true)

      for more <- [[config: %{}], [map: []], [map: ["#?#"]], [engine: :chess], [config: %{num_agent: 2}]] do
        assert {:error, %Error{message: "" <> _}} = Game.start_link(Fixtures.game(node, more))
      end
    end
  end

  describe "ends" do
    test "stop ends the remote game", %{node: node} do
      {:ok, game} = Game.start_link(Fixtures.game(node, id: "stopped"))
      {:ok, pid} = Game.remote_pid(game)
      monitor = Process.monitor(pid)
      assert Game.stop(game) == :ok
      assert_receive {:DOWN, ^monitor, _, _, _}, 5_000
      assert {:error, %Error{}} = Beamcade.call(:mettagrid, :get_state, ["stopped"], node: node)
      assert {:error, %Error{code: :noproc}} = Game.step(game, [0, 0])
      assert catch_exit(Game.stop(game)) |> elem(0) == :noproc
    end

    test "the remote game is linked to its owner: killed, it takes the game along", %{node: node} do
      game = start_once(node)
      {:ok, pid} = Game.remote_pid(game)
      assert {:links, links} = Process.info(game, :links)
      assert pid in links
      monitor = Process.monitor(pid)
      Process.exit(game, :kill)
      assert_receive {:DOWN, ^monitor, _, _, :killed}, 5_000
    end

    test "the owner exits with the reason of the remote game", %{node: node} do
      for reason <- [:kill, :crashed, :shutdown, {:shutdown, :enough}] do
        {:ok, game} = start_supervised(Supervisor.child_spec({Game, Fixtures.game(node)}, restart: :temporary))
        {:ok, pid} = Game.remote_pid(game)
        monitor = Process.monitor(game)
        Process.exit(pid, reason)
        expected = if reason == :kill, do: :killed, else: reason
        assert_receive {:DOWN, ^monitor, _, _, ^expected}, 5_000
      end
    end

    test "a game that somebody deletes ends its owner", %{node: node} do
      game = start_once(node, id: "deleted")
      monitor = Process.monitor(game)
      assert {:ok, _} = Beamcade.call(:mettagrid, :delete_game, ["deleted"], node: node)
      assert_receive {:DOWN, ^monitor, _, _, _}, 5_000
    end

    test "an owner ends with a process that is linked to it", %{node: node} do
      game = start_once(node)
      {:ok, pid} = Game.remote_pid(game)
      monitor = Process.monitor(pid)
      friend = spawn(fn -> Process.link(game) && receive(do: (:end -> exit(:friend_gone))) end)
      quiet = spawn(fn -> Process.link(game) end)
      quiet_monitor = Process.monitor(quiet)
      assert_receive {:DOWN, ^quiet_monitor, _, _, _}
      assert {:ok, _} = Game.state(game)
      send(friend, :end)
      assert_receive {:DOWN, ^monitor, _, _, _}, 5_000
    end
  end

  describe "supervision" do
    setup do
      :telemetry.listen()
    end

    test "kill the remote game, and it is back", %{node: node} do
      {:ok, supervisor} = Supervisor.start_link([{Game, Fixtures.game(node, name: :phoenix)}], strategy: :one_for_one)
      owner = Process.whereis(:phoenix)
      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{owner: ^owner, pid: pid}}, 5_000
      assert %Step{current_step: 1} = Game.step!(:phoenix, [4, 3])

      Process.exit(pid, :kill)

      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{owner: next, pid: next_pid, node: ^node}}
                     when next != owner,
                     5_000

      assert next_pid != pid
      assert {:ok, %Step{current_step: 0}} = Game.state(next)
      assert [{_, ^next, _, _}] = Supervisor.which_children(supervisor)
      assert %Step{rewards: [0.25, 0.25]} = Game.step!(:phoenix, [4, 3])
      Supervisor.stop(supervisor)
    end

    test "several games under one supervisor die alone", %{node: node} do
      children = for id <- ~w(one two three), do: {Game, Fixtures.game(node, id: id)}
      {:ok, supervisor} = Supervisor.start_link(children, strategy: :one_for_one)
      owners = for {{Game, id}, owner, _, _} <- Supervisor.which_children(supervisor), into: %{}, do: {id, owner}
      {:ok, pid} = Game.remote_pid(owners["two"])
      Process.exit(pid, :kill)
      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{game: "two", pid: again}} when again != pid, 5_000
      {_, monitor} = {pid, Process.monitor(owners["one"])}
      assert %Step{} = Game.step!(owners["one"], [0, 0])
      assert %Step{} = Game.step!(owners["three"], [0, 0])
      refute_received {:DOWN, ^monitor, _, _, _}
      Supervisor.stop(supervisor)
    end
  end

  describe "take-over" do
    test "a second owner takes the game over, and the first one ends", %{node: node} do
      first = start_once(node, id: "contested")
      Game.step!(first, [4, 3])
      monitor = Process.monitor(first)
      second = start_supervised!(Supervisor.child_spec({Game, Fixtures.game(node, id: "contested")}, id: :second))
      assert_receive {:DOWN, ^monitor, _, _, {:shutdown, :taken_over}}, 5_000
      assert {:ok, %Step{current_step: 0}} = Game.state(second)
      assert %Step{} = Game.step!(second, [4, 3])
    end

    test "what nobody owns is taken over", %{node: node} do
      args = ["orphan", Fixtures.config(), Fixtures.map(), 1]
      %{pid: orphan} = Beamcade.call!(:mettagrid, :create_game, args, node: node)
      Beamcade.call!(:mettagrid, :step_game, ["orphan", [4, 3]], node: node)
      monitor = Process.monitor(orphan)
      game = start(node, id: "orphan")
      assert_receive {:DOWN, ^monitor, _, _, _}, 5_000
      assert {:ok, %Step{current_step: 0}} = Game.state(game)
    end
  end

  describe "a lost node" do
    setup do
      :telemetry.listen()
      {:ok, Beamcade.Case.start_node()}
    end

    test "calls fail at once, the game begins anew when the node is back", %{node: node, beamcade: beamcade} do
      game = start_once(node)
      {:ok, pid} = Game.remote_pid(game)
      Game.step!(game, [4, 3])
      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{owner: ^game}}

      stepper = Task.async(fn -> step_until_error(game) end)
      assert_receive {:telemetry, [:beamcade, :call, :stop], _, %{function: :step_game, node: ^node}}, 5_000
      OsProcess.kill(Beamcade.Node.info(beamcade).os_pid)
      assert {:error, %Error{code: :nodedown}} = Task.await(stepper, 10_000)
      assert_receive {:telemetry, [:beamcade, :game, :down], _, %{owner: ^game}}, 5_000

      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{owner: ^game, pid: again}} when again != pid, 30_000
      assert {:ok, %Step{current_step: 0}} = Game.state(game)
      assert {:ok, ^again} = Game.remote_pid(game)
      assert %Step{rewards: [0.25, 0.25]} = Game.step!(game, [4, 3])
    end

    test "calls fail at once while it is away", %{node: node} do
      game = start_once(node)
      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{owner: ^game}}
      :ok = stop_supervised({Beamcade.Node, node})
      assert_receive {:telemetry, [:beamcade, :game, :down], _, %{owner: ^game}}, 5_000

      for attempt <- 1..3 do
        assert_receive {:telemetry, [:beamcade, :game, :retry], %{attempt: ^attempt}, %{owner: ^game}}, 5_000
        assert {:error, %Error{code: :nodedown}} = Game.step(game, [0, 0])
        assert {:error, %Error{code: :nodedown}} = Game.state(game)
        assert {:error, %Error{code: :nodedown}} = Game.info(game)
        assert {:error, %Error{code: :nodedown}} = Game.remote_pid(game)
      end

      assert Game.stop(game) == :ok
    end

    test "the server alone is restarted: the game lives on", %{node: node} do
      game = start_once(node)
      monitor = Process.monitor({:godot_server, node})
      assert %Step{current_step: 1} = Game.step!(game, [4, 3])
      :ok = :sys.terminate({:godot_server, node}, :enough)
      assert_receive {:DOWN, ^monitor, _, _, _}, 5_000
      assert %Step{current_step: 2} = Game.step!(game, [4, 3])
    end
  end

  test "an owner that starts before its node makes the game later" do
    :telemetry.listen()
    node = Beamcade.Distribution.free_node_name()
    cookie = Node.get_cookie()
    game = start_once(node)
    assert {:error, %Error{code: :nodedown}} = Game.step(game, [0, 0])
    Beamcade.Case.start_node(node: node, cookie: cookie)
    assert_receive {:telemetry, [:beamcade, :game, :up], _, %{owner: ^game}}, 30_000
    assert {:ok, %Step{current_step: 0}} = Game.state(game)
  end

  defp step_until_error(game) do
    with {:ok, _} <- Game.step(game, [0, 0]), do: step_until_error(game)
  end
end
