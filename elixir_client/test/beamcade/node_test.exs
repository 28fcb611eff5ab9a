defmodule Beamcade.NodeTest do
  use ExUnit.Case, async: true

  alias Beamcade.{Distribution, Error, OsProcess}

  import Beamcade.TmpDir

  setup :tmp_dir

  setup do
    :ok = Distribution.ensure_started()
    %{node: Distribution.free_node_name()}
  end

  # A program in place of beamcade, for what beamcade does not do.
  defp program(tmp_dir, script) do
    path = Path.join(tmp_dir, "program.sh")
    File.write!(path, script)
    [executable: "sh", cli: path, log: false]
  end

  describe "a node" do
    test "answers when start_link returns, and is gone when stop returns", %{node: node} do
      {:ok, beamcade} = Beamcade.Node.start_link(node: node)
      assert Node.ping(node) == :pong
      assert %{node: ^node, os_pid: os_pid, ready: ready} = Beamcade.Node.info(beamcade)
      assert ready["node"] == Atom.to_string(node)
      assert OsProcess.alive?(os_pid)
      assert GenServer.stop(beamcade) == :ok
      refute OsProcess.alive?(os_pid)
      assert Node.ping(node) == :pang
    end

    test "has its own cookie, more names and arguments if told", %{node: node} do
      start_supervised!(
        {Beamcade.Node,
         node: node, cookie: :"not-the-usual-one", register: [:arcade, :lobby], args: ["--no-dist-monitor"]}
      )

      for server <- [:arcade, :lobby, :godot_server] do
        assert GenServer.call({server, node}, {:erlang, :node, []}) == node
      end

      refute Node.get_cookie() == :"not-the-usual-one"
    end

    test "starts again under a supervisor when its process is killed", %{node: node} do
      :telemetry.listen()
      start_supervised!({Beamcade.Node, node: node, name: :revenant})
      first = Process.whereis(:revenant)
      %{os_pid: os_pid} = Beamcade.Node.info(:revenant)
      monitor = Process.monitor(first)
      assert_receive {:telemetry, [:beamcade, :node, :up], %{duration: _}, %{node: ^node, os_pid: ^os_pid}}, 5_000
      OsProcess.kill(os_pid)
      assert_receive {:DOWN, ^monitor, _, _, {:node_exited, 137}}, 5_000
      assert_receive {:telemetry, [:beamcade, :node, :down], %{status: 137}, %{os_pid: ^os_pid}}, 5_000
      assert_receive {:telemetry, [:beamcade, :node, :up], _, %{node: ^node, os_pid: next}} when next != os_pid, 30_000
      assert Node.ping(node) == :pong
      assert Beamcade.call(:test, :ping, [], node: node) == {:ok, :pong}
    end

    test "does not stop in the middle of what its owner's links do", %{node: node} do
      {:ok, beamcade} = Beamcade.Node.start_link(node: node)
      Process.unlink(beamcade)
      monitor = Process.monitor(beamcade)
      %{os_pid: os_pid} = Beamcade.Node.info(beamcade)
      spawn(fn -> Process.link(beamcade) end)
      friend = spawn(fn -> Process.link(beamcade) && receive(do: (:end -> exit(:friend_gone))) end)
      assert %{os_pid: ^os_pid} = Beamcade.Node.info(beamcade)
      send(friend, :end)
      assert_receive {:DOWN, ^monitor, _, _, :friend_gone}, 10_000
      refute OsProcess.alive?(os_pid)
    end

    @tag timeout: 120_000
    test "ends with the BEAM, even if that is killed", %{node: node, tmp_dir: tmp_dir} do
      script = Path.join(tmp_dir, "host.exs")

      File.write!(script, """
      :ok = Beamcade.Distribution.ensure_started(name: :"#{Distribution.free_node_name("host")}")
      {:ok, beamcade} = Beamcade.Node.start_link(node: :"#{node}", cookie: :for_two, log: false)
      IO.puts("up \#{System.pid()} \#{Beamcade.Node.info(beamcade).os_pid}")
      receive do: (:never -> :ok)
      """)

      ebin = Application.app_dir(:beamcade, "ebin")

      port =
        Port.open({:spawn_executable, System.find_executable("elixir")}, [
          {:args, ["-pa", ebin, script]},
          {:line, 1_000},
          :binary,
          :exit_status
        ])

      assert_receive {^port, {:data, {:eol, "up " <> pids}}}, 30_000
      [beam, os_pid] = pids |> String.split() |> Enum.map(&String.to_integer/1)
      on_exit(fn -> Enum.each([beam, os_pid], &OsProcess.kill/1) end)

      Node.set_cookie(node, :for_two)
      assert Node.connect(node)
      Node.monitor(node, true)
      OsProcess.kill(beam)
      assert_receive {:nodedown, ^node}, 10_000
      OsProcess.await_gone(os_pid)
      refute OsProcess.alive?(beam)
    end
  end

  describe "a node that does not come up" do
    setup do
      Process.flag(:trap_exit, true)
      :ok
    end

    test "says what beamcade said", %{node: node} do
      assert {:error, %Error{code: :start_failed, message: message, details: %{status: status}}} =
               Beamcade.Node.start_link(node: node, args: ["--no-such-flag"])

      assert status > 0
      assert message =~ "no-such-flag"
    end

    test "says that its name is taken", %{node: node} do
      start_supervised!({Beamcade.Node, node: node})
      assert {:error, %Error{code: :start_failed, message: message}} = Beamcade.Node.start_link(node: node)
      assert message =~ "#{node} did not start"
    end

    test "says how its process ended", %{node: node, tmp_dir: tmp_dir} do
      options = program(tmp_dir, "echo warming up; echo too cold >&2; exit 3")
      assert {:error, %Error{message: message, details: details}} = Beamcade.Node.start_link([node: node] ++ options)

      assert message ==
               "Node #{node} did not start: its process ended with status 3 and the words \"warming up; too cold\"."

      assert %{status: 3, output: ["warming up", "too cold"]} = details
    end

    test "is given up and killed after its time", %{node: node, tmp_dir: tmp_dir} do
      options = program(tmp_dir, "trap '' TERM; echo $$ > #{tmp_dir}/pid; exec cat")
      options = [node: node, start_timeout: 500, stop_timeout: 100] ++ options
      assert {:error, %Error{code: :start_failed, message: message}} = Beamcade.Node.start_link(options)
      assert message == "Node #{node} did not say that it is ready in time."
      Path.join(tmp_dir, "pid") |> File.read!() |> String.trim() |> String.to_integer() |> OsProcess.await_gone()
    end

    test "is given up if it says that it is ready but is not", %{node: node, tmp_dir: tmp_dir} do
      options = program(tmp_dir, ~S(echo '{"event":"ready","node":"x"}'; exec cat))

      assert {:error, %Error{message: message}} = Beamcade.Node.start_link([node: node, start_timeout: 300] ++ options)

      assert message == "Node #{node} is ready but does not answer a ping in time."
    end

    test "says which program is missing", %{node: node} do
      assert {:error, %Error{code: :cli_not_found, message: "There is no program no-such-node" <> _}} =
               Beamcade.Node.start_link(node: node, executable: "no-such-node")
    end
  end

  describe "the log of a node" do
    test "goes to Logger with its levels; what is no JSON goes as it is", %{node: node, tmp_dir: tmp_dir} do
      script = ~S"""
      echo '{"level":"warn","msg":"mind the gap"}'
      echo '{"level":"error","msg":"fell in"}'
      echo '{"level":"info","msg":"rescued"}'
      echo '{"level":"debug","msg":"quietly"}'
      echo plain words >&2
      exit 1
      """

      Process.flag(:trap_exit, true)
      options = tmp_dir |> program(script) |> Keyword.put(:log, :info)

      log =
        ExUnit.CaptureLog.capture_log(fn -> assert {:error, _} = Beamcade.Node.start_link([node: node] ++ options) end)

      for {level, text} <- [
            {"warn", "mind the gap"},
            {"error", "fell in"},
            {"info", "rescued"},
            {"info", "plain words"}
          ] do
        assert log =~ ~r/\[#{level}(ing)?\] .*#{node}: #{text}/
      end
    end

    test "tells of a name that is taken once, as an error", %{node: node} do
      start_supervised!({Beamcade.Node, node: node, log: false})
      Process.flag(:trap_exit, true)

      log =
        ExUnit.CaptureLog.capture_log(fn ->
          assert {:error, %Error{code: :start_failed, details: %{code: "name_taken"}}} =
                   Beamcade.Node.start_link(node: node)
        end)

      # Tests of other modules log at the same time.
      assert [line] = log |> String.split("\n") |> Enum.filter(&(&1 =~ "#{node}: "))
      assert line =~ ~r/\[error\] .*another node has it/
    end
  end
end
