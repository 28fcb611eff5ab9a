defmodule Beamcade.Node do
  @moduledoc """
  Runs a Beamcade node, an operating system process, as a child of your supervisor:

      children = [
        {Beamcade.Node, node: :"godot@127.0.0.1"},
        {Beamcade.Game, id: "arena", config: config, map: map}
      ]

  `start_link/1` returns when the node answers a ping, so that children started after it can use it. The node ends with
  this process, and with the BEAM however that ends: it is started with `--stop-with-stdin`, and its standard input is
  closed by the operating system at the latest. If the node ends by itself, this process exits with
  `{:node_exited, status}`, and the supervisor starts both anew.

  This BEAM must be a node itself: started with `--name` or `--sname`, or by `Beamcade.Distribution.ensure_started/1`.

  ## Options

    * `:node` - the node's name, long or short as that of this BEAM; default `:"godot@127.0.0.1"`
    * `:cookie` - default the cookie of this BEAM. Another one is set for this node only (`Node.set_cookie/2`)
    * `:name` - the name of this process
    * `:register` - more names for its server than `godot_server`, a list of atoms
    * `:dist_port` - where it listens for nodes, default 0: a free port
    * `:epmd_port` - default the port that this BEAM asks
    * `:args` - more arguments of `beamcade start`, a list of strings
    * `:env` - more environment variables, `[{"NAME", "value"}]`
    * `:cli` - path of `dist/cli.js`. Looked for by default: `BEAMCADE_CLI`, the folder beside this library,
      `node_modules/beamcade` in the current folder, `beamcade` in `PATH`
    * `:executable` - the Node.js program, default `"node"`
    * `:start_timeout` - how long the node may take until it answers, default 30000 ms
    * `:stop_timeout` - how long it may take to stop in order before it is killed, default 5000 ms
    * `:log` - the node's log lines of this level and above go on to `Logger`: `:debug`, `:info` (default), `:warning`,
      `:error`, or `false` for none. With `args: ["--debug"]` the node writes a `:debug` line for every message
  """

  use GenServer

  require Logger

  alias Beamcade.{Error, JSON, Remote, Telemetry}
  alias Beamcade.Node.Command

  @defaults [
    :cookie,
    :name,
    :epmd_port,
    :cli,
    node: :"godot@127.0.0.1",
    register: [],
    dist_port: 0,
    args: [],
    env: [],
    executable: "node",
    start_timeout: 30_000,
    stop_timeout: 5_000,
    log: :info
  ]

  # The longest line that a port hands over at once; longer ones come in parts.
  @line 65_536
  # How many lines that are no JSON are kept to explain a start that failed.
  @words 12
  # The pause between pings of a node that said it is ready but cannot be reached yet.
  @ping_pause 50

  @typedoc "The options of `start_link/1`."
  @type option ::
          {:node, node()}
          | {:cookie, atom() | nil}
          | {:name, GenServer.name()}
          | {:register, [atom()]}
          | {:dist_port, :inet.port_number()}
          | {:epmd_port, :inet.port_number() | nil}
          | {:args, [String.t()]}
          | {:env, [{String.t(), String.t() | false}]}
          | {:cli, Path.t() | nil}
          | {:executable, Path.t()}
          | {:start_timeout, pos_integer()}
          | {:stop_timeout, pos_integer()}
          | {:log, :debug | :info | :warning | :error | false}

  @typedoc "What a running node is: its name, its process id, and what its ready line said about ports."
  @type info :: %{node: node(), os_pid: pos_integer(), ready: map()}

  @doc """
  The specification for a supervisor. Its id holds the node's name.

      iex> Beamcade.Node.child_spec(node: :"a@127.0.0.1", stop_timeout: 1_000)
      %{
        id: {Beamcade.Node, :"a@127.0.0.1"},
        start: {Beamcade.Node, :start_link, [[node: :"a@127.0.0.1", stop_timeout: 1_000]]},
        shutdown: 3_000
      }
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(options) do
    %{
      id: {__MODULE__, Keyword.get(options, :node, @defaults[:node])},
      start: {__MODULE__, :start_link, [options]},
      shutdown: Keyword.get(options, :stop_timeout, @defaults[:stop_timeout]) + 2_000
    }
  end

  @doc """
  Starts the node and waits until it answers. If it does not come up, the error says what its process said.

      iex> Beamcade.Distribution.ensure_started()
      iex> Process.flag(:trap_exit, true)
      iex> {:error, error} = Beamcade.Node.start_link(node: :"a@127.0.0.1", cli: "/nowhere/cli.js")
      iex> {error.code, error.message}
      {:cli_not_found, "There is no file /nowhere/cli.js."}
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(options) do
    options = Keyword.validate!(options, @defaults)
    Beamcade.name!(options, :node)

    if options[:log] not in [:debug, :info, :warning, :error, false] do
      raise ArgumentError, "expected :log to be a level or false, got: #{inspect(options[:log])}"
    end

    GenServer.start_link(__MODULE__, options, Keyword.take(options, [:name]))
  end

  @doc """
  The node's name and its operating system process.

      iex> :ok = Beamcade.Distribution.ensure_started()
      iex> name = Beamcade.Distribution.free_node_name()
      iex> {:ok, beamcade} = Beamcade.Node.start_link(node: name, log: false)
      iex> %{node: ^name, os_pid: os_pid} = Beamcade.Node.info(beamcade)
      iex> is_integer(os_pid)
      true
      iex> GenServer.stop(beamcade)
      :ok
  """
  @spec info(GenServer.server()) :: info()
  def info(server), do: GenServer.call(server, :info)

  # The process

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)

    with :ok <- distributed(),
         options = Keyword.put(options, :cookie, options[:cookie] || Node.get_cookie()),
         {:ok, command} <- Command.build(options),
         {:ok, state} <- launch(command, options) do
      {:ok, state}
    else
      {:error, error} -> {:stop, error}
    end
  end

  @impl true
  def handle_call(:info, _from, state), do: {:reply, Map.take(state, [:node, :os_pid, :ready]), state}

  @impl true
  def handle_info({port, {:data, data}}, %{port: port} = state), do: {:noreply, hear(state, data)}

  def handle_info({port, {:exit_status, status}}, %{port: port} = state) do
    tell(state, :down, %{status: status})
    {:stop, {:node_exited, status}, %{state | port: nil}}
  end

  def handle_info({:EXIT, port, reason}, %{port: port} = state),
    do: {:stop, {:port_closed, reason}, %{state | port: nil}}

  def handle_info({:EXIT, linked, reason}, state) when is_pid(linked) and reason != :normal, do: {:stop, reason, state}
  def handle_info(_other, state), do: {:noreply, state}

  @impl true
  def terminate(_reason, %{port: nil}), do: :ok
  def terminate(_reason, state), do: halt(state)

  defp distributed, do: if(Node.alive?(), do: :ok, else: {:error, Remote.not_distributed()})

  defp launch(command, options) do
    started = System.monotonic_time()
    deadline = System.monotonic_time(:millisecond) + options[:start_timeout]

    port =
      Port.open({:spawn_executable, command.executable}, [
        {:args, command.args},
        {:env, command.env},
        {:line, @line},
        :binary,
        :exit_status,
        :stderr_to_stdout,
        :hide
      ])

    os_pid =
      case Port.info(port, :os_pid) do
        {:os_pid, os_pid} -> os_pid
        nil -> nil
      end

    state = %{
      port: port,
      os_pid: os_pid,
      node: options[:node],
      stop_timeout: options[:stop_timeout],
      log: options[:log],
      part: "",
      words: [],
      ready: nil,
      failed: nil
    }

    with {:ok, state} <- await_ready(state, deadline),
         true <- Node.set_cookie(state.node, options[:cookie]),
         {:ok, state} <- await_pong(state, deadline) do
      tell(state, :up, %{duration: System.monotonic_time() - started})
      {:ok, state}
    end
  end

  defp await_ready(%{ready: %{}} = state, _deadline), do: {:ok, state}

  defp await_ready(%{port: port} = state, deadline) do
    receive do
      {^port, {:data, data}} -> state |> hear(data) |> await_ready(deadline)
      {^port, {:exit_status, status}} -> {:error, exited(state, status)}
    after
      remaining(deadline) -> give_up(state, "did not say that it is ready")
    end
  end

  defp await_pong(%{port: port} = state, deadline) do
    cond do
      Node.ping(state.node) == :pong ->
        {:ok, state}

      remaining(deadline) == 0 ->
        give_up(state, "is ready but does not answer a ping")

      true ->
        receive do
          {^port, {:data, data}} -> state |> hear(data) |> await_pong(deadline)
          {^port, {:exit_status, status}} -> {:error, exited(state, status)}
        after
          @ping_pause -> await_pong(state, deadline)
        end
    end
  end

  defp remaining(deadline), do: max(deadline - System.monotonic_time(:millisecond), 0)

  defp give_up(state, what) do
    halt(state)
    {:error, Error.new(:start_failed, "Node #{state.node} #{what} in time.", details: %{node: state.node})}
  end

  defp exited(%{failed: %{"message" => message} = failed} = state, status) do
    Error.new(:start_failed, "Node #{state.node} did not start: #{message}",
      hint: failed["hint"],
      details: %{node: state.node, status: status, code: failed["code"]}
    )
  end

  defp exited(state, status) do
    output = for line <- Enum.reverse(state.words), String.trim(line) != "", do: String.trim(line)
    said = if output == [], do: ".", else: ~s( and the words "#{Enum.join(output, "; ")}".)
    message = "Node #{state.node} did not start: its process ended with status #{status}" <> said
    Error.new(:start_failed, message, details: %{node: state.node, status: status, output: output})
  end

  # What the process writes, line by line: JSON objects, or whatever Node.js prints when it fails.

  defp hear(state, {:noeol, part}), do: %{state | part: state.part <> part}

  defp hear(state, {:eol, part}) do
    line = state.part <> part
    state = %{state | part: ""}

    case JSON.decode(line) do
      {:ok, %{"event" => "ready"} = ready} -> %{state | ready: ready}
      {:ok, %{"event" => "failed"} = failed} -> log(%{state | failed: failed}, "error", failed["message"])
      {:ok, %{"msg" => message} = entry} -> log(state, entry["level"], message)
      _ -> words(state, line)
    end
  end

  # What follows the event of a failed start is the same once more, for people.
  defp words(%{failed: nil} = state, line), do: state |> remember(line) |> log("info", line)
  defp words(state, _line), do: state

  # Once it is ready, nobody asks for its last words.
  defp remember(%{ready: nil} = state, line), do: %{state | words: Enum.take([line | state.words], @words)}
  defp remember(state, _line), do: state

  defp log(%{log: false} = state, _level, _message), do: state

  defp log(%{log: least} = state, level, message) do
    level = level(level)

    if Logger.compare_levels(level, least) != :lt do
      Logger.log(level, fn -> "#{state.node}: #{message}" end, beamcade_node: state.node)
    end

    state
  end

  defp level("debug"), do: :debug
  defp level("warn"), do: :warning
  defp level("error"), do: :error
  defp level(_info), do: :info

  # A port can close both pipes or none, and says nothing about the process afterwards. So the process is first asked to
  # stop by a signal; where there is no `kill`, the end of its standard input does the same.
  defp halt(%{port: port} = state) do
    kill = state.os_pid && System.find_executable("kill")
    if kill, do: System.cmd(kill, ["-TERM", Integer.to_string(state.os_pid)], stderr_to_stdout: true)

    if kill == nil or not exits?(port, state.stop_timeout) do
      if kill, do: System.cmd(kill, ["-KILL", Integer.to_string(state.os_pid)], stderr_to_stdout: true)
      close(port)
    end

    tell(state, :down, %{status: 0})
  end

  defp exits?(port, timeout) do
    receive do
      {^port, {:exit_status, _}} -> true
    after
      timeout -> false
    end
  end

  defp close(port) do
    Port.close(port)
  rescue
    ArgumentError -> true
  end

  defp tell(state, event, measurements) do
    Telemetry.execute([:beamcade, :node, event], measurements, %{node: state.node, os_pid: state.os_pid})
  end
end
