defmodule Beamcade.GameTest do
  use Beamcade.Case, async: true

  import Beamcade.TmpDir

  alias Beamcade.{Error, Fixtures, Game, OsProcess, Step, Steps}
  alias Beamcade.MettaGrid.Observation

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

  describe "many steps in one call" do
    test "show what the same steps show one by one", %{node: node} do
      [one, many] = for _ <- 1..2, do: start_supervised!({Game, Fixtures.game(node)}, id: make_ref())
      single = for actions <- Fixtures.actions(), do: Game.step!(one, actions)
      steps = Game.step_many!(many, Fixtures.actions())
      assert %Steps{steps: 10, current_step: 10, total_rewards: [0.75, 0.75]} = steps
      assert Enum.to_list(steps) === single
      assert Enum.count(steps) == 10
      assert Enum.at(steps, -3) === Enum.at(single, 7)
      assert steps |> Stream.take_while(&(not Step.done?(&1))) |> Enum.count() == 6
      assert Steps.done?(steps)
      assert Game.state(many) == {:ok, List.last(single)}
      assert {:ok, %Steps{steps: 0} = none} = Game.step_many(many, [])
      assert Enum.to_list(none) == []
      refute Steps.done?(none)
    end

    test "answer only what is asked for", %{node: node} do
      game = start(node)
      assert {:ok, %Steps{observations: ""} = steps} = Game.step_many(game, [[4, 3], [4, 3]], observations: :none)
      assert for(step <- steps, do: {step.observations, step.rewards}) === [{"", [0.25, 0.25]}, {"", [0.25, 0.25]}]
      assert {:ok, steps} = Game.step_many(game, [[0, 0], [0, 0]], observations: :last)
      {:ok, state} = Game.state(game)
      assert ["", last] = for(step <- steps, do: step.observations)
      assert last == state.observations
      assert {:ok, steps} = Game.step_many(game, [[0, 0], [3, 4]], results: :last, observations: :all)
      assert {:ok, state} = Game.state(game)
      assert Enum.to_list(steps) === [state]
      assert byte_size(steps.observations) == 2 * byte_size(state.observations)
    end

    test "end with the episode if they are told to", %{node: node} do
      game = start(node)
      actions = List.duplicate(%{action_types: [0, 0], action_args: [0, 0]}, 20)
      assert {:ok, %Steps{steps: 7, current_step: 7}} = Game.step_many(game, actions, stop_at_end: true)
      assert {:ok, %Steps{steps: 20, current_step: 27}} = Game.step_many(game, actions)
    end

    test "are refused as a whole", %{node: node} do
      game = start(node)
      {:ok, before} = Game.state(game)
      assert {:error, %Error{code: :wrong_number_of_actions} = error} = Game.step_many(game, [[0, 0], [0]])
      assert error.details.position == 1
      assert {:error, %Error{code: :bad_argument}} = Game.step_many(game, [0, 0])
      assert {:error, %Error{code: :too_many_steps}} = Game.step_many(game, List.duplicate([0, 0], 10_001))
      assert_raise Error, fn -> Game.step_many!(game, [[]]) end
      assert Game.state(game) == {:ok, before}
    end
  end

  describe "one step of several games" do
    test "is answered in their order; what is wrong with one harms no other", %{node: node} do
      [one, two, three] = for id <- [:one, :two, :three], do: start_supervised!({Game, Fixtures.game(node)}, id: id)
      {:ok, pid} = Game.remote_pid(two)
      monitor = Process.monitor(two)
      Process.exit(pid, :kill)
      assert_receive {:DOWN, ^monitor, _, _, :killed}, 5_000
      games = [{one, [4, 3]}, {two, [4, 3]}, {three, [0]}, {one, [4, 3]}, {three, [0, 0]}, {one, [4, 3]}]

      assert [{:ok, first}, {:error, gone}, {:error, wrong}, {:ok, second}, {:ok, other}, {:ok, third}] =
               Game.step_games(games)

      assert [first.current_step, second.current_step, third.current_step, other.current_step] == [1, 2, 3, 1]
      assert first.observations == Fixtures.first()
      assert gone.code in [:noproc, :nodedown]
      assert wrong.code == :wrong_number_of_actions
      assert wrong.details.agents == 2
      assert Game.step_games([]) == []
    end

    test "reaches games on several nodes at once, whatever becomes of one", %{node: node} do
      %{node: other, beamcade: beamcade} = Beamcade.Case.start_node(cookie: Node.get_cookie())
      here = start_once(node)
      there = start_supervised!(Supervisor.child_spec({Game, Fixtures.game(other)}, id: :there))

      assert [{:ok, %Step{}}, {:ok, %Step{}}, {:ok, %Step{}}] =
               Game.step_games([{there, [0, 0]}, {here, [0, 0]}, {there, [0, 0]}])

      OsProcess.kill(Beamcade.Node.info(beamcade).os_pid)
      assert until_nodedown(there, here) == {:ok, :nodedown}
    end

    test "comes after what the same process asked before", %{node: node} do
      game = start(node)
      {:ok, pid} = Game.remote_pid(game)
      %{id: id} = :sys.get_state(game)

      for round <- 0..9 do
        Beamcade.cast(:mettagrid, :step_game, [id, [0, 0]], node: node)
        assert {:ok, %Steps{current_step: current}} = Game.step_many(game, [[0, 0]])
        assert current == 4 * round + 2
        Beamcade.cast(:mettagrid, :step_many, [id, [[0, 0]]], node: node)
        assert [{:ok, %Step{current_step: current}}] = Game.step_games([{game, [0, 0]}])
        assert current == 4 * round + 4
      end

      assert node(pid) == node
    end
  end

  # Steps both games until the node of the first is known to be lost; the second one must go on.
  defp until_nodedown(there, here) do
    case Game.step_games([{there, [0, 0]}, {here, [0, 0]}]) do
      [{:ok, _}, {:ok, _}] -> until_nodedown(there, here)
      [{:error, %Error{code: code}}, {kind, _}] -> {kind, code}
    end
  end

  describe "a recorded game" do
    setup :tmp_dir

    test "gives its trace, which replays", %{node: node, tmp_dir: folder} do
      game = start(node, id: "taped", record: true)
      for actions <- Enum.take(Fixtures.actions(), 3), do: Game.step!(game, actions)
      assert {:ok, trace} = Game.trace(game)
      assert {:ok, %{"name" => "taped", "complete" => true}} = Beamcade.JSON.decode(trace)

      file = Path.join(folder, "taped.json")
      File.write!(file, trace)
      assert replay(file) == {"3 steps verified\n", 0}

      # The same recording with another first input is seen to be wrong.
      assert trace =~ ~s("flat":[4,3])
      File.write!(file, String.replace(trace, ~s("flat":[4,3]), ~s("flat":[0,3]), global: false))
      assert {"0 of 3 steps verified" <> _, 8} = replay(file)
    end

    test "begins a new recording when it is made anew", %{node: node} do
      :telemetry.listen()

      {:ok, supervisor} =
        Supervisor.start_link([{Game, Fixtures.game(node, name: :tape, record: true)}], strategy: :one_for_one)

      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{pid: pid}}, 5_000
      Game.step!(:tape, [4, 3])
      {:ok, before} = Game.trace(:tape)
      Process.exit(pid, :kill)
      assert_receive {:telemetry, [:beamcade, :game, :up], _, %{pid: again}} when again != pid, 5_000
      assert {:ok, trace} = Game.trace(:tape)
      assert [1, 0] == for(text <- [before, trace], do: length(steps_of(text)))
      Supervisor.stop(supervisor)
    end

    test "is one that was asked for", %{node: node} do
      game = start(node)
      assert {:error, %Error{code: :not_recorded}} = Game.trace(game)
    end
  end

  defp steps_of(trace) do
    {:ok, %{"steps" => steps}} = Beamcade.JSON.decode(trace)
    steps
  end

  defp replay(file) do
    cli = System.get_env("BEAMCADE_CLI") || Path.expand("../../../dist/cli.js", __DIR__)
    System.cmd("node", [cli, "replay", file, "--verify"], stderr_to_stdout: true)
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
