defmodule Beamcade.FreshProjectTest do
  use ExUnit.Case, async: true

  # Somebody's own project, made by `mix new`, that depends on this library by path and tests a game of its own.

  import Beamcade.TmpDir

  setup :tmp_dir

  @library Path.expand("../..", __DIR__)
  @clean for name <- ~w(MIX_EXS MIX_BUILD_PATH MIX_BUILD_ROOT MIX_DEPS_PATH MIX_TARGET), do: {name, nil}

  @mix_exs """
  defmodule Arcade.MixProject do
    use Mix.Project

    def project, do: [app: :arcade, version: "0.1.0", elixir: "~> 1.14", deps: deps()]
    def application, do: [extra_applications: [:logger]]
    defp deps, do: [{:beamcade, path: #{inspect(@library)}}]
  end
  """

  @game ~S'''
  defmodule Arcade do
    def config do
      %{
        num_agents: 1, max_steps: 10, obs_width: 3, obs_height: 3, num_observation_tokens: 40,
        actions: [%{name: "noop", type: "ACTION_NOOP", noop: %{}}, %{name: "move", type: "ACTION_MOVE", move: %{}}],
        objects: [
          %{name: "agent", agent: %{type_id: 0, type_name: "agent", group_name: "red", stat_rewards: %{"action.move.success" => 1.0}}},
          %{name: "wall", wall: %{type_id: 1, type_name: "wall"}}
        ]
      }
    end

    def map, do: ["#####", "#@..#", "#####"]

    # A node and a game on it, as an application would have them among its children.
    def start_link(node) do
      children = [
        {Beamcade.Node, node: node},
        {Beamcade.Game, name: Arcade.Game, node: node, id: "arcade", config: config(), map: map()}
      ]

      Supervisor.start_link(children, strategy: :rest_for_one)
    end
  end
  '''

  @test_with_case ~S'''
  defmodule ArcadeTest do
    use Beamcade.Case, async: true

    test "an agent walks east until the wall", %{node: node} do
      game = start_supervised!({Beamcade.Game, node: node, id: "walk", config: Arcade.config(), map: Arcade.map()})
      steps = for _ <- 1..3, do: Beamcade.Game.step!(game, [4])
      assert Enum.map(steps, & &1.action_success) == [[true], [true], [false]]
      assert Enum.map(steps, & &1.rewards) == [[1.0], [1.0], [0.0]]
      assert [[_ | _]] = Beamcade.Observation.decode(hd(steps))
    end

    test "the node is ours alone", %{node: node} do
      assert GenServer.call({:godot_server, node}, {:erlang, :node, []}) == node
      assert Beamcade.call!(:games, :list, [], node: node) == []
    end
  end
  '''

  @test_with_node ~S'''
  defmodule ArcadeSupervisorTest do
    use ExUnit.Case, async: true

    test "node and game in one supervisor" do
      :ok = Beamcade.Distribution.ensure_started()
      {:ok, supervisor} = Arcade.start_link(Beamcade.Distribution.free_node_name())
      assert {:ok, %Beamcade.Step{current_step: 1}} = Beamcade.Game.step(Arcade.Game, [4])
      :ok = Supervisor.stop(supervisor)
    end
  end
  '''

  @tag :fresh_project
  @tag timeout: 300_000
  test "tests its games with mix test, also twice at the same time", %{tmp_dir: tmp_dir} do
    assert {_, 0} = mix(["new", "arcade"], tmp_dir)
    project = Path.join(tmp_dir, "arcade")
    File.write!(Path.join(project, "mix.exs"), @mix_exs)
    File.write!(Path.join(project, "lib/arcade.ex"), @game)
    File.write!(Path.join(project, "test/arcade_test.exs"), @test_with_case)
    File.write!(Path.join(project, "test/arcade_supervisor_test.exs"), @test_with_node)

    assert {output, 0} = mix(["compile", "--warnings-as-errors"], project)
    refute output =~ "warning:"

    for run <- Task.await_many(for(_ <- 1..2, do: Task.async(fn -> mix(["test"], project) end)), 240_000) do
      assert {output, 0} = run
      assert output =~ ~r/3 tests, 0 failures|3 passed/
    end
  end

  defp mix(args, folder) do
    System.cmd("mix", args, cd: folder, env: [{"MIX_ENV", "test"} | @clean], stderr_to_stdout: true)
  end
end
