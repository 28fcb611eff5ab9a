defmodule Beamcade.Client do
  @moduledoc """
  A watched connection to a node, to put into a supervision tree:

      children = [{Beamcade.Client, name: MyApp.Games, node: :"godot@127.0.0.1"}]

  On a node that a test has started (`Beamcade.Case`):

      iex> %{node: node} = Beamcade.Case.start_node()
      iex> {:ok, client} = Beamcade.Client.start_link(node: node)
      iex> Beamcade.Client.await(client)
      :ok
      iex> Beamcade.Client.status(client)
      {:ok, :up}
      iex> Beamcade.Client.call(client, :games, :list)
      {:ok, []}
      iex> Beamcade.Client.call!(client, :test, :echo, ["hello"])
      "hello"

  While the node is connected, a call goes straight from the calling process to the server; this process is only asked
  where to. While it is not, calls fail at once with `%Beamcade.Error{code: :nodedown}`, and this process tries to
  connect, first after `:backoff_min` milliseconds, then after twice as long, up to `:backoff_max`, a random part of up
  to a half left off each time. Calls that are under way when the node is lost fail the same way. Nodes are watched
  whether they are hidden (as Beamcade is, see `Node.list(:hidden)`) or not.

  ## Options

    * `:node`, `:server`, `:timeout` - as in `Beamcade`; the timeout is the default of this client's calls
    * `:name` - the name of this process
    * `:backoff_min` - default 100 ms
    * `:backoff_max` - default 5000 ms

  `Beamcade.Telemetry` lists the events: the node is up, it is down, the next attempt.
  """

  use GenServer

  alias Beamcade.{Backoff, Error, Remote, Telemetry}

  @defaults [:name, backoff_min: 100, backoff_max: 5_000] ++ Beamcade.defaults()

  @typedoc "The options of `start_link/1`."
  @type option ::
          Beamcade.option()
          | {:name, GenServer.name()}
          | {:backoff_min, pos_integer()}
          | {:backoff_max, pos_integer()}

  @doc """
  The specification for a supervisor. Its id holds the name, or else the node, so that several fit into one.

      iex> Beamcade.Client.child_spec(name: MyApp.Games).id
      {Beamcade.Client, MyApp.Games}
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(options) do
    id = options[:name] || options[:node] || Beamcade.defaults()[:node]
    %{id: {__MODULE__, id}, start: {__MODULE__, :start_link, [options]}}
  end

  @doc """
  Starts the client. It starts whether the node can be reached or not; `await/2` waits until it is.

      iex> Beamcade.Client.start_link(nodes: [:"godot@127.0.0.1"]) |> elem(0)
      ** (ArgumentError) unknown keys [:nodes] in [nodes: [:"godot@127.0.0.1"]], the allowed keys are: [:name, :backoff_min, :backoff_max, :node, :server, :timeout]
  """
  @spec start_link([option()]) :: GenServer.on_start()
  def start_link(options) do
    options = Keyword.validate!(options, @defaults)
    {target, timeout} = Beamcade.target!(Keyword.take(options, [:node, :server, :timeout]))
    backoff = Backoff.new(options[:backoff_min], options[:backoff_max])
    GenServer.start_link(__MODULE__, {target, timeout, backoff}, Keyword.take(options, [:name]))
  end

  @doc """
  Calls an operation, as `Beamcade.call/4` does. The only option is `:timeout`.

      iex> {:error, error} = Beamcade.Client.call(:no_client, :games, :list)
      iex> error.code
      :noproc
  """
  @spec call(GenServer.server(), atom() | String.t(), atom() | String.t(), Beamcade.args(), timeout: timeout()) ::
          {:ok, term()} | {:error, Error.t()}
  def call(client, module, function, args \\ [], options \\ []) do
    request = Beamcade.request(module, function, args)

    with {:ok, target, timeout} <- target(client, options) do
      Remote.call(target, request, timeout)
    end
  end

  @doc """
  As `call/5`, but answers the value itself or raises the `Beamcade.Error`.

      iex> Beamcade.Client.call!(:no_client, :games, :list)
      ** (Beamcade.Error) There is no process :no_client. Check the name, or try again: a supervisor may be restarting it.
  """
  @spec call!(GenServer.server(), atom() | String.t(), atom() | String.t(), Beamcade.args(), timeout: timeout()) ::
          term()
  def call!(client, module, function, args \\ [], options \\ []) do
    case call(client, module, function, args, options) do
      {:ok, value} -> value
      {:error, error} -> raise error
    end
  end

  @doc """
  Asks for an operation without waiting, if the node is connected.

      iex> Beamcade.Client.cast(:no_client, :games, :list) |> elem(0)
      :error
  """
  @spec cast(GenServer.server(), atom() | String.t(), atom() | String.t(), Beamcade.args()) :: :ok | {:error, Error.t()}
  def cast(client, module, function, args \\ []) do
    request = Beamcade.request(module, function, args)

    with {:ok, target, _timeout} <- target(client, []) do
      GenServer.cast(target, request)
    end
  end

  @doc """
  Whether the node is connected.

      iex> {:error, error} = Beamcade.Client.status(:no_client)
      iex> error.code
      :noproc
  """
  @spec status(GenServer.server()) :: {:ok, :up | :down} | {:error, Error.t()}
  def status(client), do: ask(client, :status, 5_000)

  @doc """
  Waits until the node is connected: at once if it is.

      iex> {:error, error} = Beamcade.Client.await(:no_client, 10_000)
      iex> error.code
      :noproc
  """
  @spec await(GenServer.server(), timeout()) :: :ok | {:error, Error.t()}
  def await(client, timeout \\ 5_000) do
    with {:ok, :up} <- ask(client, :await, timeout), do: :ok
  end

  defp target(client, options) do
    options = Keyword.validate!(options, [:timeout])
    if options[:timeout] != nil, do: Beamcade.timeout!(options)

    with {:ok, {target, default}} <- ask(client, :target, 5_000) do
      {:ok, target, options[:timeout] || default}
    end
  end

  defp ask(client, question, timeout) do
    GenServer.call(client, question, timeout)
  catch
    :exit, {reason, {GenServer, :call, _}} -> {:error, Remote.failure(reason, client, timeout)}
  end

  # The process

  @impl true
  def init({{_server, node} = target, timeout, backoff}) do
    if Node.alive?() do
      :ok = :net_kernel.monitor_nodes(true, node_type: :all)

      state = %{
        target: target,
        node: node,
        timeout: timeout,
        backoff: backoff,
        up: Remote.connected?(node),
        waiting: [],
        attempt: nil
      }

      if state.up, do: tell(state, :up, %{count: 1})
      {:ok, state, {:continue, :connect}}
    else
      {:stop, Remote.not_distributed()}
    end
  end

  @impl true
  def handle_continue(:connect, state), do: {:noreply, connect(state)}

  @impl true
  def handle_call(:target, _from, %{up: true} = state), do: {:reply, {:ok, {state.target, state.timeout}}, state}
  def handle_call(:target, _from, state), do: {:reply, {:error, Remote.nodedown(state.node)}, state}
  def handle_call(:status, _from, state), do: {:reply, {:ok, if(state.up, do: :up, else: :down)}, state}
  def handle_call(:await, _from, %{up: true} = state), do: {:reply, {:ok, :up}, state}
  def handle_call(:await, from, state), do: {:noreply, %{state | waiting: [from | state.waiting]}}

  @impl true
  def handle_info({:nodeup, node, _}, %{node: node, up: false} = state) do
    Enum.each(state.waiting, &GenServer.reply(&1, {:ok, :up}))
    tell(state, :up, %{count: 1})
    {:noreply, %{state | up: true, waiting: [], backoff: Backoff.reset(state.backoff)}}
  end

  def handle_info({:nodedown, node, _}, %{node: node, up: true} = state) do
    tell(state, :down, %{count: 1})
    {:noreply, retry(%{state | up: false})}
  end

  def handle_info(:connect, state), do: {:noreply, connect(%{state | attempt: nil})}

  def handle_info({:DOWN, attempt, _, _, _}, %{attempt: attempt} = state) do
    state = %{state | attempt: nil}
    {:noreply, if(state.up, do: state, else: retry(state))}
  end

  def handle_info(_other, state), do: {:noreply, state}

  defp connect(%{up: false, attempt: nil} = state), do: %{state | attempt: Remote.connect_later(state.node)}
  defp connect(state), do: state

  # An attempt that is under way, or a timer that is running, is followed by the next one anyhow.
  defp retry(%{attempt: nil} = state) do
    {delay, backoff} = Backoff.next(state.backoff)
    tell(state, :retry, %{delay: delay, attempt: backoff.attempt})
    %{state | backoff: backoff, attempt: Process.send_after(self(), :connect, delay)}
  end

  defp retry(state), do: state

  defp tell(state, event, measurements) do
    Telemetry.execute([:beamcade, :client, event], measurements, %{node: state.node, client: self()})
  end
end
