defmodule Beamcade.FreshProjectTest do
  use ExUnit.Case, async: true

  # Somebody's own project, made by `mix new`, that depends on this library by path or by git, as README writes it, and
  # tests a game of its own.

  import Beamcade.TmpDir

  setup :tmp_dir

  @library Path.expand("../..", __DIR__)
  @repository Path.expand("..", @library)
  @git System.find_executable("git")
  @clean for name <- ~w(MIX_EXS MIX_BUILD_PATH MIX_BUILD_ROOT MIX_DEPS_PATH MIX_TARGET), do: {name, nil}

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
      assert [[_ | _]] = Beamcade.MettaGrid.Observation.decode(hd(steps))
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
    project = new_project(tmp_dir, dependency("path", ~r/"[^"]*elixir_client"/, inspect(@library)))

    assert {output, 0} = mix(["compile", "--warnings-as-errors"], project)
    refute output =~ "warning:"

    for run <- Task.await_many(for(_ <- 1..2, do: Task.async(fn -> mix(["test"], project) end)), 240_000) do
      assert {output, 0} = run
      assert output =~ ~r/3 tests, 0 failures|3 passed/
    end
  end

  if @git == nil, do: @tag(skip: "git is not installed")
  @tag :fresh_project
  @tag timeout: 300_000
  test "takes the library from git, alone, and the node from node_modules", %{tmp_dir: tmp_dir} do
    url = "file://" <> repository(tmp_dir)
    project = new_project(tmp_dir, dependency("git", ~r/"<[^"]*>"/, inspect(url)))
    # As `npm install` of the package leaves it.
    File.mkdir_p!(Path.join(project, "node_modules"))
    File.ln_s!(@repository, Path.join(project, "node_modules/beamcade"))

    assert {_, 0} = mix(["deps.get"], project)
    assert Path.join(project, "deps/beamcade") |> File.ls!() |> Enum.sort() == [".git", "elixir_client"]
    assert File.read!(Path.join(project, "mix.lock")) =~ ~s(sparse: "elixir_client")
    assert {output, 0} = mix(["test", "--warnings-as-errors"], project)
    assert output =~ ~r/3 tests, 0 failures|3 passed/
  end

  # The line of README that depends on the library by `kind`, with `value` where it has an example.
  defp dependency(kind, example, value) do
    readme = File.read!(Path.join(@repository, "README.md"))
    assert [line] = Regex.run(~r/^\{:beamcade, #{kind}: .*\}$/m, readme)
    assert line =~ example
    String.replace(line, example, value)
  end

  defp new_project(folder, dependency) do
    assert {_, 0} = mix(["new", "arcade"], folder)
    project = Path.join(folder, "arcade")

    File.write!(Path.join(project, "mix.exs"), """
    defmodule Arcade.MixProject do
      use Mix.Project

      def project, do: [app: :arcade, version: "0.1.0", elixir: "~> 1.14", deps: deps()]
      def application, do: [extra_applications: [:logger]]
      defp deps, do: [#{dependency}]
    end
    """)

    File.write!(Path.join(project, "lib/arcade.ex"), @game)
    File.write!(Path.join(project, "test/arcade_test.exs"), @test_with_case)
    File.write!(Path.join(project, "test/arcade_supervisor_test.exs"), @test_with_node)
    project
  end

  # This repository as somebody would clone it: what lies in the work tree now, committed into one of its own. (A clone
  # with a short history, as CI has it, cannot be fetched from.)
  defp repository(tmp_dir) do
    bare = Path.join(tmp_dir, "beamcade.git")
    git!(["init", "--quiet", "--bare", bare])
    here = ["--git-dir", bare, "--work-tree", @repository]
    git!(here ++ ["add", "--all"])
    who = ["-c", "user.name=Beamcade", "-c", "user.email=beamcade@localhost", "-c", "commit.gpgsign=false"]
    git!(here ++ who ++ ["commit", "--quiet", "--no-verify", "--message", "As it is"])
    bare
  end

  defp git!(args) do
    # No variable of a hook that this may run in.
    env = for {name, _} <- System.get_env(), String.starts_with?(name, "GIT_"), do: {name, nil}
    assert {_, 0} = System.cmd(@git, args, cd: @repository, env: env, stderr_to_stdout: true)
  end

  defp mix(args, folder) do
    System.cmd("mix", args, cd: folder, env: [{"MIX_ENV", "test"} | @clean], stderr_to_stdout: true)
  end
end
